// From a job to what a worker is told.
#include "scheduler/daemon/assign.h"

#include <gmock/gmock.h>

namespace rota::daemon {
namespace {

using testing::Contains;
using testing::ElementsAre;

jobs::Plan a_plan(jobs::Action action) {
  jobs::Plan plan;
  plan.directory = "/work";
  plan.settings.emplace_back();
  jobs::Job job;
  job.id = Name::parse("render").value();
  job.action = std::move(action);
  job.args = {Value("a b"), Value(3)};
  plan.jobs.push_back(std::move(job));
  return plan;
}

TEST(Assign, a_shell_text_becomes_the_shell_with_the_text_the_jobs_name_and_its_arguments) {
  const auto a = make_assignment(a_plan(jobs::RunText{"echo \"$@\""}), {{12, 0, 0}, 1}, 1, "k");
  EXPECT_THAT(a.argv, ElementsAre("sh", "-eu", "-c", "echo \"$@\"", "render", "a b", "3"));
  EXPECT_EQ(a.working_dir, "/work");
}

TEST(Assign, a_command_is_its_words_and_its_arguments) {
  const auto a = make_assignment(a_plan(jobs::CommandLine{{"ls", "-l"}}), {{12, 0, 0}, 1}, 1, "k");
  EXPECT_THAT(a.argv, ElementsAre("ls", "-l", "a b", "3"));
}

TEST(Assign, a_target_has_no_argv) {
  const auto a = make_assignment(a_plan(jobs::TargetCall{"echo"}), {{12, 0, 0}, 1}, 1, "k");
  EXPECT_TRUE(a.argv.empty());
  EXPECT_EQ(a.target, "echo");
  EXPECT_EQ(a.args.size(), 2u);
}

TEST(Assign, a_crowd_tells_each_member_what_it_would_be_told_alone) {
  auto plan = a_plan(jobs::TargetCall{"echo"});
  auto& job = plan.jobs[0];
  job.mode = Mode::thread;
  job.shape = jobs::Array{100, 10, 5};
  plan.settings[0].env = {{"MINE", "x"}};
  ASSERT_TRUE(may_start_many(plan, job));
  const auto crowd = make_crowd(plan, {{12, 0, 1}, 7}, "k");
  for (TaskIndex task = 0; task < 5; ++task) {
    const AttemptId id{{12, 0, task}, 3};
    const auto alone = make_assignment(plan, id, 2, "k");
    const auto member = make_member(job, id, 2);
    auto env = crowd.common.env;
    for (const auto& own : crowd.own) {
      const auto name = own.text.substr(0, own.text.find('=') + 1);
      std::erase_if(env, [&](const std::string& entry) { return entry.starts_with(name); });
      using Of = lane::OwnVariable::Of;
      env.push_back(own.text + (own.of == Of::task     ? std::to_string(member.task)
                                : own.of == Of::number ? std::to_string(member.number)
                                                       : std::to_string(member.try_number)));
    }
    EXPECT_THAT(env, testing::UnorderedElementsAreArray(alone.env));
    EXPECT_EQ(member.attempt, id.number);
  }
  EXPECT_EQ(crowd.common.target, "echo");
}

TEST(Assign, tasks_that_differ_in_more_than_their_number_are_no_crowd) {
  auto plan = a_plan(jobs::TargetCall{"echo"});
  auto& job = plan.jobs[0];
  job.mode = Mode::thread;
  EXPECT_FALSE(may_start_many(plan, job));
  job.shape = jobs::Array{0, 1, 5};
  EXPECT_TRUE(may_start_many(plan, job));
  job.late.push_back({});
  EXPECT_FALSE(may_start_many(plan, job));
  job.late.clear();
  plan.settings[0].secrets.push_back({"T", jobs::Secret::From::env, "T", {}});
  EXPECT_FALSE(may_start_many(plan, job));
}

TEST(Assign, every_attempt_knows_who_it_is) {
  auto plan = a_plan(jobs::TargetCall{"noop"});
  plan.settings[0].env = {{"MINE", "1"}};
  const auto first = make_assignment(plan, {{12, 0, 0}, 1}, 1, "k");
  const auto second = make_assignment(plan, {{12, 0, 0}, 2}, 2, "k");
  EXPECT_THAT(first.env, ElementsAre("MINE=1", "ROTA_RUN_ID=12", "ROTA_JOB_ID=12/render", "ROTA_JOB=render",
                                     "ROTA_ATTEMPT=1", "ROTA_KEY=k-0-0"));
  EXPECT_THAT(second.env, Contains("ROTA_ATTEMPT=2"));
  EXPECT_THAT(second.env, Contains("ROTA_KEY=k-0-0")) << "the key is the task's, the same over its attempts";
}

TEST(Environment, the_plan_overrides_the_caller_and_no_key_is_there_twice) {
  jobs::Plan plan;
  plan.env = {{"B", "2"}, {"C", "3"}};
  EXPECT_THAT(base_environment(plan, {"A=1", "B=old", "A=again", "nonsense", "=x"}),
              ElementsAre("A=again", "B=2", "C=3"));
}

TEST(Assign, a_chunk_bounds_how_many_tasks_go_to_a_worker_in_one_word) {
  jobs::Job job;
  EXPECT_EQ(most_at_once(job), 1024u);
  job.chunk = 7;
  EXPECT_EQ(most_at_once(job), 7u);
  job.chunk = 1'000'000;
  EXPECT_EQ(most_at_once(job), 1024u);
}

}  // namespace
}  // namespace rota::daemon
