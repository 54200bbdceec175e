// The tests' own tools: a command is seen as it is, its end told apart, its descendants found.
#include "tests/support/command.h"

#include <gtest/gtest.h>
#include <signal.h>

#include "tests/support/temp_dir.h"

namespace rota::test {
namespace {

TEST(TestCommand, stdout_stderr_and_exit_status_are_kept_apart) {
  const Ended e = Command{"sh", "-c", "echo out; echo err >&2; exit 7"}.run();
  EXPECT_EQ(e.out, "out\n");
  EXPECT_EQ(e.err, "err\n");
  EXPECT_EQ(e.status, 7);
  EXPECT_EQ(e.by_signal, 0);
}

TEST(TestCommand, a_signal_is_not_an_exit_status) {
  const Ended e = Command{"sh", "-c", "kill -9 $$"}.run();
  EXPECT_EQ(e.status, -1);
  EXPECT_EQ(e.by_signal, SIGKILL);
}

TEST(TestCommand, environment_directory_and_input_are_its_own) {
  const TempDir dir;
  const Ended e = Command{"sh", "-c", "pwd; echo $COLOUR; echo ${GONE-unset}; cat"}
                      .env("COLOUR", "blue")
                      .env("GONE", "x")
                      .without_env("GONE")
                      .in(dir.path())
                      .input("hello")
                      .run();
  EXPECT_EQ(e.out, dir.path() + "\nblue\nx\nhello");
}

TEST(TestCommand, a_command_past_its_deadline_is_killed_and_reported) {
  auto running = Command{"sleep", "1000"}.start();
  const Process process = process_of(running.pid());
  EXPECT_THROW(running.wait(std::chrono::milliseconds(50)), std::runtime_error);
  EXPECT_FALSE(alive(process));
}

TEST(TestCommand, a_program_that_does_not_exist_is_an_error) {
  EXPECT_THROW(Command{"/nowhere/to/be/found"}.run(), std::runtime_error);
}

TEST(TestCommand, output_can_be_awaited_while_it_runs) {
  auto running = Command{"sh", "-c", "echo ready; exec sleep 1000"}.start();
  running.until_out("ready");
  EXPECT_FALSE(running.ended());
  EXPECT_TRUE(running.signal(SIGTERM));
  EXPECT_EQ(running.wait().by_signal, SIGTERM);
}

TEST(TestCommand, awaiting_what_never_comes_ends_with_the_command) {
  auto running = Command{"sh", "-c", "echo other"}.start();
  EXPECT_THROW(running.until_out("ready"), std::runtime_error);
}

TEST(TestProcesses, descendants_are_found_through_their_parents) {
  auto running = Command{"sh", "-c", "sleep 1000 & sh -c 'sleep 1000 & echo up; wait' & wait"}.start();
  running.until_out("up");
  const auto below = descendants_of(running.pid());
  EXPECT_EQ(below.size(), 3u) << describe(below);
  EXPECT_EQ(children_of(running.pid()).size(), 2u);
  // The inner shell's line has it too; in the middle of an exec there is none.
  EXPECT_TRUE(eventually(kPatience, [&] { return descendants_with_command(running.pid(), "sleep 1000").size() == 3; }));
  for (const auto& p : below) ::kill(p.pid, SIGKILL);
  EXPECT_TRUE(eventually(kPatience, [&] { return survivors(below).empty(); })) << describe(survivors(below));
}

TEST(TestProcesses, a_process_is_found_by_its_environment) {
  const TempDir dir;  // a value that no other test has
  const std::string entry = "ROTA_TEST_MARK=" + dir.path();
  auto running = Command{"sleep", "1000"}.env("ROTA_TEST_MARK", dir.path()).start();
  EXPECT_TRUE(eventually(kPatience, [&] { return with_environment(entry).size() == 1; }));
  running.signal(SIGKILL);
  running.wait();
  EXPECT_TRUE(with_environment(entry).empty());
}

TEST(TestEventually, a_condition_that_never_holds_is_reported) {
  int asked = 0;
  EXPECT_FALSE(eventually(std::chrono::milliseconds(5), [&] { return ++asked < 0; }));
  EXPECT_GE(asked, 2);
}

}  // namespace
}  // namespace rota::test
