// Expressions in shell text: where they may stand, what they become, and that no value is ever read as shell text.
#include <gtest/gtest.h>

#include <filesystem>
#include <random>
#include <sstream>

#include "jobs/read/shell_scan.h"
#include "tests/support/command.h"
#include "tests/support/paths.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/jobs/loading.h"

namespace rota::jobs {
namespace {

std::vector<std::string> told(const std::string& text, bool bash) {
  std::vector<Hole> holes;
  for (auto at = text.find('@'); at != text.npos; at = text.find('@', at + 1)) holes.push_back({at, at + 1, false, {}});
  scan_shell(text, bash, holes);
  std::vector<std::string> out;
  for (const auto& h : holes) out.push_back(!h.refusal.empty() ? h.refusal : h.in_double_quotes ? "quoted" : "bare");
  return out;
}

TEST(ShellText, every_place_is_what_the_table_says) {
  std::istringstream lines(rota::test::read_file(rota::test::source_path("tests/unit/jobs/scripts.txt")));
  std::string text;
  std::vector<std::string> sh, bash;
  std::size_t rows = 0;
  const auto check = [&] {
    if (text.empty()) return;
    text.pop_back();
    EXPECT_EQ(told(text, false), sh) << text;
    EXPECT_EQ(told(text, true), bash.empty() ? sh : bash) << text;
    ++rows;
    text.clear(), sh.clear(), bash.clear();
  };
  std::getline(lines, text), std::getline(lines, text), text.clear();  // the two lines that explain it
  for (std::string line; std::getline(lines, line);) {
    constexpr std::string_view mark = "=> ", bash_mark = "bash => ";
    if (line.starts_with(mark)) {
      sh.push_back(line.substr(mark.size()));
    } else if (line.starts_with(bash_mark)) {
      bash.push_back(line.substr(bash_mark.size()));
    } else {
      if (!sh.empty()) check();
      text += line + "\n";
    }
  }
  check();
  EXPECT_GE(rows, 60u);
}

TEST(ShellText, known_shells_are_those_whose_quoting_is_known) {
  EXPECT_TRUE(shell_kind({"sh", "-eu"}).known);
  EXPECT_TRUE(shell_kind({"/usr/bin/env", "bash"}).bash);
  EXPECT_FALSE(shell_kind({"sh"}).bash);
  for (const auto* other : {"python3", "fish", "node", "zsh"}) EXPECT_FALSE(shell_kind({other}).known) << other;
}

TEST(RunScript, an_expression_becomes_a_variable_that_is_quoted_as_its_place_asks) {
  const auto plan = test::plan(
      "params: {x: a b}\njobs:\n  j:\n    run: |\n      echo ${{ params.x }} \"<${{ params.x }}>\" pre${{ run.id }}\n");
  const auto& job = plan.jobs.at(0);
  EXPECT_EQ(std::get<RunText>(job.action).text, "echo \"${ROTA_X1}\" \"<${ROTA_X2}>\" pre\"${ROTA_X3}\"\n");
  ASSERT_EQ(job.late.size(), 3u);
  EXPECT_EQ(job.late[0].variable, "ROTA_X1");
  EXPECT_EQ(job.late[0].place, LatePart::Place::script);
  EXPECT_EQ(job.late[0].value.constant, Value("a b"));
  EXPECT_EQ(job.late[2].value.name.of, LateName::Of::run_id);
  EXPECT_EQ(job.late[2].value.line, 5u);
  EXPECT_EQ(job.late[2].value.column, 55u);
}

TEST(RunScript, the_variables_belong_to_rota) {
  EXPECT_TRUE(test::says("env: {ROTA_X1: a}\njobs: {j: {run: x}}", "'ROTA_X1' is set by Rota itself"));
  EXPECT_TRUE(test::findings("env: {ROTA_XY: a}\njobs: {j: {run: x}}").empty());
}

/// What a shell makes of the text of a job's plan, its values given as Rota gives them.
rota::test::Ended run(const std::string& shell, const std::string& script, const std::string& value,
                      const std::string& in) {
  auto options = test::options();
  options.params = {{"v", value}};
  const auto plan = test::plan(
      "params: {v: {type: string}}\njobs:\n  j:\n    shell: " + shell + " -eu\n    run: |\n      " + script + "\n",
      options);
  if (plan.jobs.empty()) return {};
  rota::test::Command command{shell, "-eu", "-c", std::get<RunText>(plan.jobs[0].action).text, "j"};
  for (const auto& part : plan.jobs[0].late) command.env(part.variable, to_text(part.value.constant));
  return command.in(in).run();
}

const std::vector<std::string> kShellPieces{"$(touch pwned)",
                                            "`touch pwned`",
                                            ";touch pwned;",
                                            "'",
                                            "\"",
                                            "\\",
                                            "\n",
                                            "$",
                                            "${",
                                            "}",
                                            "|touch pwned",
                                            "&&touch pwned",
                                            "a[$(touch pwned)]",
                                            "*",
                                            "?",
                                            "~",
                                            "#",
                                            " ",
                                            "\t",
                                            "-n",
                                            "-e",
                                            "--",
                                            "<",
                                            ">",
                                            "(",
                                            ")",
                                            "!",
                                            "x",
                                            "\xC3\xA9",
                                            "\xff",
                                            "\x01",
                                            "'$(touch pwned)'",
                                            "\"$(touch pwned)\"",
                                            "EOF\n",
                                            "$'\\''",
                                            "%s%n",
                                            "\r"};

std::string hostile(std::mt19937& random) {
  std::string out;
  for (auto n = random() % 8; n > 0; --n) {
    if (random() % 3 == 0) {
      out += static_cast<char>(1 + random() % 255);
    } else {
      out += kShellPieces[random() % kShellPieces.size()];
    }
  }
  return out;
}

TEST(RunScript, y08_any_value_arrives_as_it_was_given_and_never_runs) {
  const rota::test::TempDir dir;
  const std::vector<std::pair<std::string, std::string>> scripts{
      {"printf '%s' ${{ params.v }}", "V"},
      {"printf '%s' \"<${{ params.v }}>\"", "<V>"},
      {"printf '%s' a${{ params.v }}b\"${{ params.v }}\"", "aVbV"},
      {"x=${{ params.v }}; printf '%s' \"$x\"", "V"},
      {"printf '%s' \"$(printf '%s.' ${{ params.v }})\"", "V."},
      {"case ${{ params.v }} in \"${{ params.v }}\") printf yes;; *) printf no;; esac", "yes"},
      {"for i in ${{ params.v }} x; do printf '%s' \"$i\"; done", "Vx"},
      {"sh -c 'printf \"%s\" \"$1\"' _ ${{ params.v }}", "V"},
      {"f() { printf '%s' \"$1\"; }; f ${{ params.v }}", "V"}};
  std::mt19937 random(8);
  for (const std::string shell : {"sh", "bash"}) {
    for (int i = 0; i < 60; ++i) {
      const auto value = hostile(random);
      const auto& [script, expected] = scripts[static_cast<std::size_t>(i) % scripts.size()];
      std::string wanted;
      for (const char c : expected) wanted += c == 'V' ? value : std::string(1, c);
      const auto ended = run(shell, script, value, dir.path());
      ASSERT_EQ(ended.status, 0) << shell << ": " << script << '\n' << ended.err;
      ASSERT_EQ(ended.out, wanted) << shell << ": " << script;
    }
  }
  EXPECT_TRUE(std::filesystem::is_empty(dir.path())) << "something ran";
}

}  // namespace
}  // namespace rota::jobs
