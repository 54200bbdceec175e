// Each rule can fail: a breach of it is found, and its neighbour that is no breach is not.
#include <gtest/gtest.h>

#include "tests/tidy/shape.h"
#include "tests/tidy/walls.h"
#include "tests/tidy/words.h"

namespace rota::tidy {
namespace {

SourceFile file(const std::string& path, const std::string& text) { return make_source(path, text); }
SourceFile including(const std::string& path, const std::string& what) { return file(path, "#include " + what + "\n"); }
std::string lines(std::size_t n) {
  std::string text;
  for (std::size_t i = 0; i < n; ++i) text += "x();\n";
  return text;
}

TEST(Rules, an_arrow_up_is_found) {
  EXPECT_EQ(check_layers(including("shared/ids.h", "\"scheduler/core/view.h\"")).size(), 1u);
  EXPECT_EQ(check_layers(including("scheduler/core/x.cpp", "\"scheduler/store/journal.h\"")).size(), 1u);
  EXPECT_TRUE(check_layers(including("scheduler/store/x.cpp", "\"scheduler/core/view.h\"")).empty());
}

TEST(Rules, a_room_of_the_same_level_is_not_below) {
  EXPECT_EQ(check_layers(including("shared/lane/x.h", "\"shared/process/spawn.h\"")).size(), 1u);
  EXPECT_EQ(check_layers(including("scheduler/cli/x.h", "\"scheduler/daemon/turn.h\"")).size(), 1u);
}

TEST(Rules, a_file_outside_every_room_is_found) {
  EXPECT_EQ(check_layers(file("misplaced/x.h", "")).size(), 1u);
  EXPECT_EQ(check_layers(including("shared/x.cpp", "\"elsewhere/y.h\"")).size(), 1u);
}

TEST(Rules, the_wall_between_scheduler_and_worker_is_held) {
  EXPECT_EQ(check_sides(including("scheduler/daemon/x.cpp", "\"worker/pool/pool.h\"")).size(), 1u);
  EXPECT_EQ(check_sides(including("worker/main.cpp", "\"scheduler/core/view.h\"")).size(), 1u);
  EXPECT_EQ(check_sides(including("scheduler/cli/x.cpp", "\"scheduler/daemon/turn.h\"")).size(), 1u);
  EXPECT_TRUE(check_sides(including("scheduler/main/rota.cpp", "\"scheduler/daemon/turn.h\"")).empty());
  EXPECT_TRUE(check_sides(including("worker/pool/x.cpp", "\"shared/lane/message.h\"")).empty());
}

TEST(Rules, a_clock_in_the_core_is_found) {
  EXPECT_EQ(check_core_is_pure(including("scheduler/core/x.cpp", "<thread>")).size(), 1u);
  EXPECT_EQ(check_core_is_pure(including("scheduler/core/x.cpp", "<boost/asio/post.hpp>")).size(), 1u);
  EXPECT_EQ(check_core_is_pure(including("scheduler/core/x.cpp", "\"shared/posix/fd.h\"")).size(), 1u);
  EXPECT_EQ(check_core_is_pure(file("scheduler/core/x.cpp", "auto t = std::chrono::steady_clock::now();")).size(), 1u);
  EXPECT_TRUE(check_core_is_pure(file("scheduler/core/x.cpp", "// no steady_clock here\n")).empty());
  EXPECT_TRUE(check_core_is_pure(including("scheduler/daemon/x.cpp", "<thread>")).empty());
}

TEST(Rules, a_library_outside_its_room_is_found) {
  EXPECT_EQ(check_outside_libraries(including("scheduler/cli/x.cpp", "<yaml-cpp/yaml.h>")).size(), 1u);
  EXPECT_EQ(check_outside_libraries(including("worker/pool/x.cpp", "<boost/process/v2.hpp>")).size(), 1u);
  EXPECT_EQ(check_outside_libraries(including("scheduler/daemon/x.h", "<boost/asio/post.hpp>")).size(), 1u);
  EXPECT_TRUE(check_outside_libraries(including("scheduler/daemon/x.cpp", "<boost/asio/post.hpp>")).empty());
  EXPECT_TRUE(check_outside_libraries(including("worker/targets/x.h", "<boost/asio/awaitable.hpp>")).empty());
  EXPECT_TRUE(check_outside_libraries(including("jobs/read/yaml.cpp", "<yaml-cpp/parser.h>")).empty());
}

TEST(Rules, an_include_that_is_not_from_the_root_is_found) {
  const std::set<std::string> paths{"shared/ids.h"};
  EXPECT_EQ(check_includes_from_root(including("shared/x.cpp", "\"ids.h\""), paths).size(), 1u);
  EXPECT_EQ(check_includes_from_root(including("shared/lane/x.cpp", "\"../ids.h\""), paths).size(), 1u);
  EXPECT_TRUE(check_includes_from_root(including("shared/x.cpp", "\"shared/ids.h\""), paths).empty());
}

TEST(Rules, a_circle_of_rooms_is_shown_as_a_way) {
  EXPECT_EQ(find_circle({{"a", {"b"}}, {"b", {"c"}}, {"c", {"b"}}}), "b -> c -> b");
  EXPECT_EQ(find_circle({{"a", {"b", "c"}}, {"b", {"c"}}}), "");
}

TEST(Rules, a_long_file_is_found) {
  EXPECT_EQ(check_file_length(file("a.cpp", lines(501))).size(), 1u);
  EXPECT_TRUE(check_file_length(file("a.cpp", lines(500))).empty());
}

TEST(Rules, a_long_function_is_found_wherever_it_stands) {
  const auto in_class = "namespace n {\nclass C {\n  void f() {\n" + lines(59) + "  }\n};\n}\n";
  ASSERT_EQ(check_function_length(file("a.cpp", in_class)).size(), 1u);
  EXPECT_EQ(check_function_length(file("a.cpp", in_class))[0].line, 3u);
  EXPECT_EQ(check_function_length(file("a.cpp", "C::C(int x) : a_{x}, b_(2) {\n" + lines(59) + "}\n")).size(), 1u);
  EXPECT_EQ(check_function_length(file("a.cpp", "struct stat f(int x) {\n" + lines(59) + "}\n")).size(), 1u);
  EXPECT_EQ(check_function_length(file("a.cpp", "TEST(A, b) {\n" + lines(59) + "}\n")).size(), 1u);
}

TEST(Rules, a_function_at_the_bound_a_class_and_a_table_are_no_breach) {
  EXPECT_TRUE(check_function_length(file("a.cpp", "int f() {\n" + lines(58) + "}\n")).empty());
  EXPECT_TRUE(check_function_length(file("a.cpp", "class C {\n" + lines(100) + "};\n")).empty());
  EXPECT_TRUE(check_function_length(file("a.cpp", "const int t[] = {\n" + lines(100) + "};\n")).empty());
}

TEST(Rules, braces_in_literals_and_comments_do_not_count) {
  const std::string text = "int f() {\n  g(\"{\", '{', R\"x({)x\");  // {\n  /* { */\n  int n = 1'000;\n}\n";
  const auto functions = functions_of(file("a.cpp", text));
  ASSERT_EQ(functions.size(), 1u);
  EXPECT_EQ(functions[0].length, 5u);
}

TEST(Rules, a_long_line_is_found_by_columns_not_bytes) {
  EXPECT_EQ(check_line_length(file("a.cpp", std::string(121, 'x') + "\n")).size(), 1u);
  EXPECT_TRUE(check_line_length(file("a.cpp", std::string(119, 'x') + "\u00e4\n")).empty());
}

TEST(Rules, a_file_without_its_purpose_is_found) {
  EXPECT_EQ(check_first_line(file("a.cpp", "#include <vector>\n")).size(), 1u);
  EXPECT_EQ(check_first_line(file("a.cpp", "//\n")).size(), 1u);
  EXPECT_EQ(check_first_line(file("a.sh", "#!/bin/sh\necho\n")).size(), 1u);
  EXPECT_TRUE(check_first_line(file("a.cpp", "// Adds two numbers.\n")).empty());
  EXPECT_TRUE(check_first_line(file("a.sh", "#!/bin/sh\n# Adds two numbers.\n")).empty());
}

TEST(Rules, a_name_that_says_nothing_is_found) {
  EXPECT_EQ(check_type_names(file("a.cpp", "class WorkerManager {};")).size(), 1u);
  EXPECT_EQ(check_type_names(file("a.cpp", "enum class EventHandlerKind { a };")).size(), 1u);
  EXPECT_EQ(check_type_names(file("a.cpp", "using JobInfo = int;")).size(), 1u);
  EXPECT_EQ(check_type_names(file("shared/string_util.h", "")).size(), 1u);
  EXPECT_TRUE(check_type_names(file("a.cpp", "struct Database {}; class Utility {}; // class JobInfo\n")).empty());
  EXPECT_TRUE(check_type_names(file("a.cpp", "class Guard : public YAML::EventHandler {};")).empty());
}

// Refused words in two pieces, so that this file is no breach itself.
const std::string kNote = std::string("TO") + "DO";
const std::string kLater = std::string("for ") + "now";
const std::string kCopy = std::string("fo") + "rk(";
const std::string kNap = std::string("sleep_") + "for(1s);";
const std::string kRoot = std::string("/ro") + "ot";

TEST(Rules, work_left_undone_is_found) {
  EXPECT_EQ(check_unfinished(file("a.cpp", "// " + kNote + ": the rest\n")).size(), 1u);
  EXPECT_EQ(check_unfinished(file("a.cpp", "// good enough " + kLater + "\n")).size(), 1u);
  EXPECT_TRUE(check_unfinished(file("a.cpp", "// " + kLater + "here else\n")).empty());
}

TEST(Rules, a_call_with_a_trap_is_found) {
  EXPECT_EQ(check_calls(file("a.cpp", "pid = " + kCopy + ");")).size(), 1u);
  EXPECT_EQ(check_calls(file("a.cpp", "pid = ::v" + kCopy + ");")).size(), 1u);
  EXPECT_EQ(check_calls(file("a.cpp", "try { f(); } catch (...) { /* nothing */ }")).size(), 1u);
  EXPECT_EQ(check_calls(file("a.cpp", "waitpid(-1, &s, 0);")).size(), 1u);
  EXPECT_EQ(check_calls(file("tests/a.cpp", "std::this_thread::" + kNap)).size(), 1u);
  EXPECT_EQ(check_calls(file("tests/a.cpp", "pid = " + kCopy + ");")).size(), 1u);
  EXPECT_TRUE(check_calls(file("tests/support/child_main.cpp", "pid = " + kCopy + ");")).empty());
  EXPECT_TRUE(check_calls(file("worker/a.cpp", "context." + kNap)).empty());
  EXPECT_TRUE(check_calls(file("a.cpp", "g(\"" + kCopy + ")\"); notify_" + kCopy + "x);")).empty());
}

TEST(Rules, a_path_of_one_machine_is_found) {
  EXPECT_EQ(check_own_machine(file("README.md", "see " + kRoot + "/x")).size(), 1u);
  EXPECT_TRUE(check_own_machine(file("README.md", "see $XDG" + kRoot + "/x and tests" + kRoot + "/x")).empty());
}

}  // namespace
}  // namespace rota::tidy
