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
    if (dice.below(static_cast<std::uint32_t>(earlier.size())) == 0) plan.needs(earlier[i], some_kind(dice, daemon[i]));
}

void add_settings(Dice& dice, test::PlanBuilder& plan) {
  plan.grace(some_ticks(dice));
  if (dice.percent(30)) plan.retry(dice.between(1, 3), some_ticks(dice));
  if (dice.percent(10)) plan.retry_on(static_cast<std::uint8_t>(dice.below(32)));
  if (dice.percent(30)) plan.timeout(some_ticks(dice));
  if (dice.percent(10)) plan.forgiven();
  if (dice.percent(15)) plan.ready_log();
}

void add_limits(Dice& dice, test::PlanBuilder& plan) {
  if (dice.percent(35)) plan.max_parallel(dice.between(1, 4));
  if (dice.percent(20)) plan.run_timeout(some_ticks(dice) * 3);
  if (dice.percent(12)) plan.on_failure(jobs::FailurePolicy::stop);
  else if (dice.percent(12)) plan.on_failure(jobs::FailurePolicy::cancel);
}

}  // namespace

jobs::Plan random_plan(Dice& dice) {
  static const std::vector<Mode> kModes{Mode::thread, Mode::process, Mode::async};
  auto plan = test::a_plan("sim");
  std::vector<std::string> ids;
  std::vector<bool> daemon;
  // Now and then one mode alone and no needs: that is where grants run ahead.
  const bool flat = dice.percent(20);
  const Mode only = dice.pick(kModes);
  const std::uint32_t count = flat ? dice.between(10, 60) : dice.between(1, 16);
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::string id = "j" + std::to_string(i);
    plan.job(id, flat ? only : dice.pick(kModes));
    if (dice.percent(40)) plan.command();
    daemon.push_back(dice.percent(flat ? 3 : 15));
    if (daemon.back()) plan.daemon();
    add_settings(dice, plan);
    if (!flat) add_needs(dice, plan, ids, daemon);
    ids.push_back(id);
  }
  add_limits(dice, plan);
  return plan.done();
}

}  // namespace rota::sim
