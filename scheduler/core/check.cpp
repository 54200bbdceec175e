// The invariants of the core, walked from scratch: every kept index is computed again from the tasks and compared.
#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "scheduler/core/graph.h"
#include "scheduler/core/state.h"

namespace rota::core {
namespace {

class Checker {
 public:
  explicit Checker(const State& state) : state_(state) {}

  std::string run_all() {
    for (const auto& [id, run] : state_.runs()) check_run(run);
    check_fleet();
    check_demand();
    check_deadlines();
    return found_;
  }

 private:
  template <class... Words>
  void require(bool holds, const Words&... words) {
    if (holds) return;
    if (!found_.empty()) found_ += "; ";
    (append(words), ...);
  }
  void append(const char* s) { found_ += s; }
  void append(const std::string& s) { found_ += s; }
  template <class N>
  void append(N n) { found_ += std::to_string(n); }

  void check_run(const Run& run);
  void check_counts(const Run& run);
  void check_lines(const Run& run);
  void check_nodes(const Run& run);
  void check_attempts(const Run& run, TaskSlot slot);
  void check_task(const Run& run, TaskSlot slot);
  void check_gate(const Run& run);
  void check_settled(const Run& run);
  void check_fleet();
  void check_demand();
  void check_deadlines();

  const State& state_;
  std::string found_;
  std::map<TaskRef, std::uint32_t> listed_;  // how often the fleet lists a task
};

void Checker::check_run(const Run& run) {
  check_counts(run);
  check_lines(run);
  check_nodes(run);
  check_gate(run);
  for (TaskSlot s = 0; s < run.tasks.size(); ++s) {
    check_task(run, s);
    check_attempts(run, s);
  }
  if (!state_.is_touched()) check_settled(run);
}

void Checker::check_counts(const Run& run) {
  Counts c;
  std::array<std::uint32_t, kModes> held{};
  std::uint32_t cancelled = 0, timed_out = 0, failed = 0, work = 0, unforgiven = 0;
  c.total = static_cast<std::uint32_t>(run.tasks.size());
  for (const Task& t : run.tasks) {
    ++c.by_state[static_cast<std::size_t>(state_of(t))];
    if (hold_of(t.now) && !run.job_of(t).daemon) ++held[mode_index(run.job_of(t).mode)];
    const auto* f = std::get_if<Finished>(&t.now);
    if (!f) continue;
    ++c.by_outcome[static_cast<std::size_t>(f->outcome)];
    cancelled += f->reason.kind == ReasonKind::cancel_user ? 1 : 0;
    timed_out += f->reason.kind == ReasonKind::run_timeout ? 1 : 0;
    failed += fails_by_itself(run, t, *f) ? 1 : 0;
  }
  for (JobIndex j = 0; j < run.nodes.size(); ++j) {
    work += run.nodes[j].open > 0 && !run.plan.jobs[j].daemon ? 1 : 0;
    unforgiven += run.nodes[j].unforgiven > 0 ? 1 : 0;
  }
  require(c.by_state == run.counts.by_state, "run ", run.id, ": counts by state are wrong");
  require(c.by_outcome == run.counts.by_outcome, "run ", run.id, ": counts by outcome are wrong");
  require(c.total == run.counts.total, "run ", run.id, ": the number of tasks is wrong");
  require(held == run.held, "run ", run.id, ": held attempts are miscounted");
  require(cancelled == run.cancelled && timed_out == run.timed_out && failed == run.failed, "run ", run.id,
          ": counts of ends are wrong");
  require(work == run.work_open && unforgiven == run.unforgiven, "run ", run.id,
          ": counts of jobs are wrong");
}

void Checker::check_lines(const Run& run) {
  std::uint32_t linked = 0;
  for (std::size_t i = 0; i < kLines; ++i) {
    std::uint32_t n = 0;
    TaskSlot before = kNone;
    for (TaskSlot s = run.lines[i].front(); s != kNone && n <= run.tasks.size(); ++n) {
      const auto* q = std::get_if<Queued>(&run.tasks[s].now);
      require(q != nullptr, "run ", run.id, ": task ", s, " is in a line and not queued");
      if (!q) return;
      require(line_of(run.job_of(run.tasks[s])) == i, "run ", run.id, ": task ", s, " waits in the wrong line");
      require(q->before == before, "run ", run.id, ": the line is torn at task ", s);
      before = s;
      s = q->after;
    }
    require(n == run.lines[i].size(), "run ", run.id, ": line ", i, " has a wrong size");
    require(run.lines[i].empty() != state_.waiting(i).contains(run.id), "run ", run.id, ": line ", i,
            " is not told as waiting");
    linked += n;
  }
  require(linked == run.counts.of(TaskState::queued), "run ", run.id, ": a queued task is in no line");
}

void Checker::check_nodes(const Run& run) {
  for (JobIndex j = 0; j < run.nodes.size(); ++j) {
    const Node& node = run.nodes[j];
    Node fresh;
    for (TaskSlot s = node.first; s < node.first + run.task_count(j); ++s) {
      const auto* f = std::get_if<Finished>(&run.tasks[s].now);
      if (!f) {
        ++fresh.open;
        continue;
      }
      fresh.skipped += f->outcome == Outcome::skipped ? 1 : 0;
      fresh.bad += is_bad(f->outcome) ? 1 : 0;
      const bool forgiven = is_forgiven(run.settings_of(run.tasks[s]), f->outcome, f->reason);
      fresh.unforgiven += is_bad(f->outcome) && !forgiven ? 1 : 0;
    }
    require(fresh.open == node.open && fresh.bad == node.bad && fresh.skipped == node.skipped &&
                fresh.unforgiven == node.unforgiven,
            "run ", run.id, ": job ", j, " miscounts its tasks");
    std::uint32_t open = 0, consumers_open = 0;
    for (const jobs::Need& n : run.plan.jobs[j].needs)
      open += need_state(run.nodes[n.job], n.kind) == NeedState::open ? 1 : 0;
    for (std::uint32_t e = node.edges_begin; e < node.edges_end; ++e)
      consumers_open += run.nodes[run.edges[e].job].open > 0 ? 1 : 0;
    require(node.fate != Fate::waiting || open == node.needs_open, "run ", run.id, ": job ", j, " miscounts its needs");
    require(node.fate != Fate::released || open == 0, "run ", run.id, ": job ", j, " was released with an open need");
    require(consumers_open == node.consumers_open, "run ", run.id, ": job ", j, " miscounts its consumers");
  }
}

void Checker::check_task(const Run& run, TaskSlot slot) {
  const Task& t = run.tasks[slot];
  const Node& node = run.nodes[t.job];
  const std::string what = "run " + std::to_string(run.id) + ": task " + std::to_string(slot);
  const bool waits = std::holds_alternative<Queued>(t.now) || std::holds_alternative<Backoff>(t.now);
  require(!waits || node.fate == Fate::released || t.past != kNone, what, " waits for a slot before its needs are met");
  const bool lets = may_start(run, t.job);
  require(!std::holds_alternative<Pending>(t.now) || node.fate != Fate::released || !lets, what,
          " was released and is pending");
  require(!std::holds_alternative<Queued>(t.now) || lets, what, " is queued and held back");
  if (const auto* f = std::get_if<Finished>(&t.now)) require(ends_task(f->outcome), what, " ended with no end");
  require(!run.end || is_finished(t), what, " is open in a run that ended");
  const Hold* hold = hold_of(t.now);
  if (!hold) return;
  const Fleet& fleet = state_.fleet();
  const auto& seats = fleet.seats();
  require(hold->seat < seats.size() && seats[hold->seat].worker == hold->worker, what, " is held by no seat");
  if (hold->seat >= seats.size()) return;
  const auto& list = seats[hold->seat].held[line_of(run.job_of(t))];
  require(hold->place < list.size() && list[hold->place] == TaskRef{run.id, slot}, what, " is not where its hold says");
  require(hold->number > run.last_number(t), what, " holds an attempt that has ended");
}

void Checker::check_gate(const Run& run) {
  const Gate& gate = run.gate;
  require(!gate.opened || (gate.cleared && !gate.held), "run ", run.id, ": an open gate is held");
  require(!gate.look || !gate.cleared, "run ", run.id, ": its gate looks for a begin that has come");
  if (state_.is_touched() || gate.opened || gate.held || run.stop || run.end) return;
  const auto& after = run.terms.after;
  const Run* another = gate.after_over < after.size() ? state_.find(after[gate.after_over]) : nullptr;
  const bool waits = another && !another->end && state_.waits_for(run.id, another->id);
  require(gate.look || waits, "run ", run.id, ": nothing keeps its gate closed");
}

void Checker::check_attempts(const Run& run, TaskSlot slot) {
  const Task& t = run.tasks[slot];
  const std::string what = "run " + std::to_string(run.id) + ": task " + std::to_string(slot);
  std::uint32_t number = std::numeric_limits<std::uint32_t>::max();
  bool newest = true;
  for (std::uint32_t p = t.past; p != kNone; p = run.past[p].previous) {
    const record::AttemptEnded& end = run.past[p].end;
    require(end.attempt.task == run.id_of(slot), what, " has an attempt of another task");
    require(end.attempt.number < number, what, " has attempts out of order");
    require(newest || end.next != record::Next::finished, what, " went on after its end");
    require(end.next != record::Next::finished || is_finished(t), what, " is open after its last attempt");
    number = end.attempt.number;
    newest = false;
  }
}

/// What settle has seen to: only true between turns.
void Checker::check_settled(const Run& run) {
  require(run.doomed.empty() && run.unneeded.empty(), "run ", run.id, ": settle left work");
  require(run.end || run.counts.ended() < run.counts.total, "run ", run.id, ": all tasks ended, but not the run");
  const auto waits =
      run.counts.of(TaskState::pending) + run.counts.of(TaskState::queued) + run.counts.of(TaskState::backoff);
  require(!run.stop || waits == 0, "run ", run.id, " is stopping and something waits to start");
  for (const JobIndex d : run.daemons) {
    const Task& t = run.tasks[run.nodes[d].first];
    require(is_finished(t) || is_needed(run, d) || std::holds_alternative<Stopping>(t.now), "run ", run.id, ": daemon ",
            d, " outlives its consumers");
  }
  for (const Node& node : run.nodes)
    require((node.fate != Fate::upstream_failed && node.fate != Fate::skipped) || node.open == 0, "run ", run.id,
            ": a job without hope is open");
}

void Checker::check_fleet() {
  std::uint32_t owed = 0;
  for (const Seat& seat : state_.fleet().seats()) {
    owed += seat.owed;
    require(seat.owed == 0 || seat.life == Seat::Life::known, "worker ", seat.worker.seat, " is heard and owes");
    for (std::size_t i = 0; i < kLines; ++i)
      for (const TaskRef t : seat.held[i]) ++listed_[t];
    if (seat.life == Seat::Life::vacant || seat.life == Seat::Life::known) continue;
    for (const Mode m : {Mode::thread, Mode::process, Mode::async}) {
      const std::uint32_t brought = m == Mode::process ? seat.brought : 0;
      require(seat.load(m) <= std::max(brought, seat.slots(m) + seat.ahead(m)), "worker ", seat.worker.seat,
              " holds too much");
    }
  }
  require(state_.fleet().commands() <= state_.fleet().command_slots(), "more commands run than there are slots");
  require(owed + state_.fleet().recovery_known() == state_.fleet().recovery_total(), "recovery is miscounted");
  for (const auto& [ref, times] : listed_) {
    const Run* run = state_.find(ref.run);
    require(times == 1 && run && ref.slot < run->tasks.size() && hold_of(run->tasks[ref.slot].now),
            "a worker lists what it does not hold");
  }
}

void Checker::check_demand() {
  std::array<std::uint32_t, kModes> wanted{};
  for (const auto& [id, run] : state_.runs())
    for (const Task& t : run.tasks)
      if (hold_of(t.now) || (std::holds_alternative<Queued>(t.now) && state_.closed() == ReasonKind::none))
        ++wanted[mode_index(run.job_of(t).mode)];
  for (const Mode m : {Mode::thread, Mode::process, Mode::async})
    require(wanted[mode_index(m)] == state_.demand(m), "demand is wrong for mode ", std::string(to_text(m)));
}

void Checker::check_deadlines() {
  std::size_t due = 0;
  const auto expect = [&](Instant at, TaskRef t, bool may_be_over) {
    const bool armed = state_.deadlines().contains(at, t);
    require(armed || may_be_over, "task ", t.slot, " has no deadline");
    due += armed ? 1 : 0;
  };
  for (const auto& [id, run] : state_.runs()) {
    if (const auto at = deadline_of(run)) expect(*at, {id, kNone}, false);
    for (TaskSlot s = 0; s < run.tasks.size(); ++s) {
      const auto at = deadline_of(run, run.tasks[s]);
      if (!at) continue;
      const Hold* hold = hold_of(run.tasks[s].now);
      const bool killed = hold && state_.fleet().seat(hold->seat).life == Seat::Life::dying;
      expect(*at, {id, s}, killed && std::holds_alternative<Stopping>(run.tasks[s].now));
    }
  }
  require(due == state_.deadlines().size(), "a deadline belongs to nobody");
}

}  // namespace

std::string check(const State& state) { return Checker(state).run_all(); }

}  // namespace rota::core
