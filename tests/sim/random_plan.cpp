// The generator of plans.
#include "tests/sim/random_plan.h"

#include <string>

#include "tests/support/a_plan.h"

namespace rota::sim {
namespace {

using jobs::NeedKind;

Duration some_ticks(Dice& dice) {
  static const std::vector<int> kTicks{1, 2, 3, 5, 10, 30};
  return dice.pick(kTicks) * kTick;
}

/// Numbers of tasks that repeat, so that some have as many as others.
std::uint32_t some_tasks(Dice& dice) {
  static const std::vector<std::uint32_t> kCounts{2, 3, 3, 5, 5, 9};
  return dice.permille(3) ? dice.between(257, 600) : dice.pick(kCounts);
}

void add_crowd(Dice& dice, test::PlanBuilder& plan) {
  plan.array(some_tasks(dice), dice.below(3));
  if (dice.percent(20)) plan.fail_fast();
  if (dice.percent(15)) plan.max_failures(dice.below(3));
  else if (dice.percent(10)) plan.max_failures_percent(dice.below(60));
  if (dice.percent(20)) plan.job_parallel(dice.between(1, 3));
}

void add_condition(Dice& dice, test::PlanBuilder& plan) {
  using Of = jobs::LateName::Of;
  using jobs::Operation;
  const std::uint32_t kind = dice.below(5);
  if (kind == 0) plan.only_if(test::a_constant(dice.percent(50)));
  else if (kind == 1) plan.only_if(test::a_constant("no boolean"));
  else if (kind == 2)
    plan.only_if(test::an_operation(Operation::less, {test::a_name(Of::array_index),
                                                      test::a_constant(std::int64_t{dice.below(5)})}));
  else plan.only_if(test::an_operation(kind == 3 ? Operation::success : Operation::failure));
  if (kind < 3) return;
  for (jobs::Need& need : plan.newest().needs)  // as the reader makes them
    if (need.kind == NeedKind::success) need.kind = NeedKind::completed;
}

void add_hooks(Dice& dice, test::PlanBuilder& plan) {
  using jobs::Hook;
  static const std::vector<Mode> kModes{Mode::thread, Mode::process, Mode::async};
  for (const Hook hook : {Hook::on_success, Hook::on_failure, Hook::on_cancel, Hook::on_exit})
    if (dice.percent(60)) plan.job("hook." + std::string(to_text(hook)), dice.pick(kModes)).hook(hook);
}

/// The same in every world, so that the witness knows them; `resources` have their bounds from the world.
void add_pools(test::PlanBuilder& plan) {
  plan.pool("narrow", 1).pool("wide", 4).pool("slow", 3, 2, 3 * kTick).pool("paced", 0, 1, 2 * kTick);
}

void add_claim(Dice& dice, test::PlanBuilder& plan) {
  if (dice.percent(30)) plan.priority(static_cast<std::int32_t>(dice.below(201)) - 100);
  if (dice.percent(10)) plan.takes("paced");
  // A daemon gives nothing back before those that it serves have ended: with what they want it would be for ever.
  if (plan.newest().daemon) return;
  if (dice.percent(15)) plan.takes("narrow");
  if (dice.percent(20)) plan.takes("wide", dice.between(1, 4));
  if (dice.percent(15)) plan.takes("slow", dice.between(1, 3));
  if (dice.percent(15)) plan.cpus(dice.between(1, 4) * 0.5);
  if (dice.percent(10)) plan.memory(dice.between(1, 100));
}

NeedKind some_kind(Dice& dice, bool daemon) {
  if (daemon) return dice.percent(70) ? NeedKind::ready : NeedKind::started;
  static const std::vector<NeedKind> kKinds{NeedKind::success,   NeedKind::success, NeedKind::success,
                                            NeedKind::completed, NeedKind::failed,  NeedKind::started,
                                            NeedKind::ready};
  return dice.pick(kKinds);
}

void add_needs(Dice& dice, test::PlanBuilder& plan, const std::vector<std::string>& earlier,
               const std::vector<bool>& daemon) {
  for (std::size_t i = 0; i < earlier.size(); ++i)
    if (dice.below(static_cast<std::uint32_t>(earlier.size())) == 0) {
      plan.needs(earlier[i], some_kind(dice, daemon[i]));
      const jobs::Plan so_far = plan.done();
      const bool alike = plan.newest().task_count() > 1 &&
                         so_far.jobs[i].task_count() == plan.newest().task_count() && !daemon[i];
      if (alike && dice.percent(70)) plan.newest().needs.back().kind = NeedKind::each;
    }
}

/// A target of the user's own, and under process now and then in warm processes.
void add_crew(Dice& dice, test::PlanBuilder& plan) {
  const std::uint32_t kind = dice.below(4);
  if (kind > 2) return;
  jobs::Job& job = plan.newest();
  job.action = jobs::TargetCall{"noop", static_cast<jobs::Runtime>(kind)};
  if (job.mode != Mode::process) return;
  job.fresh = dice.percent(40);
  job.max_tasks = dice.percent(50) ? 0 : dice.between(1, 4);
}

void add_settings(Dice& dice, test::PlanBuilder& plan) {
  plan.grace(some_ticks(dice));
  if (dice.percent(30)) plan.retry(dice.between(1, 3), some_ticks(dice));
  if (dice.percent(10)) plan.retry_on(static_cast<std::uint8_t>(dice.below(32)));
  if (dice.percent(30)) plan.timeout(some_ticks(dice));
  if (dice.percent(10)) plan.forgiven();
  if (dice.percent(15)) plan.ready_log();
}

/// A daemon that comes again when it ends, or is found not to serve.
void add_service(Dice& dice, test::PlanBuilder& plan) {
  using When = jobs::Restart::When;
  if (dice.percent(40)) return;
  plan.restart(dice.percent(50) ? When::always : When::on_failure, some_ticks(dice), dice.below(3));
}

void add_limits(Dice& dice, test::PlanBuilder& plan) {
  if (dice.percent(35)) plan.max_parallel(dice.between(1, 4));
  if (dice.percent(20)) plan.run_timeout(some_ticks(dice) * 3);
  if (dice.percent(12)) plan.on_failure(jobs::FailurePolicy::stop);
  else if (dice.percent(12)) plan.on_failure(jobs::FailurePolicy::cancel);
}

/// A group has one limit in all files: so the witness can say what it promises.
jobs::Concurrency some_group(Dice& dice) {
  const std::uint32_t limit = dice.between(1, 2);
  return {"group " + std::to_string(limit), limit, static_cast<jobs::Concurrency::WhenFull>(dice.below(4))};
}

}  // namespace

jobs::Plan random_plan(Dice& dice) {
  static const std::vector<Mode> kModes{Mode::thread, Mode::process, Mode::async};
  auto plan = test::a_plan("sim");
  std::vector<std::string> ids;
  std::vector<bool> daemon;
  // Now and then one mode alone and no needs: that is where grants run ahead.
  const bool flat = dice.percent(20), claims = dice.percent(50);
  const Mode only = dice.pick(kModes);
  const std::uint32_t count = flat ? dice.between(10, 60) : dice.between(1, 16);
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::string id = "j" + std::to_string(i);
    plan.job(id, flat ? only : dice.pick(kModes));
    if (dice.percent(40)) plan.command();
    else add_crew(dice, plan);
    daemon.push_back(dice.percent(flat ? 3 : 15));
    if (daemon.back()) plan.daemon();
    add_settings(dice, plan);
    if (claims) add_claim(dice, plan);
    if (daemon.back()) add_service(dice, plan);
    if (!daemon.back() && dice.percent(flat ? 10 : 35)) add_crowd(dice, plan);
    if (!flat) add_needs(dice, plan, ids, daemon);
    if (!daemon.back() && dice.percent(12)) add_condition(dice, plan);
    ids.push_back(id);
  }
  if (dice.percent(25)) add_hooks(dice, plan);
  add_limits(dice, plan);
  add_pools(plan);
  jobs::Plan done = plan.done();
  if (dice.percent(35)) done.concurrency = some_group(dice);
  return done;
}

}  // namespace rota::sim
