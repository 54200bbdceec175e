// Large runs: the numbers hold, and turns stay few because grants run ahead.
#include "tests/unit/core/a_world.h"

namespace rota::core {
namespace {

jobs::Plan noops(std::uint32_t n) {
  jobs::Plan plan;
  plan.name = Name::parse("many").value();
  plan.settings.emplace_back();
  plan.jobs.resize(n);
  for (std::uint32_t i = 0; i < n; ++i) {
    plan.jobs[i].id = Name::parse("j" + std::to_string(i)).value();
    plan.jobs[i].mode = Mode::thread;
    plan.jobs[i].action = jobs::TargetCall{"noop"};
  }
  return plan;
}

TEST(Scale, a_hundred_thousand_jobs_pass_through_two_workers_in_few_turns) {
  constexpr std::uint32_t kJobs = 100'000;
  Scheduler s;
  Effects out;
  Now now{{1'000'000}, {1}};
  s.step(event::WorkerUp{{1, 1}, {1, 2048, 1000, 0, 0}, {}}, now, out);
  s.step(event::WorkerUp{{2, 1}, {1, 2048, 1000, 0, 0}, {}}, now, out);
  s.step(event::Submit{1, noops(kJobs)}, now, out);
  s.settle(now, out);
  int turns = 0;
  while (!s.summary(1)->outcome && ++turns < 1000) {
    const std::vector<Action> todo = std::exchange(out, {}).actions;
    now.mono.ns += 100'000;
    for (const Action& a : todo) {
      const auto* start = std::get_if<action::StartAttempt>(&a);
      if (!start) continue;
      AttemptReport report;
      report.started = now.mono - std::chrono::microseconds(2);
      report.ended = now.mono - std::chrono::microseconds(1);
      s.step(event::Started{start->worker, start->attempt, 0, report.started}, now, out);
      s.step(event::Finished{start->worker, start->attempt, report}, now, out);
    }
    s.settle(now, out);
  }
  EXPECT_EQ(s.summary(1)->counts.of(Outcome::succeeded), kJobs);
  EXPECT_LT(turns, 100);
  EXPECT_EQ(s.check(), "");
}

}  // namespace
}  // namespace rota::core
