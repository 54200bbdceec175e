// The scheduler's face: events in, effects out; replay; cheap questions. The work is in the rooms beside it.
#include "scheduler/core/scheduler.h"

#include <algorithm>

#include "scheduler/core/group.h"
#include "scheduler/core/ledger.h"
#include "scheduler/core/names.h"
#include "scheduler/core/placement.h"
#include "scheduler/core/projection.h"
#include "scheduler/core/reactions.h"
#include "scheduler/core/schedule.h"
#include "scheduler/core/snapshot.h"
#include "scheduler/core/state.h"
#include "scheduler/core/stops.h"
#include "scheduler/core/waiting.h"

namespace rota::core {
namespace {

/// Of an attempt that is alive; null: it is not.
const Hold* find_hold(const State& state, AttemptId attempt) {
  TaskSlot slot = kNone;
  const Run* run = state.find(attempt.task, slot);
  const bool may_be = run && !run->has_ended(slot) && !run->tasks.is_fresh(slot);
  const Hold* hold = may_be ? hold_of(run->task(slot).now) : nullptr;
  return hold && hold->number == attempt.number ? hold : nullptr;
}

}  // namespace

Scheduler::Scheduler() : state_(std::make_unique<State>()) {}
Scheduler::~Scheduler() = default;
Scheduler::Scheduler(Scheduler&&) noexcept = default;
Scheduler& Scheduler::operator=(Scheduler&&) noexcept = default;

void Scheduler::step(Event event, Now now, Effects& out) {
  state_->see(now.mono);
  Ledger ledger(*state_, out, now);
  std::visit([&](auto& e) { react(ledger, e); }, event);
}

void Scheduler::settle(Now now, Effects& out) {
  state_->see(now.mono);
  Ledger ledger(*state_, out, now);
  do {
    while (state_->is_touched())  // the end of a run may open the gates of others
      for (const RunId run : state_->take_touched()) settle_run(ledger, run);
    place(ledger);
  } while (state_->is_touched());  // a task whose condition is false ends when its turn comes
  state_->close_pages();
}

void Scheduler::replay(const Record& record) {
  state_->apply(record.fact);
  state_->close_pages();
}
std::vector<Record> Scheduler::snapshot() const { return snapshot_of(*state_); }

std::optional<Instant> Scheduler::next_deadline() const {
  if (state_->is_to_place_again()) return Instant{};
  auto next = state_->deadlines().next();
  const auto consider = [&](std::optional<Instant> at) {
    if (at && (!next || *at < *next)) next = at;
  };
  consider(state_->fleet().next_kill());
  if (state_->closed() == ReasonKind::none) consider(state_->pools().next_token());
  return next;
}
Demand Scheduler::demand() const {
  Demand d{state_->demand(Mode::thread), state_->demand(Mode::process), state_->demand(Mode::async), {}};
  for (const auto& [run, index] : state_->wanted_crews()) {
    const CrewWork& crew = state_->find(run)->crews[index];
    const auto of = [&](Mode mode) { return state_->demand(crew, mode); };
    d.crews.push_back({crew.id, of(Mode::thread), of(Mode::process), of(Mode::async)});
  }
  return d;
}

std::vector<RunId> Scheduler::runs() const {
  std::vector<RunId> ids;
  for (const auto& [id, run] : state_->runs()) ids.push_back(id);
  return ids;
}

const jobs::Plan* Scheduler::plan(RunId id) const {
  const Run* run = state_->find(id);
  return run ? &run->plan : nullptr;
}

std::optional<RunSummary> Scheduler::summary(RunId id) const {
  const Run* run = state_->find(id);
  return run ? std::optional(summary_of(*state_, *run)) : std::nullopt;
}

std::optional<RunView> Scheduler::view(RunId id, const Wanted& wanted) const {
  const Run* run = state_->find(id);
  return run ? std::optional(view_of(*state_, *run, wanted)) : std::nullopt;
}

std::optional<WorkerId> Scheduler::worker_of(AttemptId attempt) const {
  const Hold* hold = find_hold(*state_, attempt);
  return hold ? std::optional(hold->worker) : std::nullopt;
}

bool Scheduler::is_to_stand_still(AttemptId attempt) const {
  const Hold* hold = find_hold(*state_, attempt);
  return hold && hold->pause;
}

bool Scheduler::is_ready(AttemptId attempt) const {
  const Hold* hold = find_hold(*state_, attempt);
  return hold && hold->ready;
}

std::optional<Outcome> Scheduler::outcome(TaskId task) const {
  TaskSlot slot = kNone;
  const Run* run = state_->find(task, slot);
  const auto* end = run ? std::get_if<Finished>(&run->task(slot).now) : nullptr;
  return end ? std::optional(end->outcome) : std::nullopt;
}

std::uint32_t Scheduler::try_number(AttemptId attempt) const {
  TaskSlot slot = kNone;
  const Run* run = state_->find(attempt.task, slot);
  std::uint32_t number = 1;
  if (!run) return number;
  run->each_past(slot, [&](const PastAttempt& p) {
    number += p.end.attempt.number < attempt.number && p.end.outcome != Outcome::revoked ? 1 : 0;
  });
  return number;
}

Result<std::vector<Value>> Scheduler::late_values(AttemptId attempt) const {
  std::vector<Value> values;
  const Run* run = state_->find(attempt.task.run);
  if (!run || attempt.task.job >= run->plan.jobs.size()) return values;
  const auto& late = run->plan.jobs[attempt.task.job].late;
  if (late.empty()) return values;
  const Names names(*state_, *run, attempt.task.job, attempt.task.task, try_number(attempt));
  for (const auto& part : late) {
    auto value = jobs::evaluate(part.value, names);
    if (!value) return value.error();
    values.push_back(std::move(*value));
  }
  return values;
}

std::vector<Reason> Scheduler::waiting(TaskId task, Now now) const {
  TaskSlot slot = kNone;
  const Run* run = state_->find(task, slot);
  return run ? waiting_of(*state_, *run, slot, now) : std::vector<Reason>{};
}

std::vector<Block> Scheduler::blocks(TaskId task, const std::vector<Reason>& reasons, Now now) const {
  TaskSlot slot = kNone;
  const Run* run = state_->find(task, slot);
  return run ? blocks_of(*state_, *run, slot, reasons, now) : std::vector<Block>{};
}

const Terms* Scheduler::terms(RunId id) const {
  const Run* run = state_->find(id);
  return run ? &run->terms : nullptr;
}

const Schedules& Scheduler::schedules() const { return state_->schedules(); }

Reason Scheduler::pass_over_reason(const event::Occur& e, Now now) const {
  return core::pass_over_reason(*state_, e, now);
}

std::optional<RunId> Scheduler::fills_group(const jobs::Plan& plan) const { return core::fills_group(*state_, plan); }

Scheduler::Recovery Scheduler::recovery() const {
  return {state_->fleet().recovery_known(), state_->fleet().recovery_total()};
}

Scheduler::Commands Scheduler::commands() const {
  return {state_->fleet().commands(), state_->fleet().command_slots()};
}

std::uint32_t Scheduler::held(WorkerId worker, Mode mode) const {
  const std::uint32_t i = state_->fleet().find(worker);
  if (i == kNone) return 0;
  const Seat& seat = state_->fleet().seat(i);
  return seat.load(mode) + static_cast<std::uint32_t>(seat.held[line_index(mode, true)].size());
}

std::vector<WorkerId> Scheduler::unheard() const {
  std::vector<WorkerId> found;
  for (const Seat& seat : state_->fleet().seats())
    if (seat.life == Seat::Life::known && seat.processes() > 0) found.push_back(seat.worker);
  return found;
}

std::uint32_t Scheduler::epoch() const { return state_->epoch(); }
ReasonKind Scheduler::admission_closed() const { return state_->closed(); }

std::uint64_t Scheduler::stale_reports() const { return state_->stale_reports(); }

std::vector<PackedPage> Scheduler::packed(RunId id) const {
  std::vector<PackedPage> pages;
  const Run* run = state_->find(id);
  if (!run || !run->end) return pages;
  const TaskTable& tasks = run->tasks;
  for (std::uint32_t p = 0; p < tasks.pages(); ++p)
    pages.push_back({tasks.first_of(p), tasks.end_of(p) - tasks.first_of(p), tasks.packed(p), tasks.all_well(p)});
  return pages;
}

void Scheduler::forget(RunId run) { state_->forget(run); }
std::string Scheduler::check() const { return core::check(*state_); }

}  // namespace rota::core
