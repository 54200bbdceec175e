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
  l.write(record::Granted{id, worker, l.instant()}, !run.plan.jobs[job].runs_in_pool());
  l.act(action::StartAttempt{worker, id});
}

void place_daemons(Ledger& l, const Run& run, const CrewWork& crew, Mode mode) {
  const Line& line = crew.lines[line_index(mode, true)];
  while (!line.empty()) {
    const std::uint32_t seat = least_daemons(l.state().fleet(), crew.id, mode);
    if (seat == kNone) return;
    grant(l, run, line.front(), is_quarantine(crew.id), seat);
  }
}

void place_daemons(Ledger& l, Mode mode) {
  const std::size_t line = line_index(mode, true);
  const auto& common = l.state().waiting(line);
  for (auto it = common.begin(); it != common.end();) {
    const Run& run = *l.state().find(*it++);
    place_daemons(l, run, run.crews[0], mode);
  }
  const auto& own = l.state().waiting_at_crews(line);
  for (auto it = own.begin(); it != own.end();) {
    const auto [id, crew] = *it++;
    const Run& run = *l.state().find(id);
    place_daemons(l, run, run.crews[crew], mode);
  }
}

Instant waits_since(const Run& run, JobIndex job, bool suspect) {
  const Node& node = run.nodes[job];
  const bool fresh = !suspect && node.own.empty();
  return fresh ? node.since : std::get<Queued>(run.task(front_of(run, job, suspect)).now).since;
}

/// Of which job the crew would start a task next in the mode: of its work and its commands what has waited longer,
/// commands only while there is a slot for one. kNone: nothing may start.
JobIndex next_of(const State& state, const Run& run, const CrewWork& crew, Mode mode) {
  const JobIndex work = crew.lines[line_index(mode, false)].front();
  const JobIndex command = crew.lines[command_line_index(mode)].front();
  if (command == kNone || !state.fleet().has_command_slot()) return work;
  if (work == kNone) return command;
  const auto since = [&](JobIndex job) { return std::tuple(waits_since(run, job, false), job); };
  return since(command) < since(work) ? command : work;
}

/// How many have something in process mode, launchers together being one.
std::size_t crews_in_process(const State& state) {
  std::size_t n = state.demand(Mode::process) > 0 ? 1 : 0;
  for (const auto& [run, crew] : state.wanted_crews())
    n += state.demand(state.find(run)->crews[crew], Mode::process) > 0 ? 1 : 0;
  return n;
}

/// What may start in one mode, run by run.
class Placer {
 public:
  Placer(Ledger& l, Mode mode)
      : l_(l),
        mode_(mode),
        bounded_(mode == Mode::process && l.state().fleet().has_warm()),
        contended_(bounded_ && crews_in_process(l.state()) > 1) {}

  void place_all() {
    for (RunId run = 0; (run = next_run(run)) != 0;) place_run(*l_.state().find(run));
  }

 private:
  /// The first run after `last` with work that may start, or 0.
  RunId next_run(RunId last) const {
    const State& state = l_.state();
    RunId next = 0;
    const auto look = [&](std::size_t line) {
      const auto& waiting = state.waiting(line);
      const auto it = common_full_ ? waiting.end() : waiting.upper_bound(last);
      if (it != waiting.end() && (next == 0 || *it < next)) next = *it;
    };
    look(line_index(mode_, false));
    if (state.fleet().has_command_slot()) look(command_line_index(mode_));
    const auto& own = state.waiting_at_crews(line_index(mode_, false));
    const auto it = own.lower_bound({last + 1, 0});
    if (it != own.end() && (next == 0 || it->first < next)) next = it->first;
    return next;
  }

  void list_crews(const Run& run) {
    open_.clear();
    if (!common_full_ && next_of(l_.state(), run, run.crews[0], mode_) != kNone) open_.push_back(0);
    const auto& own = l_.state().waiting_at_crews(line_index(mode_, false));
    for (auto it = own.lower_bound({run.id, 0}); it != own.end() && it->first == run.id; ++it)
      open_.push_back(it->second);
  }

  /// Of the crews that take more the one whose next task has waited longest: they may share what there is of slots.
  std::uint32_t choose(const Run& run, JobIndex& job) {
    std::uint32_t best = kNone;
    Instant since;
    for (const std::uint32_t crew : open_) {
      const JobIndex next = next_of(l_.state(), run, run.crews[crew], mode_);
      if (next == kNone) continue;
      if (open_.size() == 1) return job = next, crew;
      const Instant waits = waits_since(run, next, is_quarantine(run.crews[crew].id));
      if (best != kNone && std::tuple(since, job) <= std::tuple(waits, next)) continue;
      best = crew;
      job = next;
      since = waits;
    }
    return best;
  }

  void place_run(const Run& run) {
    list_crews(run);
    std::uint32_t asked = 0;
    const std::uint32_t ahead = run.pace[mode_index(mode_)].ahead_per_slot(mode_);
    JobIndex job = kNone;
    for (std::uint32_t crew = 0; (crew = choose(run, job)) != kNone;) {
      const Fleet& fleet = l_.state().fleet();
      Room room = room_of(l_.state(), run, mode_);
      if (room == Room::none) return;
      // What one crew holds ahead would keep another that shares the slots from its turn.
      if (contended_) room = Room::slots;
      const CrewId id = run.crews[crew].id;
      const Offer offer{fleet.of(id), room, ahead, !bounded_ || fleet.has_process_slot()};
      const std::uint32_t seat = least_loaded(fleet, offer, mode_);
      if (seat == kNone) {
        std::erase(open_, crew);
        common_full_ = common_full_ || crew == 0;
        continue;
      }
      if (asked >= kAskedAtOnce) return l_.world().place_again(true);
      const bool suspect = is_quarantine(id);
      if (suspect || ask_front(l_, run, job, asked)) grant(l_, run, job, suspect, seat);
    }
  }

  Ledger& l_;
  const Mode mode_;
  const bool bounded_;    // launchers and warm workers share the process slots
  const bool contended_;  // and both have work
  bool common_full_ = false;  // later runs are to wait behind the one that found it so
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
  for (const CrewWork& crew : run.crews) {
    for (const Mode m : kAllModes)
      if (m != mode && (crew.held[mode_index(m)] > 0 || !crew.lines[line_index(m, false)].empty() ||
                        !crew.lines[command_line_index(m)].empty()))
        return false;
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
  for (const Mode mode : kAllModes) {
    place_daemons(l, mode);
    Placer(l, mode).place_all();
    if (mode == Mode::process && l.state().fleet().has_warm() && !l.state().fleet().has_process_slot()) continue;
    for (const auto& [crew, seats] : l.state().fleet().crews()) rebalance(l, seats, mode);
  }
}

}  // namespace rota::core
