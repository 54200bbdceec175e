// Promises, checked as the world goes on.
#include "tests/sim/witness.h"

#include <algorithm>
#include <string>
#include <variant>

#include "tests/sim/random_plan.h"

namespace rota::sim {

using namespace core::record;

std::string to_text(AttemptId a) {
  const std::string element = a.task.task == 0 ? "" : "." + std::to_string(a.task.task);
  return std::to_string(a.task.run) + "/" + std::to_string(a.task.job) + element + "#" + std::to_string(a.number);
}

void Witness::began(WorkerId worker, AttemptId a) {
  const jobs::Plan& plan = plans_.at(a.task.run);
  const bool process = !plan.jobs[a.task.job].runs_in_pool();
  if (process && ++process_starts_[a] > 1) broke("I2: process attempt " + to_text(a) + " started twice");
  if (++starts_[{a, worker}] > 1) broke("I2: attempt " + to_text(a) + " started twice at one worker");
  if (ends_.contains(a.task)) broke("I3: attempt " + to_text(a) + " started after its task's durable end");
  if (run_ends_.contains(a.task.run)) broke("attempt " + to_text(a) + " started after the end of its run");
  running_.insert(a);
  check_needs(a);
  check_parallel(a);
  check_group(a);
  check_commands();
  check_processes();
  check_pools();
}

void Witness::granted(WorkerId worker, core::CrewId crew, std::uint32_t tasks, AttemptId a, std::uint32_t n) {
  const jobs::Plan& plan = plans_.at(a.task.run);
  const core::CrewId own = core::crew_of_job(a.task.run, plan, a.task.job);
  const std::string what = "attempt " + to_text(a) + " of crew " + to_text(own) + " was given to w" +
                           std::to_string(worker.seat) + " of " + to_text(crew);
  const bool alone = core::is_quarantine(crew);
  if (alone && crew != core::quarantine_of_job(a.task.run, plan, a.task.job)) broke(what);
  if (!alone && crew != own) broke(what);
  if (tasks > 0 && n > tasks) broke(what + " beyond the end of its life");
  if (!alone && accused_.contains(a.task)) broke(what + " though it was accused");
}

void Witness::gone(AttemptId a) {
  running_.erase(a);
  still_.erase(a);
}

bool Witness::is_good(TaskId task, const End& end) const {
  if (end.outcome == Outcome::succeeded || end.outcome == Outcome::skipped) return true;
  const jobs::Plan& plan = plans_.at(task.run);
  if (!plan.settings_of(plan.jobs[task.job]).continue_on_error || end.reason == ReasonKind::run_timeout) return false;
  if (end.reason == ReasonKind::fail_fast || end.reason == ReasonKind::max_failures) return true;
  return end.outcome != Outcome::cancelled && end.outcome != Outcome::upstream_failed;
}

bool Witness::holds(TaskId task, const jobs::Need& need) const {
  const RunId run = task.run;
  const auto end_of = [&](TaskId t) {
    const auto end = ends_.find(t);
    return end == ends_.end() ? nullptr : &end->second;
  };
  if (need.kind == jobs::NeedKind::each) {
    const End* end = end_of({run, need.job, task.task});
    return end && is_good({run, need.job, task.task}, *end);
  }
  const auto [all, ended] = count(run, need.job, [&](TaskId t) { return end_of(t) != nullptr; });
  const auto good = count(run, need.job, [&](TaskId t) { return end_of(t) && is_good(t, *end_of(t)); }).second;
  const auto bad = count(run, need.job, [&](TaskId t) {
    return end_of(t) && end_of(t)->outcome != Outcome::succeeded && end_of(t)->outcome != Outcome::skipped;
  }).second;
  const auto skips = count(run, need.job, [&](TaskId t) {
    return end_of(t) && end_of(t)->outcome == Outcome::skipped;
  }).second;
  const auto starts = count(run, need.job, [&](TaskId t) {
    return started_.contains(t) || began_in_attempt_.contains(t);
  }).second;
  const auto readies = count(run, need.job, [&](TaskId t) { return was_ready_.contains(t); }).second;
  const bool skipped = ended == all && bad == 0 && skips > 0;
  switch (need.kind) {
    case jobs::NeedKind::started: return skipped || starts > 0;
    case jobs::NeedKind::ready: {
      const jobs::Plan& plan = plans_.at(run);
      const bool by_start = !plan.settings_of(plan.jobs[need.job]).ready;
      return skipped || readies > 0 || (by_start && starts > 0);
    }
    case jobs::NeedKind::completed: return ended == all;
    case jobs::NeedKind::failed: return ended == all && bad > 0;
    case jobs::NeedKind::each:
    case jobs::NeedKind::success: break;
  }
  return ended == all && good == all;
}

void Witness::check_needs(AttemptId a) {
  for (const jobs::Need& need : plans_.at(a.task.run).jobs[a.task.job].needs)
    if (!holds(a.task, need))
      broke("I7: attempt " + to_text(a) + " started before its need on job " + std::to_string(need.job) +
            " was durable");
}

void Witness::check_parallel(AttemptId a) {
  const RunId run = a.task.run;
  const jobs::Plan& plan = plans_.at(run);
  const jobs::Job& job = plan.jobs[a.task.job];
  if (sent_before_.contains(a)) return;
  const auto of_job = std::count_if(running_.begin(), running_.end(), [&](AttemptId other) {
    return other.task.run == run && other.task.job == a.task.job;
  });
  if (job.max_parallel && static_cast<std::uint32_t>(of_job) > *job.max_parallel)
    broke("I8: its job runs " + std::to_string(of_job) + " at once, since " + to_text(a));
  if (!plan.max_parallel || job.daemon) return;
  const auto n = std::count_if(running_.begin(), running_.end(), [&](AttemptId other) {
    return other.task.run == run && !plan.jobs[other.task.job].daemon;
  });
  if (static_cast<std::uint32_t>(n) > *plan.max_parallel)
    broke("I8: run " + std::to_string(run) + " runs " + std::to_string(n) + " at once, since " + to_text(a));
}

/// Never more runs of a group are at work than its limit says. (Hooks come after the run.)
void Witness::check_group(AttemptId a) {
  const jobs::Concurrency& group = plans_.at(a.task.run).concurrency;
  if (group.group.empty()) return;
  std::set<RunId> at_work;
  for (const AttemptId other : running_) {
    const jobs::Plan& plan = plans_.at(other.task.run);
    if (plan.concurrency.group == group.group && !plan.jobs[other.task.job].hook) at_work.insert(other.task.run);
  }
  if (at_work.size() > group.limit)
    broke("I8: " + std::to_string(at_work.size()) + " runs of " + group.group + " are at work at once");
}

void Witness::on_update(const Updated& r) {
  const auto found = plans_.find(r.run);
  if (found == plans_.end() || !r.max_parallel) return;
  jobs::Plan& plan = found->second;
  (r.job ? plan.jobs[*r.job].max_parallel : plan.max_parallel) =
      *r.max_parallel > 0 ? std::optional(*r.max_parallel) : std::nullopt;
  for (const AttemptId a : sent_)
    if (a.task.run == r.run) sent_before_.insert(a);
}

void Witness::check_commands() {
  const auto n = std::count_if(running_.begin(), running_.end(), [&](AttemptId a) {
    const jobs::Job& job = plans_.at(a.task.run).jobs[a.task.job];
    return job.mode != Mode::process && !job.daemon && !std::holds_alternative<jobs::TargetCall>(job.action);
  });
  if (n > most_commands_) broke("I8: " + std::to_string(n) + " commands run at once under thread and async");
}

/// Where warm processes run besides others; launchers alone are bounded by their widths.
void Witness::check_processes() {
  std::uint32_t warm = 0;
  for (const AttemptId a : running_) {
    const jobs::Job& job = plans_.at(a.task.run).jobs[a.task.job];
    warm += job.is_warm() ? 1 : 0;
  }
  if (warm > most_processes_) broke("I8: " + std::to_string(warm) + " warm processes run at once");
}

/// What runs, of all runs together, never takes more of a pool or of the machine than there is.
void Witness::check_pools() {
  std::map<std::string, std::uint64_t> slots, taken;
  std::uint64_t cpus = 0, memory = 0;
  for (const AttemptId a : running_) {
    const jobs::Plan& plan = plans_.at(a.task.run);
    const jobs::Settings& s = plan.settings_of(plan.jobs[a.task.job]);
    for (const jobs::PoolUse& use : s.pools) taken[use.pool] += use.slots;
    for (const jobs::Pool& pool : plan.pools) slots[pool.name] = pool.slots == 0 ? UINT64_MAX : pool.slots;
    cpus += s.resources.cpus_milli;
    memory += s.resources.memory;
  }
  for (const auto& [pool, n] : taken)
    if (n > slots[pool]) broke("I8: " + std::to_string(n) + " slots of pool " + pool + " are taken at once");
  if (cpus > kCpusMilli) broke("I8: " + std::to_string(cpus) + " thousandths of a core are taken at once");
  if (memory > kMemory) broke("I8: " + std::to_string(memory) + " bytes of memory are taken at once");
}

/// In no while more are granted than a burst and what the rate lets through in it, whoever died meanwhile.
void Witness::on_granted(const Granted& r) {
  const jobs::Plan& plan = plans_.at(r.attempt.task.run);
  if (!granted_.insert(r.attempt).second) return;  // told late, for what follows it
  for (const jobs::PoolUse& use : plan.settings_of(plan.jobs[r.attempt.task.job]).pools)
    for (const jobs::Pool& pool : plan.pools) {
      if (pool.name != use.pool || pool.rate == 0) continue;
      auto& grants = grants_in_[pool.name];
      grants.push_back(r.at);
      const double per_ns = pool.rate / static_cast<double>(pool.per.count());
      const double burst = std::max(1.0, per_ns * 1e9);
      for (std::size_t i = 0; i < grants.size(); ++i) {
        const double most = burst + per_ns * static_cast<double>((r.at - grants[i]).count());
        if (static_cast<double>(grants.size() - i) > most + 1e-6)
          broke("I8: " + std::to_string(grants.size() - i) + " attempts were let start in pool " + pool.name +
                " within " + std::to_string((r.at - grants[i]).count()) + " ns");
      }
    }
}

void Witness::on_end(TaskId task, Outcome outcome, Reason reason) {
  if (!ends_.emplace(task, End{outcome, reason.kind}).second) broke("I3: a second end of " + to_text({task, 0}));
  if (!ends_task(outcome)) broke("I3: " + to_text({task, 0}) + " ended with no end");
}

void Witness::on_attempt_end(const AttemptEnded& r) {
  if (!ended_.insert(r.attempt).second) broke("I4: attempt " + to_text(r.attempt) + " ended twice");
  if (still_.contains(r.attempt)) broke("attempt " + to_text(r.attempt) + " is told to have ended, and stands still");
  const bool claimed = r.outcome == Outcome::succeeded && r.reason.kind == ReasonKind::none;
  if (claimed && !succeeded_.contains({r.attempt, r.worker}))
    broke("I4: attempt " + to_text(r.attempt) + " is told to have succeeded and did not");
  if (r.reason.kind == ReasonKind::accused) accused_.insert(r.attempt.task);
  if (r.report.started.ns != 0) began_in_attempt_.insert(r.attempt.task);
  if (r.next == Next::backoff) check_again(r);
  if (r.next == Next::finished) on_end(r.attempt.task, r.outcome, r.reason);
}

/// What is tried again, or comes again, is wanted: a daemon for as long as somebody needs it.
void Witness::check_again(const AttemptEnded& r) {
  const RunId run = r.attempt.task.run;
  const jobs::Plan& plan = plans_.at(run);
  const jobs::Job& job = plan.jobs[r.attempt.task.job];
  if (r.due < r.report.ended) broke("attempt " + to_text(r.attempt) + " is to come again before it has ended");
  if (!job.daemon) return;
  const jobs::Restart& restart = plan.settings_of(job).restart;
  if (r.outcome == Outcome::succeeded && restart.when != jobs::Restart::When::always)
    broke("daemon " + to_text(r.attempt) + " comes again after an end that was good");
  const auto is_open = [&](JobIndex j) {
    const auto [all, ended] = count(run, j, [&](TaskId t) { return ends_.contains(t); });
    return ended < all;
  };
  bool any_work = false, any_consumer = false, has_consumers = false;
  for (JobIndex j = 0; j < plan.jobs.size(); ++j) {
    const bool open = is_open(j);
    any_work = any_work || (open && !plan.jobs[j].daemon && !plan.jobs[j].hook);
    for (const jobs::Need& need : plan.jobs[j].needs) {
      if (need.job != r.attempt.task.job) continue;
      has_consumers = true;
      any_consumer = any_consumer || open;
    }
  }
  if (!any_work || (has_consumers && !any_consumer))
    broke("daemon " + to_text(r.attempt) + " is to come again and nobody needs it");
}

void Witness::committed(const core::Record& record) {
  if (const auto* r = std::get_if<Updated>(&record.fact)) on_update(*r);
  if (const auto* r = std::get_if<Submitted>(&record.fact)) plans_.emplace(r->run, *r->plan);
  if (const auto* r = std::get_if<Granted>(&record.fact)) on_granted(*r);
  if (const auto* r = std::get_if<Started>(&record.fact); r && record.durable) started_.insert(r->attempt.task);
  if (const auto* r = std::get_if<BecameReady>(&record.fact)) {
    was_ready_.insert(r->attempt.task);
    if (!ready_.contains(r->attempt)) broke("I4: attempt " + to_text(r->attempt) + " is told to be ready and is not");
  }
  if (const auto* r = std::get_if<Frozen>(&record.fact); r && r->frozen && !stood_still_.contains(r->attempt))
    broke("attempt " + to_text(r->attempt) + " is told to stand still and does not");
  if (const auto* r = std::get_if<AttemptEnded>(&record.fact)) on_attempt_end(*r);
  if (const auto* r = std::get_if<TaskEnded>(&record.fact)) on_end(r->task, r->outcome, r->reason);
  if (const auto* r = std::get_if<TasksEnded>(&record.fact))
    for (std::uint32_t i = 0; i < r->tasks.count; ++i)
      on_end({r->run, r->tasks.job, r->tasks.first + i}, r->outcome, r->reason);
  if (const auto* r = std::get_if<RunEnded>(&record.fact))
    if (!run_ends_.insert(r->run).second) broke("I3: a second end of run " + std::to_string(r->run));
}

}  // namespace rota::sim
