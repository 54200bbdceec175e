// The rules of the house, held over every file of the repository. The rules themselves are tried in rules_test.cpp.
#include <gtest/gtest.h>

#include <functional>
#include <set>

#include "tests/support/paths.h"
#include "tests/tidy/shape.h"
#include "tests/tidy/walls.h"
#include "tests/tidy/words.h"

namespace rota::tidy {
namespace {

const std::vector<SourceFile>& repository() {
  static const std::vector<SourceFile> files = read_repository(test::source_dir());
  return files;
}

using Check = std::function<std::vector<Finding>(const SourceFile&)>;
using Choice = std::function<bool(const SourceFile&)>;

bool cpp(const SourceFile& f) { return f.is_cpp(); }
bool every(const SourceFile&) { return true; }
bool cpp_or_cmake(const SourceFile& f) {
  return f.is_cpp() || f.path.ends_with("CMakeLists.txt") || f.path.ends_with(".cmake");
}
bool program_text(const SourceFile& f) {
  return cpp_or_cmake(f) || f.path.ends_with(".py") || f.path.ends_with(".sh") || f.path.ends_with(".bash") ||
         f.text.starts_with("#!");
}

void holds(const Choice& choice, const Check& check) {
  std::vector<Finding> all;
  std::size_t seen = 0;
  for (const auto& f : repository()) {
    if (!choice(f)) continue;
    ++seen;
    const auto found = check(f);
    all.insert(all.end(), found.begin(), found.end());
  }
  EXPECT_GT(seen, 20u) << "hardly any file was read: is " << test::source_dir() << " the repository?";
  EXPECT_TRUE(all.empty()) << to_text(all);
}

TEST(House, arrows_between_rooms_go_down_only) { holds(cpp, check_layers); }
TEST(House, scheduler_and_worker_never_meet_and_cli_never_sees_daemon) { holds(cpp, check_sides); }
TEST(House, the_core_sees_no_clock_thread_io_or_chance) { holds(cpp, check_core_is_pure); }
TEST(House, each_outside_library_has_one_room) { holds(cpp, check_outside_libraries); }
TEST(House, there_is_no_circle_of_rooms) { EXPECT_EQ(find_circle(rooms_of(repository())), ""); }
TEST(House, includes_are_paths_from_the_root) {
  std::set<std::string> paths;
  for (const auto& f : repository()) paths.insert(f.path);
  holds(cpp, [&](const SourceFile& f) { return check_includes_from_root(f, paths); });
}

TEST(House, files_are_short) { holds(cpp, check_file_length); }
TEST(House, functions_are_short) { holds(cpp, check_function_length); }
TEST(House, lines_are_short) { holds(program_text, check_line_length); }
TEST(House, the_first_line_says_what_a_file_is_for) { holds(program_text, check_first_line); }

TEST(House, names_say_something) { holds(cpp, check_type_names); }
TEST(House, nothing_is_left_undone) { holds(program_text, check_unfinished); }
TEST(House, calls_with_traps_are_not_made) { holds(cpp, check_calls); }
TEST(House, no_path_of_one_machine_stands_anywhere) { holds(every, check_own_machine); }

}  // namespace
}  // namespace rota::tidy
