// Gather, step, commit, act.
#include "scheduler/daemon/coordinator.h"

#include <sys/epoll.h>

#include <algorithm>

#include "shared/failpoint.h"

namespace rota::daemon {
namespace {

constexpr std::uint64_t kSnapshotBytes = 64ull << 20;  // of turns, then a snapshot of what lives replaces them

}  // namespace

Coordinator::Coordinator(World world, FleetShape shape, WorkerCall call, std::optional<TermsOfService> service)
    : world_(world),
      service_(service.has_value()),
      launchers_(call.launchers),
      feed_(service_ ? OutputFeed::Sink()
                     : [this](const output::Chunk& chunk) { world_.observer.on_output(chunk); }),
      fleet_(world.loop, shape, std::move(call), world.numbers,
             {[this](core::Event e) { hear(std::move(e)); },
              [this](std::uint32_t segment, std::uint64_t end) {
                if (auto s = feed_.pump(segment, end); !s) note(to_text(s.error()));
              },
              [this](const std::string& text) { note(text); },
              [this](WorkerId id, const lane::up::Holds& holds) { hear_holds(id, holds); },
              [this](RunId run) { return scheduler_.plan(run); },
              [this](RunId run) { return dispatch_.environment(run, scheduler_); },
              [this](core::event::WorkerDown down, const std::string& home) {
                launcher_gone(std::move(down), home);
              }}),
      dispatch_(world.loop, fleet_, feed_, world.numbers, std::move(service),
                [this](core::Event e) { post(std::move(e)); }),
      settling_(world.loop) {
  post(core::event::Bounds{shape.command_slots, shape.process_slots, shape.cpus_milli, shape.memory});
  const auto tick = world_.observer.tick();
  if (tick.count() > 0) next_tick_ = world_.clock.now().mono + tick;
}

Coordinator::~Coordinator() {
  fleet_.kill_all();
  sweep();
}

Result<core::RunView> Coordinator::run_until_folded() {
  for (;;) {
    if (auto s = turn(); !s) return s.error();
    if (!folded_.empty()) return std::move(folded_.front().view);
    sleep();
  }
}

Status Coordinator::turn() {
  turn_ = world_.clock.now();
  const auto now = *turn_;
  gather(now);
  step_all(now);
  if (auto s = world_.numbers.keep_ahead(); !s) return s;
  if (auto s = commit(); !s) return s;
  act();
  fleet_.flush();  // to start a worker takes longer than what the others wait for
  want(now);
  fleet_.flush();
  if (!effects_.records.empty()) ROTA_FAILPOINT("turn.acted");
  tell(now);
  if (world_.journal.bytes_since_snapshot() > kSnapshotBytes) {
    if (auto s = snapshot(); !s) return s;
  }
  turn_.reset();
  return {};
}

void Coordinator::gather(Now now) {
  fleet_.collect(now);
  if (fleet_.take_deaths()) sweep();
  dispatch_.resume(scheduler_);
  settle_again(now);
  hear_probes();
}

void Coordinator::sweep() {
  const int killed = world_.orphans.sweep([this](int pid) {
    return fleet_.is_worker(pid) || dispatch_.owns(pid) || world_.probes.is_command(pid);
  });
  if (killed) note("ended " + std::to_string(killed) + " processes that a dead worker left behind");
}

void Coordinator::hear(core::Event event) {
  if (const auto* up = std::get_if<core::event::WorkerUp>(&event); up && up->capacity.processes) {
    dispatch_.introduce(up->worker);
  } else if (const auto* end = std::get_if<core::event::Finished>(&event); end && fleet_.lasting(end->worker)) {
    ended_.push_back({end->worker, end->attempt});
  } else if (const auto* down = std::get_if<core::event::WorkerDown>(&event)) {
    dispatch_.forget(down->worker);
  }
  post(std::move(event));
}

void Coordinator::want(Now now) {
  auto demand = scheduler_.demand();
  const bool pool_commands = keep_launcher_ && (demand.thread || demand.async);
  if (pool_commands) demand.process = std::max(demand.process, 1u);
  fleet_.want(demand, now);
}

void Coordinator::step_all(Now now) {
  effects_.records.clear();
  effects_.actions.clear();
  folded_.clear();
  for (auto& event : inbox_) scheduler_.step(std::move(event), now, effects_);
  inbox_.clear();
  if (const auto due = scheduler_.next_deadline(); due && *due <= now.mono)
    scheduler_.step(core::event::Wake{}, now, effects_);
  scheduler_.settle(now, effects_);
  for (const auto& record : effects_.records) late_.note(record, now);
  late_records_.clear();
  late_.collect(scheduler_, now, late_records_);
  for (const auto& action : effects_.actions) {
    if (const auto* fold = std::get_if<core::action::FoldRun>(&action)) {
      auto view = scheduler_.view(fold->run);
      if (!view) continue;
      auto& folded = folded_.emplace_back(store::FoldedRun{std::move(*view)});
      if (folded.view.summary.counts.total > core::kLargeViewTasks) folded.pages = scheduler_.packed(fold->run);
      // Of a foreground run that did all it should, nobody wants what is left.
      const bool more = service_ || folded.view.summary.outcome != Outcome::succeeded;
      if (more) folded.plan = scheduler_.plan(fold->run), folded.terms = scheduler_.terms(fold->run);
    }
  }
}

Status Coordinator::commit() {
  const auto told = effects_.records.size();
  effects_.records.insert(effects_.records.end(), late_records_.begin(), late_records_.end());
  const bool any = !folded_.empty() || std::any_of(effects_.records.begin(), effects_.records.end(),
                                                   [](const auto& r) { return r.durable; });
  if (any) {
    ROTA_FAILPOINT("turn.before-commit");
    if (auto s = world_.journal.commit({effects_.records, folded_}); !s) return s;
    ROTA_FAILPOINT("turn.after-commit");
  }
  effects_.records.erase(effects_.records.begin() + static_cast<std::ptrdiff_t>(told), effects_.records.end());
  return {};
}

/// Only what is durable is acted upon.
void Coordinator::act() {
  for (const auto& action : effects_.actions) dispatch_.carry_out(action, scheduler_);
  dispatch_.send_crowds();
  if (service_) acknowledge();
}

/// What a launcher told the end of is known for good: recorded in this turn, or in an earlier one.
void Coordinator::acknowledge() {
  for (const auto& [launcher, attempt] : ended_) {
    if (auto* port = fleet_.lasting(launcher)) port->send(lane::down::Ack{attempt});
  }
  ended_.clear();
  for (const auto& [launcher, attempt] : held_) {
    auto* port = fleet_.lasting(launcher);
    if (!port || scheduler_.worker_of(attempt) == launcher) continue;
    // One that has ended is past it: it tells its end again, and is acked.
    port->send(lane::down::Stop{attempt, StopCause::cancel_user, 0, true});
  }
  held_.clear();
  for (const auto& home : accounted_homes_) {
    auto s = lane::remove_launcher_home(home);
    if (!s) note("cannot remove a dead launcher's home: " + to_text(s.error()));
  }
  accounted_homes_.clear();
}

void Coordinator::tell(Now now) {
  for (const auto& record : effects_.records) {
    const auto* end = std::get_if<core::record::AttemptEnded>(&record.fact);
    if (!end || end->report.output.last == 0) continue;
    if (auto s = feed_.pump(end->report.output.segment, end->report.output.last); !s) note(to_text(s.error()));
  }
  follow_probes();
  if (service_ || !effects_.records.empty()) world_.observer.on_turn(effects_.records, scheduler_, now);
  if (next_tick_ && *next_tick_ <= now.mono) {
    world_.observer.on_tick(scheduler_, now);
    next_tick_ = now.mono + world_.observer.tick();
  }
  for (const auto& run : folded_) scheduler_.forget(run.view.summary.run);
}

void Coordinator::sleep(std::optional<Instant> at_most) {
  const bool quiet = inbox_.empty() && fleet_.about_to_sleep();
  auto until = next_deadline();
  if (at_most && (!until || *at_most < *until)) until = at_most;
  // Also a busy loop looks at its descriptors: signals and deaths must not wait for a chatty lane to fall silent.
  world_.loop.wait(quiet ? until : Instant{});
}

std::optional<Instant> Coordinator::next_deadline() const {
  std::optional<Instant> next;
  const auto unsettled = unsettled_.empty() ? std::nullopt : std::optional(unsettled_.front().due);
  for (const auto& at :
       {scheduler_.next_deadline(), fleet_.next_deadline(), late_.next_deadline(), next_tick_, unsettled}) {
    if (at && (!next || *at < *next)) next = at;
  }
  return next;
}

Status Coordinator::snapshot() { return world_.journal.replace(scheduler_.snapshot()); }

bool Coordinator::signal(AttemptId attempt, int signal) {
  const auto worker = scheduler_.worker_of(attempt);
  auto* port = worker && !fleet_.is_pool(*worker) ? fleet_.port(*worker) : nullptr;
  if (!port) return false;
  port->send(lane::down::Signal{attempt, signal});
  port->flush();
  return true;
}

void Coordinator::dismiss(Duration within) {
  const auto deadline = monotonic_now() + within;
  dismissing_ = true;
  fleet_.end_all();
  while (fleet_.living() && monotonic_now() < deadline) {
    fleet_.collect(world_.clock.now());
    inbox_.clear();
    fleet_.flush();
    // A worker with something to say is no reason not to look: its death is only heard of by waiting.
    if (fleet_.living()) world_.loop.wait(fleet_.about_to_sleep() ? deadline : monotonic_now());
  }
}

}  // namespace rota::daemon
