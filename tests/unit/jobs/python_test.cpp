// Targets in Python, as the reader sees them: names, signatures that only Python has, the one interpreter of a file.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "jobs/catalogue/plugin_table.h"
#include "jobs/catalogue/python_name.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/jobs/loading.h"

namespace rota::jobs {
namespace {

using test::findings;
using test::options;
using test::plan;

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(PythonName, is_a_file_or_a_module_and_a_function) {
  const auto file = python_name("./a:b/x.py:Class.run");
  ASSERT_TRUE(file);
  EXPECT_TRUE(file->is_file());
  EXPECT_EQ(file->module, "./a:b/x.py");
  EXPECT_EQ(file->function, "Class.run");
  const auto module = python_name("py:package.module:run");
  ASSERT_TRUE(module);
  EXPECT_FALSE(module->is_file());
  EXPECT_EQ(module->text(), "py:package.module:run");
  for (const auto* other : {"print_numbers", "x.so:f", "x.py", ".py:f", "py:x", "py::f", "x.pyc:f", ""})
    EXPECT_FALSE(python_name(other)) << other;
}

/// def run(n: int, /, how="x", *, loud: bool, **more);  def all(*rest);  async def co()
/// def may(n: Optional[int] = None);  def gen(): yield
constexpr auto kTable = R"({"targets": [
 {"name": "run", "modes": ["thread", "process"], "summary": "", "parameters": [
  {"name": "n", "type": "int", "required": true, "by_position_only": true},
  {"name": "how", "type": "any", "default": "'x'"},
  {"name": "loud", "type": "bool", "required": true, "by_name_only": true},
  {"name": "more", "type": "any", "any_name": true}]},
 {"name": "all", "modes": ["thread", "process"], "parameters": [{"name": "rest", "type": "any", "rest": true},
  {"name": "end", "type": "any", "by_name_only": true}]},
 {"name": "may", "modes": ["thread", "process"], "parameters": [{"name": "n", "type": "int", "or_null": true}]},
 {"name": "gen", "modes": [], "parameters": [], "summary": "is a generator: a target is a function that returns"},
 {"name": "co", "modes": ["async", "process"], "parameters": []}]})";

LoadOptions asking(std::vector<PythonQuestion>& asked) {
  auto o = options();
  o.env = {{"PATH", "/nowhere:/bin:/usr/bin"}};
  o.describe_python = [&asked](const PythonQuestion& q) -> Result<PythonAnswer> {
    asked.push_back(q);
    auto table = PluginTable::from_json(kTable);
    if (!table) return table.error();
    return PythonAnswer{std::move(*table), "/real/python3"};
  };
  return o;
}

std::string call_of(const std::string& fields) { return "jobs: {a: {target: 'x.py:" + fields + "}}\n"; }

TEST(PythonCalls, follow_the_signature_of_the_function) {
  std::vector<PythonQuestion> asked;
  const auto found = [&](const std::string& fields) { return findings(call_of(fields), asking(asked)); };
  EXPECT_THAT(found("run', args: [1], kwargs: {loud: true}"), IsEmpty());
  EXPECT_THAT(found("run', args: [1, y], kwargs: {loud: true, colour: red, n: 7}"), IsEmpty());
  EXPECT_THAT(found("all', args: [1, 2, 3], kwargs: {end: 4}"), IsEmpty());
  EXPECT_THAT(found("run', args: [1, y, true]"),
              ElementsAre(HasSubstr("needs 'loud'"), HasSubstr("at most 2 arguments, got 3")));
  EXPECT_THAT(found("run', args: [one], kwargs: {loud: true}"), ElementsAre(HasSubstr("takes 'n' as an integer")));
  EXPECT_THAT(found("run', args: [1], kwargs: {loud: maybe}"), ElementsAre(HasSubstr("'loud' as true or false")));
  EXPECT_THAT(found("all', kwargs: {rest: [1]}"), ElementsAre(HasSubstr("by position only")));
  EXPECT_THAT(found("co', mode: thread"), ElementsAre(HasSubstr("runs under process or async, not under thread")));
  EXPECT_THAT(found("co', mode: process"), IsEmpty());
  EXPECT_THAT(found("may', args: [1]"), IsEmpty());
  EXPECT_THAT(found("may', args: [null]"), IsEmpty());
  EXPECT_THAT(found("may', args: [one]"), ElementsAre(HasSubstr("takes 'n' as an integer")));
  EXPECT_THAT(found("run', args: [null], kwargs: {loud: true}"), ElementsAre(HasSubstr("an integer, got nothing")));
  EXPECT_THAT(found("gen'"), ElementsAre(HasSubstr("'gen' is a generator: a target is a function that returns")));
  EXPECT_THAT(found("rnu'"), ElementsAre(HasSubstr("did you mean 'run'?")));
}

TEST(PythonCalls, ask_once_for_each_module_and_keep_the_interpreter_that_answers) {
  std::vector<PythonQuestion> asked;
  const auto p = plan(
      "jobs:\n  a: {target: 'below/../x.py:co', mode: async}\n  b: {target: 'x.py:co', mode: async}\n"
      "  c: {target: 'py:pack.mod:co', mode: async}\n",
      asking(asked));
  ASSERT_EQ(asked.size(), 2u);
  EXPECT_EQ(asked[0].module, options().directory + "/x.py");
  EXPECT_EQ(asked[0].directory, options().directory);
  EXPECT_EQ(asked[1].module, "py:pack.mod");
  EXPECT_EQ(asked[1].interpreter, "/real/python3");
  EXPECT_EQ(p.python_interpreter, "/real/python3");
  const auto& call = std::get<TargetCall>(p.jobs[0].action);
  EXPECT_EQ(call.target, options().directory + "/x.py:co");
  EXPECT_EQ(call.runtime, Runtime::python);
}

TEST(PythonCalls, are_of_the_interpreter_that_the_file_names) {
  const rota::test::TempDir dir;
  const auto venv = dir.path() + "/venv";
  ASSERT_EQ(::mkdir(venv.c_str(), 0700), 0);
  ASSERT_EQ(::mkdir((venv + "/bin").c_str(), 0700), 0);
  ASSERT_EQ(::symlink("/bin/sh", (venv + "/bin/python").c_str()), 0);
  std::vector<PythonQuestion> asked;
  const auto p = plan("python: {venv: " + venv + "}\n" + call_of("co', mode: async"), asking(asked));
  ASSERT_EQ(asked.size(), 1u);
  EXPECT_EQ(asked[0].interpreter, venv + "/bin/python");
  asked.clear();
  EXPECT_THAT(findings("python: {interpreter: sh}\n" + call_of("co', mode: async"), asking(asked)), IsEmpty());
  ASSERT_EQ(asked.size(), 1u);
  EXPECT_EQ(asked[0].interpreter, "/bin/sh");
}

TEST(PythonCalls, without_an_interpreter_are_told_where_it_was_looked_for) {
  std::vector<PythonQuestion> asked;
  auto o = asking(asked);
  o.env = {{"PATH", "/nowhere"}};
  EXPECT_THAT(findings(call_of("co', mode: async"), o),
              ElementsAre(HasSubstr("there is no 'python3' on the PATH, which is /nowhere")));
  EXPECT_TRUE(asked.empty());
}

TEST(Python, is_no_part_of_a_plan_without_targets_in_it) {
  std::vector<PythonQuestion> asked;
  EXPECT_EQ(plan("jobs: {a: {run: 'true'}}\n", asking(asked)).python_interpreter, "");
}

}  // namespace
}  // namespace rota::jobs
