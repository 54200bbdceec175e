// Choice of worker, run-ahead, max_parallel, and retracts.
//
// A worker may be granted more than it has slots for, so that the next attempt starts the moment one ends. That must
// cost nobody anything: only short attempts run ahead, never beyond max_parallel, and a worker with a free slot gets
// back what waits at another.
#include "scheduler/core/placement.h"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <set>
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
  if (room != Room::ahead || s.is_to_stand_still()) return slots;
  const std::uint64_t ahead = std::uint64_t{slots} * ahead_per_slot;
  return slots + static_cast<std::uint32_t>(std::min<std::uint64_t>(ahead, s.ahead(mode)));
}

/// One that takes part in what is to be placed: a crew, and whether its workers may have what runs ahead of a slot.
struct Offer {
  const std::vector<std::uint32_t>& seats;
  Room room;
  std::uint32_t ahead_per_slot;
  bool fresh_slots;  // false: all slots of the mode are taken, wherever one seems to be free
};

/// The worker with the least work per slot that may take one more; ties go to the first, so that a chain stays where it
/// is. kNone: all are full.
std::uint32_t least_loaded(const Fleet& fleet, const Offer& offer, Mode mode) {
  std::uint32_t best = kNone;
  std::uint64_t best_load = 0, best_slots = 1;
  for (const std::uint32_t i : offer.seats) {
    const Seat& s = fleet.seat(i);
    const std::uint64_t load = s.load(mode), slots = s.slots(mode);
    if (!s.takes(mode) || load >= most_held(s, mode, offer.room, offer.ahead_per_slot)) continue;
    if (!offer.fresh_slots && load < slots) continue;
    if (best != kNone && load * best_slots >= best_load * slots) continue;
    best = i;
    best_load = load;
    best_slots = slots;
  }
  return best;
}

/// Daemons take no slot: any worker of the mode does, the one with the fewest of them first.
std::uint32_t least_daemons(const Fleet& fleet, CrewId crew, Mode mode) {
  std::uint32_t best = kNone;
  std::size_t fewest = 0;
  for (const std::uint32_t i : fleet.of(crew)) {
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

void grant(Ledger& l, const Run& run, JobIndex job, bool suspect, std::uint32_t seat) {
  const TaskSlot slot = front_of(run, job, suspect);
  const AttemptId id{{run.id, job, slot - run.nodes[job].first}, run.last_number(slot) + 1};
  const WorkerId worker = l.state().fleet().seat(seat).worker;
  l.world().fleet().gave(seat);
  // What has used up a rate is to be known in the next life, too.
  const bool is_paced = l.state().pools().is_paced(run.claims[run.nodes[job].claim]);
  const bool durable = is_paced || !run.plan.jobs[job].runs_in_pool();
  l.write(record::Granted{id, worker, l.instant()}, durable);
  l.act(action::StartAttempt{worker, id});
}

Instant waits_since(const Run& run, JobIndex job, bool suspect) {
  const Node& node = run.nodes[job];
  const bool fresh = !suspect && node.own.empty();
  return fresh ? node.since : std::get<Queued>(run.task(front_of(run, job, suspect)).now).since;
}

/// How many have something in process mode, launchers together being one.
std::size_t crews_in_process(const State& state) {
  std::size_t n = state.demand(Mode::process) > 0 ? 1 : 0;
  for (const auto& [run, crew] : state.wanted_crews())
    n += state.demand(state.find(run)->crews[crew], Mode::process) > 0 ? 1 : 0;
  return n;
}

/// What may start, in the order of turns, over all modes: pools know no modes.
class Placer {
 public:
  explicit Placer(Ledger& l) : l_(l) {
    bounded_ = l.state().fleet().has_warm();
    contended_ = bounded_ && crews_in_process(l.state()) > 1;
  }

  void place_all() {
    Turn last{std::numeric_limits<std::int64_t>::min(), 0, 0, 0};
    while (const auto next = next_turn(last)) {
      place_beside(*next);
      last = *next;
      ++last.rank;
      last.queue = 0;
    }
  }

 private:
  /// Calls f for every set of queues in which something may start still.
  template <class F>
  void each_open(Mode mode, bool daemons, F&& f) const {
    const State& state = l_.state();
    const std::size_t m = mode_index(mode), line = line_index(mode, daemons);
    if (daemons ? !daemons_full_[m] : !common_full_[m]) {
      f(state.waiting(line));
      if (!daemons && state.fleet().has_command_slot()) f(state.waiting(command_line_index(mode)));
    }
    f(state.waiting_at_crews(line));
  }

  /// The first one not before `from`.
  std::optional<Turn> next_turn(const Turn& from) const {
    std::optional<Turn> next;
    const auto look = [&](const std::set<Turn>& waiting) {
      if (waiting.empty()) return;
      const auto it = waiting.lower_bound(from);
      if (it != waiting.end() && (!next || *it < *next)) next = *it;
    };
    for (const Mode mode : kAllModes)
      for (const bool daemons : {true, false}) each_open(mode, daemons, look);
    return next;
  }

  void list_queues(const Turn& turn, Mode mode, bool daemons) {
    open_.clear();
    const Turn first{turn.key, turn.run, turn.rank, 0};
    each_open(mode, daemons, [&](const std::set<Turn>& waiting) {
      if (waiting.empty()) return;
      for (auto it = waiting.lower_bound(first); it != waiting.end() && it->is_beside(turn); ++it)
        open_.push_back(it->queue);
    });
  }

  /// Of the queues that take more the one whose next task has waited longest: they may share what there is of slots.
  std::uint32_t choose(const Run& run, JobIndex& job) {
    std::uint32_t best = kNone;
    Instant since;
    const bool has_command_slot = l_.state().fleet().has_command_slot();
    for (const std::uint32_t at : open_) {
      const Queue& queue = run.queues[at];
      const JobIndex next = queue.jobs.front();
      if (next == kNone || (queue.line >= command_line_index(Mode::thread) && !has_command_slot)) continue;
      if (open_.size() == 1) return job = next, at;
      const Instant waits = waits_since(run, next, is_quarantine(run.crews[queue.crew].id));
      if (best != kNone && std::tuple(since, job) <= std::tuple(waits, next)) continue;
      best = at;
      job = next;
      since = waits;
    }
    return best;
  }

  /// Nothing of the queue may start: its workers are full. (What shares them neither; work and commands do.)
  void close(const Queue& queue, std::uint32_t at, Mode mode) {
    const bool daemons = is_daemon_line(queue.line);
    if (queue.crew == 0) (daemons ? daemons_full_ : common_full_)[mode_index(mode)] = true;
    const bool with_others = queue.crew == 0 && !daemons;
    std::erase_if(open_, [&](std::uint32_t other) {
      const bool closed = other == at || (with_others && run_->queues[other].crew == 0);
      // What it lacks now is no pool: others need not wait behind its place there.
      if (closed) l_.world().step_back(run_->id, other);
      return closed;
    });
  }

  std::uint32_t find_seat(const Run& run, const Queue& queue, Mode mode, Room room) const {
    const Fleet& fleet = l_.state().fleet();
    const CrewId crew = run.crews[queue.crew].id;
    if (is_daemon_line(queue.line)) return least_daemons(fleet, crew, mode);
    const bool bounded = bounded_ && mode == Mode::process;
    // What one crew holds ahead would keep another that shares the slots from its turn; what is held ahead of a slot
    // would keep what it has of a pool idle.
    if ((contended_ && mode == Mode::process) || !run.claims[queue.claim].shares.empty()) room = Room::slots;
    const std::uint32_t ahead = run.pace[mode_index(mode)].ahead_per_slot(mode);
    return least_loaded(fleet, {fleet.of(crew), room, ahead, !bounded || fleet.has_process_slot()}, mode);
  }

  /// Everything of one run that is of the same rank and priority.
  void place_beside(const Turn& turn) {
    const Run& run = *l_.state().find(turn.run);
    run_ = &run;
    const std::size_t line = run.queues[turn.queue].line;
    const Mode mode = mode_of_line(line);
    const bool daemons = is_daemon_line(line);
    list_queues(turn, mode, daemons);
    std::uint32_t asked = 0;
    JobIndex job = kNone;
    for (std::uint32_t at = 0; (at = choose(run, job)) != kNone;) {
      const Queue& queue = run.queues[at];
      const Room room = daemons ? Room::ahead : room_of(l_.state(), run, mode);
      if (room == Room::none) {
        for (const std::uint32_t other : open_) l_.world().step_back(run.id, other);
        return;
      }
      const std::uint32_t seat = find_seat(run, queue, mode, room);
      if (seat == kNone) {
        close(queue, at, mode);
        continue;
      }
      if (asked >= kAskedAtOnce) return l_.world().place_again(true);
      if (const auto lack = l_.state().pools().lacks(run.claims[queue.claim], turn_of(run, at), l_.instant())) {
        l_.world().park(run.id, at, *lack);
        std::erase(open_, at);
        continue;
      }
      const bool suspect = is_quarantine(run.crews[queue.crew].id);
      if (daemons || suspect || ask_front(l_, run, job, asked)) grant(l_, run, job, suspect, seat);
    }
  }

  Ledger& l_;
  const Run* run_ = nullptr;
  bool bounded_ = false;    // launchers and warm workers share the process slots
  bool contended_ = false;  // and both have work
  std::array<bool, kModes> common_full_{}, daemons_full_{};  // what is later waits behind the one that found it so
  std::vector<std::uint32_t> open_;
};

std::uint32_t free_slots(const Fleet& fleet, const std::vector<std::uint32_t>& seats, Mode mode) {
  std::uint32_t n = 0;
  for (const std::uint32_t i : seats) {
    const Seat& s = fleet.seat(i);
    if (s.takes(mode) && s.load(mode) < s.slots(mode)) n += s.slots(mode) - s.load(mode);
  }
  return n;
}

/// The worker with the most attempts beyond its slots, and how many those are.
std::uint32_t most_excess(const Fleet& fleet, const std::vector<std::uint32_t>& seats, Mode mode,
                          std::uint32_t& excess) {
  std::uint32_t worst = kNone;
  excess = 0;
  for (const std::uint32_t i : seats) {
    const Seat& s = fleet.seat(i);
    if (s.life != Seat::Life::up || s.load(mode) <= s.slots(mode) + excess) continue;
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

void rebalance(Ledger& l, const std::vector<std::uint32_t>& seats, Mode mode) {
  const Fleet& fleet = l.state().fleet();
  std::uint32_t excess = 0;
  const std::uint32_t idle = free_slots(fleet, seats, mode);
  const std::uint32_t seat = idle == 0 ? kNone : most_excess(fleet, seats, mode, excess);
  if (seat == kNone || !fleet.seat(seat).retracting.empty()) return;  // one round at a time
  const std::uint32_t wanted = std::min(excess, std::max(idle, excess / 2));
  retract_newest(l, seat, mode, std::min<std::uint32_t>(wanted, kRetractsAtOnce));
}

/// No other mode of the run has anything alive or queued.
bool alone_in_mode(const Run& run, Mode mode) {
  for (const Mode m : kAllModes) {
    if (m == mode) continue;
    if (run.listed[mode_index(m)] > 0) return false;
    for (const CrewWork& crew : run.crews)
      if (crew.held[mode_index(m)] > 0) return false;
  }
  return true;
}

/// How many could be running of the run in the mode, were every worker that may serve it granted more than its slots.
std::uint32_t could_run(const State& state, const Run& run, Mode mode) {
  std::uint32_t n = 0;
  for (const CrewWork& crew : run.crews)
    if (crew.id.is_common() || crew.wanted > 0) n += state.fleet().could_run(crew.id, mode);
  return n;
}

std::uint32_t can_run(const State& state, const Run& run) {
  std::uint32_t n = 0;
  for (const CrewWork& crew : run.crews) {
    n += crew.held[mode_index(Mode::async)];
    for (const Mode m : {Mode::thread, Mode::process})
      if (const std::uint32_t held = crew.held[mode_index(m)]; held > 0)
        n += std::min(held, state.fleet().can_run(crew.id, m));
  }
  return n;
}

}  // namespace

Room room_of(const State& state, const Run& run, Mode mode) {
  if (!run.plan.max_parallel) return Room::ahead;
  const std::uint32_t most = *run.plan.max_parallel;
  if (could_run(state, run, mode) <= most && alone_in_mode(run, mode)) return Room::ahead;
  return can_run(state, run) < most ? Room::slots : Room::none;
}

void place(Ledger& l) {
  l.world().place_again(false);
  if (l.state().closed() != ReasonKind::none) return;
  l.world().unpark(l.instant());
  do Placer(l).place_all();
  while (l.world().unpark(l.instant()));  // one that gave up its place lets others pass
  for (const Mode mode : kAllModes) {
    if (mode == Mode::process && l.state().fleet().has_warm() && !l.state().fleet().has_process_slot()) continue;
    for (const auto& [crew, seats] : l.state().fleet().crews()) rebalance(l, seats, mode);
  }
}

}  // namespace rota::core
