// Fresh tasks, which are numbers and not objects, and the lines of jobs.
#include <algorithm>

#include "scheduler/core/graph.h"
#include "scheduler/core/page_code.h"
#include "scheduler/core/state.h"

namespace rota::core {

void State::flow(Run& run, JobIndex job, bool flows, Instant at) {
  Node& node = run.nodes[job];
  if (node.flows == flows) return;
  node.flows = flows;
  node.since = at;
  count(run, job, flows ? TaskState::pending : TaskState::queued, -std::int64_t{node.ready});
  count(run, job, flows ? TaskState::queued : TaskState::pending, node.ready);
  if (node.ready > 0 && run.stop) touch(run.id);
  if (node.ready > 0 && node.shut != ReasonKind::none) {
    run.shut.push_back(job);
    touch(run.id);
  }
  relist(run, job);
}

void State::each_met(Run& run, JobIndex job, TaskIndex task) {
  Node& node = run.nodes[job];
  EachNeeds& each = *node.each;
  if (!each.open.empty() && --each.open[task] > 0) return;
  if (!run.tasks.is_fresh(node.first + task)) return;
  each.ready[task / 64] |= std::uint64_t{1} << (task % 64);
  ++node.ready;
  node.cursor = std::min(node.cursor, task);
  if (!node.flows) return;
  count(run, job, TaskState::pending, -1);
  count(run, job, TaskState::queued, 1);
  if (run.stop) touch(run.id);
  if (node.shut != ReasonKind::none) {
    run.shut.push_back(job);
    touch(run.id);
  }
  relist(run, job);
}

void State::leave_fresh(Run& run, JobIndex job, TaskSlot slot) {
  Node& node = run.nodes[job];
  const TaskIndex task = slot - node.first;
  const bool ready = !node.each || node.each->is_ready(task);
  count(run, job, ready && node.flows ? TaskState::queued : TaskState::pending, -1);
  --node.fresh;
  if (!ready) return;
  --node.ready;
  if (node.each) node.each->ready[task / 64] &= ~(std::uint64_t{1} << (task % 64));
}

void State::advance(Run& run, JobIndex job) {
  Node& node = run.nodes[job];
  if (node.each) {
    node.cursor = node.ready == 0 ? node.count : node.each->next(node.cursor, node.count);
    return;
  }
  if (node.ready == 0) node.cursor = node.count;
  while (node.cursor < node.count && !run.tasks.is_fresh(node.first + node.cursor)) {
    const TaskSlot slot = node.first + node.cursor;
    const std::uint32_t page = page_of(slot);
    node.cursor = run.tasks.is_closed(page) ? run.tasks.end_of(page) - node.first : node.cursor + 1;
  }
  node.cursor = std::min(node.cursor, node.count);
}

void State::relist(Run& run, JobIndex job, bool front) {
  Node& node = run.nodes[job];
  const jobs::Job& plan = run.plan.jobs[job];
  const bool has_room = !plan.max_parallel || node.alive < *plan.max_parallel;
  const bool listed = has_room && node.queued() > 0;
  if (listed != node.listed) {
    node.listed = listed;
    list(run, node.queue, job, listed, front);
  }
  if (!node.suspects) return;
  const bool suspects_listed = has_room && node.suspected() > 0;
  if (suspects_listed == node.suspects->listed) return;
  node.suspects->listed = suspects_listed;
  list(run, node.quarantine_queue, job, suspects_listed, front);
}

void State::list(Run& run, std::uint32_t at, JobIndex job, bool listed, bool front) {
  Queue& queue = run.queues[at];
  const bool quarantine = is_quarantine(run.crews[queue.crew].id);
  const auto links = [&run, quarantine](JobIndex j) -> Links& {
    return quarantine ? run.nodes[j].suspects->links : run.nodes[j].links;
  };
  if (!is_daemon_line(queue.line)) {
    std::uint32_t& n = run.listed[mode_index(mode_of_line(queue.line))];
    n = listed ? n + 1 : n - 1;
  }
  const bool was_empty = queue.jobs.empty();
  if (!listed) queue.jobs.remove(job, links);
  else if (front) queue.jobs.push_front(job, links);
  else queue.jobs.push_back(job, links);
  if (was_empty == queue.jobs.empty()) return;
  if (was_empty) return wait(run, at);
  wait_no_more(run, at);
  leave_pools(run, at);
}

void State::wait(Run& run, std::uint32_t at) {
  Queue& queue = run.queues[at];
  queue.parked = false;
  (queue.crew == 0 ? waiting_ : waiting_at_crews_)[queue.line].insert(turn_of(run, at));
}

void State::wait_no_more(Run& run, std::uint32_t at) {
  Queue& queue = run.queues[at];
  if (!queue.parked) (queue.crew == 0 ? waiting_ : waiting_at_crews_)[queue.line].erase(turn_of(run, at));
  queue.parked = false;
}

void State::leave_pools(Run& run, std::uint32_t at) {
  Queue& queue = run.queues[at];
  if (queue.stands) pools_.leave(run.claims[queue.claim], turn_of(run, at));
  queue.stands = false;
}

void State::park(RunId id, std::uint32_t at, const Pools::Lack& lack) {
  Run& run = *find_run(id);
  wait_no_more(run, at);
  Queue& queue = run.queues[at];
  queue.parked = queue.stands = true;
  pools_.park(run.claims[queue.claim], turn_of(run, at), lack);
}

void State::step_back(RunId id, std::uint32_t at) { leave_pools(*find_run(id), at); }

bool State::unpark(Instant now) {
  const std::vector<Turn> hopeful = pools_.take_hopeful(now);
  for (const Turn& turn : hopeful) wait(*find_run(turn.run), turn.queue);
  return !hopeful.empty();
}

TaskSlot State::end_untouched(Run& run, JobIndex job, TaskSlot first, TaskSlot end, const Finished& f) {
  Node& node = run.nodes[job];
  TaskSlot s = first;
  while (s < end) {
    const std::uint32_t page = page_of(s);
    const bool whole = s == run.tasks.first_of(page) && run.tasks.end_of(page) <= end;
    if (!whole || !run.tasks.is_untouched(page)) break;
    const TaskSlot next = run.tasks.end_of(page);
    run.tasks.close(page, pack_unstarted(next - s, f), !is_bad(f.outcome));
    s = next;
  }
  if (s == first) return first;
  const std::uint32_t tasks = s - first;
  const std::uint32_t ready = node.each ? node.each->take(first - node.first, s - node.first) : tasks;
  count(run, job, node.flows ? TaskState::queued : TaskState::pending, -std::int64_t{ready});
  count(run, job, TaskState::pending, -std::int64_t{tasks - ready});
  node.fresh -= tasks;
  node.ready -= ready;
  count(run, job, TaskState::finished, tasks);
  advance(run, job);
  relist(run, job);
  count_ended(run, job, first - node.first, tasks, f);
  return s;
}

}  // namespace rota::core
