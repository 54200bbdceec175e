// Which attempts are asked whether they serve, and what follows from the answers.
#include <algorithm>

#include "scheduler/daemon/coordinator.h"

namespace rota::daemon {
namespace {

/// (`live` of a file's defaults is not for what is no daemon.)
bool is_live_asked(const jobs::Plan& plan, const jobs::Job& job) { return job.daemon && plan.settings_of(job).live; }
bool is_probed(const jobs::Plan& plan, const jobs::Job& job) {
  return plan.settings_of(job).ready || is_live_asked(plan, job);
}

std::string name_of(AttemptId attempt, const jobs::Plan& plan) {
  return std::to_string(attempt.task.run) + "/" + plan.jobs[attempt.task.job].id.text();
}

}  // namespace

void Coordinator::hear_probes() {
  for (const auto& verdict : world_.probes.take()) {
    const auto worker = scheduler_.worker_of(verdict.attempt);
    if (!worker) continue;
    if (verdict.good) {
      post(core::event::BecameReady{*worker, verdict.attempt});
      continue;
    }
    const bool live = verdict.of == Probes::Of::live;
    if (scheduler_.is_to_stand_still(verdict.attempt)) {  // it answers nobody; when it goes on it is asked anew
      ask_probe(verdict.attempt, live, now().mono);
      continue;
    }
    note(name_of(verdict.attempt, *scheduler_.plan(verdict.attempt.task.run)) +
         (live ? " does not serve any more (live): " : " did not come to serve (ready): ") + verdict.why);
    post(core::event::ProbeFailed{*worker, verdict.attempt, live ? StopCause::not_live : StopCause::not_ready});
  }
}

void Coordinator::follow_probes() {
  for (const auto& record : effects_.records) {
    if (const auto* start = std::get_if<core::record::Started>(&record.fact)) {
      ask_probe(start->attempt, false, start->at);
    } else if (const auto* ready = std::get_if<core::record::BecameReady>(&record.fact)) {
      ask_probe(ready->attempt, true, ready->at);
    } else if (const auto* frozen = std::get_if<core::record::Frozen>(&record.fact)) {
      follow_probes_of(*frozen);
    } else if (const auto* stop = std::get_if<core::record::StopAsked>(&record.fact)) {
      world_.probes.end(stop->attempt);
    } else if (const auto* end = std::get_if<core::record::AttemptEnded>(&record.fact)) {
      world_.probes.end(end->attempt);
    }
  }
}

/// `ready` until it is; then, or where it has none, `live`. Text in the output is looked for by the worker: here only
/// the time for it is kept.
void Coordinator::ask_probe(AttemptId attempt, bool ready, Instant since) {
  const auto* plan = scheduler_.plan(attempt.task.run);
  if (!plan) return;
  const auto& job = plan->jobs[attempt.task.job];
  const auto& settings = plan->settings_of(job);
  if (!is_probed(*plan, job)) return;
  // The records of one turn may tell of its start and of its end.
  if (!scheduler_.worker_of(attempt)) return world_.probes.end(attempt);
  if (!ready && settings.ready) {
    if (settings.ready->log.empty() || settings.ready->within)
      world_.probes.ask(attempt, Probes::Of::ready, dispatch_.probe_order(attempt, *settings.ready, scheduler_), since);
    return;
  }
  world_.probes.end(attempt);
  if (is_live_asked(*plan, job))
    world_.probes.ask(attempt, Probes::Of::live, dispatch_.probe_order(attempt, *settings.live, scheduler_), since);
}

/// One that stands still is not looked at. When it goes on, its time to come to serve begins anew.
void Coordinator::follow_probes_of(const core::record::Frozen& frozen) {
  if (frozen.frozen) return world_.probes.end(frozen.attempt);
  ask_probe(frozen.attempt, scheduler_.is_ready(frozen.attempt), frozen.at);
}

/// What runs in the life that begins: it is asked again whether it is ready, or still live.
void Coordinator::resume_probes() {
  for (const RunId run : scheduler_.runs()) {
    const auto* plan = scheduler_.plan(run);
    const auto probed = [&](const jobs::Job& job) { return is_probed(*plan, job); };
    if (std::none_of(plan->jobs.begin(), plan->jobs.end(), probed)) continue;
    const auto view = scheduler_.view(run);
    for (const auto& job : view->jobs) {
      if (!probed(plan->jobs[job.index])) continue;
      for (const auto& task : job.tasks) {
        if (task.state != core::TaskState::running || task.attempts.empty()) continue;
        const auto& attempt = task.attempts.back();
        const auto since = attempt.ready ? now().mono : attempt.started;
        ask_probe({{run, job.index, task.index}, attempt.number}, attempt.ready, since);
      }
    }
  }
}

}  // namespace rota::daemon
