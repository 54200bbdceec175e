// Choice of worker, run-ahead, max_parallel, and retracts.
//
// A worker may be granted more than it has slots for, so that the next attempt starts the moment one ends. That must
// cost nobody anything: only short attempts run ahead, never beyond max_parallel, and a worker with a free slot gets
// back what waits at another.
#include "scheduler/core/placement.h"

#include <algorithm>
#include <array>
#include <tuple>

#include "scheduler/core/attempts.h"
#include "scheduler/core/conditions.h"

namespace rota::core {
namespace {

constexpr std::array kAllModes{Mode::thread, Mode::process, Mode::async};
constexpr std::uint32_t kAskedAtOnce = 20'000;  // conditions of tasks that are false: some ms of work
constexpr std::size_t kRetractsAtOnce = 64;  // per worker: a stolen attempt costs a durable record and a round trip

std::uint32_t most_held(const Seat& s, Mode mode, Room room, std::uint32_t ahead_per_slot) {
  const std::uint32_t slots = s.slots(mode);
  if (room != Room::ahead) return slots;
  const std::uint64_t ahead = std::uint64_t{slots} * ahead_per_slot;
  return slots + static_cast<std::uint32_t>(std::min<std::uint64_t>(ahead, s.ahead(mode)));
}

/// The worker with the least work per slot that may take one more; ties go to the first, so that a chain stays where it
/// is. kNone: all are full.
std::uint32_t least_loaded(const Fleet& fleet, Mode mode, Room room, std::uint32_t ahead_per_slot) {
  std::uint32_t best = kNone;
  std::uint64_t best_load = 0, best_slots = 1;
  for (std::uint32_t i = 0; i < fleet.seats().size(); ++i) {
    const Seat& s = fleet.seat(i);
    const std::uint64_t load = s.load(mode), slots = s.slots(mode);
    if (!s.takes(mode) || load >= most_held(s, mode, room, ahead_per_slot)) continue;
    if (best != kNone && load * best_slots >= best_load * slots) continue;
    best = i;
    best_load = load;
    best_slots = slots;
  }
  return best;
}

/// Daemons take no slot: any worker of the mode does, the one with the fewest of them first.
std::uint32_t least_daemons(const Fleet& fleet, Mode mode) {
  std::uint32_t best = kNone;
  std::size_t fewest = 0;
  for (std::uint32_t i = 0; i < fleet.seats().size(); ++i) {
    const Seat& s = fleet.seat(i);
    const std::size_t n = s.held[line_index(mode, true)].size();
    if (!s.takes(mode) || (best != kNone && n >= fewest)) continue;
    best = i;
    fewest = n;
  }
  return best;
}

/// Fresh tasks whose own condition is false end, side by side ones in one record, until one's is true. True: the front
/// of the job may be granted.
bool ask_front(Ledger& l, const Run& run, JobIndex job, std::uint32_t& asked) {
  const Node& node = run.nodes[job];
  const jobs::Job& plan = run.plan.jobs[job];
  if (!plan.condition || !node.own.empty() || !asks_each_task(plan)) return true;
  TaskSpan skipped{job, node.cursor, 0};
  for (TaskIndex i = node.cursor; i < node.count && run.tasks.is_fresh(node.first + i); ++i) {
    if (node.each && !node.each->is_ready(i)) break;
    const Result<bool> holds = condition_holds(l.state(), run, job, i);
    if (holds && *holds && skipped.count == 0) return true;
    if (holds && *holds) break;
    if (!holds) {
      if (skipped.count == 0)
        end_waiting(l, run.id, TaskSpan{job, i, 1}, Outcome::failed, {ReasonKind::expression, 0}, holds.error().what);
      ++asked;
      break;
    }
    ++skipped.count;
    if (++asked >= kAskedAtOnce) break;
  }
  if (skipped.count > 0) end_waiting(l, run.id, skipped, Outcome::skipped, {ReasonKind::condition, 0});
  return false;
}

void grant(Ledger& l, const Run& run, JobIndex job, std::uint32_t seat) {
  const TaskSlot slot = front_of(run, job);
  const AttemptId id{{run.id, job, slot - run.nodes[job].first}, run.last_number(slot) + 1};
  const WorkerId worker = l.state().fleet().seat(seat).worker;
  l.write(record::Granted{id, worker, l.instant()}, run.plan.jobs[job].mode == Mode::process);
  l.act(action::StartAttempt{worker, id});
}

void place_daemons(Ledger& l, const Run& run, Mode mode) {
  const Line& line = run.lines[line_index(mode, true)];
  while (!line.empty()) {
    const std::uint32_t seat = least_daemons(l.state().fleet(), mode);
    if (seat == kNone) return;
    grant(l, run, line.front(), seat);
  }
}

Instant waits_since(const Run& run, JobIndex job) {
  const Node& node = run.nodes[job];
  return node.own.empty() ? node.since : std::get<Queued>(run.task(node.own.front()).now).since;
}

/// Of which job the run would start a task next in the mode: of its work and its commands what has waited longer,
/// commands only while there is a slot for one. kNone: nothing may start.
JobIndex next_of(const State& state, const Run& run, Mode mode) {
  const JobIndex work = run.lines[line_index(mode, false)].front();
  const JobIndex command = run.lines[command_line_index(mode)].front();
  if (command == kNone || !state.fleet().has_command_slot()) return work;
  if (work == kNone) return command;
  return std::tuple(waits_since(run, command), command) < std::tuple(waits_since(run, work), work) ? command : work;
}

/// False: every worker is full, and later runs are to wait behind this one.
bool place_work(Ledger& l, const Run& run, Mode mode) {
  std::uint32_t asked = 0;
  const std::uint32_t ahead = run.pace[mode_index(mode)].ahead_per_slot(mode);
  for (JobIndex next = 0; (next = next_of(l.state(), run, mode)) != kNone;) {
    const Room room = room_of(l.state(), run, mode);
    if (room == Room::none) return true;
    const std::uint32_t seat = least_loaded(l.state().fleet(), mode, room, ahead);
    if (seat == kNone) return false;
    if (asked >= kAskedAtOnce) {
      l.world().place_again(true);
      return true;
    }
    if (ask_front(l, run, next, asked)) grant(l, run, next, seat);
  }
  return true;
}

/// The first run after `last` with work in the mode that may start, or 0.
RunId next_run(const State& state, Mode mode, RunId last) {
  RunId next = 0;
  const auto look = [&](std::size_t line) {
    const auto& waiting = state.waiting(line);
    const auto it = waiting.upper_bound(last);
    if (it != waiting.end() && (next == 0 || *it < next)) next = *it;
  };
  look(line_index(mode, false));
  if (state.fleet().has_command_slot()) look(command_line_index(mode));
  return next;
}

void place_mode(Ledger& l, Mode mode) {
  const auto& with_daemons = l.state().waiting(line_index(mode, true));
  for (auto it = with_daemons.begin(); it != with_daemons.end();) place_daemons(l, *l.state().find(*it++), mode);
  for (RunId run = 0; (run = next_run(l.state(), mode, run)) != 0;)
    if (!place_work(l, *l.state().find(run), mode)) return;
}

std::uint32_t free_slots(const Fleet& fleet, Mode mode) {
  std::uint32_t n = 0;
  for (const Seat& s : fleet.seats())
    if (s.takes(mode) && s.load(mode) < s.slots(mode)) n += s.slots(mode) - s.load(mode);
  return n;
}

/// The worker with the most attempts beyond its slots, and how many those are.
std::uint32_t most_excess(const Fleet& fleet, Mode mode, std::uint32_t& excess) {
  std::uint32_t worst = kNone;
  excess = 0;
  for (std::uint32_t i = 0; i < fleet.seats().size(); ++i) {
    const Seat& s = fleet.seat(i);
    if (!s.takes(mode) || s.load(mode) <= s.slots(mode) + excess) continue;
    worst = i;
    excess = s.load(mode) - s.slots(mode);
  }
  return worst;
}

/// Newest grants first: they are the last that their worker would come to.
void retract_newest(Ledger& l, std::uint32_t seat, Mode mode, std::uint32_t count) {
  std::vector<TaskRef> unstarted;
  const auto add = [&](const std::vector<TaskRef>& held) {
    for (auto it = held.rbegin(); it != held.rend(); ++it) {
      const Run& run = *l.state().find(it->run);
      if (is_unstarted(run.task(it->slot)) && room_of(l.state(), run, mode) != Room::none) unstarted.push_back(*it);
    }
  };
  const Seat& from = l.state().fleet().seat(seat);
  add(from.held[line_index(mode, false)]);
  if (l.state().fleet().has_command_slot()) add(from.held[command_line_index(mode)]);
  const auto granted = [&](TaskRef t) { return hold_of(l.state().find(t.run)->task(t.slot).now)->granted; };
  std::stable_sort(unstarted.begin(), unstarted.end(), [&](TaskRef a, TaskRef b) { return granted(a) > granted(b); });
  if (unstarted.size() > count) unstarted.resize(count);
  for (const TaskRef t : unstarted) retract_attempt(l, t);
}

void rebalance(Ledger& l, Mode mode) {
  const Fleet& fleet = l.state().fleet();
  std::uint32_t excess = 0;
  const std::uint32_t idle = free_slots(fleet, mode);
  const std::uint32_t seat = idle == 0 ? kNone : most_excess(fleet, mode, excess);
  if (seat == kNone || !fleet.seat(seat).retracting.empty()) return;  // one round at a time
  const std::uint32_t wanted = std::min(excess, std::max(idle, excess / 2));
  retract_newest(l, seat, mode, std::min<std::uint32_t>(wanted, kRetractsAtOnce));
}

/// No other mode of the run has anything alive or queued.
bool alone_in_mode(const Run& run, Mode mode) {
  for (const Mode m : kAllModes)
    if (m != mode && (run.held[mode_index(m)] > 0 || !run.lines[line_index(m, false)].empty() ||
                      !run.lines[command_line_index(m)].empty()))
      return false;
  return true;
}

}  // namespace

Room room_of(const State& state, const Run& run, Mode mode) {
  if (!run.plan.max_parallel) return Room::ahead;
  const std::uint32_t most = *run.plan.max_parallel;
  if (state.fleet().could_run(mode) <= most && alone_in_mode(run, mode)) return Room::ahead;
  std::uint32_t can_run = run.held[mode_index(Mode::async)];
  for (const Mode m : {Mode::thread, Mode::process})
    can_run += std::min(run.held[mode_index(m)], state.fleet().can_run(m));
  return can_run < most ? Room::slots : Room::none;
}

void place(Ledger& l) {
  l.world().place_again(false);
  if (l.state().closed() != ReasonKind::none) return;
  for (const Mode mode : kAllModes) {
    place_mode(l, mode);
    rebalance(l, mode);
  }
}

}  // namespace rota::core
