// Targets of the user's own, as the reader sees them: names, tables, and calls checked by what a plugin is said to
// offer.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "jobs/catalogue/plugin_name.h"
#include "jobs/catalogue/plugin_table.h"
#include "tests/unit/jobs/loading.h"

namespace rota::jobs {
namespace {

using test::findings;
using test::options;
using test::plan;

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(PluginName, is_a_library_and_a_function) {
  const auto name = plugin_name("./a:b/libsim.so.1.2:run_one");
  ASSERT_TRUE(name);
  EXPECT_EQ(name->path, "./a:b/libsim.so.1.2");
  EXPECT_EQ(name->function, "run_one");
  for (const auto* other : {"print_numbers", "file.py:f", "libsim.so", ".so:f", "x.sock:f", ""})
    EXPECT_FALSE(plugin_name(other)) << other;
}

PluginTable a_table() {
  const Signature run{"run", {{"n", ParameterType::integer, true, ""}, {"how", ParameterType::map, false, "none"}},
                      true,  true,
                      false, "says \x1b[31mred"};
  const Signature tick{"tick", {{"more", ParameterType::any, false, "", true}}, true, true, true, ""};
  auto table = PluginTable::from_json(PluginTable::to_json({&run, &tick}));
  EXPECT_TRUE(table) << to_text(table.error());
  return std::move(*table);
}

TEST(PluginTable, is_read_back_as_it_was_told) {
  const auto table = a_table();
  ASSERT_EQ(table.signatures().size(), 2u);
  const auto& run = *table.find("run");
  EXPECT_EQ(run.parameters[1].type, ParameterType::map);
  EXPECT_EQ(run.parameters[1].default_text, "none");
  EXPECT_TRUE(run.parameters[0].required);
  EXPECT_FALSE(run.has(Mode::async));
  EXPECT_EQ(run.summary.find('\x1b'), std::string_view::npos);
  EXPECT_TRUE(table.find("tick")->parameters[0].variadic);
  EXPECT_EQ(table.find("nope"), nullptr);
}

TEST(PluginTable, that_is_not_one_is_refused) {
  for (const auto* text : {"", "[]", R"({"targets": [1]})", R"({"targets": [{"name": "a b"}]})",
                           R"({"targets": [{"name": "a", "parameters": [{"name": "x", "type": "complex"}]}]})"})
    EXPECT_FALSE(PluginTable::from_json(text)) << text;
}

LoadOptions asking(int& times) {
  auto o = options();
  o.describe_plugin = [&times](const std::string&) -> Result<PluginTable> { return ++times, a_table(); };
  return o;
}

TEST(PluginCalls, are_checked_by_what_the_library_offers_which_is_asked_once) {
  int times = 0;
  const auto found = findings(
      "jobs:\n  a: {target: './x.so:run', args: [one]}\n  b: {target: './x.so:rnu', args: [1]}\n"
      "  c: {target: './x.so:run', args: [1], mode: async}\n",
      asking(times));
  EXPECT_EQ(times, 1);
  EXPECT_THAT(found, ElementsAre(HasSubstr("takes 'n' as an integer"), HasSubstr("did you mean 'run'?"),
                                 HasSubstr("not under async")));
}

TEST(PluginCalls, name_the_library_by_its_whole_path) {
  int times = 0;
  const auto p = plan("jobs: {a: {target: 'below/../x.so:run', args: [1]}}", asking(times));
  EXPECT_EQ(std::get<TargetCall>(p.jobs[0].action).target, options().directory + "/x.so:run");
}

}  // namespace
}  // namespace rota::jobs
