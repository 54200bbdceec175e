// Files of NAME=VALUE lines, and what of them reaches the environment.
#include "jobs/read/env_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "shared/limits.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/jobs/loading.h"

namespace rota::jobs {
namespace {

using Faults = std::vector<std::string>;

Environment entries(std::string_view text) {
  std::vector<EnvFileFault> faults;
  auto env = parse_env_file(text, faults);
  for (const auto& f : faults) ADD_FAILURE() << f.line << ": " << f.message;
  return env;
}
Faults faults_in(std::string_view text) {
  std::vector<EnvFileFault> found;
  parse_env_file(text, found);
  Faults out;
  for (const auto& f : found) out.push_back(std::to_string(f.line) + " " + f.message);
  return out;
}

TEST(EnvText, has_names_values_comments_and_exports) {
  EXPECT_EQ(entries("# a comment\n\nA=1\n  B = two words \nexport C=three # said\nD=\nE=a#b\r\nF='x'"),
            (Environment{{"A", "1"}, {"B", "two words"}, {"C", "three"}, {"D", ""}, {"E", "a#b"}, {"F", "x"}}));
  EXPECT_EQ(entries(""), Environment{});
  EXPECT_EQ(entries("\xEF\xBB\xBF" "A=1"), (Environment{{"A", "1"}}));
}

TEST(EnvText, quotes_hold_spaces_lines_and_escapes) {
  EXPECT_EQ(entries("A=\" x # y \"  # z\nB='\\n$HOME'\nC=\"1\\n2\\t\\\"\\\\\\$\\q\"\nD=\"one\ntwo\"\nE=5\n"),
            (Environment{{"A", " x # y "}, {"B", "\\n$HOME"}, {"C", "1\n2\t\"\\$\\q"}, {"D", "one\ntwo"}, {"E", "5"}}));
}

TEST(EnvText, replaces_nothing) {
  EXPECT_EQ(entries("A=$HOME ${X} `id` ${{ params.x }}"), (Environment{{"A", "$HOME ${X} `id` ${{ params.x }}"}}));
}

TEST(EnvText, says_the_line_of_what_is_wrong) {
  EXPECT_EQ(faults_in("A=1\nnonsense\n2B=3\nC='open\nD=4\n"),
            (Faults{"2 NAME=VALUE was expected", "3 '2B' cannot name a variable",
                    "4 the quote that begins here does not end"}));
  EXPECT_EQ(faults_in("A=\"1\n2\"\nB=\"x\" y\nC\n"),
            (Faults{"3 there is text after the closing quote", "4 NAME=VALUE was expected"}));
  EXPECT_EQ(faults_in(std::string_view("A=x\0y", 5)), Faults{"1 a NUL byte; an env_file is text"});
}

class EnvFile : public ::testing::Test {
 protected:
  void write(const std::string& name, const std::string& text) { std::ofstream(dir_.path() + "/" + name) << text; }
  LoadOptions options() const {
    auto o = test::options();
    o.directory = dir_.path();
    return o;
  }
  rota::test::TempDir dir_;
};

TEST_F(EnvFile, lies_under_env_and_is_seen_by_expressions) {
  write("a.env", "A=file\nB=file\nC=file\n");
  write("b.env", "B=second\n");
  const auto p =
      test::plan("env: {A: own, X: \"${{ env.B }}\"}\nenv_file: [a.env, b.env]\njobs: {j: {run: x}}", options());
  EXPECT_EQ(p.env, (Environment{{"A", "own"}, {"B", "second"}, {"C", "file"}, {"X", "second"}}));
}

TEST_F(EnvFile, of_a_job_lies_over_the_defaults_and_under_its_own_env) {
  write("a.env", "A=file\nB=file\n");
  const auto p = test::plan(
      "defaults: {env: {A: default, D: default}}\njobs: {j: {env: {B: own}, env_file: a.env, run: x}}", options());
  EXPECT_EQ(p.settings_of(p.jobs[0]).env, (Environment{{"A", "file"}, {"D", "default"}, {"B", "own"}}));
}

TEST_F(EnvFile, is_blamed_by_path_and_line_where_the_job_file_names_it) {
  write("a.env", "A=1\nROTA_KEY=x\nwhat\n");
  const auto found = test::findings("jobs:\n  j: {run: x, env_file: [a.env]}", options());
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0], "2:26 " + dir_.path() + "/a.env:3: NAME=VALUE was expected");
  EXPECT_EQ(found[1], "2:26 " + dir_.path() + "/a.env: 'ROTA_KEY' is set by Rota itself");
}

TEST_F(EnvFile, y05_a_fifo_or_a_file_too_large_is_refused_and_never_waited_for) {
  ASSERT_EQ(::mkfifo((dir_.path() + "/fifo").c_str(), 0600), 0);
  EXPECT_TRUE(test::says("env_file: fifo\njobs: {j: {run: x}}", "this is a FIFO, not a file", options()));
  write("large", "");
  std::filesystem::resize_file(dir_.path() + "/large", limits::kEnvFileBytes + 1);
  EXPECT_TRUE(test::says("env_file: large\njobs: {j: {run: x}}", "(env_file_bytes)", options()));
}

}  // namespace
}  // namespace rota::jobs
