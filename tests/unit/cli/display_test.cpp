// The display of a foreground run, driven by scripted turns into strings.
#include "scheduler/cli/display/display.h"

#include <gtest/gtest.h>

#include "tests/unit/cli/sinks.h"

namespace rota::cli {
namespace {

using namespace testing;
using namespace std::chrono_literals;

struct Stage {
  Sink out, err;
  FakeClock clock;
  std::unique_ptr<Display> display;

  explicit Stage(Roster roster, DisplayOptions options = {}, bool terminal = false) {
    display = std::make_unique<Display>(options, std::move(roster), Console(out.stream(terminal), err.stream(terminal)),
                                        clock);
    display->on_opened(12, "/state/runs/12");
  }
  void turn(std::vector<core::Record> records) { display->take_turn(records, clock.at); }
  void print(JobIndex job, std::string_view bytes, output::Stream stream = output::Stream::out, std::uint32_t n = 1) {
    display->on_output(chunk(job, bytes, stream, n));
  }
  Instant at() const { return clock.at.mono; }
  core::RunSummary summary(Outcome outcome, std::uint32_t jobs) const {
    core::RunSummary s;
    s.run = 12;
    s.outcome = outcome;
    s.submitted = {{1'000'000'000'000}, {}};
    s.ended = at();
    s.counts.total = jobs;
    s.counts.by_outcome[static_cast<std::size_t>(outcome)] = jobs;
    return s;
  }
};

TEST(Display, off_a_terminal_each_event_is_a_line) {
  Stage s(a_roster({"numbers", "report"}, Mode::thread));
  s.turn({started(0, s.at())});
  const auto begun = s.at();
  s.clock.advance(5s);
  s.turn({ended(0, Outcome::succeeded, {}, begun, s.at()), started(1, s.at())});
  s.turn({ended(1, Outcome::succeeded, {}, s.at(), s.at() + 50ms)});
  s.display->close(s.summary(Outcome::succeeded, 2));
  EXPECT_EQ(s.err.text,
            "numbers started (thread)\nnumbers succeeded in 5.0s\nreport started (thread)\n"
            "report succeeded in 0.05s\nrun 12 succeeded: 2 jobs in 5.0s\n");
  EXPECT_EQ(s.out.text, "");
}

TEST(Display, output_goes_to_its_own_stream_in_whole_lines_after_the_name) {
  Stage s(a_roster({"a", "long"}));
  s.print(0, "one\ntw");
  s.print(1, "other\n");
  s.print(0, "o\n");
  s.print(1, "bad\n", output::Stream::err);
  EXPECT_EQ(s.out.text, "a    | one\nlong | other\na    | two\n");
  EXPECT_EQ(s.err.text, "a started (process)\nlong started (process)\nlong | bad\n");
}

TEST(Display, a_start_is_told_before_the_output_that_came_first) {
  Stage s(a_roster({"a"}));
  s.print(0, "early\n", output::Stream::err);
  s.turn({started(0, s.at()), ended(0, Outcome::succeeded, {}, s.at(), s.at())});
  EXPECT_EQ(s.err.text, "a started (process)\na | early\na succeeded in 0.00s\n");
}

TEST(Display, an_unfinished_last_line_is_completed_before_the_end_is_told) {
  Stage s(a_roster({"a"}));
  s.print(0, "oops", output::Stream::err);
  s.turn({ended(0, Outcome::succeeded, {}, s.at(), s.at())});
  EXPECT_EQ(s.err.text, "a started (process)\na | oops\na succeeded in 0.00s\n");
}

TEST(Display, bytes_are_unchanged_off_a_terminal_and_made_safe_on_one) {
  const std::string bytes("x\x1b[2J\x00y\r\n", 9);
  Stage plain(a_roster({"a"}));
  plain.print(0, bytes);
  EXPECT_EQ(plain.out.text, "a | " + bytes);
  Stage terminal(a_roster({"a"}), {}, true);
  terminal.print(0, bytes);
  EXPECT_EQ(terminal.out.text.find('\x1b'), std::string::npos);
  EXPECT_EQ(terminal.out.text.find('\0'), std::string::npos);
  EXPECT_TRUE(terminal.out.text.ends_with("y\n")) << terminal.out.text;
}

TEST(Display, a_failure_shows_reason_last_lines_of_stderr_and_the_logs_command) {
  Stage s(a_roster({"fetch"}));
  for (int i = 0; i < 12; ++i) s.print(0, "line " + std::to_string(i) + "\n", output::Stream::err);
  s.err.text.clear();
  s.turn({ended(0, Outcome::failed, {ReasonKind::exit, 7}, s.at(), s.at() + 2s)});
  EXPECT_EQ(s.err.text.find("fetch failed: exit status 7, after 2.0s\n"), 0u) << s.err.text;
  EXPECT_EQ(s.err.text.find("line 1\n"), std::string::npos);
  EXPECT_NE(s.err.text.find("    line 2\n"), std::string::npos);
  EXPECT_NE(s.err.text.find("    line 11\n"), std::string::npos);
  EXPECT_NE(s.err.text.find("rota logs 12/fetch\n"), std::string::npos);
}

TEST(Display, the_logs_command_names_the_state_directory_when_it_was_given) {
  Stage s(a_roster({"a"}), {.rota = "rota --state-dir /s"});
  s.turn({ended(0, Outcome::failed, {ReasonKind::exit, 1}, s.at(), s.at())});
  EXPECT_NE(s.err.text.find("rota --state-dir /s logs 12/a\n"), std::string::npos) << s.err.text;
}

TEST(Display, a_retry_is_announced_and_its_output_is_marked) {
  Stage s(a_roster({"a"}));
  s.turn({started(0, s.at())});
  s.print(0, "first\n");
  auto end = end_of(0, Outcome::failed, {ReasonKind::exit, 7}, s.at(), s.at());
  end.next = core::record::Next::backoff;
  end.due = s.at() + 1s;
  s.turn({{end}});
  s.turn({started(0, s.at(), 2)});
  s.print(0, "second\n", output::Stream::out, 2);
  EXPECT_EQ(s.out.text, "a | first\na#2 | second\n");
  EXPECT_NE(s.err.text.find("a failed: exit status 7; attempt 2 in 1.0s\n"), std::string::npos) << s.err.text;
  EXPECT_NE(s.err.text.find("a started again, attempt 2 (process)\n"), std::string::npos);
}

TEST(Display, a_revoked_attempt_is_nobodys_business) {
  Stage s(a_roster({"a"}));
  auto end = end_of(0, Outcome::revoked, {}, {}, s.at());
  end.next = core::record::Next::requeue;
  s.turn({{end}, started(0, s.at(), 2)});
  s.print(0, "x\n", output::Stream::out, 2);
  EXPECT_EQ(s.err.text, "a started (process)\n");
  EXPECT_EQ(s.out.text, "a | x\n");
}

TEST(Display, an_attempt_that_was_taken_back_is_no_try) {
  Stage s(a_roster({"a"}));
  auto back = end_of(0, Outcome::revoked, {}, {}, s.at());
  back.next = core::record::Next::requeue;
  auto failed = end_of(0, Outcome::failed, {ReasonKind::exit, 4}, s.at(), s.at(), 2);
  failed.next = core::record::Next::backoff;
  s.turn({{back}, started(0, s.at(), 2), {failed}});
  EXPECT_NE(s.err.text.find("a failed: exit status 4; attempt 2 in "), std::string::npos) << s.err.text;
}

TEST(Display, tasks_that_never_start_are_told_with_their_reason) {
  Stage s(a_roster({"a", "b"}));
  s.turn({{core::record::TaskEnded{{12, 0, 0}, Outcome::upstream_failed, {ReasonKind::dep, 0}, s.at()}},
          {core::record::TaskEnded{{12, 1, 0}, Outcome::failed, {ReasonKind::spawn, 2}, s.at()}}});
  EXPECT_NE(s.err.text.find("a upstream_failed: a job that it needs did not succeed\n"), std::string::npos)
      << s.err.text;
  EXPECT_NE(s.err.text.find("b failed: could not start: No such file or directory\n"), std::string::npos);
}

TEST(Display, a_condition_that_cannot_be_computed_is_told_with_its_message) {
  Stage s(a_roster({"a"}));
  s.turn({{core::record::TasksEnded{
      12, {0, 0, 1}, Outcome::failed, {ReasonKind::expression, 0}, s.at(), "its `if` (2:9): from_json(): no"}}});
  EXPECT_NE(s.err.text.find("a failed: a value of it could not be computed: its `if` (2:9): from_json(): no\n"),
            std::string::npos)
      << s.err.text;
}

TEST(Display, quiet_says_nothing_of_its_own) {
  Stage s(a_roster({"a"}), {.quiet = true});
  s.turn({started(0, s.at())});
  s.print(0, "data\n");
  s.print(0, "complaint\n", output::Stream::err);
  s.turn({ended(0, Outcome::failed, {ReasonKind::exit, 1}, s.at(), s.at())});
  s.display->on_interrupt(2, 1);
  s.display->on_note("note");
  s.display->close(s.summary(Outcome::failed, 1));
  EXPECT_EQ(s.out.text, "a | data\n");
  EXPECT_EQ(s.err.text, "a | complaint\n");
  EXPECT_EQ(s.display->tick(), Duration::zero());
}

TEST(Display, a_single_command_keeps_its_bytes) {
  Stage s(a_roster({"printf"}), {.single = true});
  s.turn({started(0, s.at())});
  s.print(0, "no newline");
  s.turn({ended(0, Outcome::succeeded, {}, s.at(), s.at())});
  s.display->close(s.summary(Outcome::succeeded, 1));
  EXPECT_EQ(s.out.text, "no newline");
  EXPECT_EQ(s.err.text, "run 12 succeeded: 1 job in 0.00s\n");
}

TEST(Display, a_reader_that_went_away_ends_the_output_and_not_the_telling) {
  Stage s(a_roster({"a"}));
  s.out.broken = true;
  s.print(0, "lost\n");
  s.turn({ended(0, Outcome::succeeded, {}, s.at(), s.at() + 1s)});
  EXPECT_EQ(s.out.text, "");
  EXPECT_EQ(s.err.text, "a started (process)\na succeeded in 1.0s\n");
}

TEST(Display, interrupts_say_what_happens_and_what_a_second_one_does) {
  Stage s(a_roster({"a"}));
  s.display->on_interrupt(2, 1);
  EXPECT_EQ(s.err.text, "stopping... (Ctrl-C again kills at once)\n");
  s.display->on_interrupt(15, 1);
  EXPECT_NE(s.err.text.find("(SIGTERM again kills at once)"), std::string::npos);
  s.display->on_interrupt(2, 2);
  EXPECT_TRUE(s.err.text.ends_with("killing what still runs...\n"));
}

std::vector<std::string> many_names(std::size_t n) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < n; ++i) names.push_back("job" + std::to_string(i));
  return names;
}

TEST(Display, with_many_jobs_only_failures_and_a_count_a_second_are_told) {
  Stage s(a_roster(many_names(1000)));
  s.turn({});
  for (JobIndex j = 0; j < 100; ++j) s.turn({started(j, s.at()), ended(j, Outcome::succeeded, {}, s.at(), s.at())});
  EXPECT_EQ(s.err.text, "");
  s.clock.advance(1s);
  s.display->take_tick(s.clock.at);
  EXPECT_EQ(s.err.text, "100 of 1,000 jobs ended, 1.0s\n");
  s.clock.advance(5s);
  s.display->take_tick(s.clock.at);
  EXPECT_EQ(s.err.text, "100 of 1,000 jobs ended, 1.0s\n") << "nothing new, nothing said";
  s.turn({ended(100, Outcome::failed, {ReasonKind::exit, 3}, s.at(), s.at())});
  EXPECT_NE(s.err.text.find("job100 failed: exit status 3"), std::string::npos);
}

TEST(Display, a_flood_of_failures_is_bounded) {
  Stage s(a_roster(many_names(5000)));
  std::vector<core::Record> all;
  for (JobIndex j = 0; j < 5000; ++j) all.push_back(ended(j, Outcome::failed, {ReasonKind::exit, 1}, s.at(), s.at()));
  s.turn(all);
  EXPECT_NE(s.err.text.find("more failures are only counted; rota show 12 lists them\n"), std::string::npos);
  EXPECT_LT(std::count(s.err.text.begin(), s.err.text.end(), '\n'), 200);
}

TEST(Display, on_a_terminal_the_block_is_wiped_before_output_and_drawn_at_most_every_tenth_of_a_second) {
  Stage s(a_roster({"a", "b"}), {}, true);
  s.turn({started(0, s.at())});
  EXPECT_EQ(s.err.text, "") << "a run that ends at once shows no block";
  s.clock.advance(100ms);
  s.display->take_tick(s.clock.at);
  EXPECT_NE(s.err.text.find("0/2 jobs, 1 running"), std::string::npos) << s.err.text;
  s.err.text.clear();
  for (int i = 0; i < 50; ++i) s.turn({});
  EXPECT_EQ(s.err.text, "");
  s.print(0, "hello\n");
  EXPECT_EQ(s.err.text, "\r\x1b[3A\x1b[J");
  EXPECT_EQ(s.out.text, "a | hello\n");
  s.clock.advance(100ms);
  s.display->take_tick(s.clock.at);
  EXPECT_NE(s.err.text.find("0/2 jobs"), std::string::npos);
}

TEST(Display, on_a_terminal_the_last_state_stays_above_the_outcome) {
  Stage s(a_roster({"a"}), {}, true);
  s.turn({started(0, s.at())});
  s.clock.advance(1s);
  s.turn({ended(0, Outcome::succeeded, {}, s.at() - 1s, s.at())});
  s.err.text.clear();
  s.display->close(s.summary(Outcome::succeeded, 1));
  EXPECT_NE(s.err.text.find("succeeded 1.0s\nrun 12 succeeded: 1 job in 1.0s\n"), std::string::npos) << s.err.text;
}

}  // namespace
}  // namespace rota::cli
