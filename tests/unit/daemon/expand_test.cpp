// Late values into an assignment.
#include "scheduler/daemon/expand.h"

#include <gmock/gmock.h>

#include "scheduler/daemon/assign.h"
#include "shared/limits.h"

namespace rota::daemon {
namespace {

using jobs::LatePart;
using Place = LatePart::Place;
using testing::Contains;
using testing::ElementsAre;

jobs::Plan a_plan(jobs::Action action, std::vector<LatePart> late) {
  jobs::Plan plan;
  plan.directory = "/jobs";
  plan.settings.emplace_back();
  plan.settings[0].env = {{"A", "a"}, {"B", "${{ matrix.b }}"}};
  jobs::Job job;
  job.id = Name::parse("render").value();
  job.action = std::move(action);
  job.late = std::move(late);
  plan.jobs.push_back(std::move(job));
  return plan;
}

LatePart part(Place place, std::uint32_t index = 0, std::string variable = {}) {
  LatePart p{place, index, std::move(variable), {}};
  p.value.line = 3;
  p.value.column = 14;
  return p;
}

Result<lane::Assignment> expanded(const jobs::Plan& plan, const std::vector<Value>& values) {
  auto out = make_assignment(plan, {{12, 0, 0}, 1}, 1, "k");
  if (auto s = expand(out, plan, plan.jobs[0], values); !s) return s.error();
  return out;
}

TEST(Expand, puts_values_where_the_files_own_text_stood) {
  auto plan =
      a_plan(jobs::CommandLine{{"ls", "${{ matrix.b }}"}},
             {part(Place::word, 1), part(Place::variable, 1), part(Place::working_dir), part(Place::stdout_path)});
  const auto a = expanded(plan, {Value("x y"), Value(3), Value("out/../d"), Value("/tmp/log")}).value();
  EXPECT_THAT(a.argv, ElementsAre("ls", "x y"));
  EXPECT_THAT(a.env, Contains("B=3"));
  EXPECT_EQ(a.working_dir, "/jobs/d");
  EXPECT_EQ(a.log.stdout_path, "/tmp/log");
}

TEST(Expand, of_run_the_text_stays_as_it_is_and_variables_are_set) {
  auto plan =
      a_plan(jobs::RunText{"echo \"${ROTA_X1}\""}, {part(Place::script, 0, "ROTA_X1"), part(Place::argument, 1)});
  plan.jobs[0].args = {Value("one"), Value("${{ x }}")};
  const auto a = expanded(plan, {Value("$(id)"), Value(true)}).value();
  EXPECT_THAT(a.argv, ElementsAre("sh", "-eu", "-c", "echo \"${ROTA_X1}\"", "render", "one", "true"));
  EXPECT_THAT(a.env, Contains("ROTA_X1=$(id)"));
}

TEST(Expand, arguments_of_a_target_keep_their_types) {
  auto plan = a_plan(jobs::TargetCall{"echo"}, {part(Place::argument, 0), part(Place::keyword, 0)});
  plan.jobs[0].args = {Value("${{ x }}")};
  plan.jobs[0].kwargs = {{"k", Value("${{ y }}")}};
  const auto a = expanded(plan, {Value(3), Value(ValueList{Value(1)})}).value();
  EXPECT_EQ(a.args.at(0), Value(3));
  EXPECT_EQ(a.kwargs.at(0).second, Value(ValueList{Value(1)}));
}

TEST(Expand, what_no_word_can_be_is_an_error_with_its_place) {
  const auto plan = a_plan(jobs::CommandLine{{"ls", "x"}}, {part(Place::word, 1)});
  const auto error = [&](Value v) {
    const auto a = expanded(plan, {std::move(v)});
    return a ? std::string() : to_text(a.error());
  };
  EXPECT_EQ(error(Value()),
            "3:14: word 2 of its command: there is no value: default(..., '') gives one where none was left");
  EXPECT_NE(error(Value(std::string("a\0b", 3))).find("holds a NUL character"), std::string::npos);
  EXPECT_NE(error(Value(std::string(limits::kArgBytes + 1, 'x'))).find("pass large values in a file"),
            std::string::npos);
  EXPECT_EQ(error(Value("")), "");
}

TEST(Expand, a_variable_has_its_name_within_the_limit_of_the_system) {
  auto plan = a_plan(jobs::RunText{"x"}, {part(Place::script, 0)});
  plan.jobs[0].late[0].variable = "ROTA_X1";
  EXPECT_TRUE(expanded(plan, {Value(std::string(limits::kArgBytes - 8, 'x'))}));
  EXPECT_FALSE(expanded(plan, {Value(std::string(limits::kArgBytes - 7, 'x'))}));
}

TEST(Assign, a_task_of_an_array_knows_its_number_and_how_many_there_are) {
  auto plan = a_plan(jobs::RunText{"x"}, {});
  plan.jobs[0].shape = jobs::Array{100, 10, 5};
  const auto a = make_assignment(plan, {{12, 0, 2}, 1}, 1, "k");
  EXPECT_THAT(a.env, Contains("ROTA_JOB_ID=12/render.120"));
  EXPECT_THAT(a.env, Contains("ROTA_ARRAY_INDEX=120"));
  EXPECT_THAT(a.env, Contains("ROTA_ARRAY_COUNT=5"));
}

}  // namespace
}  // namespace rota::daemon
