// From each question to its answer.
#include "scheduler/daemon/api/questions.h"

#include <algorithm>

#include "scheduler/daemon/api/answers.h"
#include "scheduler/daemon/api/cancel.h"
#include "scheduler/daemon/api/pause.h"
#include "scheduler/daemon/api/refusals.h"
#include "scheduler/daemon/api/schedules.h"
#include "scheduler/daemon/api/wait.h"
#include "shared/limits.h"
#include "shared/text/text.h"

namespace rota::daemon {
namespace {
constexpr std::size_t kRunsNamed = 10;  // of those that outlived a stop; the others are counted
}

Questions::Questions(Desk& desk, Loader& loader, Ways ways)
    : desk_(desk), ways_(std::move(ways)), submissions_(desk, loader, ways_.answer, ways_.later) {}

void Questions::ask(ClientId client, control::Ask what, posix::Fd file) {
  namespace ask = control::ask;
  const auto answer = [&](control::Reply reply) { ways_.answer(client, std::move(reply)); };
  if (auto* x = std::get_if<ask::Submit>(&what)) return on(client, *x, file);
  if (std::holds_alternative<ask::List>(what)) return answer(answer_list(desk_));
  if (auto* x = std::get_if<ask::View>(&what)) return on(client, *x);
  if (auto* x = std::get_if<ask::Kill>(&what)) return answer(answer_kill(desk_, *x));
  if (auto* x = std::get_if<ask::Explain>(&what)) return answer(answer_explain(desk_, *x));
  if (std::holds_alternative<ask::Workers>(what)) return answer(desk_.workers());
  if (auto* x = std::get_if<ask::Prune>(&what)) return on(client, *x);
  if (auto* x = std::get_if<ask::Retry>(&what)) return on(client, *x, file);
  if (auto* x = std::get_if<ask::Cancel>(&what)) return on(client, *x);
  if (auto* x = std::get_if<ask::Hold>(&what)) return on(client, *x);
  if (auto* x = std::get_if<ask::Pause>(&what)) return on(client, *x);
  if (auto* x = std::get_if<ask::Update>(&what)) return after_this_turn(client, post_updates(desk_, *x));
  if (auto* x = std::get_if<ask::Wait>(&what)) return on(client, *x);
  if (auto* x = std::get_if<ask::Drain>(&what)) return on(client, *x);
  if (auto* x = std::get_if<ask::Stop>(&what)) return on(client, *x);
  if (auto* x = std::get_if<ask::Schedules>(&what)) return answer(answer_schedules(desk_, *x));
  if (auto* x = std::get_if<ask::Reschedule>(&what)) return on(client, *x);
  if (auto* x = std::get_if<ask::Trigger>(&what)) return on(client, *x);
  on(client, std::get<ask::Status>(what));
}

bool Questions::is_stopping(ClientId client) {
  if (stopping_)
    ways_.answer(client, refused(fail(Code::refused, "the coordinator is stopping: it takes up nothing new"),
                                 "submit again when it is back, or use `rota run FILE`"));
  return stopping_;
}

void Questions::on(ClientId client, control::ask::Submit& what, posix::Fd& file) {
  if (!is_stopping(client)) submissions_.submit(client, std::move(what), std::move(file));
}

// A view is in memory until its client has it: of large ones there are never more than a few.
void Questions::on(ClientId client, control::ask::View& what) {
  const auto summary = desk_.scheduler().summary(what.run);
  if (!summary || summary->counts.total > limits::kLargeViewTasks) {
    if (large_.size() >= limits::kLargeViews) return void(views_.emplace_back(client, what));
    large_.insert(client);
  }
  ways_.answer(client, answer_view(desk_, what));
}

void Questions::delivered(ClientId client) {
  if (!large_.erase(client) || views_.empty()) return;
  auto [next, what] = views_.front();
  views_.pop_front();
  on(next, what);
}

void Questions::on(ClientId client, control::ask::Retry& what, posix::Fd& file) {
  if (!is_stopping(client)) submissions_.retry(client, std::move(what), std::move(file));
}

void Questions::on(ClientId client, control::ask::Cancel& what) {
  if (what.reason.size() > limits::kCancelReasonBytes)
    return ways_.answer(client, refused(fail(Code::invalid, "the reason of a cancel has at most " +
                                                                std::to_string(limits::kCancelReasonBytes) +
                                                                " bytes (cancel_reason_bytes)")));
  Views views(desk_);
  const auto targets = targets_of(desk_, views, what.selectors);
  if (!targets) return ways_.answer(client, refused(targets.error()));
  auto question = make_cancel(desk_.scheduler(), views, *targets);
  if (!question) return ways_.answer(client, refused(question.error()));
  if (!what.reason.empty())
    ways_.log("cancel of " + text::escape_terminal(what.selectors) + ": " + text::escape_terminal(what.reason));
  for (auto& event : cancel_events(*targets, what)) desk_.post(std::move(event));
  add(client, std::move(*question));
}

void Questions::on(ClientId client, control::ask::Hold& what) { after_this_turn(client, post_holds(desk_, what)); }

void Questions::on(ClientId client, control::ask::Pause& what) {
  auto pausing = make_pause(desk_, what, ways_.pause_within);
  if (!pausing) return ways_.answer(client, refused(pausing.error()));
  for (auto& wish : pausing->wishes) desk_.post(std::move(wish));
  if (!pausing->question) return after_this_turn(client, pausing->at_once);
  pending_.add(client, std::move(pausing->question));
  ways_.later(ways_.pause_within, [this, client] {
    if (auto reply = pending_.overdue(client, monotonic_now())) ways_.answer(client, std::move(*reply));
  });
}

void Questions::on(ClientId client, control::ask::Reschedule& what) {
  after_this_turn(client, post_reschedule(desk_, what));
}

void Questions::on(ClientId client, control::ask::Trigger& what) {
  if (!is_stopping(client)) submissions_.trigger(client, what);
}

/// What was posted takes part in the turn that comes; a refusal is said at once.
void Questions::after_this_turn(ClientId client, control::Reply reply) {
  if (std::holds_alternative<control::answer::Refused>(reply)) return ways_.answer(client, std::move(reply));
  next_turn_.emplace_back(client, std::move(reply));
}

void Questions::on(ClientId client, control::ask::Wait& what) {
  auto question = make_wait(desk_, what);
  if (!question) return ways_.answer(client, refused(question.error()));
  add(client, std::move(*question));
}

void Questions::on(ClientId client, control::ask::Prune& what) {
  desk_.prune(what, [this, client](Result<control::answer::Pruned> pruned) {
    ways_.answer(client, pruned ? control::Reply(std::move(*pruned)) : refused(pruned.error()));
  });
}

void Questions::on(ClientId client, control::ask::Drain& what) {
  desk_.drain(what.drain);
  next_turn_.emplace_back(client, control::answer::Done{1});
}

void Questions::on(ClientId client, control::ask::Stop& what) {
  stopping_ = true;
  stops_.insert(client);
  desk_.stop(what.all);
  if (!what.all || runs_alive() == 0) answer_stops(control::answer::Done{});
}

void Questions::on(ClientId client, control::ask::Status&) {
  auto status = desk_.status();
  status.clients = ways_.clients();
  ways_.answer(client, std::move(status));
}

void Questions::add(ClientId client, std::unique_ptr<Pending> question) {
  if (auto reply = question->answer(desk_)) return ways_.answer(client, std::move(*reply));
  pending_.add(client, std::move(question));
}

void Questions::gone(ClientId client) {
  pending_.drop(client);
  submissions_.gone(client);
  stops_.erase(client);
  std::erase_if(views_, [&](const auto& view) { return view.first == client; });
  delivered(client);
  std::erase_if(next_turn_, [&](const auto& answer) { return answer.first == client; });
}

void Questions::after_turn(std::span<const core::Record> records) {
  submissions_.after_turn(records);
  for (auto& [client, reply] : std::exchange(next_turn_, {})) ways_.answer(client, std::move(reply));
  for (auto& [client, reply] : pending_.after_turn(records, desk_)) ways_.answer(client, std::move(reply));
  if (!stops_.empty() && runs_alive() == 0) answer_stops(control::answer::Done{});
}

void Questions::answer_stops(const control::Reply& reply) {
  for (const ClientId client : std::exchange(stops_, {})) ways_.answer(client, reply);
}

void Questions::farewell() {
  std::string left;
  std::size_t count = 0;
  for (const RunId run : desk_.scheduler().runs()) {
    if (!is_alive(desk_.scheduler(), run) || ++count > kRunsNamed) continue;
    left += (left.empty() ? "" : ", ") + std::to_string(run);
  }
  if (count == 0) return answer_stops(control::answer::Done{});
  if (count > kRunsNamed) left += " and " + std::to_string(count - kRunsNamed) + " more";
  answer_stops(refused(fail(Code::refused, "the service stops, but not everything could be ended: run " + left),
                       "what is left of it is in the service's log; the next `rotad` goes on with it"));
}

std::uint32_t Questions::runs_alive() const {
  const auto runs = desk_.scheduler().runs();
  return static_cast<std::uint32_t>(std::count_if(
      runs.begin(), runs.end(), [&](RunId run) { return is_alive(desk_.scheduler(), run); }));
}

}  // namespace rota::daemon
