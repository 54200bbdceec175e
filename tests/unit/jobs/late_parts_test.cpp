// What only a task knows, in the fields of a job: the plan keeps the file's text, and a part that says what goes there.
#include <gtest/gtest.h>

#include "tests/unit/jobs/loading.h"

namespace rota::jobs {
namespace {

using Part = LatePart::Place;
using test::says;

struct Told {
  Part place;
  std::uint32_t index;
  bool operator==(const Told&) const = default;
};
std::vector<Told> parts(const Job& job) {
  std::vector<Told> out;
  for (const auto& p : job.late) out.push_back({p.place, p.index});
  return out;
}
bool operator==(const std::vector<Told>& a, std::initializer_list<Told> b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end());
}

constexpr auto kMatrix = "matrix: {os: [linux, mac], n: [1, 2]}, ";
Job matrix_job(const std::string& fields) { return test::job(kMatrix + fields); }

TEST(LateParts, stand_for_words_of_a_command_and_its_arguments) {
  const auto job = matrix_job("command: [echo, '${{ matrix.os }}', a], args: [b, 'x${{ matrix.n }}']");
  EXPECT_EQ(std::get<CommandLine>(job.action).argv,
            (std::vector<std::string>{"echo", "${{ matrix.os }}", "a", "b", "x${{ matrix.n }}"}));
  EXPECT_TRUE(parts(job) == (std::initializer_list<Told>{{Part::word, 1}, {Part::word, 4}}));
}

TEST(LateParts, stand_for_arguments_by_place_and_by_name_also_within_lists) {
  const auto job = matrix_job("target: echo, args: [a, '${{ matrix.n }}']");
  ASSERT_TRUE(parts(job) == (std::initializer_list<Told>{{Part::argument, 1}}));
  EXPECT_EQ(job.late[0].value.kind, Formula::Kind::name);
  const auto named = matrix_job("target: print_numbers, kwargs: {count: '${{ matrix.n }}', delay: 0}");
  EXPECT_TRUE(parts(named) == (std::initializer_list<Told>{{Part::keyword, 0}}));
}

TEST(LateParts, stand_for_variables_paths_and_texts) {
  const auto plan = test::plan(
      "jobs:\n  j:\n    run: x\n    array: 3\n    env: {A: a, B: '${{ array.index }}'}\n    working_dir: 'd${{ "
      "array.index }}'\n"
      "    stdin: {file: 'in.${{ array.index }}'}\n    log: {stdout: '${{ array.index }}.log', stderr: e.log}\n");
  const auto& job = plan.jobs.at(0);
  EXPECT_TRUE(parts(job) ==
              (std::initializer_list<Told>{
                  {Part::variable, 1}, {Part::working_dir, 0}, {Part::stdin_file, 0}, {Part::stdout_path, 0}}));
  const auto& s = plan.settings_of(job);
  EXPECT_EQ(s.env[1].second, "${{ array.index }}");
  EXPECT_EQ(s.working_dir, "d${{ array.index }}");
  EXPECT_EQ(s.log.stderr_path, "/home/u/work/e.log");
}

TEST(LateParts, of_the_defaults_are_those_of_each_job) {
  const auto plan = test::plan(
      "defaults: {env: {OS: '${{ matrix.os }}', FIXED: f}, args: ['${{ job.id }}'], if: success()}\n"
      "jobs:\n  a: {run: x, matrix: {os: [l, m]}, env: {FIXED: '${{ matrix.os }}'}}\n"
      "  b: {run: x, matrix: {os: [1, 2, 3]}, env: {OS: mine}, args: [own], if: always()}\n");
  EXPECT_TRUE(parts(plan.jobs.at(0)) ==
              (std::initializer_list<Told>{{Part::variable, 0}, {Part::argument, 0}, {Part::variable, 1}}));
  EXPECT_TRUE(plan.jobs.at(1).late.empty());
  EXPECT_EQ(plan.settings_of(plan.jobs[1]).env[0].second, "mine");
  ASSERT_TRUE(plan.jobs[0].condition && plan.jobs[1].condition);
  EXPECT_EQ(plan.jobs[0].condition->operation, Operation::success);
  EXPECT_EQ(plan.jobs[1].condition->operation, Operation::always);
}

TEST(LateParts, speak_of_jobs_that_come_later_in_the_file) {
  const auto plan = test::plan(
      "jobs:\n  z: {command: [echo, '${{ needs.build.outputs.size }}'], needs: build}\n"
      "  build: {run: x, outputs: {size: int}}\n");
  ASSERT_EQ(plan.jobs.at(0).late.size(), 1u);
  EXPECT_EQ(plan.jobs[0].late[0].value.name.job, 1u);
  EXPECT_EQ(plan.jobs[0].late[0].value.line, 2u);
  EXPECT_EQ(plan.jobs[0].late[0].value.column, 28u);
}

TEST(LateParts, have_places_in_characters_whatever_the_quotes) {
  const auto column = [](const std::string& yaml) {
    const auto plan = test::plan("jobs:\n  j: {command: [echo, " + yaml + "]}\n");
    return plan.jobs.empty() || plan.jobs[0].late.empty() ? 0 : plan.jobs[0].late[0].value.column;
  };
  EXPECT_EQ(column("'${{ run.id }}'"), 28u);
  EXPECT_EQ(column("\"${{ run.id }}\""), 28u);
  EXPECT_EQ(column("'\xC3\xA9${{ run.id + 1 }}'"), 25u) << "of a longer text, its first expression";
  EXPECT_EQ(column("\"${{ 'a\\\"' + run.name }}\""), 34u);
}

TEST(LateParts, are_refused_where_the_file_must_say_it_all) {
  for (const auto* field : {"timeout", "retry", "mode", "name", "shell"})
    EXPECT_TRUE(says("jobs:\n  j: {run: x, array: 2, " + std::string(field) + ": '${{ array.index }}'}",
                     "is fixed when the file is read: only params and env can stand here"))
        << field;
  EXPECT_TRUE(says("max_parallel: '${{ run.id }}'\njobs: {j: {run: x}}", "'max_parallel' is fixed"));
}

TEST(Constants, stand_in_any_field) {
  const auto plan = test::plan(
      "params: {t: 5s, n: 3, big: true}\nmax_parallel: '${{ params.n }}'\nname: 'run-${{ params.n }}'\n"
      "jobs: {j: {run: x, timeout: '${{ params.t }}', array: '${{ params.n }}', retry: '${{ params.n + 1 }}',\n"
      "  continue_on_error: '${{ params.big }}'}}\n");
  EXPECT_EQ(plan.max_parallel, 3u);
  EXPECT_EQ(plan.name.text(), "run-3");
  ASSERT_EQ(plan.jobs.size(), 1u);
  EXPECT_EQ(plan.jobs[0].task_count(), 3u);
  const auto& s = plan.settings_of(plan.jobs[0]);
  EXPECT_EQ(s.timeout, std::chrono::seconds(5));
  EXPECT_EQ(s.retry.limit, 4u);
  EXPECT_TRUE(s.continue_on_error);
  EXPECT_TRUE(says("params: {n: '3'}\njobs: {j: {run: x, retry: '${{ params.n }}'}}", "got '3' (text)"));
}

TEST(Conditions, that_ask_how_needs_ended_wait_for_their_end) {
  const auto plan = test::plan(
      "jobs:\n  a: {run: x}\n  d: {run: x, daemon: true}\n  b: {run: x, needs: [a, d], if: failure()}\n"
      "  c: {run: x, needs: {a: success}, if: always()}\n  e: {run: x, needs: a, if: run.id > 1}\n");
  EXPECT_EQ(plan.jobs.at(2).needs.at(0).kind, NeedKind::completed);
  EXPECT_EQ(plan.jobs.at(2).needs.at(1).kind, NeedKind::started) << "a daemon ends when nobody needs it";
  EXPECT_EQ(plan.jobs.at(3).needs.at(0).kind, NeedKind::success) << "it says so itself";
  EXPECT_EQ(plan.jobs.at(4).needs.at(0).kind, NeedKind::success);
}

}  // namespace
}  // namespace rota::jobs
