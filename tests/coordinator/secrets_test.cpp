// Secrets and outputs through the whole coordinator: looked up where they are, seen by the job, by nobody else.
#include <gmock/gmock.h>
#include <stdlib.h>
#include <sys/prctl.h>

#include "scheduler/control/view_json.h"
#include "scheduler/daemon/orphans.h"
#include "scheduler/daemon/secrets.h"
#include "tests/coordinator/lives.h"
#include "tests/coordinator/world.h"
#include "tests/support/scratch.h"
#include "tests/support/temp_dir.h"
#include "tests/support/walk.h"

namespace rota::test {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::string kCanary = "canary-0x5eed-of-a-coal-mine";

jobs::Secret from_command(std::string name, std::vector<std::string> argv) {
  return {std::move(name), jobs::Secret::From::command, {}, std::move(argv)};
}

/// Every file below a directory that holds the bytes.
std::vector<std::string> files_with(const std::string& directory, const std::string& bytes) {
  std::vector<std::string> found;
  for (const auto& file : test::files_below(directory))
    if (test::read_file(file).find(bytes) != std::string::npos) found.push_back(file);
  return found;
}

void give(jobs::Plan& plan, std::size_t job, jobs::Secret secret) {
  auto settings = plan.settings_of(plan.jobs.at(job));
  settings.secrets.push_back(std::move(secret));
  plan.jobs[job].settings = static_cast<std::uint32_t>(plan.settings.size());
  plan.settings.push_back(std::move(settings));
}

/// Without those that were taken back before they began.
std::vector<core::AttemptView> tries(const core::RunView& view, std::size_t job) {
  auto all = view.jobs.at(job).tasks.at(0).attempts;
  std::erase_if(all, [](const auto& attempt) { return attempt.outcome == Outcome::revoked; });
  return all;
}

struct Unset {
  ~Unset() { ::unsetenv("ROTA_TEST_CANARY"); }
};

TEST(Secrets, z04_a_canary_from_every_source_in_every_mode_reaches_its_job_and_no_file_and_no_view) {
  World world;
  const Unset unset;
  ::setenv("ROTA_TEST_CANARY", kCanary.c_str(), 1);
  std::ofstream(world.directory + "/token") << kCanary << "\n";
  std::string yaml = "jobs:\n";
  const char* modes[] = {"thread", "process", "async"};
  for (const auto* from : {"env", "file", "command"}) {
    for (const auto* mode : modes) {
      // Its length shows that the job saw it; the failure's message is stderr's and the output's.
      yaml += std::string("  ") + from + "-" + mode + ": {mode: " + mode +
              ", run: 'printf %s \"$TOKEN\" | head -c 9; printf %s \"$TOKEN\" | tail -c +10; echo \" of ${#TOKEN}\"; "
              "echo \"err $TOKEN\" >&2; "
              "echo \"left=<$TOKEN>\" >> $ROTA_OUTPUT; echo \"bad=$TOKEN\" >> $ROTA_OUTPUT'}\n";
    }
  }
  auto plan = world.plan(yaml);
  for (std::size_t i = 0; i < plan.jobs.size(); ++i) {
    const jobs::Secret secrets[] = {{"TOKEN", jobs::Secret::From::env, "ROTA_TEST_CANARY", {}},
                                    {"TOKEN", jobs::Secret::From::file, world.directory + "/token", {}},
                                    from_command("TOKEN", {"cat", "token"})};
    give(plan, i, secrets[i / 3]);
    plan.jobs[i].outputs = {{"left", OutputType::string}, {"bad", OutputType::integer}};
  }
  const auto end = world.run(std::move(plan));
  for (std::size_t i = 0; i < 9; ++i) {
    const auto job = static_cast<JobIndex>(i);
    EXPECT_THAT(world.seen.output[job], HasSubstr("*** of " + std::to_string(kCanary.size()))) << i;
    EXPECT_THAT(world.seen.output[job], HasSubstr("err ***"));
    const auto report = tries(end.view, i).at(0).report;  // a copy: the tries are a temporary
    EXPECT_EQ(report.ending.kind, Ending::Kind::bad_output);
    EXPECT_THAT(report.message, HasSubstr("'bad' must be a whole number of 64 bits (int), not '***'"));
    EXPECT_EQ(report.outputs, (ValueMap{{"left", "<***>"}}));
    EXPECT_THAT(world.seen.output[job], Not(HasSubstr(kCanary)));
  }
  EXPECT_THAT(control::run_json(end.view), Not(HasSubstr("canary")));
  for (const auto& note : world.seen.notes) EXPECT_THAT(note, Not(HasSubstr("canary")));
  EXPECT_THAT(files_with(world.directory + "/state", kCanary), testing::IsEmpty());
  // That it was searched: by what one write brought, as chunks lie between what several did.
  EXPECT_THAT(files_with(world.directory + "/state", "err ***"), Not(testing::IsEmpty()));
  EXPECT_TRUE(daemon::child_pids().empty());
}

TEST(Secrets, one_that_cannot_be_had_ends_its_attempt_by_name_and_source_and_is_not_tried_again) {
  World world;
  auto plan = world.plan(R"(
defaults: {retry: {limit: 3, delay: 1ms}}
jobs:
  unset: {command: ["true"]}
  missing: {command: ["true"]}
  folder: {command: ["true"]}
  fails: {command: ["true"], mode: thread}
  large: {command: ["true"], mode: async}
  fine: {command: ["true"]}
)");
  give(plan, 0, {"A", jobs::Secret::From::env, "ROTA_TEST_NOT_SET", {}});
  give(plan, 1, {"B", jobs::Secret::From::file, world.directory + "/not-there", {}});
  give(plan, 2, {"C", jobs::Secret::From::file, world.directory, {}});
  give(plan, 3, from_command("D", {"/bin/sh", "-c", "echo half-of-it; echo because >&2; exit 3"}));
  give(plan, 4, from_command("E", {"head", "-c", "70000", "/dev/zero"}));
  const auto end = world.run(std::move(plan));
  const char* expected[] = {"secret 'A' cannot be had: the environment variable ROTA_TEST_NOT_SET is not set",
                            "not-there", "is not a regular file", "ended with status 3: because",
                            "printed more than 65536 bytes (limit secret_bytes)"};
  for (std::size_t i = 0; i < 5; ++i) {
    const auto& task = end.view.jobs[i].tasks[0];
    const auto tried = tries(end.view, i);
    ASSERT_EQ(tried.size(), 1u) << i;
    EXPECT_EQ(task.outcome, Outcome::failed);
    EXPECT_EQ(to_text(task.reason), "secret");
    EXPECT_THAT(tried[0].report.message, HasSubstr(expected[i]));
    EXPECT_THAT(tried[0].report.message, Not(HasSubstr("half-of-it")));
  }
  EXPECT_EQ(outcome_of(end.view, 5), Outcome::succeeded);
}

TEST(Secrets, what_no_message_to_a_worker_can_hold_ends_its_attempt_by_bytes_and_limit_in_every_mode) {
  World world;
  std::string yaml = "jobs:\n";
  for (const auto* mode : {"process", "thread", "async"}) {
    yaml += std::string("  ") + mode + ":\n    mode: " + mode + "\n    command: ['true']\n    stdin: " +
            std::string(65'000, 'i') + "\n    env:\n";
    for (int i = 0; i < 5; ++i) yaml += "      V" + std::to_string(i) + ": " + std::string(99'990, 'v') + "\n";
  }
  yaml += "  other: {command: ['true']}\n";
  auto plan = world.plan(yaml);
  std::ofstream(world.directory + "/large") << std::string(65'000, 's');
  for (std::size_t i = 0; i < 3; ++i)
    for (const auto* name : {"A", "B", "C", "D"})
      give(plan, i, {name, jobs::Secret::From::file, world.directory + "/large", {}});
  const auto end = world.run(std::move(plan));
  for (std::size_t i = 0; i < 3; ++i) {
    const auto tried = tries(end.view, i);
    ASSERT_EQ(tried.size(), 1u) << i;
    EXPECT_EQ(outcome_of(end.view, i), Outcome::failed);
    EXPECT_EQ(tried[0].report.ending.kind, Ending::Kind::bad_call);
    EXPECT_THAT(tried[0].report.message, testing::ContainsRegex("take 10[0-9]{5} bytes.*1048576 .lane_message_bytes"));
  }
  EXPECT_EQ(outcome_of(end.view, 3), Outcome::succeeded);
}

TEST(Secrets, a_command_is_asked_once_per_run_whoever_needs_it) {
  World world;
  auto plan = world.plan(R"(
jobs:
  a: {run: test "$T" = value}
  b: {run: test "$T" = value, mode: thread}
  c: {run: test "$T" = value, needs: [a]}
)");
  for (std::size_t i = 0; i < 3; ++i)
    give(plan, i, from_command("T", {"/bin/sh", "-c", "echo asked >> asked; echo value"}));
  EXPECT_EQ(world.run(std::move(plan)).view.summary.outcome, Outcome::succeeded);
  EXPECT_EQ(slurp(world.directory + "/asked"), "asked\n");
}

TEST(Secrets, a_cancel_reaches_what_waits_for_a_slow_command_and_the_command_is_ended) {
  World world;
  auto plan = world.plan("timeout: 3s\njobs:\n  a: {command: ['true']}\n  b: {command: ['true'], mode: thread}\n");
  const auto pid_file = world.directory + "/pid";
  for (std::size_t i = 0; i < 2; ++i)
    give(plan, i, from_command("T", {"/bin/sh", "-c", "echo $$ > pid; exec sleep 1000"}));
  const auto end = world.run(std::move(plan));
  EXPECT_EQ(end.view.summary.outcome, Outcome::timed_out);
  for (const auto& job : end.view.jobs) EXPECT_EQ(job.tasks[0].attempts.at(0).started.ns, 0);
  ASSERT_FALSE(slurp(pid_file).empty()) << "it had been begun";
  EXPECT_TRUE(eventually([&] { return !alive(std::stoi(slurp(pid_file))); }));
}

TEST(Secrets, z04_memory_that_holds_them_goes_into_no_core_file) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  constexpr int kDumpable = 1;  // a sanitizer looks into its own process: there it stays as it was
#else
  constexpr int kDumpable = 0;
#endif
  const auto is_private = [] {
    daemon::keep_memory_private();
    std::_Exit(::prctl(PR_GET_DUMPABLE, 0, 0, 0, 0));
  };
  EXPECT_EXIT(is_private(), testing::ExitedWithCode(kDumpable), "");
}

}  // namespace
}  // namespace rota::test
