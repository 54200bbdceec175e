// The documents keep their word: what they tell a reader to type is typed here, with the real binaries.
//
// In a document, `<!-- tested -->` before a fenced ```console block runs its `$ ` lines one after another; each must
// succeed, unless the line ends in `# exit N`. `<!-- file: NAME -->` before a fenced block writes it to NAME first. A
// line that ends in `&` is a service: what follows it waits until the service answers. A ```text block right behind a
// tested one shows what its commands print: each line of it must be printed by one of them, whatever the times, the
// numbers of runs, the paths and the width of columns; `...` stands for what is left out.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <regex>
#include <set>

#include "tests/e2e/scene.h"
#include "tests/support/paths.h"

namespace rota::test {
namespace {

struct Step {
  std::size_t line = 0;
  enum class What { command, file, shown } what = What::command;
  std::string file;  // to write `text` to
  std::string text;
  int exit = 0;
};

Step command_step(std::size_t line, const std::string& text) {
  std::smatch m;
  static const std::regex expects(R"(^\$ (.*?)\s*# exit (\d+)$)");
  if (std::regex_match(text, m, expects)) return {line, Step::What::command, "", m[1], std::stoi(m[2])};
  return {line, Step::What::command, "", text.substr(2), 0};
}

/// The service in the background, once it answers.
std::string in_background(const std::string& command) {
  return command.substr(0, command.size() - 1) +
         "> service.log 2>&1 & until rota daemon status > status.txt 2>&1; do sleep 0.05; done";
}

/// Reads a document line by line.
class Steps {
 public:
  std::vector<Step> of(const std::string& document) {
    for (const auto& line : split_lines(document)) {
      ++number_;
      if (line.starts_with("```")) {
        fence(line);
      } else if (block_ == Block::file || block_ == Block::shown) {
        steps_.back().text += line + "\n";
      } else if (block_ == Block::commands && line.starts_with("$ ")) {
        steps_.push_back(command_step(number_, line));
      } else if (block_ == Block::none) {
        between(line);
      }
    }
    return std::move(steps_);
  }

 private:
  enum class Block { none, commands, file, shown, other };

  void fence(const std::string& line) {
    if (block_ != Block::none) {
      behind_commands_ = block_ == Block::commands;
      block_ = Block::none;
      return;
    }
    block_ = !file_.empty() ? Block::file : tested_ ? Block::commands : Block::other;
    if (behind_commands_ && line == "```text") block_ = Block::shown;
    if (block_ == Block::file) steps_.push_back({number_, Step::What::file, file_, "", 0});
    if (block_ == Block::shown) steps_.push_back({number_, Step::What::shown, "", "", 0});
    file_.clear();
    tested_ = behind_commands_ = false;
  }
  void between(const std::string& line) {
    static const std::regex file_mark(R"(^<!-- file: (\S+) -->$)");
    std::smatch m;
    behind_commands_ = false;
    if (line == "<!-- tested -->") tested_ = true;
    if (std::regex_match(line, m, file_mark)) file_ = m[1];
  }

  std::vector<Step> steps_;
  std::string file_;
  bool tested_ = false, behind_commands_ = false;
  Block block_ = Block::none;
  std::size_t number_ = 0;
};

std::vector<Step> steps_of(const std::string& document) { return Steps().of(document); }

/// A line without what differs from one machine and one time to another.
std::string kernel_of(std::string line) {
  static const std::vector<std::pair<std::regex, const char*>> wild{
      {std::regex(R"(\d{4}-\d\d-\d\dT[\d:.]+Z)"), "<time>"},
      {std::regex(R"((^|[ `'])(?:/[\w.-]+){2,})"), "$1<path>"},
      {std::regex(R"(\b\d+(?:\.\d+)?(?:ms|s|m|h|d)\b)"), "<for>"},
      {std::regex(R"(\brun \d+)"), "run <n>"},
      {std::regex(R"((^|[ `'])\d+/([a-z]))"), "$1<n>/$2"},
      {std::regex(R"(^\d+ )"), "<n> "},
      {std::regex(R"(\s+)"), " "},
      {std::regex(R"( (?:R|PD) (\d+/\d+/\d+))"), " <alive> $1"},
      {std::regex(R"( $)"), ""},
  };
  for (const auto& [what, with] : wild) line = std::regex_replace(line, what, with);
  return line;
}

/// Lines that are shown and that nobody has printed; each printed line can be shown once.
std::vector<std::string> not_printed(const std::string& shown, const std::string& printed) {
  std::multiset<std::string> all;
  for (const auto& line : split_lines(printed)) all.insert(kernel_of(line));
  std::vector<std::string> missing;
  for (const auto& line : split_lines(shown)) {
    const auto kernel = kernel_of(line);
    if (kernel.empty() || kernel == "...") continue;
    if (const auto found = all.find(kernel); found != all.end()) {
      all.erase(found);
    } else {
      missing.push_back(line + "   <- " + kernel);
    }
  }
  return missing;
}

void keeps_its_word(const std::string& path) {
  const auto steps = steps_of(read_file(source_path(path)));
  ASSERT_FALSE(steps.empty()) << path << " has no tested block";
  const Scene scene;
  std::filesystem::create_symlink(source_path("jobs"), scene.path("jobs"));
  std::string printed;  // by the commands of the last block
  auto last = Step::What::shown;
  int shown = 0;
  for (const auto& step : steps) {
    if (step.what == Step::What::command && last != Step::What::command) printed.clear();
    last = step.what;
    if (step.what == Step::What::file) {
      scene.write(step.file, step.text);
      continue;
    }
    if (step.what == Step::What::shown) {
      ++shown;
      EXPECT_THAT(not_printed(step.text, printed), testing::IsEmpty()) << path << ':' << step.line << '\n' << printed;
      continue;
    }
    const auto text = step.text.ends_with('&') ? in_background(step.text) : step.text;
    const Ended e = scene.shell(text).run(std::chrono::seconds(60));
    EXPECT_EQ(e.status, step.exit) << path << ':' << step.line << ": " << step.text << '\n' << told(e);
    printed += e.out + e.err;
  }
  EXPECT_GE(shown, 1) << path;
}

TEST(Documents, the_readme_can_be_typed_from_top_to_bottom) { keeps_its_word("README.md"); }

TEST(Documents, marked_blocks_are_found_and_others_are_not) {
  const auto steps = steps_of(
      "<!-- tested -->\n```console\n$ true\nits output\n$ false   # exit 1\n```\n```text\nshown\n```\n"
      "```console\n$ rm -rf elsewhere\n```\n```text\nnot of a tested one\n```\n"
      "<!-- file: a.yaml -->\n```yaml\njobs: {}\n```\n");
  ASSERT_EQ(steps.size(), 4u);
  EXPECT_EQ(steps[0].text, "true");
  EXPECT_EQ(steps[1].text, "false");
  EXPECT_EQ(steps[1].exit, 1);
  EXPECT_EQ(steps[2].what, Step::What::shown);
  EXPECT_EQ(steps[2].text, "shown\n");
  EXPECT_EQ(steps[3].file, "a.yaml");
  EXPECT_EQ(steps[3].text, "jobs: {}\n");
}

TEST(Documents, what_is_shown_is_compared_but_for_times_numbers_of_runs_and_paths) {
  EXPECT_THAT(not_printed("run 1 failed: 1 ok, 2 failed in 0.31s\n...\n\n2    fails   F   1/1/3  1.2s\n",
                          "12 fails F 1/1/3   40ms\nrun 7 failed: 1 ok, 2 failed in 12s\n"),
              testing::IsEmpty());
  EXPECT_THAT(not_printed("at /run/user/1000/rotad.sock, `rota show 1/x`\n", "at /tmp/a/sock, `rota show 9/x`\n"),
              testing::IsEmpty());
  EXPECT_EQ(not_printed("run 1 failed: 1 ok\n", "run 1 failed: 2 ok\n").size(), 1u);
  EXPECT_EQ(not_printed("a\na\n", "a\nb\n").size(), 1u) << "printed once, shown twice";
}

}  // namespace
}  // namespace rota::test
