// What a user changes of a run that is alive: its priority and that of its jobs, and how many tasks may be alive.
#include <algorithm>

#include "scheduler/core/state.h"

namespace rota::core {
namespace {

/// The same settings but for their priority: those that there are, or new ones.
std::uint32_t with_priority(std::vector<jobs::Settings>& all, std::uint32_t of, std::int32_t priority) {
  jobs::Settings wanted = all[of];
  wanted.priority = priority;
  const auto same = std::find(all.begin(), all.end(), wanted);
  const auto at = static_cast<std::uint32_t>(same - all.begin());
  if (same == all.end()) all.push_back(std::move(wanted));
  return at;
}

/// The claim of this index with another priority: one that there is, or a new one without shares.
std::uint32_t with_priority(std::vector<Claim>& all, std::uint32_t of, std::int32_t priority) {
  Claim wanted = all[of];
  wanted.priority = priority;
  wanted.shares.clear();
  const auto same = std::find_if(all.begin(), all.end(), [&](const Claim& c) {
    return c.priority == wanted.priority && c.uses == wanted.uses && c.cpus_milli == wanted.cpus_milli &&
           c.memory == wanted.memory;
  });
  const auto at = static_cast<std::uint32_t>(same - all.begin());
  if (same == all.end()) all.push_back(std::move(wanted));
  return at;
}

std::uint32_t queue_for(std::vector<Queue>& all, std::uint32_t crew, std::uint32_t line, std::uint32_t claim) {
  const auto same = std::find_if(all.begin(), all.end(), [&](const Queue& q) {
    return q.crew == crew && q.line == line && q.claim == claim;
  });
  const auto at = static_cast<std::uint32_t>(same - all.begin());
  if (same == all.end()) all.push_back({crew, line, claim, {}});
  return at;
}

}  // namespace

void State::on(const record::Updated& r) {
  Run* run = find_run(r.run);
  if (!run || run->end || (r.job && *r.job >= run->nodes.size())) return;
  const auto bound = r.max_parallel.value_or(0);
  const auto parallel = bound > 0 ? std::optional(bound) : std::nullopt;
  if (r.job) {
    if (r.priority) prioritise(*run, *r.job, *r.priority);
    if (r.max_parallel) run->plan.jobs[*r.job].max_parallel = parallel;
    if (r.max_parallel) run->nodes[*r.job].lowered = parallel.has_value();
    return relist(*run, *r.job);
  }
  if (r.priority) prioritise(*run, *r.priority);
  if (r.max_parallel) run->plan.max_parallel = parallel;
}

/// All turns of the run change at once.
void State::prioritise(Run& run, std::int32_t priority) {
  for (std::uint32_t q = 0; q < run.queues.size(); ++q) {
    if (run.queues[q].jobs.empty()) continue;
    wait_no_more(run, q);
    leave_pools(run, q);
  }
  run.terms.priority = priority;
  for (std::uint32_t q = 0; q < run.queues.size(); ++q)
    if (!run.queues[q].jobs.empty()) wait(run, q);
}

/// The job moves to the queues of its new priority, with what waits of it.
void State::prioritise(Run& run, JobIndex job, std::int32_t priority) {
  Node& node = run.nodes[job];
  jobs::Job& plan = run.plan.jobs[job];
  if (std::exchange(node.listed, false)) list(run, node.queue, job, false, false);
  if (node.suspects && std::exchange(node.suspects->listed, false))
    list(run, node.quarantine_queue, job, false, false);
  plan.settings = with_priority(run.plan.settings, plan.settings, priority);
  node.claim = with_priority(run.claims, node.claim, priority);
  if (run.claims[node.claim].shares.empty()) pools_.resolve(run.claims[node.claim]);
  const auto move_to = [&](std::uint32_t& queue, std::uint32_t tasks) {
    run.queues[queue].tasks -= tasks;
    queue = queue_for(run.queues, run.queues[queue].crew, run.queues[queue].line, node.claim);
    run.queues[queue].tasks += tasks;
  };
  move_to(node.queue, node.queued());
  if (node.quarantine != kNone) move_to(node.quarantine_queue, node.suspected());
}

}  // namespace rota::core
