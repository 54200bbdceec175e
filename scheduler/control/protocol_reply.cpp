// Replies as JSON: whole, and piece by piece where they are long.
#include "scheduler/control/protocol.h"
#include "scheduler/control/reply_members.h"
#include "scheduler/control/reply_text.h"
#include "scheduler/control/tagged_json.h"

namespace rota::control {
namespace {

constexpr CaseWords<Reply> kReplies{"submitted", "invalid",   "runs",    "view",   "stopped", "done",
                                    "waited",    "explained", "workers", "status", "pruned",  "registered",
                                    "schedules", "refused",   "paused"};

/// The long list of a reply, taken out of it.
ReplyText::List take_list(Reply& reply) {
  if (auto* x = std::get_if<answer::View>(&reply)) return std::exchange(x->view.jobs, {});
  if (auto* x = std::get_if<answer::Runs>(&reply)) return std::exchange(x->runs, {});
  if (auto* x = std::get_if<answer::Stopped>(&reply)) return std::exchange(x->tasks, {});
  return {};
}

std::string_view name_of_list(const Reply& reply) {
  if (std::holds_alternative<answer::View>(reply)) return "jobs";
  return std::holds_alternative<answer::Runs>(reply) ? "runs" : "tasks";
}

}  // namespace

std::string to_json(const Reply& reply) { return tagged_json(reply, "reply", kReplies); }
Result<Reply> reply_from_json(std::string_view json) { return from_tagged_json<Reply>(json, "reply", kReplies); }

ReplyText::ReplyText(Reply reply) : list_(take_list(reply)) {
  size_ = std::visit([](const auto& list) { return list.size(); }, list_);
  head_ = to_json(reply);
  if (size_ == 0) return;
  head_.pop_back();
  head_ += ",\"" + std::string(name_of_list(reply)) + "\":[";
}

bool ReplyText::append(std::string& out, std::size_t about) {
  const auto begin = out.size();
  out += std::exchange(head_, {});
  std::visit(
      [&](auto& list) {
        for (; next_ < size_ && out.size() - begin < about; ++next_) {
          if (next_) out += ',';
          const auto one = std::exchange(list[next_], {});  // its memory goes with it, a little at a time
          JsonWriter(out).value(one);
        }
      },
      list_);
  if (next_ < size_) return true;
  if (size_) out += "]}";
  size_ = next_ = 0;
  return false;
}

}  // namespace rota::control
