// What users and administrators of a simulated world wish for, and that they let go of it in the end.
#include <algorithm>
#include <cerrno>
#include <utility>

#include "tests/sim/random_plan.h"
#include "tests/sim/simulation.h"

namespace rota::sim {

using namespace core;

namespace {

Terms random_terms(Dice& dice, Now now, RunId run, const jobs::Plan& plan) {
  Terms terms;
  terms.hold = dice.percent(8);
  if (dice.percent(15)) terms.begin = {now.wall.ns + (dice.between(0, 33) * kTick - 3 * kTick).count()};
  if (dice.percent(20))
    for (RunId another = 1; another <= run + 1; ++another)  // itself and one to come, too
      if (dice.percent(40)) terms.after.push_back(another);
  if (!dice.percent(12)) return terms;
  terms.retry_of = 1000;
  for (JobIndex job = 0; job < plan.jobs.size(); ++job) {
    if (dice.percent(40)) {
      terms.done.push_back(job);
      continue;
    }
    const std::uint32_t tasks = plan.jobs[job].task_count();
    if (tasks == 1 || dice.percent(50)) continue;
    const TaskIndex first = dice.below(tasks);
    terms.done_tasks.push_back({job, first, dice.between(1, tasks - first)});
  }
  return terms;
}

bool is_paused(const RunView& view) {
  bool any = view.summary.paused.has_value();
  for (const JobView& job : view.jobs) {
    any = any || job.paused;
    for (const TaskView& task : job.tasks) any = any || task.paused_by;
  }
  return any;
}

}  // namespace

event::Submit Simulation::next_submit() {
  event::Submit submit{++submitted_, random_plan(dice_), {}};
  submit.terms = random_terms(dice_, now(), submitted_, *submit.plan);
  return submit;
}

TaskId Simulation::some_task() {
  const RunId run = dice_.between(1, submitted_);
  const jobs::Plan* plan = scheduler_.plan(run);
  if (!plan) return {run, 0, 0};
  const JobIndex job = dice_.below(static_cast<std::uint32_t>(plan->jobs.size()) + 1);
  return {run, job, job < plan->jobs.size() ? dice_.below(plan->jobs[job].task_count() + 1) : 0};
}

/// Of a run, of a job or of a task; or its end.
event::Pause Simulation::some_pause() {
  const TaskId task = some_task();
  event::Pause pause{task.run, {}, false, dice_.percent(60), dice_.percent(50) ? "anna" : "ben"};
  const jobs::Plan* plan = scheduler_.plan(task.run);
  if (dice_.percent(70)) pause.tasks = TaskSpan{task.job, task.task, 1};
  if (pause.tasks && dice_.percent(50) && plan && task.job < plan->jobs.size()) {
    pause.tasks = TaskSpan{task.job, 0, plan->jobs[task.job].task_count()};
    pause.job = true;
  }
  return pause;
}

void Simulation::add_wishes(std::vector<Event>& events) {
  const auto add = [&](Event e) {
    events.insert(events.begin() + dice_.below(static_cast<std::uint32_t>(events.size() + 1)), std::move(e));
  };
  const auto some_grace = [&] {
    return dice_.percent(40) ? std::optional<Duration>(dice_.between(0, 10) * kTick) : std::nullopt;
  };
  const auto some_reason = [&] { return std::string(dice_.percent(50) ? "why not" : ""); };
  if (submitted_ > 0 && dice_.permille(15)) {
    event::CancelRun cancel{dice_.between(1, submitted_), StopCause::cancel_user, dice_.percent(40)};
    cancel.grace = some_grace();
    cancel.reason = some_reason();
    add(std::move(cancel));
  }
  if (submitted_ > 0 && dice_.permille(25)) {
    event::CancelTasks cancel;
    for (std::uint32_t n = dice_.between(1, 3); n > 0; --n) {
      const TaskId task = some_task();
      cancel.tasks.push_back({task.run, task.job, task.task});
    }
    cancel.now = dice_.percent(40);
    cancel.grace = some_grace();
    cancel.reason = some_reason();
    add(std::move(cancel));
  }
  if (submitted_ > 0 && dice_.permille(40)) {
    const TaskId task = some_task();
    event::Hold hold{task.run, {}, dice_.percent(60)};
    if (dice_.percent(50)) hold.job = task.job;
    add(hold);
  }
  if (submitted_ > 0 && dice_.permille(60)) add(some_pause());
  if (submitted_ > 0 && dice_.permille(25)) {
    const TaskId task = some_task();
    event::Update update{task.run, {}, {}, dice_.below(4)};
    if (dice_.percent(50)) update.job = task.job;
    if (dice_.percent(30)) update.priority = static_cast<std::int32_t>(dice_.below(201)) - 100;
    if (update.priority && dice_.percent(50)) update.max_parallel.reset();
    add(update);
  }
  if (submitted_ > 0 && dice_.permille(60)) {
    const TaskId task = some_task();
    const auto view = scheduler_.view(task.run);
    const bool there = view && task.job < view->jobs.size() && task.task < view->jobs[task.job].tasks.size();
    const auto* found = there ? &view->jobs[task.job].tasks[task.task] : nullptr;
    if (found && !found->attempts.empty()) {
      const AttemptId attempt{task, found->attempts.back().number};
      if (const auto worker = scheduler_.worker_of(attempt))
        add(event::ProbeFailed{*worker, attempt, dice_.percent(50) ? StopCause::not_live : StopCause::not_ready});
      if (const auto worker = scheduler_.worker_of(attempt); worker && dice_.percent(20))
        add(event::Shortage{*worker, false, dice_.percent(50) ? EAGAIN : 0});
    }
  }
  if (dice_.permille(10)) add(event::Shortage{std::nullopt, dice_.percent(50), dice_.percent(50) ? ENOMEM : 0});
  if (dice_.permille(20))
    add(event::Admission{dice_.pick(std::vector{ReasonKind::none, ReasonKind::drained, ReasonKind::safe_mode})});
  if (dice_.permille(5)) add(event::ShutDown{});
  if (dice_.permille(10)) wall_offset_ += (dice_.between(0, 40) * kTick - 20 * kTick).count();
}

/// What keeps the world from its end until somebody lets go.
std::vector<Event> Simulation::what_to_lift() const {
  std::vector<Event> events;
  if (scheduler_.admission_closed() != ReasonKind::none && !shutting_down_) events.push_back(event::Admission{});
  for (const RunId run : scheduler_.runs()) {
    const RunView view = *scheduler_.view(run);
    if (is_paused(view)) events.push_back(event::Pause{run, {}, false, false, ""});
    if (view.summary.stopping) continue;
    if (view.summary.held) events.push_back(event::Hold{run, {}, false});
    for (const JobView& job : view.jobs)
      if (job.held) events.push_back(event::Hold{run, job.index, false});
  }
  return events;
}

/// Every task that waits can say for what; what runs or has ended waits for nothing, unless nobody knows how it is.
void Simulation::check_reasons() {
  for (const RunId run : scheduler_.runs()) {
    const RunView view = *scheduler_.view(run);
    for (const JobView& job : view.jobs) {
      const TaskView& task = job.tasks[dice_.below(static_cast<std::uint32_t>(job.tasks.size()))];
      const TaskId id{run, job.index, task.index};
      const bool waits = task.state == TaskState::pending || task.state == TaskState::queued ||
                         task.state == TaskState::backoff || task.state == TaskState::paused ||
                         task.reason.kind == ReasonKind::recovering || task.reason.kind == ReasonKind::processes;
      if (scheduler_.waiting(id, now()).empty() == waits)
        broke("task " + to_text({id, 0}) + (waits ? " cannot say what it waits for" : " waits, and does not"));
      for (std::size_t i = 0; i < task.attempts.size(); ++i)
        if (try_number(task, i) != scheduler_.try_number({id, task.attempts[i].number}))
          broke("attempt " + to_text({id, task.attempts[i].number}) + " has two numbers of its try");
    }
  }
}

}  // namespace rota::sim
