// The documents keep their word: what they tell a reader to type is typed here, with the real binaries.
//
// In a document, `<!-- tested -->` before a fenced ```console block runs its `$ ` lines one after another; each must
// succeed, unless the line ends in `# exit N`. `<!-- file: NAME -->` before a fenced block writes it to NAME first. A
// line that ends in `&` is a service: what follows it waits until the service answers.
#include <gtest/gtest.h>

#include <filesystem>
#include <regex>

#include "tests/e2e/scene.h"
#include "tests/support/paths.h"

namespace rota::test {
namespace {

struct Step {
  std::size_t line = 0;
  std::string file;  // to write `text` to; empty: `text` is a command
  std::string text;
  int exit = 0;
};

Step command_step(std::size_t line, const std::string& text) {
  std::smatch m;
  static const std::regex expects(R"(^\$ (.*?)\s*# exit (\d+)$)");
  if (std::regex_match(text, m, expects)) return {line, "", m[1], std::stoi(m[2])};
  return {line, "", text.substr(2), 0};
}

/// The service in the background, once it answers.
std::string in_background(const std::string& command) {
  return command.substr(0, command.size() - 1) +
         "> service.log 2>&1 & until rota daemon status > status.txt 2>&1; do sleep 0.05; done";
}

/// The steps that a document's marked blocks ask for, in their order.
std::vector<Step> steps_of(const std::string& document) {
  static const std::regex file_mark(R"(^<!-- file: (\S+) -->$)");
  std::vector<Step> steps;
  std::string file;
  bool tested = false, inside = false;
  std::size_t number = 0;
  for (const auto& line : split_lines(document)) {
    ++number;
    std::smatch m;
    if (line.starts_with("```")) {
      inside = !inside;
      if (inside && !file.empty()) steps.push_back({number, file, "", 0});
      if (!inside) {
        file.clear();
        tested = false;
      }
    } else if (inside && !file.empty()) {
      steps.back().text += line + "\n";
    } else if (inside && tested && line.starts_with("$ ")) {
      steps.push_back(command_step(number, line));
    } else if (!inside && line == "<!-- tested -->") {
      tested = true;
    } else if (!inside && std::regex_match(line, m, file_mark)) {
      file = m[1];
    }
  }
  return steps;
}

void keeps_its_word(const std::string& path) {
  const auto steps = steps_of(read_file(source_path(path)));
  ASSERT_FALSE(steps.empty()) << path << " has no tested block";
  const Scene scene;
  std::filesystem::create_symlink(source_path("jobs"), scene.path("jobs"));
  for (const auto& step : steps) {
    if (!step.file.empty()) {
      scene.write(step.file, step.text);
      continue;
    }
    const auto text = step.text.ends_with('&') ? in_background(step.text) : step.text;
    const Ended e = scene.shell(text).run(std::chrono::seconds(60));
    EXPECT_EQ(e.status, step.exit) << path << ':' << step.line << ": " << step.text << '\n' << told(e);
  }
}

TEST(Documents, the_readme_can_be_typed_from_top_to_bottom) { keeps_its_word("README.md"); }

TEST(Documents, marked_blocks_are_found_and_others_are_not) {
  const auto steps = steps_of(
      "<!-- tested -->\n```console\n$ true\nits output\n$ false   # exit 1\n```\n```console\n$ rm -rf elsewhere\n```\n"
      "<!-- file: a.yaml -->\n```yaml\njobs: {}\n```\n");
  ASSERT_EQ(steps.size(), 3u);
  EXPECT_EQ(steps[0].text, "true");
  EXPECT_EQ(steps[1].text, "false");
  EXPECT_EQ(steps[1].exit, 1);
  EXPECT_EQ(steps[2].file, "a.yaml");
  EXPECT_EQ(steps[2].text, "jobs: {}\n");
}

}  // namespace
}  // namespace rota::test
