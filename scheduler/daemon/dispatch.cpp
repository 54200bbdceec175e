// Actions into messages.
#include "scheduler/daemon/dispatch.h"

#include <sys/epoll.h>

#include <utility>

#include "scheduler/daemon/assign.h"
#include "scheduler/daemon/expand.h"
#include "shared/limits.h"

namespace rota::daemon {
namespace {

std::string values_path(const std::string& output_directory, const AttemptId& attempt) {
  return output_directory + "/values." + std::to_string(attempt.task.job) + "." + std::to_string(attempt.task.task) +
         "." + std::to_string(attempt.number);
}

void give_secrets(lane::Assignment& assignment, SecretValues secrets) {
  for (auto& [name, value] : secrets) {
    assignment.env.push_back(name + "=" + value);
    assignment.masks.push_back(std::move(value));
  }
}

}  // namespace

void Dispatch::open(RunId run, RunSurroundings surroundings) { runs_[run] = std::move(surroundings); }

void Dispatch::close(RunId run) {
  for (auto at = opened_.lower_bound({run, {}}); at != opened_.end() && at->first == run; at = opened_.erase(at)) {
    if (auto* port = fleet_.port(at->second)) port->send(lane::down::CloseRun{run});
  }
  fleet_.end_crews(run);
  runs_.erase(run);
  if (secrets_) secrets_->forget(run);
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
  std::erase_if(without_secret_, [&](const auto& waiting) { return waiting.second == dead; });
}

void Dispatch::carry_out(const core::Action& action, const core::Scheduler& scheduler) {
  if (const auto* a = std::get_if<core::action::StartAttempt>(&action)) {
    if (!join_crowd(*a, scheduler)) start(*a, scheduler);
    return;
  }
  send_crowds();  // nothing overtakes a start
  if (const auto* a = std::get_if<core::action::KillWorker>(&action)) return fleet_.kill(a->worker);
  if (const auto* a = std::get_if<core::action::DrainWorker>(&action)) return fleet_.drain(a->worker);
  if (const auto* a = std::get_if<core::action::RetireWorker>(&action)) return fleet_.retire(a->worker);
  if (const auto* a = std::get_if<core::action::FoldRun>(&action)) return close(a->run);
  if (const auto* a = std::get_if<core::action::StopAttempt>(&action)) {
    if (take_back(a->attempt, a->cause)) return;
    fleet_.stop(a->worker, {a->attempt, a->cause, a->grace.count(), a->now});
  } else if (const auto* f = std::get_if<core::action::FreezeAttempt>(&action)) {
    fleet_.freeze(f->worker, f->attempt, f->freeze);
  } else if (const auto* r = std::get_if<core::action::RetractAttempt>(&action)) {
    if (take_back(r->attempt, StopCause::none)) return;
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

std::vector<std::string> Dispatch::environment(RunId run, const core::Scheduler& scheduler) const {
  auto found = surroundings(run, scheduler);
  return found ? std::move(found->env) : std::vector<std::string>();
}

void Dispatch::start(const core::action::StartAttempt& a, const core::Scheduler& scheduler) {
  const RunId run = a.attempt.task.run;
  auto* port = fleet_.port(a.worker);
  const auto* plan = scheduler.plan(run);
  const auto around = surroundings(run, scheduler);
  if (!port || !plan || !around) return;
  auto secrets = secrets_of(run, *plan, plan->settings_of(plan->jobs[a.attempt.task.job]));
  if (!secrets) return end_unstarted(a.worker, a.attempt, {Ending::Kind::no_secret}, secrets.error().what);
  if (!*secrets) {
    without_secret_.emplace(a.attempt, a.worker);
    return;
  }
  if (may_start_many(*plan, plan->jobs[a.attempt.task.job])) {
    open_at(*port, a.worker, run, *around);
    return begin_crowd(*port, a, scheduler, *around);
  }
  const auto values = scheduler.late_values(a.attempt);
  if (!values) return end_unstarted(a.worker, a.attempt, {Ending::Kind::bad_value}, to_text(values.error()));
  auto assignment = make_assignment(*plan, a.attempt, scheduler.try_number(a.attempt), around->run_key);
  if (const auto s = expand(assignment, *plan, plan->jobs[a.attempt.task.job], *values); !s)
    return end_unstarted(a.worker, a.attempt, {Ending::Kind::bad_value}, to_text(s.error()));
  open_at(*port, a.worker, run, *around);
  if (!assignment.outputs.fields.empty() && !assignment.argv.empty())
    assignment.outputs.path = values_path(around->output_directory, a.attempt);
  give_secrets(assignment, std::move(**secrets));
  if (service_ && service_->log_max_bytes && assignment.log.max_bytes == limits::kLogBytesPerAttempt)
    assignment.log.max_bytes = service_->log_max_bytes;
  port->send(lane::down::Start{std::move(assignment)});
}

Probes::Order Dispatch::probe_order(AttemptId attempt, const jobs::Probe& probe,
                                    const core::Scheduler& scheduler) const {
  Probes::Order order{probe, {}, {}};
  const auto& plan = *scheduler.plan(attempt.task.run);
  const auto around = surroundings(attempt.task.run, scheduler);
  auto assignment = make_assignment(plan, attempt, scheduler.try_number(attempt), around ? around->run_key : "");
  // They were computed when it was started.
  if (const auto values = scheduler.late_values(attempt))
    static_cast<void>(expand(assignment, plan, plan.jobs[attempt.task.job], *values));
  if (around) order.env = around->env;
  order.env.insert(order.env.end(), assignment.env.begin(), assignment.env.end());
  order.working_dir = assignment.working_dir;
  return order;
}

// ---- many tasks of one job ----

/// False: it starts a crowd of its own, or starts alone.
bool Dispatch::join_crowd(const core::action::StartAttempt& a, const core::Scheduler& scheduler) {
  const auto found = crowds_.find(a.worker);
  if (found == crowds_.end()) return false;
  auto& crowd = found->second;
  const auto& first = crowd.common.id.task;
  const auto& task = a.attempt.task;
  if (first.run == task.run && first.job == task.job) {
    const auto& job = scheduler.plan(task.run)->jobs[task.job];
    if (crowd.members.size() < most_at_once(job)) {
      crowd.members.push_back(make_member(job, a.attempt, scheduler.try_number(a.attempt)));
      return true;
    }
  }
  if (auto* port = fleet_.port(a.worker)) port->send(std::move(crowd));
  crowds_.erase(found);
  return false;
}

void Dispatch::begin_crowd(WorkerPort& port, const core::action::StartAttempt& a, const core::Scheduler& scheduler,
                           const Surroundings& around) {
  const auto& plan = *scheduler.plan(a.attempt.task.run);
  auto crowd = make_crowd(plan, a.attempt, around.run_key);
  if (service_ && service_->log_max_bytes && crowd.common.log.max_bytes == limits::kLogBytesPerAttempt)
    crowd.common.log.max_bytes = service_->log_max_bytes;
  crowd.members.push_back(
      make_member(plan.jobs[a.attempt.task.job], a.attempt, scheduler.try_number(a.attempt)));
  // One that is at the worker already was sent by join_crowd.
  if (const auto [at, fresh] = crowds_.try_emplace(a.worker, std::move(crowd)); !fresh) {
    port.send(std::exchange(at->second, std::move(crowd)));
  }
}

void Dispatch::send_crowds() {
  for (auto& [worker, crowd] : std::exchange(crowds_, {})) {
    if (auto* port = fleet_.port(worker)) port->send(std::move(crowd));
  }
}

// ---- secrets ----

Dispatch::~Dispatch() {
  if (secrets_) loop_.forget(secrets_->bell());
}

Status Dispatch::open_secrets() {
  if (secrets_) return {};
  auto made = Secrets::create();
  if (!made) return made.error();
  if (auto s = loop_.watch((*made)->bell(), EPOLLIN, [](std::uint32_t) {}); !s) return s;
  secrets_ = std::move(*made);
  return {};
}

/// All of them; none: not all are here yet.
Result<std::optional<SecretValues>> Dispatch::secrets_of(RunId run, const jobs::Plan& plan,
                                                         const jobs::Settings& settings) {
  SecretValues out;
  if (settings.secrets.empty()) return out;
  if (auto s = open_secrets(); !s) return s.error();
  std::size_t bytes = 0;
  bool all = true;
  for (const auto& secret : settings.secrets) {
    const auto* value = secrets_->find(run, secret, plan.directory);
    if (value && !*value) return value->error();
    all = all && value;
    if (!value) continue;
    bytes += (*value)->size();
    out.emplace_back(secret.name, **value);
  }
  if (bytes > limits::kSecretsBytes)
    return fail(Code::refused, "its secrets are " + std::to_string(bytes) + " bytes together, the limit is " +
                                   std::to_string(limits::kSecretsBytes) + " (secrets_bytes)");
  if (!all) return std::optional<SecretValues>();
  return out;
}

void Dispatch::resume(const core::Scheduler& scheduler) {
  if (!secrets_ || !secrets_->take()) return;
  for (const auto& [attempt, worker] : std::exchange(without_secret_, {})) start({worker, attempt}, scheduler);
  send_crowds();
}

/// An attempt that waits here for its secrets has never begun.
bool Dispatch::take_back(const AttemptId& attempt, StopCause cause) {
  const auto waiting = without_secret_.find(attempt);
  if (waiting == without_secret_.end()) return false;
  Ending revoked;
  revoked.kind = Ending::Kind::revoked;
  revoked.stopped_by = cause;
  end_unstarted(waiting->second, attempt, revoked, {});
  without_secret_.erase(waiting);
  return true;
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
