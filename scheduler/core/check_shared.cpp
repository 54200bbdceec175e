// The invariants of what runs share, walked from scratch: what pools hold follows from the live attempts, who stands
// where, and which runs are of which schedule.
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "scheduler/core/group.h"
#include "scheduler/core/state.h"

namespace rota::core {
namespace {

std::string check_held(const State& state) {
  std::vector<std::uint64_t> held(state.pools().size());
  for (const auto& [id, run] : state.runs())
    for (const TaskSlot s : alive_in(state, run))
      for (const PoolShare& share : run.claims[run.nodes[run.job_at(s)].claim].shares) held[share.pool] += share.amount;
  for (std::uint32_t i = 0; i < held.size(); ++i)
    if (const Pool& pool = state.pools().at(i); pool.held != held[i])
      return "pool " + pool.name + " counts " + std::to_string(pool.held) + " as held, and " + std::to_string(held[i]) +
             " are";
  return {};
}

std::string check_users(const State& state) {
  std::vector<std::uint32_t> users(state.pools().size());
  for (const auto& [id, run] : state.runs()) {
    if (run.end) continue;
    for (const Claim& claim : run.claims)
      for (const PoolShare& share : claim.shares) ++users[share.pool];
  }
  for (std::uint32_t i = 0; i < users.size(); ++i)
    if (const Pool& pool = state.pools().at(i); pool.users != users[i])
      return "the users of pool " + pool.name + " are miscounted";
  return {};
}

std::string check_stand(const State& state, const Pool& pool, const Turn& turn, const Pool::Stand& stand) {
  const std::string what = "pool " + pool.name + ": one of run " + std::to_string(turn.run);
  const Run* run = state.find(turn.run);
  if (!run || turn.queue >= run->queues.size()) return what + " stands there, and there is no such queue";
  const Queue& queue = run->queues[turn.queue];
  if (queue.jobs.empty() || !queue.stands || turn_of(*run, turn.queue) != turn) return what + " stands there in vain";
  if (stand.parked && !queue.parked) return what + " waits there, and it does not";
  return {};
}

std::string check_pausing(const State& state) {
  const auto& seats = state.fleet().seats();
  std::vector<std::uint32_t> pausing(seats.size());
  for (const auto& [id, run] : state.runs())
    for (const TaskSlot s : alive_in(state, run))
      if (const Hold* hold = hold_of(run.task(s).now); hold && hold->pause && hold->seat < seats.size())
        ++pausing[hold->seat];
  for (std::size_t i = 0; i < seats.size(); ++i)
    if (seats[i].pausing != pausing[i])
      return "what is to stand still at worker " + std::to_string(seats[i].worker.seat) + " is miscounted";
  return {};
}

std::string check_schedules(const State& state) {
  std::map<std::string, std::set<RunId>, std::less<>> alive;
  for (const auto& [id, run] : state.runs())
    if (!run.terms.schedule.empty() && !run.end) alive[run.terms.schedule].insert(id);
  if (alive != state.schedules().alive) return "runs of schedules are miscounted";
  for (const auto& [name, file] : state.schedules().files)
    if (file.marks.size() != file.plan.schedules.size() || name != file.plan.name.text())
      return "schedule " + name + " has marks that are not its own";
  return {};
}

}  // namespace

std::string check_shared(const State& state) {
  if (const std::string found = check_schedules(state); !found.empty()) return found;
  if (const std::string found = check_held(state); !found.empty()) return found;
  if (const std::string found = check_users(state); !found.empty()) return found;
  if (const std::string found = check_pausing(state); !found.empty()) return found;
  if (!groups_are_right(state)) return "the runs of a group are miscounted";
  std::set<Turn> parked;
  for (std::uint32_t i = 0; i < state.pools().size(); ++i)
    for (const auto& [turn, stand] : state.pools().at(i).stands) {
      if (const std::string found = check_stand(state, state.pools().at(i), turn, stand); !found.empty()) return found;
      if (stand.parked && !parked.insert(turn).second) return "a queue waits at two pools";
    }
  for (const auto& [id, run] : state.runs())
    for (std::uint32_t q = 0; q < run.queues.size(); ++q)
      if (run.queues[q].parked != parked.contains(turn_of(run, q)))
        return "run " + std::to_string(id) + ": queue " + std::to_string(q) + " waits for no pool";
  return {};
}

}  // namespace rota::core
