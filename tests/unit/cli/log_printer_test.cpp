// Printing captured output: bytes as they came, names, last lines, safety on terminals.
#include "scheduler/cli/view/log_printer.h"

#include <gtest/gtest.h>

#include "tests/unit/cli/sinks.h"

namespace rota::cli {
namespace {

using testing::chunk;

struct Printed {
  std::string text;
  bool alive = true;
  LogPrinter printer;
  explicit Printed(LogStyle style)
      : printer(
            style, [](const AttemptId& id) { return "job" + std::to_string(id.task.job); },
            [this](std::string_view s) {
              text += s;
              return alive;
            }) {}
};

TEST(LogPrinter, one_job_is_printed_byte_by_byte) {
  Printed p({});
  const std::string bytes("a\0b\xff\r\n\x1b[31mred", 13);
  p.printer.take(chunk(0, bytes));
  p.printer.finish();
  EXPECT_EQ(p.text, bytes);
}

TEST(LogPrinter, several_jobs_are_printed_line_by_line_after_their_names) {
  Printed p({.named = true});
  p.printer.take(chunk(0, "one "));
  p.printer.take(chunk(1, "two\n"));
  p.printer.take(chunk(0, "more\nunfinished"));
  p.printer.finish();
  EXPECT_EQ(p.text, "job1 | two\njob0 | one more\njob0 | unfinished\n");
}

TEST(LogPrinter, the_last_lines_are_those_of_all_chunks_together) {
  Printed raw({.last_lines = 2});
  raw.printer.take(chunk(0, "1\n2\n"));
  raw.printer.take(chunk(0, "3\n4"));
  raw.printer.finish();
  EXPECT_EQ(raw.text, "3\n4");
  Printed named({.named = true, .last_lines = 2});
  for (const auto* s : {"1\n", "2\n", "3\n"}) named.printer.take(chunk(0, s));
  named.printer.finish();
  EXPECT_EQ(named.text, "job0 | 2\njob0 | 3\n");
  Printed none({.last_lines = 0});
  none.printer.take(chunk(0, "1\n"));
  none.printer.finish();
  EXPECT_EQ(none.text, "");
}

TEST(LogPrinter, after_settling_everything_goes_out_as_it_comes) {
  Printed p({.last_lines = 1});
  p.printer.take(chunk(0, "1\n2\n"));
  EXPECT_EQ(p.text, "");
  p.printer.settle();
  EXPECT_EQ(p.text, "2\n");
  p.printer.take(chunk(0, "3\n4\n"));
  p.printer.settle();
  EXPECT_EQ(p.text, "2\n3\n4\n");
}

TEST(LogPrinter, memory_stays_bounded_by_the_lines_asked_for) {
  Printed p({.last_lines = 3});
  for (int i = 0; i < 200'000; ++i) p.printer.take(chunk(0, "line " + std::to_string(i) + " of a long log\n"));
  p.printer.finish();
  EXPECT_EQ(p.text, "line 199997 of a long log\nline 199998 of a long log\nline 199999 of a long log\n");
}

TEST(LogPrinter, on_a_terminal_control_characters_are_escaped) {
  Printed p({.terminal = true});
  p.printer.take(chunk(0, "a\x1b[2J\r\n"));
  p.printer.finish();
  EXPECT_EQ(p.text.find('\x1b'), std::string::npos);
  EXPECT_EQ(p.text.find('\r'), std::string::npos);
}

TEST(LogPrinter, says_when_nobody_reads_any_more) {
  Printed p({});
  p.alive = false;
  EXPECT_FALSE(p.printer.take(chunk(0, std::string(200'000, 'x'))));
}

TEST(LastLines, count_an_unfinished_line) {
  EXPECT_EQ(last_lines_of("a\nb\nc", 2), "b\nc");
  EXPECT_EQ(last_lines_of("a\nb\nc\n", 2), "b\nc\n");
  EXPECT_EQ(last_lines_of("a\n\n\n", 2), "\n\n");
  EXPECT_EQ(last_lines_of("a", 5), "a");
  EXPECT_EQ(last_lines_of("", 5), "");
  EXPECT_EQ(last_lines_of("a\nb\n", 0), "");
  EXPECT_EQ(last_lines_of("\n", 1), "\n");
}

}  // namespace
}  // namespace rota::cli
