// Hooks: names, what they may say.
#include "jobs/read/hooks_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "jobs/read/fields.h"

namespace rota::jobs {
namespace {

constexpr std::array kHooks{Hook::on_success, Hook::on_failure, Hook::on_cancel, Hook::on_exit};
constexpr std::string_view kRefused[] = {"needs",        "if",        "matrix",       "array",   "chunk",
                                         "max_parallel", "fail_fast", "max_failures", "outputs", "daemon",
                                         "ready",        "live",      "restart",      "uses",    "with"};

struct HooksReader {
  Reading& in;
  std::vector<HookAt> out;
};

template <Hook H>
void take(HooksReader& r, NodeAt n) {
  r.out.push_back({H, kNoNode, n});
}
const Field<HooksReader> kFields[] = {
    {"on_success", take<Hook::on_success>},
    {"on_failure", take<Hook::on_failure>},
    {"on_cancel", take<Hook::on_cancel>},
    {"on_exit", take<Hook::on_exit>},
};
constexpr Synonym kSynonyms[] = {{"success", "on_success"}, {"failure", "on_failure"}, {"on_error", "on_failure"},
                                 {"always", "on_exit"},     {"finally", "on_exit"},    {"cancel", "on_cancel"}};

}  // namespace

std::string hook_id(Hook hook) { return fmt::format("hook.{}", to_text(hook)); }

bool is_hook_id(std::string_view id) {
  return std::any_of(kHooks.begin(), kHooks.end(), [&](Hook h) { return hook_id(h) == id; });
}

std::vector<HookAt> read_hooks(Reading& in, NodeAt at) {
  if (at == kNoNode) return {};
  if (!in.is(at, Node::Kind::map)) {
    in.wrong(at, "hooks", "a map such as {on_failure: {run: ./tell.sh}}");
    return {};
  }
  HooksReader reader{in, {}};
  read_fields(in, at, kFields, {.inside = "hooks", .synonyms = kSynonyms}, reader);
  for (const auto e : in.tree.entries(at)) {
    for (auto& hook : reader.out) {
      if (in.tree.text(e.key) == to_text(hook.hook)) hook.key = e.key;
    }
    for (const auto field : in.tree.entries(e.value)) {
      const auto name = in.tree.text(field.key);
      if (std::find(std::begin(kRefused), std::end(kRefused), name) != std::end(kRefused))
        in.report(field.key,
                  fmt::format("'{}' is not for a hook: it is one task that runs when the jobs have ended", name));
    }
  }
  std::sort(reader.out.begin(), reader.out.end(), [](const HookAt& a, const HookAt& b) { return a.hook < b.hook; });
  return std::move(reader.out);
}

void settle_hook(Hook hook, Job& job) {
  job.hook = hook;
  job.id = *Name::parse(hook_id(hook));
  job.needs.clear();
  job.shape = {};
  job.chunk = 0;
  job.max_parallel.reset();
  job.fail_fast = false;
  job.max_failures.reset();
  job.condition.reset();
  job.outputs.clear();
  job.daemon = false;
}

}  // namespace rota::jobs
