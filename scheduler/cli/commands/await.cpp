// The loop of `wait`.
#include "scheduler/cli/commands/await.h"

#include <fmt/format.h>

#include <algorithm>

#include "scheduler/cli/commands/holder.h"
#include "scheduler/cli/commands/output_of.h"
#include "scheduler/cli/commands/select.h"
#include "scheduler/cli/exit_code.h"
#include "scheduler/cli/words.h"
#include "scheduler/control/run_state.h"
#include "shared/limits.h"
#include "shared/text/text.h"

namespace rota::cli {
namespace {

constexpr Duration kTryAgain = std::chrono::milliseconds(200);
constexpr Duration kLong = std::chrono::hours(1);

enum class Standing { not_yet, there, never };

bool good(Outcome o) { return o == Outcome::succeeded || o == Outcome::skipped; }

// Of tasks that have ended: the first that is not good, else success. Of the jobs of a used file the one that stands
// for them tells. Of a large run the view holds all that did not succeed.
Outcome worst_of(const core::RunView& view, const std::vector<core::TaskSpan>& spans) {
  for (const auto& id : held_tasks(view, control::that_tell(spans))) {
    const auto& task = task_of(view, id);
    if (task.outcome && !good(*task.outcome)) return *task.outcome;
  }
  return Outcome::succeeded;
}

bool whole_run(const control::Selector& selector) { return selector.job.empty() && selector.tasks.empty(); }

Outcome outcome_of(const control::Selector& selector, const core::RunView& view,
                   const std::vector<core::TaskSpan>& spans) {
  return whole_run(selector) ? view.summary.outcome.value_or(Outcome::lost) : worst_of(view, spans);
}

bool has_begun(const core::TaskView& task) {
  using core::TaskState;
  return task.outcome || task.state == TaskState::running || task.state == TaskState::paused ||
         task.state == TaskState::stopping;
}

class Awaiting {
 public:
  Awaiting(Horizon& horizon, const verb::Wait& v, std::string_view verb)
      : horizon_(horizon), world_(horizon.world()), v_(v), verb_(verb) {
    if (v.timeout) deadline_ = now() + *v.timeout;
  }

  Result<Awaited> await() {
    auto selectors = v_.selectors;
    while (true) {
      out_ = {};
      auto targets = targets_of(horizon_, selectors);
      if (!targets) return targets.error();
      selectors = numbered(*targets);
      if (selectors.empty()) return finished();
      const auto done = round(*targets);
      if (done && *done) return finished();
      if (!done) {
        if (done.error().code != Code::unreachable || heard_of_ == 0) return done.error();
        if (auto back = await_return(); !back) return back.error();
        if (out_.timed_out) return std::move(out_);
      }
    }
  }

 private:
  Instant now() const { return world_.clock.now().mono; }
  Duration left() const { return deadline_ ? std::max(Duration::zero(), *deadline_ - now()) : kLong; }
  bool time_is_up() const { return deadline_ && now() >= *deadline_; }

  // What `last` and `all` meant in the beginning: later runs are not waited for.
  static std::string numbered(const Targets& targets) {
    auto all = targets.service;
    for (const auto& one : targets.foreground) all.push_back(one.selector);
    for (const auto& one : targets.ended) all.push_back(one.selector);
    return to_text(all);
  }

  // True: there is nothing left to wait for. Whatever is uncertain is looked at again in the next round.
  Result<bool> round(const Targets& targets) {
    for (const auto& one : targets.ended)
      count(one.selector, one.view.summary,
            v_.until == verb::Until::running ? Outcome::succeeded : outcome_of(one.selector, one.view, one.spans));
    if (v_.any && one_is_enough(!targets.ended.empty())) return true;
    if (hopeless()) return true;
    for (const auto& one : targets.foreground) {
      const auto there = look_at(one, targets);
      if (!there) return there.error();
      if (!*there && time_is_up()) return give_up(one.view.summary);
      if (!*there && !v_.any) return false;
      if ((*there && v_.any && one_is_enough(true)) || hopeless()) return true;
    }
    if (!targets.service.empty()) return ask(targets);
    return !v_.any || out_.outcomes.size() == targets.ended.size() + targets.foreground.size();
  }

  bool one_is_enough(bool there) const {
    if (!there) return false;
    if (v_.until != verb::Until::success) return true;
    return std::any_of(out_.outcomes.begin(), out_.outcomes.end(), good);
  }

  // All were to succeed, and one has not.
  bool hopeless() const {
    return v_.until == verb::Until::success && !v_.any &&
           !std::all_of(out_.outcomes.begin(), out_.outcomes.end(), good);
  }

  void count(const control::Selector& selector, const core::RunSummary& run, Outcome outcome) {
    see(run);
    out_.outcomes.push_back(outcome);
    name(selector, outcome);
  }
  void name(const control::Selector& selector, Outcome outcome) {
    if (whole_run(selector)) out_.wholly_named.insert(selector.run);
    else if (v_.until != verb::Until::running)
      out_.parts.push_back({selector.run, control::to_text(selector), outcome});
  }
  void see(const core::RunSummary& run) {
    std::erase_if(out_.runs, [&](const core::RunSummary& r) { return r.run == run.run; });
    out_.runs.push_back(run);
  }
  Result<bool> give_up(const core::RunSummary& run) {
    see(run);
    out_.timed_out = true;
    return true;
  }

  // One foreground run: whether it has got there; if not, some time has passed.
  Result<bool> look_at(const Targets::Foreground& one, const Targets& targets) {
    const auto spans = control::select_tasks(one.view, one.selector);
    if (!spans) return spans.error();
    const auto tasks = held_tasks(one.view, *spans);
    const auto begun = [&](const TaskId& id) { return has_begun(task_of(one.view, id)); };
    const bool there = v_.until == verb::Until::running
                           ? std::any_of(tasks.begin(), tasks.end(), begun)
                           : !whole_run(one.selector) && all_ended(one.view, control::that_tell(*spans));
    if (there) {
      count(one.selector, one.view.summary,
            v_.until == verb::Until::running ? Outcome::succeeded : worst_of(one.view, *spans));
      return true;
    }
    const auto holder = holder_of(one.directory);
    // Its end wakes us; what comes before, and other things that are waited for at the same time, must be looked at.
    const bool only_its_end = v_.until != verb::Until::running && whole_run(one.selector) && !others(targets);
    if (holder) world_.rest(std::min(left(), only_its_end ? kLong : kTryAgain), holder->pid);
    return false;
  }

  bool others(const Targets& targets) const { return v_.any && targets.foreground.size() + targets.service.size() > 1; }

  Result<bool> ask(const Targets& targets) {
    const auto contact = horizon_.need_service();
    if (!contact) return contact.error();
    ++heard_of_;
    const bool in_slices = v_.any && !targets.foreground.empty();
    std::optional<Duration> within;
    if (in_slices) within = std::min(left(), kTryAgain);
    if (!in_slices && deadline_) within = left();
    const control::ask::Wait wait{to_text(targets.service), v_.any, static_cast<control::ask::Until>(v_.until)};
    auto answer = expect<control::answer::Waited>((*contact)->ask(wait, std::nullopt, within));
    if (!answer && timed_out(answer.error()) && within) return after_time(targets);
    if (!answer) return answer.error();
    out_.satisfied = out_.satisfied && answer->satisfied;
    for (const auto& run : answer->runs) see(run);
    out_.outcomes.insert(out_.outcomes.end(), answer->outcomes.begin(), answer->outcomes.end());
    // With fewer ends than questions nobody tells whose they are: the lines of the runs must do.
    if (answer->outcomes.size() == targets.service.size())
      for (std::size_t i = 0; i < targets.service.size(); ++i) name(targets.service[i], answer->outcomes[i]);
    return true;
  }

  // A connection that was given up on is of no more use.
  Result<bool> after_time(const Targets& targets) {
    const auto back = horizon_.redial();
    if (!time_is_up()) return back ? Result<bool>(false) : back.error();
    out_.timed_out = true;
    for (const auto& selector : targets.service)
      if (const auto seen = horizon_.see(selector.run)) see(seen->sight.view.summary);
    return true;
  }

  Status await_return() {
    remark(world_, verb_, "the service went away; waiting for it to come back (Ctrl-C ends the waiting)");
    const auto since = now();
    while (now() - since < std::chrono::seconds(limits::kServiceReturnSeconds)) {
      if (time_is_up()) {
        out_.timed_out = true;
        return {};
      }
      world_.rest(std::min(left(), kTryAgain), 0);
      if (horizon_.redial()) return {};
    }
    return horizon_.absence();
  }

  Awaited finished() {
    if (v_.until == verb::Until::success && !out_.timed_out)
      out_.satisfied = out_.satisfied && (v_.any ? one_is_enough(!out_.outcomes.empty()) || out_.outcomes.empty()
                                                 : std::all_of(out_.outcomes.begin(), out_.outcomes.end(), good));
    std::sort(out_.runs.begin(), out_.runs.end(), [](const auto& a, const auto& b) { return a.run < b.run; });
    return std::move(out_);
  }

  Horizon& horizon_;
  const Surroundings& world_;
  const verb::Wait& v_;
  std::string_view verb_;
  std::optional<Instant> deadline_;
  unsigned heard_of_ = 0;  // how often the service was asked: one that never answered is not waited for
  Awaited out_;
};

}  // namespace

Result<Awaited> await(Horizon& horizon, const verb::Wait& v, std::string_view verb) {
  return Awaiting(horizon, v, verb).await();
}

int exit_of(const Awaited& awaited, verb::Until until) {
  if (awaited.timed_out) return kExitWaitTimeout;
  if (!awaited.satisfied) return kExitFailed;
  if (until != verb::Until::done) return kExitSuccess;
  return std::all_of(awaited.outcomes.begin(), awaited.outcomes.end(), good) ? kExitSuccess : kExitFailed;
}

std::string awaited_text(const Awaited& awaited) {
  std::string out;
  for (const auto& part : awaited.parts) out += fmt::format("{} {}\n", part.id, to_text(part.outcome));
  const auto by_its_parts = [&](const core::RunSummary& run) {
    const auto of_it = [&](const Awaited::Part& part) { return part.run == run.run; };
    return !awaited.wholly_named.contains(run.run) &&
           std::any_of(awaited.parts.begin(), awaited.parts.end(), of_it);
  };
  for (const auto& run : awaited.runs)
    if (!by_its_parts(run))
      out += run.outcome ? outcome_line(run) + "\n" : fmt::format("run {} is {}\n", run.run, control::run_state(run));
  return out;
}

std::string time_was_up(const Awaited& awaited, Duration timeout) {
  std::string which;
  for (const auto& run : awaited.runs)
    if (!run.outcome)
      which += fmt::format("{}run {} is {}", which.empty() ? ": " : ", ", run.run, control::run_state(run));
  return fmt::format("the time was up after {}{}", text::format_duration(timeout), which);
}

}  // namespace rota::cli
