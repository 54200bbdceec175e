// Which tasks a cancel must see ended, and which rung of the ladder ended each.
#include "scheduler/daemon/api/cancel.h"

#include "scheduler/control/selector.h"
#include "scheduler/daemon/api/open_tasks.h"
#include "shared/limits.h"

namespace rota::daemon {
namespace {

/// A function that does not come back on a thread or a loop takes its worker along; all else is killed by itself.
bool takes_its_worker(const jobs::Job& job) {
  return job.runs_in_pool() && std::holds_alternative<jobs::TargetCall>(job.action);
}

std::string rung_of(const TaskEnd& end, bool with_worker) {
  if (!end.attempt) return "not started";
  const auto& ending = end.attempt->report.ending;
  if (ending.kind == Ending::Kind::revoked || ending.kind == Ending::Kind::spawn_failed) return "not started";
  if (ending.stopped_by == StopCause::none) return "ended first";
  if (!ending.forced) return "asked";
  return with_worker ? "worker replaced" : "killed";
}

class Cancel final : public Pending {
 public:
  void add(const core::Scheduler& scheduler, const core::RunView& view, const Target& target) {
    runs_.insert(target.run);
    if (!target.whole) {
      for (const auto& span : target.tasks) add(scheduler, view, span);
      return;
    }
    for (const auto& job : view.jobs) add(scheduler, view, {job.index, 0, job.task_count()});
  }

  std::vector<RunId> runs() const override { return {runs_.begin(), runs_.end()}; }

  void note(const core::Record& record) override {
    if (const auto* many = std::get_if<core::record::TasksEnded>(&record.fact)) return note(*many);
    each_task_end(record, [&](const TaskEnd& end) { note(end); });
  }

  std::optional<control::Reply> answer(Desk&) override {
    if (open_.left()) return std::nullopt;
    return std::move(stopped_);
  }

 private:
  struct Job {
    std::string id;
    bool with_worker = false;
    bool hook = false;
  };

  void add(const core::Scheduler& scheduler, const core::RunView& view, const core::TaskSpan& span) {
    const RunId run = view.summary.run;
    const auto& job = view.jobs.at(span.job);
    const auto* plan = scheduler.plan(run);
    jobs_[{run, span.job}] = {job.id, plan && takes_its_worker(plan->jobs[span.job]), job.hook.has_value()};
    open_.add(scheduler, run, span);
    if (job.hook) return;  // what comes of the cancel; it is waited for, and was not what was to end
    for (TaskIndex i = span.first; i < span.first + span.count && stopped_.tasks.size() < limits::kTasksTold; ++i) {
      const TaskId id{run, span.job, i};
      if (!open_.has(id) || !places_.emplace(id, stopped_.tasks.size()).second) continue;
      ++untold_;
      auto& task = stopped_.tasks.emplace_back();
      task.task = id;
      task.id = control::task_text(run, job, i);
      task.job = job.id;
    }
  }

  void note(const TaskEnd& end) {
    if (!open_.close(end.task)) return;
    const auto& job = jobs_.at({end.task.run, end.task.job});
    const auto rung = rung_of(end, job.with_worker);
    const auto place = places_.find(end.task);
    if (place == places_.end()) {
      if (!job.hook) count(job.id, end.outcome, rung);
      return;
    }
    tell(place->second, end, rung);
  }

  /// What waited, side by side, perhaps a million of them.
  void note(const core::record::TasksEnded& r) {
    std::uint32_t told = 0;
    const auto closed = open_.close(r.run, r.tasks, [&](TaskIndex i) {
      const auto place = untold_ ? places_.find({r.run, r.tasks.job, i}) : places_.end();
      if (place == places_.end()) return;
      tell(place->second, {{r.run, r.tasks.job, i}, r.outcome, nullptr}, "not started");
      ++told;
    });
    if (closed == told) return;
    const auto& job = jobs_.at({r.run, r.tasks.job});
    if (!job.hook) count(job.id, r.outcome, "not started", closed - told);
  }

  void tell(std::size_t place, const TaskEnd& end, std::string rung) {
    auto& task = stopped_.tasks[place];
    task.outcome = end.outcome;
    task.rung = std::move(rung);
    if (end.outcome == Outcome::lost && end.attempt) task.note = end.attempt->report.message;
    --untold_;
  }

  void count(const std::string& job, Outcome outcome, const std::string& rung, std::uint32_t tasks = 1) {
    for (auto& o : stopped_.others)
      if (o.job == job && o.outcome == outcome && o.rung == rung) return void(o.count += tasks);
    stopped_.others.push_back({job, outcome, rung, tasks});
  }

  std::set<RunId> runs_;
  OpenTasks open_;
  std::map<std::pair<RunId, JobIndex>, Job> jobs_;
  std::unordered_map<TaskId, std::size_t> places_;  // in stopped_.tasks
  std::size_t untold_ = 0;                          // of these, the ones that have not ended
  control::answer::Stopped stopped_;
};

core::event::CancelTasks wish_of(const Target& target) {
  core::event::CancelTasks wish;
  for (const auto& span : target.tasks) wish.tasks.push_back({target.run, span.job, span.first, span.count});
  return wish;
}

}  // namespace

std::vector<core::Event> cancel_events(const std::vector<Target>& targets, const control::ask::Cancel& what) {
  const bool now = what.now || (what.grace && what.grace->count() <= 0);
  const auto grace = now ? std::nullopt : what.grace;
  std::vector<core::Event> out;
  for (const auto& target : targets) {
    if (!target.alive) continue;
    if (target.whole) {
      out.emplace_back(core::event::CancelRun{target.run, StopCause::cancel_user, now, grace, what.reason});
      continue;
    }
    auto wish = wish_of(target);
    wish.now = now;
    wish.grace = grace;
    wish.reason = what.reason;
    out.emplace_back(std::move(wish));
  }
  return out;
}

Result<std::unique_ptr<Pending>> make_cancel(const core::Scheduler& scheduler, Views& views,
                                             const std::vector<Target>& targets) {
  auto cancel = std::make_unique<Cancel>();
  for (const auto& target : targets) {
    if (!target.alive) continue;
    const auto view = views.of(target.run);
    if (!view) return view.error();
    cancel->add(scheduler, **view, target);
  }
  return std::unique_ptr<Pending>(std::move(cancel));
}

}  // namespace rota::daemon
