// Actions into messages.
#include "scheduler/daemon/dispatch.h"

#include "scheduler/daemon/assign.h"

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
  for (const auto& [run, surroundings] : runs_) open_at(*port, launcher, run, surroundings);
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

void Dispatch::start(const core::action::StartAttempt& a, const core::Scheduler& scheduler) {
  auto* port = fleet_.port(a.worker);
  const auto* plan = scheduler.plan(a.attempt.task.run);
  const auto run = runs_.find(a.attempt.task.run);
  if (!port || !plan || run == runs_.end()) return;
  open_at(*port, a.worker, run->first, run->second);
  port->send(lane::down::Start{make_assignment(*plan, a.attempt, run->second.run_key)});
}

void Dispatch::open_at(WorkerPort& port, WorkerId worker, RunId run, const RunSurroundings& surroundings) {
  if (!opened_.insert({run, worker}).second) return;
  const auto segment = ++last_segment_;
  const auto path = surroundings.output_directory + "/" + output::segment_file_name(segment);
  feed_.add(segment, path);
  port.send(lane::down::OpenRun{run, surroundings.env, segment, path});
}

}  // namespace rota::daemon
