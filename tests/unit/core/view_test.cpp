// What readers see of a run.
#include "tests/unit/core/a_world.h"

namespace rota::core {
namespace {

std::string line_of(jobs::Action action) {
  World w;
  auto plan = a_plan().job("a");
  plan.newest().action = std::move(action);
  w.submit(plan.done());
  return w.scheduler.view(1)->jobs[0].action;
}

TEST(View, an_action_is_one_line) {
  EXPECT_EQ(line_of(jobs::CommandLine{{"echo", "a\nb", "c"}}), "echo a\\nb c");
  EXPECT_EQ(line_of(jobs::TargetCall{"print_numbers"}), "print_numbers");
  EXPECT_EQ(line_of(jobs::RunText{"\n  make all\n  make test\n"}), "make all ...");
  EXPECT_EQ(line_of(jobs::RunText{"make all\n"}), "make all");
  EXPECT_EQ(line_of(jobs::RunText{""}), "");
}

TEST(View, an_action_of_any_length_is_cut) {
  EXPECT_LT(line_of(jobs::CommandLine{std::vector<std::string>(100'000, "word")}).size(), 2000u);
}

TEST(View, a_job_is_told_with_its_needs_its_mode_and_its_attempts) {
  World w;
  w.launcher(1);
  auto plan = a_plan("nightly").job("a").job("b").needs("a").daemon().forgiven();
  plan.newest().name = "Bee";
  w.submit(plan.done());
  w.start(0);
  const RunView v = *w.scheduler.view(1);
  EXPECT_EQ(v.summary.name, "nightly");
  EXPECT_EQ(v.summary.counts.total, 2u);
  EXPECT_EQ(v.summary.counts.of(TaskState::running), 1u);
  EXPECT_EQ(v.summary.modes, 1u << static_cast<unsigned>(Mode::process));
  EXPECT_EQ(v.jobs[0].tasks[0].attempts[0].pid, 4711);
  EXPECT_EQ(v.jobs[1].name, "Bee");
  EXPECT_EQ(v.jobs[1].needs, std::vector<JobIndex>{0});
  EXPECT_TRUE(v.jobs[1].daemon);
  EXPECT_TRUE(v.jobs[1].forgiven);
}

TEST(View, every_state_has_a_word_and_a_code) {
  std::string codes;
  for (std::size_t s = 0; s < kTaskStates; ++s) {
    EXPECT_FALSE(to_text(static_cast<TaskState>(s)).empty());
    codes += std::string(short_code(static_cast<TaskState>(s))) + " ";
  }
  EXPECT_EQ(codes, "PD QU SG R PS RT SP - ");
}

TEST(View, what_does_not_exist_is_not_told) {
  World w;
  EXPECT_FALSE(w.scheduler.view(1));
  EXPECT_FALSE(w.scheduler.summary(1));
  EXPECT_EQ(w.scheduler.plan(1), nullptr);
  EXPECT_FALSE(w.scheduler.worker_of({{1, 0, 0}, 1}));
  w.submit(a_plan().job("a").done());
  w.scheduler.forget(1);
  EXPECT_TRUE(w.scheduler.view(1)) << "an open run is not forgotten";
}

}  // namespace
}  // namespace rota::core
