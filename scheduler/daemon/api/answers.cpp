// Lists, views, signals, holds, other terms, reasons.
#include "scheduler/daemon/api/answers.h"

#include <algorithm>
#include <csignal>

#include "scheduler/control/selector.h"
#include "scheduler/daemon/api/refusals.h"
#include "scheduler/daemon/api/targets.h"
#include "shared/limits.h"
#include "shared/text/text.h"

namespace rota::daemon {
namespace {

control::answer::Recovery recovery_of(const core::Scheduler& scheduler) {
  const auto r = scheduler.recovery();
  return {r.known, r.total};
}

std::uint32_t signal_task(Desk& desk, RunId run, const core::JobView& job, const core::TaskView& task, int signal) {
  const auto& attempts = task.attempts;
  if (attempts.empty() || attempts.back().outcome) return 0;
  return desk.signal_attempt({{run, job.index, task.index}, attempts.back().number}, signal) ? 1 : 0;
}

/// Of many tasks the view holds those that run.
std::uint32_t signal_target(Desk& desk, const Target& target, int signal) {
  if (!target.alive) return 0;
  const bool few = !target.whole && control::tasks_in(target.tasks) <= limits::kLargeViewTasks;
  const auto view = view_of(desk, target.run, few ? target.tasks : core::Wanted{});
  if (!view) return 0;
  std::uint32_t count = 0;
  for (const auto& job : view->jobs)
    for (const auto& task : job.tasks)
      if (target.whole || control::contains(target.tasks, job.index, task.index))
        count += signal_task(desk, target.run, job, task, signal);
  return count;
}

/// A run (job none), or jobs of it.
struct Part {
  RunId run = 0;
  std::optional<JobIndex> job;
};

/// What cannot be: of a run that has ended, of single tasks ("held"), and what to do instead ("hold").
struct PartWords {
  std::string_view ended, single, instead;
  bool of_one = false;  // a job that stands for others is not meant with them
};
/// A run, or its jobs, that a selector's tasks make up wholly.
Result<std::vector<Part>> parts_of(Views& views, const Target& target, const PartWords& words) {
  if (!target.alive)
    return fail(Code::refused, "run " + std::to_string(target.run) + " has ended: " + std::string(words.ended));
  if (target.whole) return std::vector<Part>{{target.run, std::nullopt}};
  const auto view = views.of(target.run);
  if (!view) return view.error();
  if (words.of_one && control::that_tell(target.tasks).size() < target.tasks.size())
    return fail(Code::refused, std::to_string(target.run) + "/" +
                                   text::escape_terminal((*view)->jobs.at(target.tasks.back().job).id) +
                                   " is all jobs of its file, which have no max_parallel in common: name one of them");
  std::vector<Part> out;
  for (const auto& span : target.tasks) {
    const auto& job = (*view)->jobs.at(span.job);
    if (span.count != job.task_count())
      return fail(Code::refused, "single tasks cannot be " + std::string(words.single) + ": " +
                                     std::string(words.instead) + " the job " + std::to_string(target.run) + "/" +
                                     text::escape_terminal(job.id));
    out.push_back({target.run, job.index});
  }
  return out;
}

/// All of what the selectors name, or nothing.
Result<std::vector<Part>> parts_of(Desk& desk, const std::string& selectors, const PartWords& words) {
  Views views(desk);
  const auto targets = targets_of(desk, views, selectors);
  if (!targets) return targets.error();
  std::vector<Part> out;
  for (const auto& target : *targets) {
    auto some = parts_of(views, target, words);
    if (!some) return some.error();
    out.insert(out.end(), some->begin(), some->end());
  }
  return out;
}

Result<JobIndex> job_of(const core::RunView& view, const control::ask::Explain& what) {
  if (what.job.empty() && view.jobs.size() == 1) return JobIndex{0};
  std::vector<std::string_view> ids;
  for (const auto& job : view.jobs) {
    if (job.id == what.job) return job.index;
    ids.push_back(job.id);
  }
  const auto run = std::to_string(what.run);
  if (what.job.empty())
    return fail(Code::invalid, "run " + run + " has " + std::to_string(view.jobs.size()) +
                                   " jobs: say which one, such as " + run + "/" + std::string(ids.front()));
  const auto near = text::nearest(what.job, ids);
  return fail(Code::not_found, "run " + run + " has no job '" + text::escape_terminal(what.job) + "': " +
                                   (near.empty() ? "`rota show " + run + "` lists its jobs"
                                                 : "did you mean '" + near + "'?"));
}

/// Why a task ended: its own reason; where that is a need, the need that ended badly, and so on down to a cause.
std::vector<Reason> causes(const core::RunView& view, JobIndex job, const core::TaskView& task) {
  std::vector<Reason> out;
  const core::TaskView* at = &task;
  const core::JobView* in = &view.jobs[job];
  while (at && at->reason.kind == ReasonKind::dep && out.size() < view.jobs.size()) {
    const core::TaskView* next = nullptr;
    Reason reason = at->reason;
    for (const JobIndex need : in->needs) {
      const auto& tasks = view.jobs.at(need).tasks;
      const auto bad = std::find_if(tasks.begin(), tasks.end(), [](const core::TaskView& t) {
        return t.outcome && *t.outcome != Outcome::succeeded && *t.outcome != Outcome::skipped;
      });
      if (bad == tasks.end()) continue;
      next = &*bad;
      reason.value = static_cast<std::int32_t>(need);
      in = &view.jobs[need];
      break;
    }
    out.push_back(reason);
    at = next;
  }
  if (at && at->reason.kind != ReasonKind::none && at->reason.kind != ReasonKind::dep) out.push_back(at->reason);
  return out;
}

}  // namespace

control::Reply answer_list(Desk& desk) {
  const auto& scheduler = desk.scheduler();
  control::answer::Runs out;
  auto ids = scheduler.runs();
  std::sort(ids.begin(), ids.end(), std::greater<>());
  out.runs.reserve(ids.size());
  for (const RunId run : ids)
    if (auto summary = scheduler.summary(run)) out.runs.push_back(std::move(*summary));
  out.recovery = recovery_of(scheduler);
  out.closed = to_text(Reason{scheduler.admission_closed(), 0});
  return out;
}

control::Reply answer_view(Desk& desk, const control::ask::View& what) {
  auto view = view_of(desk, what.run, what.wanted);
  if (!view) return refused(view.error());
  return control::answer::View{std::move(*view), desk.output_directory(what.run), recovery_of(desk.scheduler())};
}

control::Reply answer_kill(Desk& desk, const control::ask::Kill& what) {
  if (what.signal < 1 || what.signal > SIGRTMAX)
    return refused(fail(Code::invalid, "there is no signal " + std::to_string(what.signal)));
  Views views(desk);
  const auto targets = targets_of(desk, views, what.selectors);
  if (!targets) return refused(targets.error());
  control::answer::Done out;
  for (const auto& target : *targets) out.count += signal_target(desk, target, what.signal);
  if (out.count == 0)
    return refused(fail(Code::refused, "nothing of " + text::escape_terminal(what.selectors) +
                                           " runs as a process of its own just now"),
                   "a signal reaches running attempts in process mode; `rota cancel` ends the others");
  return out;
}

control::Reply answer_explain(Desk& desk, const control::ask::Explain& what) {
  const auto view = view_of(desk, what.run);
  if (!view) return refused(view.error());
  const auto job = job_of(*view, what);
  if (!job) return refused(job.error());
  Result<core::RunView> alone = core::RunView{};
  const core::TaskView* task = view->jobs[*job].find(what.task);
  if (!task && what.task < view->jobs[*job].task_count()) {
    alone = view_of(desk, what.run, {{*job, what.task, 1}});
    if (!alone) return refused(alone.error());
    task = alone->jobs.at(*job).find(what.task);
  }
  if (!task)
    return refused(fail(Code::not_found, "job '" + view->jobs[*job].id + "' of run " + std::to_string(what.run) +
                                             " has no task at " + std::to_string(what.task) + ": it has " +
                                             std::to_string(view->jobs[*job].task_count())));
  control::answer::Explained out;
  out.state = task->state;
  out.reasons = task->outcome ? causes(*view, *job, *task)
                              : desk.scheduler().waiting({what.run, *job, what.task}, desk.now());
  if (!task->outcome) out.blocks = desk.scheduler().blocks({what.run, *job, what.task}, out.reasons, desk.now());
  return out;
}

control::Reply post_holds(Desk& desk, const control::ask::Hold& what) {
  const auto parts = parts_of(desk, what.selectors, {"nothing of it can start any more", "held", "hold"});
  if (!parts) return refused(parts.error());
  for (const Part& part : *parts) desk.post(core::event::Hold{part.run, part.job, what.hold});
  return control::answer::Done{static_cast<std::uint32_t>(parts->size())};
}

control::Reply post_updates(Desk& desk, const control::ask::Update& what) {
  if (what.priority && (*what.priority < -100 || *what.priority > 100))
    return refused(fail(Code::invalid, "a priority is from -100 to 100, not " + std::to_string(*what.priority)));
  if (!what.priority && !what.max_parallel)
    return refused(fail(Code::invalid, "nothing is to be changed: neither a priority nor max_parallel was said"));
  const PartWords words{"its terms can no longer change", "changed", "change", what.max_parallel.has_value()};
  const auto parts = parts_of(desk, what.selectors, words);
  if (!parts) return refused(parts.error());
  for (const Part& part : *parts) desk.post(core::event::Update{part.run, part.job, what.priority, what.max_parallel});
  return control::answer::Done{static_cast<std::uint32_t>(parts->size())};
}

}  // namespace rota::daemon
