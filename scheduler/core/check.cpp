// The invariants of the core, walked from scratch: every kept index is computed again from the tasks and compared.
#include <algorithm>
#include <concepts>
#include <map>
#include <string>
#include <string_view>

#include "scheduler/core/graph.h"
#include "scheduler/core/group.h"
#include "scheduler/core/state.h"

namespace rota::core {
namespace {

/// Index of the crew that it is at or waits for; kNone: neither.
std::uint32_t crew_now(const Run& run, TaskSlot slot) {
  const Task& t = run.task(slot);
  if (const Hold* hold = hold_of(t.now)) return hold->crew;
  if (!std::holds_alternative<Queued>(t.now)) return kNone;
  const Node& node = run.nodes[t.job];
  return is_suspect(run, slot) ? node.quarantine : node.crew;
}

class Checker {
 public:
  explicit Checker(const State& state) : state_(state) {}

  std::string run_all() {
    for (const auto& [id, run] : state_.runs()) check_run(run);
    check_fleet();
    check_demand();
    check_crews();
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
  void append(std::string_view s) { found_ += s; }
  void append(std::integral auto n) { found_ += std::to_string(n); }

  void check_run(const Run& run);
  void check_counts(const Run& run);
  void check_totals(const Run& run);
  void check_lines(const Run& run);
  void check_queue(const Run& run, std::uint32_t at);
  void check_own_line(const Run& run, JobIndex job, const Line& line, bool suspects);
  void check_own_lines(const Run& run, JobIndex job);
  void check_fresh(const Run& run, JobIndex job);
  void check_each(const Run& run, JobIndex job);
  void check_page(const Run& run, std::uint32_t page);
  void check_hooks(const Run& run);
  void check_nodes(const Run& run);
  void check_attempts(const Run& run, TaskSlot slot);
  void check_task(const Run& run, TaskSlot slot);
  void check_gate(const Run& run);
  void check_settled(const Run& run);
  void check_fleet();
  void check_demand();
  void check_crews();
  void check_deadlines();

  const State& state_;
  std::string found_;
  std::map<TaskRef, std::uint32_t> listed_;  // how often the fleet lists a task
};

void Checker::check_run(const Run& run) {
  check_counts(run);
  check_totals(run);
  check_lines(run);
  check_nodes(run);
  check_gate(run);
  check_hooks(run);
  for (std::uint32_t page = 0; page < run.tasks.pages(); ++page) check_page(run, page);
  for (TaskSlot s = 0; s < run.tasks.size(); ++s) {
    check_task(run, s);
    check_attempts(run, s);
  }
  if (!state_.is_touched()) check_settled(run);
}

void Checker::check_page(const Run& run, std::uint32_t page) {
  const TaskPage* open = run.tasks.open_page(page);
  if (!open) return;
  const auto ended = std::count_if(open->tasks.begin(), open->tasks.end(),
                                   [](const Task& t) { return !t.fresh && is_finished(t); });
  require(open->tasks.size() == open->open + static_cast<std::size_t>(ended), "run ", run.id, ": page ", page,
          " miscounts its open tasks");
}

void Checker::check_hooks(const Run& run) {
  std::uint32_t open = 0, early = 0, tasks = 0;
  for (const JobIndex j : run.hooks) {
    const Node& node = run.nodes[j];
    open += node.open > 0 ? 1 : 0;
    early += node.open > 0 && *run.plan.jobs[j].hook != jobs::Hook::on_exit ? 1 : 0;
    tasks += node.open;
    require(run.verdict || node.alive == 0, "run ", run.id, ": hook ", j, " runs before the verdict");
  }
  require(open == run.hooks_open && early == run.early_hooks_open && tasks == run.hook_tasks_open, "run ", run.id,
          ": hooks are miscounted");
}

void Checker::check_counts(const Run& run) {
  Counts c;
  std::vector<CrewWork> crews(run.crews.size());
  std::vector<std::uint32_t> queues(run.queues.size());
  std::uint32_t cancelled = 0, timed_out = 0, failed = 0, work = 0, unforgiven = 0;
  c.total = run.tasks.size();
  for (TaskSlot s = 0; s < run.tasks.size(); ++s) {
    const Task& t = run.task(s);
    ++c.by_state[static_cast<std::size_t>(state_of(t))];
    if (const Hold* hold = hold_of(t.now); hold && hold->crew < crews.size()) {
      const std::size_t m = mode_index(run.job_of(t).mode);
      ++crews[hold->crew].alive[m];
      if (!run.job_of(t).daemon) ++crews[hold->crew].held[m];
      ++crews[hold->crew].wanted;
    }
    if (std::holds_alternative<Queued>(t.now)) {
      const Node& node = run.nodes[run.job_at(s)];
      const std::uint32_t crew = is_suspect(run, s) ? node.quarantine : node.crew;
      ++crews[crew].queued[line_of(run.job_of(t))];
      ++queues[queue_at(node, crew)];
      ++crews[crew].wanted;
    }
    const auto* f = std::get_if<Finished>(&t.now);
    if (!f) continue;
    ++c.by_outcome[static_cast<std::size_t>(f->outcome)];
    if (run.job_of(t).hook) continue;
    cancelled += is_wished(f->reason.kind) ? 1 : 0;
    timed_out += f->reason.kind == ReasonKind::run_timeout ? 1 : 0;
    failed += fails_by_itself(run, t.job, *f) ? 1 : 0;
  }
  for (JobIndex j = 0; j < run.nodes.size(); ++j) {
    const jobs::Job& job = run.plan.jobs[j];
    work += !job.daemon && !job.hook && run.nodes[j].open > 0 ? 1 : 0;
    unforgiven += !job.hook && run.nodes[j].unforgiven > 0 ? 1 : 0;
  }
  require(c.by_state == run.counts.by_state && c.by_outcome == run.counts.by_outcome && c.total == run.counts.total,
          "run ", run.id, ": counts are wrong");
  for (std::uint32_t at = 0; at < queues.size(); ++at)
    require(queues[at] == run.queues[at].tasks, "run ", run.id, ": tasks of queue ", at, " are miscounted");
  for (std::uint32_t at = 0; at < crews.size(); ++at) {
    const CrewWork &fresh = crews[at], &kept = run.crews[at];
    require(fresh.held == kept.held && fresh.alive == kept.alive, "run ", run.id, ": attempts at crew ", at,
            " are miscounted");
    require(fresh.queued == kept.queued, "run ", run.id, ": what waits for crew ", at, " is miscounted");
    if (at == 0) continue;
    require(fresh.wanted == kept.wanted, "run ", run.id, ": what crew ", at, " is wanted for is miscounted");
    require((kept.wanted > 0) == state_.wanted_crews().contains({run.id, at}), "run ", run.id, ": crew ", at,
            " is told as wanted or not, wrongly");
  }
  require(cancelled == run.cancelled && timed_out == run.timed_out && failed == run.failed, "run ", run.id,
          ": counts of ends are wrong");
  require(work == run.work_open && unforgiven == run.unforgiven, "run ", run.id,
          ": counts of jobs are wrong");
}

void Checker::check_totals(const Run& run) {
  Totals all;
  for (JobIndex j = 0; j < run.nodes.size(); ++j) {
    const Node& node = run.nodes[j];
    Totals own;
    for (TaskSlot s = node.first; s < node.first + node.count; ++s)
      run.each_past(s, [&](const PastAttempt& p) {
        own.add(p.end.report);
        all.add(p.end.report);
      });
    require(!node.totals || *node.totals == own, "run ", run.id, ": what job ", j, " used is added up wrongly");
  }
  require(all == run.totals, "run ", run.id, ": what it used is added up wrongly");
}

void Checker::check_lines(const Run& run) {
  std::array<std::uint32_t, kModes> listed{};
  for (std::uint32_t q = 0; q < run.queues.size(); ++q) {
    check_queue(run, q);
    const std::size_t line = run.queues[q].line;
    if (!is_daemon_line(line)) listed[mode_index(mode_of_line(line))] += run.queues[q].jobs.size();
  }
  require(listed == run.listed, "run ", run.id, ": jobs in queues are miscounted");
}

void Checker::check_queue(const Run& run, std::uint32_t at) {
  const Queue& queue = run.queues[at];
  const bool quarantine = is_quarantine(run.crews[queue.crew].id);
  std::uint32_t n = 0;
  JobIndex before = kNone;
  for (JobIndex j = queue.jobs.front(); j != kNone && n <= run.nodes.size(); ++n) {
    const Node& node = run.nodes[j];
    const bool here = quarantine ? node.suspects && node.suspects->listed && node.quarantine_queue == at
                                 : node.listed && node.queue == at;
    require(here && line_of(run.plan.jobs[j]) == queue.line, "run ", run.id, ": job ", j, " waits in the wrong queue");
    if (!here) return;
    const Links& links = quarantine ? node.suspects->links : node.links;
    require(links.before == before, "run ", run.id, ": the queue is torn at job ", j);
    before = j;
    j = links.after;
  }
  require(n == queue.jobs.size(), "run ", run.id, ": queue ", at, " has a wrong size");
  const auto& waiting = queue.crew == 0 ? state_.waiting(queue.line) : state_.waiting_at_crews(queue.line);
  const bool told = waiting.contains(turn_of(run, at));
  require(told == (!queue.jobs.empty() && !queue.parked), "run ", run.id, ": queue ", at,
          " is told as waiting or not, wrongly");
}

/// Its own line, and whether it stands in that of its run.
void Checker::check_own_line(const Run& run, JobIndex job, const Line& line, bool suspects) {
  const Node& node = run.nodes[job];
  std::uint32_t n = 0;
  TaskSlot before = kNone;
  for (TaskSlot s = line.front(); s != kNone && n <= node.count; ++n) {
    const auto* q = std::get_if<Queued>(&run.task(s).now);
    require(q && !run.tasks.is_fresh(s) && run.job_at(s) == job, "run ", run.id, ": task ", s,
            " is in a line and not queued");
    if (!q) return;
    require(q->suspect == suspects && is_suspect(run, s) == suspects, "run ", run.id, ": task ", s,
            " waits for the wrong crew");
    require(q->links.before == before, "run ", run.id, ": the line is torn at task ", s);
    before = s;
    s = q->links.after;
  }
  require(n == line.size(), "run ", run.id, ": the line of job ", job, " has a wrong size");
}

void Checker::check_own_lines(const Run& run, JobIndex job) {
  const Node& node = run.nodes[job];
  check_own_line(run, job, node.own, false);
  const auto& most = run.plan.jobs[job].max_parallel;
  require(!most || node.alive <= *most || node.lowered, "run ", run.id, ": job ", job, " has more at once than it may");
  require(node.listed == (node.queued() > 0 && (!most || node.alive < *most)), "run ", run.id, ": job ", job,
          " is in the line or not, wrongly");
  if (!node.suspects) return;
  check_own_line(run, job, node.suspects->own, true);
  require(node.suspects->listed == (node.suspected() > 0 && (!most || node.alive < *most)), "run ", run.id,
          ": suspects of job ", job, " are in the line or not, wrongly");
}

/// What follows from its fresh tasks and its counters.
void Checker::check_fresh(const Run& run, JobIndex job) {
  const Node& node = run.nodes[job];
  Node fresh;
  Counts counts;
  counts.total = node.count;
  TaskIndex first_ready = node.count;
  for (TaskIndex i = 0; i < node.count; ++i) {
    const TaskSlot s = node.first + i;
    const Task& t = run.task(s);
    ++counts.by_state[static_cast<std::size_t>(state_of(t))];
    if (const auto* f = std::get_if<Finished>(&t.now)) ++counts.by_outcome[static_cast<std::size_t>(f->outcome)];
    const bool is_fresh = run.tasks.is_fresh(s);
    const bool ready = is_fresh && (!node.each || node.each->is_ready(i));
    require(is_fresh || !node.each || !node.each->is_ready(i), "run ", run.id, ": task ", s, " is ready and not fresh");
    fresh.fresh += is_fresh ? 1 : 0;
    fresh.ready += ready ? 1 : 0;
    if (ready) first_ready = std::min(first_ready, i);
    fresh.alive += hold_of(t.now) ? 1 : 0;
    fresh.retained += !is_fresh && std::holds_alternative<Pending>(t.now) ? 1 : 0;
  }
  require(fresh.fresh == node.fresh && fresh.ready == node.ready, "run ", run.id, ": job ", job,
          " miscounts its fresh tasks");
  require(first_ready == node.cursor, "run ", run.id, ": job ", job, " does not know its next task");
  require(fresh.alive == node.alive && fresh.retained == node.retained, "run ", run.id, ": job ", job,
          " miscounts what it has at work");
  const Counts& kept = node.counts ? *node.counts : counts;
  const bool same =
      counts.by_state == kept.by_state && counts.by_outcome == kept.by_outcome && counts.total == kept.total;
  require(same, "run ", run.id, ": the counts of job ", job, " are wrong");
  require(node.flows == (node.fate == Fate::released && may_start(run, job)), "run ", run.id, ": job ", job,
          " flows or does not, wrongly");
  require(node.shut == shut_by(run.plan.jobs[job], node), "run ", run.id, ": job ", job, " is shut or not, wrongly");
}

void Checker::check_each(const Run& run, JobIndex job) {
  const Node& node = run.nodes[job];
  if (!node.each) return;
  for (TaskIndex i = 0; i < node.count; ++i) {
    std::uint32_t open = 0;
    for (const jobs::Need& need : run.plan.jobs[job].needs) {
      if (need.kind != jobs::NeedKind::each) continue;
      const auto* f = std::get_if<Finished>(&run.task(run.nodes[need.job].first + i).now);
      const Finished end = f ? *f : Finished{};
      open += f && each_state(run, need.job, end) == NeedState::met ? 0 : 1;
    }
    const std::uint32_t kept = node.each->open.empty() ? open : node.each->open[i];
    const bool ready = node.each->is_ready(i);
    require(kept == open, "run ", run.id, ": job ", job, " miscounts the needs of a task");
    const bool fresh = run.tasks.is_fresh(node.first + i);
    require(ready == (open == 0 && fresh), "run ", run.id, ": a task of job ", job, " is ready or not, wrongly");
    require(open == 0 || fresh || run.has_ended(node.first + i), "run ", run.id, ": a task of job ", job,
            " began before its needs were met");
  }
}

void Checker::check_nodes(const Run& run) {
  for (JobIndex j = 0; j < run.nodes.size(); ++j) {
    const Node& node = run.nodes[j];
    check_own_lines(run, j);
    check_fresh(run, j);
    check_each(run, j);
    Node fresh;
    for (TaskSlot s = node.first; s < node.first + node.count; ++s) {
      const auto* f = std::get_if<Finished>(&run.task(s).now);
      if (!f) {
        ++fresh.open;
        continue;
      }
      fresh.skipped += f->outcome == Outcome::skipped ? 1 : 0;
      fresh.bad += is_bad(f->outcome) ? 1 : 0;
      fresh.own_bad += is_own_failure(*f) ? 1 : 0;
      const bool forgiven = is_forgiven(run.plan.settings_of(run.plan.jobs[j]), f->outcome, f->reason);
      fresh.unforgiven += is_bad(f->outcome) && !forgiven ? 1 : 0;
    }
    require(fresh.open == node.open && fresh.bad == node.bad && fresh.skipped == node.skipped &&
                fresh.unforgiven == node.unforgiven && fresh.own_bad == node.own_bad,
            "run ", run.id, ": job ", j, " miscounts its tasks");
    std::uint32_t open = 0, consumers_open = 0;
    for (const jobs::Need& n : run.plan.jobs[j].needs)
      open += n.kind != jobs::NeedKind::each && need_state(run.nodes[n.job], n.kind) == NeedState::open ? 1 : 0;
    if (run.plan.jobs[j].hook) open += hook_is_due(run, j) ? 0 : 1;
    for (std::uint32_t e = node.edges_begin; e < node.edges_end; ++e)
      consumers_open += run.nodes[run.edges[e].job].open > 0 ? 1 : 0;
    require(node.fate != Fate::waiting || open == node.needs_open, "run ", run.id, ": job ", j, " miscounts its needs");
    require(node.fate != Fate::released || open == 0, "run ", run.id, ": job ", j, " was released with an open need");
    require(consumers_open == node.consumers_open, "run ", run.id, ": job ", j, " miscounts its consumers");
  }
}

void Checker::check_task(const Run& run, TaskSlot slot) {
  const Task t = run.task(slot);
  const Node& node = run.nodes[t.job];
  const std::string what = "run " + std::to_string(run.id) + ": task " + std::to_string(slot);
  const bool waits = std::holds_alternative<Queued>(t.now) || std::holds_alternative<Backoff>(t.now);
  require(!waits || node.fate == Fate::released || t.past != kNone, what, " waits for a slot before its needs are met");
  const bool lets = may_start(run, t.job);
  const bool waits_for_another = node.each && !node.each->is_ready(slot - node.first);
  require(!std::holds_alternative<Pending>(t.now) || node.fate != Fate::released || !lets || waits_for_another, what,
          " was released and is pending");
  require(!std::holds_alternative<Queued>(t.now) || lets, what, " is queued and held back");
  if (const auto* f = std::get_if<Finished>(&t.now)) require(ends_task(f->outcome), what, " ended with no end");
  require(!run.end || is_finished(t), what, " is open in a run that ended");
  const Hold* hold = hold_of(t.now);
  if (!hold) return;
  require(is_sound_pause(run, t), what, " is paused and cannot be");
  const auto& seats = state_.fleet().seats();
  require(hold->seat < seats.size() && seats[hold->seat].worker == hold->worker, what, " is held by no seat");
  if (hold->seat >= seats.size()) return;
  require(hold->crew < run.crews.size(), what, " is at no crew of its run");
  const Seat& holder = seats[hold->seat];
  const bool known = holder.life == Seat::Life::vacant || holder.life == Seat::Life::known;
  require(known || (hold->crew < run.crews.size() && run.crews[hold->crew].id == holder.crew), what,
          " is at a worker of another crew");
  const auto& list = seats[hold->seat].held[line_of(run.job_of(t))];
  require(hold->place < list.size() && list[hold->place] == TaskRef{run.id, slot}, what, " is not where its hold says");
  require(hold->number > run.last_number(slot), what, " holds an attempt that has ended");
}

void Checker::check_gate(const Run& run) {
  const Gate& gate = run.gate;
  require(!gate.opened || (gate.cleared && !gate.held), "run ", run.id, ": an open gate is held");
  require(!gate.look || !gate.cleared, "run ", run.id, ": its gate looks for a begin that has come");
  if (state_.is_touched() || gate.opened || gate.held || run.stop || run.end || waits_in_group(state_, run)) return;
  const auto& after = run.terms.after;
  const Run* another = gate.after_over < after.size() ? state_.find(after[gate.after_over]) : nullptr;
  const bool waits = another && !another->end && state_.waits_for(run.id, another->id);
  require(gate.look || waits, "run ", run.id, ": nothing keeps its gate closed");
}

void Checker::check_attempts(const Run& run, TaskSlot slot) {
  const std::string what = "run " + std::to_string(run.id) + ": task " + std::to_string(slot);
  std::uint32_t number = std::numeric_limits<std::uint32_t>::max();
  bool newest = true;
  const bool ended = run.has_ended(slot);
  run.each_past(slot, [&](const PastAttempt& p) {
    const record::AttemptEnded& end = p.end;
    require(end.attempt.task == run.id_of(slot), what, " has an attempt of another task");
    require(end.attempt.number < number, what, " has attempts out of order");
    require(newest || end.next != record::Next::finished, what, " went on after its end");
    require(end.next != record::Next::finished || ended, what, " is open after its last attempt");
    number = end.attempt.number;
    newest = false;
  });
}

/// What settle has seen to: only true between turns.
void Checker::check_settled(const Run& run) {
  require(run.doomed.empty() && run.unneeded.empty() && run.asking.empty() && run.shut.empty(), "run ", run.id,
          ": settle left work");
  require(run.end || run.counts.ended() < run.counts.total, "run ", run.id, ": all tasks ended, but not the run");
  const auto waits = run.counts.of(TaskState::pending) + run.counts.of(TaskState::queued) +
                     run.counts.of(TaskState::backoff) - (run.verdict ? 0 : run.hook_tasks_open);
  require(!run.stop || waits == 0, "run ", run.id, " is stopping and something waits to start");
  for (const JobIndex d : run.daemons) {
    const Task t = run.task(run.nodes[d].first);
    require(is_finished(t) || is_needed(run, d) || std::holds_alternative<Stopping>(t.now), "run ", run.id, ": daemon ",
            d, " outlives its consumers");
  }
  for (const Node& node : run.nodes)
    require((node.fate != Fate::upstream_failed && node.fate != Fate::skipped) || node.open == 0, "run ", run.id,
            ": a job without hope is open");
  for (const Node& node : run.nodes)
    require(node.shut == ReasonKind::none || node.open == node.alive, "run ", run.id, ": a job that is shut goes on");
}

void Checker::check_fleet() {
  std::uint32_t owed = 0, commands = 0;
  for (const Seat& seat : state_.fleet().seats()) {
    owed += seat.owed;
    require(seat.owed == 0 || seat.life == Seat::Life::known, "worker ", seat.worker.seat, " is heard and owes");
    for (std::size_t i = 0; i < kLines; ++i)
      for (const TaskRef t : seat.held[i]) ++listed_[t];
    if (seat.life == Seat::Life::vacant || seat.life == Seat::Life::known) continue;
    require(seat.capacity.tasks == 0 || seat.given <= seat.capacity.tasks, "worker ", seat.worker.seat,
            " was given more than it takes in its life");
    commands += seat.commands();  // of an older life's workers any number may be on record, until that is over
    for (const Mode m : {Mode::thread, Mode::process, Mode::async}) {
      const std::uint32_t brought = m == Mode::process ? seat.brought : 0;
      require(seat.load(m) <= std::max(brought, seat.slots(m) + seat.ahead(m)), "worker ", seat.worker.seat,
              " holds too much");
    }
  }
  require(commands <= state_.fleet().command_slots(), "more commands run than there are slots");
  require(owed + state_.fleet().recovery_known() == state_.fleet().recovery_total(), "recovery is miscounted");
  for (const auto& [ref, times] : listed_) {
    const Run* run = state_.find(ref.run);
    require(times == 1 && run && ref.slot < run->tasks.size() && hold_of(run->task(ref.slot).now),
            "a worker lists what it does not hold");
  }
}

/// Who is listed where, and that warm workers and launchers together keep within the process slots.
void Checker::check_crews() {
  const Fleet& fleet = state_.fleet();
  std::size_t listed = 0;
  std::uint32_t warm = 0;
  for (const auto& [crew, seats] : fleet.crews()) {
    listed += seats.size();
    require(!seats.empty() && std::is_sorted(seats.begin(), seats.end()), "a crew has no order");
    for (const std::uint32_t i : seats)
      require(fleet.seat(i).crew == crew && fleet.seat(i).life != Seat::Life::vacant, "worker ",
              fleet.seat(i).worker.seat, " is in the wrong crew");
    if (!crew.is_common()) warm += fleet.can_run(crew, Mode::process);
  }
  const auto seated = std::count_if(fleet.seats().begin(), fleet.seats().end(),
                                    [](const Seat& s) { return s.life != Seat::Life::vacant; });
  require(listed == static_cast<std::size_t>(seated), "a worker is in no crew");
  require(warm == 0 || fleet.process_slots() == kNone || warm <= fleet.process_slots(),
          "more warm processes run than there are slots");
  for (const auto& [run, crew] : state_.wanted_crews())
    require(state_.find(run) && crew > 0, "a crew of no run is wanted");
}

void Checker::check_demand() {
  std::array<std::uint32_t, kModes> wanted{};
  for (const auto& [id, run] : state_.runs())
    for (TaskSlot s = 0; s < run.tasks.size(); ++s) {
      const Task& t = run.task(s);
      if (crew_now(run, s) == 0 && (hold_of(t.now) || state_.closed() == ReasonKind::none))
        ++wanted[mode_index(run.job_of(t).mode)];
    }
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
      const Task t = run.task(s);
      const auto at = deadline_of(run, t);
      if (!at) continue;
      const Hold* hold = hold_of(t.now);
      const auto life = hold ? state_.fleet().seat(hold->seat).life : Seat::Life::vacant;
      const bool killed = life == Seat::Life::dying || life == Seat::Life::draining;
      expect(*at, {id, s}, killed && std::holds_alternative<Stopping>(t.now));
    }
  }
  require(due == state_.deadlines().size(), "a deadline belongs to nobody");
}

}  // namespace

std::string check(const State& state) {
  const std::string found = Checker(state).run_all(), shared = check_shared(state);
  return found.empty() || shared.empty() ? found + shared : found + "; " + shared;
}

}  // namespace rota::core
