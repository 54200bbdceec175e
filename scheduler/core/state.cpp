// Moving a task from one state to the next, with every index that follows from it; look-ups and worklists.
#include "scheduler/core/state.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "scheduler/core/graph.h"
#include "scheduler/core/group.h"
#include "scheduler/core/page_code.h"

namespace rota::core {
namespace {

/// What links a queued task of the run to its neighbours.
auto links_in(Run& run) {
  return [&run](TaskSlot s) -> Links& {
    return std::get<Queued>(run.tasks.open_page(page_of(s))->at(s).now).links;
  };
}

/// As is_suspect; of nearly every task it is known at once.
bool stands_alone(const Run& run, const Node& node, const Task& task, TaskSlot slot) {
  return node.quarantine != kNone && task.past != kNone && is_suspect(run, slot);
}

}  // namespace

TaskState state_of(const Task& t) {
  static constexpr TaskState kByCase[] = {TaskState::pending, TaskState::queued,   TaskState::starting,
                                          TaskState::running, TaskState::paused,   TaskState::backoff,
                                          TaskState::stopping, TaskState::finished};
  static_assert(std::size(kByCase) == std::variant_size_v<TaskCase>);
  return kByCase[t.now.index()];
}

const Run* State::find(RunId run) const {
  const auto it = runs_.find(run);
  return it == runs_.end() ? nullptr : &it->second;
}

const Run* State::find(TaskId task, TaskSlot& slot) const {
  const Run* run = find(task.run);
  slot = run ? run->slot_of(task) : kNone;
  return slot == kNone ? nullptr : run;
}

Run* State::find_run(RunId run) { return const_cast<Run*>(std::as_const(*this).find(run)); }
Run* State::find_task(TaskId task, TaskSlot& slot) { return const_cast<Run*>(std::as_const(*this).find(task, slot)); }

Hold* State::find_hold(Run& run, TaskSlot slot, std::uint32_t number) {
  TaskPage* page = run.tasks.open_page(page_of(slot));
  if (!page || page->at(slot).fresh) return nullptr;
  Hold* hold = hold_of(page->at(slot).now);
  return hold && hold->number == number ? hold : nullptr;
}

void State::move(Run& run, TaskSlot slot, TaskCase next, bool front) {
  const JobIndex job = run.job_at(slot);
  const bool fresh = run.tasks.is_fresh(slot);
  if (fresh) leave_fresh(run, job, slot);
  else leave(run, job, slot);
  Task& task = run.tasks.open(page_of(slot)).at(slot);
  task.now = std::move(next);
  task.job = job;
  task.fresh = false;
  if (fresh) advance(run, job);
  enter(run, job, slot, front);
  relist(run, job, front);
}

void State::count(Run& run, JobIndex job, TaskState state, std::int64_t tasks) {
  const auto add = [&](std::uint32_t& n) { n = static_cast<std::uint32_t>(n + tasks); };
  add(run.counts.by_state[static_cast<std::size_t>(state)]);
  if (Counts* own = run.nodes[job].counts.get()) add(own->by_state[static_cast<std::size_t>(state)]);
  if (state == TaskState::queued) count_queued(run, run.nodes[job].crew, job, tasks);
}

void State::count_queued(Run& run, std::uint32_t crew, JobIndex job, std::int64_t tasks) {
  const auto add = [&](std::uint32_t& n) { n = static_cast<std::uint32_t>(n + tasks); };
  const jobs::Job& plan = run.plan.jobs[job];
  add(run.crews[crew].queued[line_of(plan)]);
  add(run.queues[queue_at(run.nodes[job], crew)].tasks);
  if (crew == 0) add(queued_[mode_index(plan.mode)]);
  else want(run, crew, tasks);
}

void State::count_alive(Run& run, std::uint32_t crew, JobIndex job, std::int64_t attempts) {
  const auto add = [&](std::uint32_t& n) { n = static_cast<std::uint32_t>(n + attempts); };
  const jobs::Job& plan = run.plan.jobs[job];
  const std::size_t m = mode_index(plan.mode);
  add(run.nodes[job].alive);
  add(run.crews[crew].alive[m]);
  if (!plan.daemon) add(run.crews[crew].held[m]);
  pools_.hold(run.claims[run.nodes[job].claim], attempts > 0);
  if (crew == 0) add(alive_[m]);
  else want(run, crew, attempts);
}

void State::want(Run& run, std::uint32_t crew, std::int64_t change) {
  std::uint32_t& wanted = run.crews[crew].wanted;
  const bool before = wanted > 0;
  wanted = static_cast<std::uint32_t>(wanted + change);
  if (before == (wanted > 0)) return;
  if (wanted > 0) wanted_crews_.insert({run.id, crew});
  else wanted_crews_.erase({run.id, crew});
}

void State::leave(Run& run, JobIndex index, TaskSlot slot) {
  const Task& task = run.tasks.open_page(page_of(slot))->at(slot);
  const TaskState state = state_of(task);
  const jobs::Job& job = run.plan.jobs[index];
  Node& node = run.nodes[index];
  const auto* queued = std::get_if<Queued>(&task.now);
  const bool suspect = queued && queued->suspect;
  count(run, index, state, -1);
  if (suspect) {
    count_queued(run, node.crew, index, 1);  // they are not among the others
    count_queued(run, node.quarantine, index, -1);
  }
  if (const auto due = deadline_of(run, task)) deadlines_.remove(*due, {run.id, slot});
  if (queued) {
    (suspect ? node.suspects->own : node.own).remove(slot, links_in(run));
  } else if (state == TaskState::pending) {
    --node.retained;
  } else if (const Hold* hold = hold_of(task.now)) {
    count_alive(run, hold->crew, index, -1);
    const TaskRef moved = fleet_.remove(line_of(job), *hold);
    if (moved.run != 0) {
      Run& other = *find_run(moved.run);
      hold_of(other.tasks.open_page(page_of(moved.slot))->at(moved.slot).now)->place = hold->place;
    }
  }
}

void State::enter(Run& run, JobIndex index, TaskSlot slot, bool front) {
  Task& task = run.tasks.open_page(page_of(slot))->at(slot);
  const TaskState state = state_of(task);
  const jobs::Job& job = run.plan.jobs[index];
  Node& node = run.nodes[index];
  count(run, index, state, 1);
  if (const auto due = deadline_of(run, task)) deadlines_.add(*due, {run.id, slot});
  if (auto* queued = std::get_if<Queued>(&task.now)) {
    queued->suspect = stands_alone(run, node, task, slot);
    if (queued->suspect) {
      count_queued(run, node.crew, index, -1);
      count_queued(run, node.quarantine, index, 1);
      if (!node.suspects) node.suspects = std::make_unique<Suspects>();
    }
    Line& line = queued->suspect ? node.suspects->own : node.own;
    front ? line.push_front(slot, links_in(run)) : line.push_back(slot, links_in(run));
  } else if (state == TaskState::pending) {
    ++node.retained;
  } else if (Hold* hold = hold_of(task.now)) {
    if (hold->crew == kNone) hold->crew = stands_alone(run, node, task, slot) ? node.quarantine : node.crew;
    count_alive(run, hold->crew, index, 1);
    hold->seat = fleet_.seat_of(hold->worker, hold->seat);
    fleet_.add({run.id, slot}, line_of(job), *hold);
  } else if (const auto* f = std::get_if<Finished>(&task.now)) {
    enter_finished(run, index, slot, *f);
  }
  const bool waits = state == TaskState::queued || state == TaskState::pending || state == TaskState::backoff;
  if (waits && run.stop) touch(run.id);
  if (waits && node.shut != ReasonKind::none) {
    run.shut.push_back(index);
    touch(run.id);
  }
  if (job.daemon && state != TaskState::finished && !is_needed(run, index)) {
    run.unneeded.push_back(index);
    touch(run.id);
  }
}

void State::enter_finished(Run& run, JobIndex job, TaskSlot slot, const Finished& f) {
  TaskPage& page = *run.tasks.open_page(page_of(slot));
  if (--page.open == 0) ended_pages_.emplace_back(run.id, page_of(slot));
  const Finished end = f;
  count_ended(run, job, slot - run.nodes[job].first, 1, end);
}

void State::count_ended(Run& run, JobIndex job, TaskIndex first, std::uint32_t tasks, const Finished& f) {
  run.counts.by_outcome[static_cast<std::size_t>(f.outcome)] += tasks;
  Node& node = run.nodes[job];
  if (node.counts) node.counts->by_outcome[static_cast<std::size_t>(f.outcome)] += tasks;
  const bool hook = run.plan.jobs[job].hook.has_value();  // what becomes of it does not decide the run
  if (f.outcome == Outcome::skipped) node.skipped += tasks;
  if (is_wished(f.reason.kind) && !hook) run.cancelled += tasks;
  if (f.reason.kind == ReasonKind::run_timeout && !hook) run.timed_out += tasks;
  if (hook) run.hook_tasks_open -= tasks;
  if (is_bad(f.outcome)) {
    node.bad += tasks;
    if (is_own_failure(f)) node.own_bad += tasks;
    if (!hook && fails_by_itself(run, job, f)) {
      if (run.failed == 0) touch(run.id);  // for the failure policy, which passes over what was only cancelled
      run.failed += tasks;
    }
    if (!is_forgiven(run.plan.settings_of(run.plan.jobs[job]), f.outcome, f.reason)) {
      if (node.unforgiven == 0 && !hook) {
        ++run.unforgiven;
        touch(run.id);  // for the failure policy
      }
      node.unforgiven += tasks;
    }
    if (node.shut == ReasonKind::none) node.shut = shut_by(run.plan.jobs[job], node);
    if (node.shut != ReasonKind::none) {
      run.shut.push_back(job);
      touch(run.id);
    }
  }
  tell_each(run, job, first, tasks, f);
  node.open -= tasks;
  if (node.open == 0) end_job(run, job);
}

void State::end_job(Run& run, JobIndex job) {
  if (const auto& hook = run.plan.jobs[job].hook) {
    --run.hooks_open;
    run.early_hooks_open -= *hook == jobs::Hook::on_exit ? 0 : 1;
  }
  graph_ended(run, job, released_);
  touch(run.id);
}

void State::tell_each(Run& run, JobIndex job, TaskIndex first, std::uint32_t tasks, const Finished& f) {
  const Node& node = run.nodes[job];
  for (std::uint32_t e = node.edges_begin; e < node.edges_end; ++e) {
    if (run.edges[e].kind != jobs::NeedKind::each) continue;
    const JobIndex dependent = run.edges[e].job;
    if (each_state(run, job, f) == NeedState::met) {
      for (TaskIndex i = first; i < first + tasks; ++i) each_met(run, dependent, i);
      continue;
    }
    auto& doomed = run.doomed;
    const bool goes_on = !doomed.empty() && doomed.back().job == dependent && !doomed.back().skip &&
                         doomed.back().first + doomed.back().count == first;
    if (goes_on) doomed.back().count += tasks;
    else doomed.push_back({dependent, first, tasks, false});
    touch(run.id);
  }
}

void State::release(Run& run, Instant at) {
  for (std::size_t i = 0; i < released_.size(); ++i) {
    if (may_start(run, released_[i])) start_flow(run, released_[i], at);
  }
  released_.clear();
  if (run.verdict) release_hooks(run, at);
  if (!run.asking.empty()) touch(run.id);
}

/// After the verdict: the hooks of that end, and then the one that always comes.
void State::release_hooks(Run& run, Instant at) {
  for (const JobIndex job : run.hooks) {
    if (run.nodes[job].fate != Fate::waiting || !hook_is_due(run, job)) continue;
    need_met(run, job, released_);
  }
  for (const JobIndex job : released_) start_flow(run, job, at);
  released_.clear();
}

void State::start_flow(Run& run, JobIndex job, Instant at) {
  flow(run, job, true, at);
  Node& node = run.nodes[job];
  for (TaskSlot s = node.first; node.retained > 0 && s < node.first + node.count; ++s)
    if (!run.has_ended(s) && !run.tasks.is_fresh(s) && std::holds_alternative<Pending>(run.task(s).now))
      move(run, s, Queued{at, {}});
}

void State::stop_flow(Run& run, JobIndex job, Instant at) {
  flow(run, job, false, at);
  while (!run.nodes[job].own.empty()) move(run, run.nodes[job].own.front(), Pending{at});
  while (run.nodes[job].suspected() > 0) move(run, run.nodes[job].suspects->own.front(), Pending{at});
}

void State::requeue(Run& run, TaskSlot slot, Instant at, bool front) {
  if (may_start(run, run.job_at(slot))) move(run, slot, Queued{at, {}}, front);
  else move(run, slot, Pending{at});
}

void State::close_pages() {
  for (const auto& [id, page] : std::exchange(ended_pages_, {})) {
    Run* run = find_run(id);
    const TaskPage* open = run ? run->tasks.open_page(page) : nullptr;
    if (!open) continue;
    const bool all_well = std::all_of(open->tasks.begin(), open->tasks.end(),
                                      [](const Task& t) { return !is_bad(std::get<Finished>(t.now).outcome); });
    run->tasks.close(page, pack_page(*open), all_well);
  }
}

std::vector<TaskSlot> alive_in(const State& state, const Run& run, std::optional<JobIndex> job) {
  std::vector<TaskSlot> found;
  for (const Seat& seat : state.fleet().seats())
    for (const auto& list : seat.held)
      for (const TaskRef t : list)
        if (t.run == run.id && (!job || run.job_at(t.slot) == *job)) found.push_back(t.slot);
  std::sort(found.begin(), found.end());
  return found;
}

std::uint32_t State::demand(Mode mode) const {
  const std::size_t m = mode_index(mode);
  return alive_[m] + (closed() == ReasonKind::none ? queued_[m] : 0);
}

std::uint32_t State::demand(const CrewWork& crew, Mode mode) const {
  const std::uint32_t alive = crew.alive[mode_index(mode)];
  if (closed() != ReasonKind::none) return alive;
  return alive + crew.queued[line_index(mode, false)] + crew.queued[line_index(mode, true)] +
         crew.queued[command_line_index(mode)];
}

void State::look_again(RunId id, std::optional<Instant> at) {
  Run* run = find_run(id);
  if (!run || run->gate.look == at) return;
  retime(*run, [&] { run->gate.look = at; });
  if (at) touch_next_of_group(*run);  // the wall clock was set back: another may be before it
}

std::optional<RunId> State::wait_for_another(RunId id) {
  Run& run = *find_run(id);
  for (std::uint32_t& over = run.gate.after_over; over < run.terms.after.size(); ++over) {
    const Run* another = find(run.terms.after[over]);
    if (!another || another->end) continue;
    followers_.insert({another->id, id});
    return another->id;
  }
  return std::nullopt;
}

const Group* State::group_of(const Run& run) const {
  const auto found = groups_.find(run.plan.concurrency.group);
  return !is_grouped(run) || found == groups_.end() ? nullptr : &found->second;
}

void State::touch_next_of_group(const Run& run) {
  const Group* group = group_of(run);
  const auto next = group ? first_in_line(*this, *group) : std::nullopt;
  if (next && *next != run.id) touch(*next);
}

void State::leave_group(const Run& run) {
  const auto found = groups_.find(run.plan.concurrency.group);
  if (!is_grouped(run) || found == groups_.end()) return;
  found->second.inside.erase(run.id);
  found->second.outside.erase(run.id);
  if (found->second.inside.empty() && found->second.outside.empty()) groups_.erase(found);
  else touch_next_of_group(run);
}

void State::touch(RunId run) {
  if (touched_.empty() || touched_.back() != run) touched_.push_back(run);
}

std::vector<RunId> State::take_touched() {
  std::vector<RunId> taken = std::exchange(touched_, {});
  std::sort(taken.begin(), taken.end());
  taken.erase(std::unique(taken.begin(), taken.end()), taken.end());
  return taken;
}

std::vector<Run::Doomed> State::take_doomed(RunId run) {
  Run* r = find_run(run);
  return r ? std::exchange(r->doomed, {}) : std::vector<Run::Doomed>{};
}

std::vector<JobIndex> State::take_unneeded(RunId run) {
  Run* r = find_run(run);
  return r ? std::exchange(r->unneeded, {}) : std::vector<JobIndex>{};
}

std::vector<JobIndex> State::take_asking(RunId run) {
  Run* r = find_run(run);
  return r ? std::exchange(r->asking, {}) : std::vector<JobIndex>{};
}

std::vector<JobIndex> State::take_shut(RunId run) {
  Run* r = find_run(run);
  if (!r) return {};
  std::vector<JobIndex> taken = std::exchange(r->shut, {});
  std::sort(taken.begin(), taken.end());
  taken.erase(std::unique(taken.begin(), taken.end()), taken.end());
  return taken;
}

void State::forget(RunId run) {
  const Run* r = find(run);
  if (r && r->end) runs_.erase(run);
}

}  // namespace rota::core
