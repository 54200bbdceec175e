// rota explain (why): what blocks, or what brought it down.
#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <tuple>

#include "scheduler/cli/commands/commands.h"
#include "scheduler/cli/commands/output_of.h"
#include "scheduler/cli/commands/select.h"
#include "scheduler/cli/display/board.h"
#include "scheduler/cli/view/causes.h"
#include "scheduler/cli/view/page.h"
#include "scheduler/cli/view/service.h"
#include "scheduler/cli/view/waiting.h"
#include "scheduler/cli/words.h"
#include "scheduler/control/answers_json.h"
#include "scheduler/control/run_state.h"
#include "shared/text/text.h"

namespace rota::cli {
namespace {

using control::Explanation;

constexpr std::size_t kTasksMost = 20;  // of a run or an array, explained one by one

bool is_good(const core::TaskView& task) {
  return task.outcome == Outcome::succeeded || task.outcome == Outcome::skipped;
}

class Explaining {
 public:
  Explaining(const Invocation& call, const Horizon& horizon, const Chosen& chosen)
      : rota_(same_call(call)), horizon_(horizon), chosen_(chosen), view_(chosen.sight.view) {
    if (chosen.of_service || chosen.ended()) return;
    if (auto contact = horizon.dial(chosen.sight.directory + "/sock")) foreground_ = std::move(*contact);
  }

  // A run: its culprits if it ended, else what waits and what has ended badly so far. A job or task: itself.
  std::vector<Explanation> explain() {
    std::vector<Explanation> out;
    if (chosen_.whole_run && chosen_.ended()) {
      for (const auto& culprit : culprits_of(view_)) add(out, *culprit.job, *culprit.task);
      more_ += unseen_ends();
      return out;
    }
    std::uint32_t alike = 1;
    for (std::size_t i = 0; i < chosen_.tasks.size(); i += alike) {
      const auto& id = chosen_.tasks[i];
      const auto& task = task_of(view_, id);
      alike = chosen_.by_number ? alike_from(chosen_, i) : 1;
      if (chosen_.tasks.size() > alike && is_good(task)) continue;
      if (chosen_.whole_run && task.state == core::TaskState::running && !control::is_unknown(task)) continue;
      if (!chosen_.by_number && waits_like_another(id.job, task)) continue;
      add(out, view_.jobs[id.job], task, alike);
    }
    if (!chosen_.by_number) more_ += unseen_waits();
    if (chosen_.by_number) more_ += chosen_.count() - chosen_.tasks.size();
    return out;
  }

  std::size_t more() const { return more_; }

 private:
  // Of an array the first task that waits for a reason speaks for those that wait for the same.
  bool waits_like_another(JobIndex job, const core::TaskView& task) {
    if (task.outcome || task.state == core::TaskState::running || task.state == core::TaskState::backoff) return false;
    if (told_.insert({job, task.state, task.reason.kind}).second) return false;
    ++more_;
    return true;
  }

  // Of large arrays the view has the first tasks that wait, and counts of all.
  std::size_t unseen_waits() const {
    const auto waits = [](core::TaskState s) {
      return s == core::TaskState::pending || s == core::TaskState::queued || s == core::TaskState::backoff;
    };
    std::set<JobIndex> jobs;
    for (const auto& id : chosen_.tasks) jobs.insert(id.job);
    std::size_t unseen = 0;
    for (const auto job : jobs) {
      const auto& of = view_.jobs[job];
      std::size_t all = 0;
      for (std::size_t s = 0; s < of.counts.by_state.size(); ++s)
        if (waits(static_cast<core::TaskState>(s))) all += of.counts.by_state[s];
      const auto seen = static_cast<std::size_t>(
          std::count_if(of.tasks.begin(), of.tasks.end(), [&](const auto& task) { return waits(task.state); }));
      unseen += all - std::min(all, seen);
    }
    return unseen;
  }

  // Ends of the same kind as the culprits' that the view of a large run leaves out.
  std::size_t unseen_ends() const {
    const auto culprits = culprits_of(view_);
    if (culprits.empty()) return 0;
    const bool failures = is_failure(*culprits.front().task->outcome);
    const auto alike = [&](Outcome o) {
      return failures ? is_failure(o) : o != Outcome::succeeded && o != Outcome::skipped;
    };
    std::size_t all = 0;
    for (const auto& job : view_.jobs)
      for (std::size_t o = 0; o < job.counts.by_outcome.size(); ++o)
        if (alike(static_cast<Outcome>(o))) all += job.counts.by_outcome[o];
    return all - std::min(culprits.size(), all);
  }

  // `alike`: for so many tasks, from this one on.
  void add(std::vector<Explanation>& out, const core::JobView& job, const core::TaskView& task,
           std::uint32_t alike = 1) {
    if (out.size() == kTasksMost) {
      more_ += alike;
      return;
    }
    Explanation one;
    one.id = control::span_text(view_.summary.run, job, task.index, alike);
    one.state = task.outcome ? to_text(*task.outcome) : control::task_state(task);
    if (task.outcome) {
      one.causes = causes_of(view_, job, task);
      one.causes.front().id = one.id;
    } else {
      const auto told = reasons(job, task);
      one.blocks = blocks_of(view_, job, task, told.reasons, {rota_, horizon_.world().clock.now(), told.blocks});
    }
    out.push_back(std::move(one));
  }

  control::answer::Explained reasons(const core::JobView& job, const core::TaskView& task) const {
    auto* contact = foreground_ ? foreground_.get() : chosen_.of_service ? horizon_.service() : nullptr;
    if (contact) {
      auto told = expect<control::answer::Explained>(
          contact->ask(control::ask::Explain{view_.summary.run, job.id, task.index}));
      if (told) return std::move(*told);
    }
    return {task.state, reasons_in(view_, job, task), {}};
  }

  std::string rota_;
  const Horizon& horizon_;
  const Chosen& chosen_;
  const core::RunView& view_;
  std::unique_ptr<Contact> foreground_;
  std::size_t more_ = 0;
  std::set<std::tuple<JobIndex, core::TaskState, ReasonKind>> told_;
};

// The first line of an answer on a whole run.
std::string headline(const core::RunView& view) {
  const auto& run = view.summary;
  const auto said = core::cancel_reason(run);
  const auto why = said.empty() ? std::string() : fmt::format("cancelled because: {}\n", one_line(said));
  if (run.outcome) return outcome_line(run, view.jobs.size() == run.counts.total ? "job" : "task") + "\n" + why;
  return fmt::format("run {} {}: {} of {} ended\n", run.run, one_line(run.name), number(run.counts.ended()),
                     number_of(run.counts.total, "task")) +
         why;
}

constexpr std::size_t kSkippedMost = 10;

// What was chosen and skipped, with the reasons.
std::string skipped_text(const Chosen& chosen) {
  const auto& view = chosen.sight.view;
  std::string out;
  std::size_t told = 0, more = 0;
  for (const auto& id : chosen.tasks) {
    const auto& task = task_of(view, id);
    if (task.outcome != Outcome::skipped) continue;
    if (told++ == kSkippedMost) ++more, --told;
    else out += fmt::format("  {} {}\n", control::task_text(view.summary.run, view.jobs[id.job], id.task),
                            verdict({Outcome::skipped, task.reason, {}, false, std::nullopt}));
  }
  if (more) out += fmt::format("  and {} more that were skipped\n", number(more));
  return out;
}

std::string nothing_to_say(const Chosen& chosen) {
  const auto& outcome = chosen.sight.view.summary.outcome;
  const auto& reason = chosen.sight.view.summary.reason;
  if (chosen.ended() && reason.kind != ReasonKind::none)
    return fmt::format("  {}: {}\n", to_text(reason), why({.reason = reason}));
  if (chosen.ended() && outcome != Outcome::succeeded) return "  no task of it that is known brought it down\n";
  if (auto skipped = chosen.ended() ? skipped_text(chosen) : ""; !skipped.empty())
    return "  nothing of it failed\n" + skipped;
  if (chosen.ended()) return "  all of it succeeded: there is nothing to explain\n";
  return "  nothing of it waits\n";
}

std::string in_words(const Chosen& chosen, const std::vector<Explanation>& tasks, std::size_t more, const Look& look) {
  std::string out = chosen.whole_run ? headline(chosen.sight.view) : "";
  for (const auto& task : tasks) {
    out += task.causes.empty() ? blocks_text(task, look) : causes_text(task.causes, look);
    if (!chosen.whole_run || !chosen.ended()) continue;
    for (const auto& job : chosen.sight.view.jobs)
      if (task.id == fmt::format("{}/{}", chosen.sight.view.summary.run, job.id))
        if (const auto victims = victims_of(chosen.sight.view, job))
          out += fmt::format("  for want of it, {} did not run\n", number_of(victims, "task"));
  }
  if (tasks.empty()) out += nothing_to_say(chosen);
  if (more) out += fmt::format("and {} more\n", number(more));
  return out;
}

void remark_on(const Chosen& chosen, const Horizon& horizon) {
  if (chosen.ended()) return;
  const auto& world = horizon.world();
  remark(world, "explain", recovery_note(chosen.recovery));
  if (chosen.sight.stopped)
    remark(world, "explain",
           "the service is not running: this is as last recorded, and goes on when `rotad` is started again");
  else if (chosen.of_service)
    remark(world, "explain", horizon.silence());
}

}  // namespace

Exit explain(const Invocation& call, const verb::Explain& v, const Surroundings& world) {
  const auto horizon = Horizon::look(call, world);
  if (!horizon) return complain(world, "explain", horizon.error(), v.json);
  const auto chosen = choose(*horizon, v.id);
  if (!chosen) return complain(world, "explain", chosen.error(), v.json);
  std::vector<Explanation> all;
  for (const auto& one : *chosen) {
    Explaining explaining(call, *horizon, one);
    auto tasks = explaining.explain();
    if (!v.json) {
      remark_on(one, *horizon);
      world.out.write(in_words(one, tasks, explaining.more(), look_of(world.out)));
    }
    std::move(tasks.begin(), tasks.end(), std::back_inserter(all));
  }
  if (v.json) world.out.write(control::explained_json(all) + "\n");
  return {};
}

}  // namespace rota::cli
