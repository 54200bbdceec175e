// Outputs and masks of process-mode attempts, as the coordinator hears of them.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "shared/limits.h"
#include "tests/support/launcher_driver.h"

namespace rota {
namespace {

using test::LauncherDriver;
using testing::HasSubstr;
using testing::Not;
using Kind = Ending::Kind;

lane::Assignment sh(const LauncherDriver& l, JobIndex n, const std::string& text) {
  auto a = l.job(n, {});
  a.argv = {"/bin/sh", "-c", text};
  return a;
}

lane::Assignment declaring(const LauncherDriver& l, JobIndex n, const std::string& text) {
  auto a = sh(l, n, text);
  a.outputs.path = l.scratch().path("values." + std::to_string(n));
  a.outputs.fields = {{"count", OutputType::integer}, {"words", OutputType::string}};
  return a;
}

TEST(LauncherValues, what_a_job_writes_to_rota_output_comes_with_its_end_and_the_file_goes) {
  LauncherDriver l;
  const auto a = declaring(l, 0, "stat -c %a \"$ROTA_OUTPUT\"; echo count=3 >> \"$ROTA_OUTPUT\"; "
                                 "printf 'words<<E\\ntwo\\nlines\\nE\\n' >> \"$ROTA_OUTPUT\"");
  l.start(a);
  const auto report = l.finished(0);
  EXPECT_EQ(report.ending, (Ending{Kind::exited, 0}));
  EXPECT_EQ(report.outputs, (ValueMap{{"count", 3}, {"words", "two\nlines"}}));
  EXPECT_EQ(l.output(report, 0), "600\n");
  EXPECT_NE(::access(a.outputs.path.c_str(), F_OK), 0);
}

TEST(LauncherValues, a_job_that_declares_nothing_has_no_rota_output) {
  LauncherDriver l;
  l.start(sh(l, 0, "echo ${ROTA_OUTPUT-none}"));
  EXPECT_EQ(l.output(l.finished(0), 0), "none\n");
}

TEST(LauncherValues, a_mistake_fails_an_attempt_that_ended_well_and_a_failed_one_keeps_what_is_valid) {
  LauncherDriver l;
  l.start(declaring(l, 0, "echo count=many > $ROTA_OUTPUT"));
  auto report = l.finished(0);
  EXPECT_EQ(report.ending.kind, Kind::bad_output);
  EXPECT_THAT(report.message, HasSubstr("line 1 of $ROTA_OUTPUT: 'count' must be a whole number"));
  l.start(declaring(l, 1, "echo count=many > $ROTA_OUTPUT; echo words=x >> $ROTA_OUTPUT; exit 4"));
  report = l.finished(1);
  EXPECT_EQ(report.ending, (Ending{Kind::exited, 4}));
  EXPECT_EQ(report.outputs, (ValueMap{{"words", "x"}}));
  auto good = declaring(l, 2, "echo nonsense > $ROTA_OUTPUT; exit 4");
  good.outputs.good_exits = {0, 4};
  l.start(good);
  EXPECT_EQ(l.finished(2).ending.kind, Kind::bad_output);
}

TEST(LauncherValues, whatever_a_job_puts_in_the_place_of_the_file_is_neither_followed_nor_waited_for) {
  LauncherDriver l;
  const auto elsewhere = l.scratch().path("elsewhere");
  const std::string steps[] = {"rm $ROTA_OUTPUT; mkfifo $ROTA_OUTPUT",
                               "echo count=1 > " + elsewhere + "; ln -sf " + elsewhere + " $ROTA_OUTPUT",
                               "rm $ROTA_OUTPUT; mkdir $ROTA_OUTPUT", "rm $ROTA_OUTPUT; ln -s /dev/zero $ROTA_OUTPUT"};
  JobIndex n = 0;
  for (const auto& step : steps) {
    l.start(declaring(l, n, step));
    const auto report = l.finished(n++);
    EXPECT_EQ(report.ending.kind, Kind::bad_output) << step;
    EXPECT_THAT(report.message, HasSubstr("in its place"));
  }
  l.start(declaring(l, n, "rm $ROTA_OUTPUT"));
  EXPECT_EQ(l.finished(n).ending.kind, Kind::exited);
  EXPECT_EQ(test::slurp(elsewhere), "count=1\n");
  // Written beside it and moved there is the usual way of careful programs.
  l.start(declaring(l, ++n, "echo count=2 > $ROTA_OUTPUT.new; mv $ROTA_OUTPUT.new $ROTA_OUTPUT"));
  EXPECT_EQ(l.finished(n).outputs, (ValueMap{{"count", 2}}));
}

TEST(LauncherValues, more_than_the_limit_is_refused_by_name) {
  LauncherDriver l;
  l.start(declaring(l, 0, "head -c " + std::to_string(limits::kOutputBytes) + " /dev/zero | tr '\\0' x > $ROTA_OUTPUT; "
                          "echo >> $ROTA_OUTPUT"));
  const auto report = l.finished(0);
  EXPECT_EQ(report.ending.kind, Kind::bad_output);
  EXPECT_THAT(report.message, HasSubstr("limit output_bytes"));
}

TEST(LauncherValues, a_file_that_an_attempt_nobody_heard_of_left_behind_is_not_read) {
  LauncherDriver l;
  auto a = declaring(l, 0, "true");
  const auto stale = posix::open_file(a.outputs.path, O_WRONLY | O_CREAT);
  ASSERT_TRUE(posix::write_all(stale->get(), "count=1\n", "stale"));
  l.start(a);
  const auto report = l.finished(0);
  EXPECT_EQ(report.ending, (Ending{Kind::exited, 0}));
  EXPECT_TRUE(report.outputs.empty());
}

TEST(LauncherValues, k09_outputs_of_what_ended_while_nobody_coordinated_reach_the_next_coordinator) {
  LauncherDriver l({.epoch = 1});
  const std::string large(60'000, 'v');
  auto a = declaring(l, 0, "while [ ! -e go ]; do sleep 0.01; done; "
                           "printf 'count=7\\nwords=%s\\n' \"$LARGE\" > $ROTA_OUTPUT");
  a.env.push_back("LARGE=" + large);
  l.start(a);
  l.started(0);
  l.hang_up();
  ASSERT_TRUE(posix::open_file(l.scratch().path("go"), O_WRONLY | O_CREAT));
  ASSERT_TRUE(test::eventually([&] { return l.account().ended.size() == 1; }));
  const ValueMap expected{{"count", 7}, {"words", large}};
  EXPECT_EQ(l.account().ended.at(0).second.outputs, expected);
}

TEST(LauncherValues, z04_a_secret_is_masked_in_output_logs_messages_and_outputs_and_the_job_sees_it) {
  LauncherDriver l;
  auto a = declaring(l, 0, "printf \"$TOKEN\" | cut -c1-7 | tr -d '\\n'; printf \"$TOKEN\" | cut -c8- ; "
                           "echo \"<$TOKEN>\" >&2; "
                           "test ${#TOKEN} = 15 && echo words=has-$TOKEN > $ROTA_OUTPUT");
  a.env.push_back("TOKEN=canary-4711-xyz");
  a.masks = {"canary-4711-xyz"};
  l.start(a);
  const auto report = l.finished(0);
  EXPECT_EQ(report.ending, (Ending{Kind::exited, 0}));
  EXPECT_EQ(l.output(report, 0, output::Stream::out), "***\n");
  EXPECT_EQ(l.output(report, 0, output::Stream::err), "<***>\n");
  EXPECT_EQ(report.outputs, (ValueMap{{"words", "has-***"}}));

  auto logged = sh(l, 1, "echo out $TOKEN; echo err $TOKEN >&2; printf canary-47");
  logged.env = a.env;
  logged.masks = a.masks;
  logged.log.stdout_path = l.scratch().path("out.log");
  logged.log.stderr_path = l.scratch().path("err.log");
  l.start(logged);
  EXPECT_EQ(l.finished(1).ending, (Ending{Kind::exited, 0}));
  EXPECT_EQ(test::slurp(logged.log.stdout_path), "out ***\ncanary-47");
  EXPECT_EQ(test::slurp(logged.log.stderr_path), "err ***\n");

  auto wrong = declaring(l, 2, "echo count=$TOKEN > $ROTA_OUTPUT");
  wrong.env = a.env;
  wrong.masks = a.masks;
  l.start(wrong);
  const auto message = l.finished(2).message;
  EXPECT_THAT(message, HasSubstr("not '***'"));
  EXPECT_THAT(message, Not(HasSubstr("canary")));
}

TEST(LauncherValues, a_target_in_a_process_returns_what_its_job_declares) {
  LauncherDriver l;
  auto a = l.job(0, {});
  a.argv.clear();
  a.target = "checksum";
  a.args = {Value("/dev/null")};
  a.outputs.fields = {{"bytes", OutputType::integer}, {"sha256", OutputType::string}};
  l.start(a);
  const auto report = l.finished(0);
  EXPECT_EQ(report.ending.kind, Kind::returned) << report.message;
  EXPECT_EQ(report.outputs,
            (ValueMap{{"sha256", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}, {"bytes", 0}}));
}

}  // namespace
}  // namespace rota
