// Actions into messages.
#include "scheduler/daemon/dispatch.h"

#include "scheduler/daemon/assign.h"
#include "scheduler/daemon/expand.h"
#include "shared/limits.h"

namespace rota::daemon {

void Dispatch::open(RunId run, RunSurroundings surroundings) { runs_[run] = std::move(surroundings); }

void Dispatch::close(RunId run) {
  for (auto at = opened_.lower_bound({run, {}}); at != opened_.end() && at->first == run; at = opened_.erase(at)) {
    if (auto* port = fleet_.port(at->second)) port->send(lane::down::CloseRun{run});
  }
  runs_.erase(run);
}

void Dispatch::introduce(WorkerId launcher) {
  auto* port = fleet_.port(launcher);
  if (!port) return;
  for (const auto& [run, s] : runs_) open_at(*port, launcher, run, {s.run_key, s.env, s.output_directory});
}

void Dispatch::has_open(WorkerId launcher, const std::vector<lane::up::Holds::Segment>& segments,
                        const core::Scheduler& scheduler) {
  auto* port = fleet_.port(launcher);
  for (const auto& held : segments) {
    numbers_.at_least(held.segment, 0);
    if (scheduler.plan(held.run)) {
      opened_.insert({held.run, launcher});
    } else if (port) {
      port->send(lane::down::CloseRun{held.run});
    }
  }
}

void Dispatch::forget(WorkerId dead) {
  std::erase_if(opened_, [&](const auto& opened) { return opened.second == dead; });
}

void Dispatch::carry_out(const core::Action& action, const core::Scheduler& scheduler) {
  if (const auto* a = std::get_if<core::action::StartAttempt>(&action)) return start(*a, scheduler);
  if (const auto* a = std::get_if<core::action::KillWorker>(&action)) return fleet_.kill(a->worker);
  if (const auto* a = std::get_if<core::action::FoldRun>(&action)) return close(a->run);
  if (const auto* a = std::get_if<core::action::StopAttempt>(&action)) {
    if (auto* port = fleet_.port(a->worker))
      port->send(lane::down::Stop{a->attempt, a->cause, a->grace.count(), a->now});
  } else if (const auto* r = std::get_if<core::action::RetractAttempt>(&action)) {
    if (auto* port = fleet_.port(r->worker)) port->send(lane::down::Retract{r->attempt});
  }
}

std::optional<Dispatch::Surroundings> Dispatch::surroundings(RunId run, const core::Scheduler& scheduler) const {
  if (const auto opened = runs_.find(run); opened != runs_.end()) {
    const auto& s = opened->second;
    return Surroundings{s.run_key, s.env, s.output_directory};
  }
  const auto* terms = scheduler.terms(run);
  if (!service_ || !terms) return std::nullopt;
  return Surroundings{terms->run_key, terms->env, service_->output_directory(run)};
}

void Dispatch::start(const core::action::StartAttempt& a, const core::Scheduler& scheduler) {
  const RunId run = a.attempt.task.run;
  auto* port = fleet_.port(a.worker);
  const auto* plan = scheduler.plan(run);
  const auto around = surroundings(run, scheduler);
  if (!port || !plan || !around) return;
  const auto values = scheduler.late_values(a.attempt);
  if (!values) return end_unstarted(a.worker, a.attempt, {Ending::Kind::bad_value}, to_text(values.error()));
  auto assignment = make_assignment(*plan, a.attempt, scheduler.try_number(a.attempt), around->run_key);
  if (const auto s = expand(assignment, *plan, plan->jobs[a.attempt.task.job], *values); !s)
    return end_unstarted(a.worker, a.attempt, {Ending::Kind::bad_value}, to_text(s.error()));
  open_at(*port, a.worker, run, *around);
  if (service_ && service_->log_max_bytes && assignment.log.max_bytes == limits::kLogBytesPerAttempt)
    assignment.log.max_bytes = service_->log_max_bytes;
  port->send(lane::down::Start{std::move(assignment)});
}

void Dispatch::end_unstarted(WorkerId worker, const AttemptId& attempt, Ending ending, std::string message) {
  AttemptReport report;
  report.ending = ending;
  report.message = std::move(message);
  if (report.message.size() > limits::kMessageBytes) report.message.resize(limits::kMessageBytes);
  report.ended = monotonic_now();
  post_(core::event::Finished{worker, attempt, std::move(report)});
}

void Dispatch::open_at(WorkerPort& port, WorkerId worker, RunId run, const Surroundings& surroundings) {
  if (!opened_.insert({run, worker}).second) return;
  const auto segment = numbers_.next_segment();
  const auto path = surroundings.output_directory + "/" + output::segment_file_name(segment);
  feed_.add(segment, path);
  lane::down::OpenRun open{run, surroundings.env, segment, path};
  if (service_ && fleet_.is_pool(worker)) open.env.push_back(service_->pool_mark);
  port.send(open);
}

}  // namespace rota::daemon
