// Job files from outside: bad ones by the binary, the schema against the corpus, a first file from `init`.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <sstream>

#include "tests/e2e/scene.h"
#include "tests/e2e/service_scene.h"
#include "tests/support/paths.h"

namespace rota::test {
namespace {

using Strings = std::vector<std::string>;
using Names = std::set<std::string>;

Strings yaml_files(const std::string& directory) {
  Strings files;
  for (const auto& entry : std::filesystem::directory_iterator(source_path(directory))) {
    if (entry.path().extension() == ".yaml") files.push_back(entry.path().string());
  }
  std::sort(files.begin(), files.end());
  return files;
}
std::string stem(const std::string& path) { return std::filesystem::path(path).stem().string(); }

TEST(BadJobFiles, are_refused_with_exit_2_and_their_place_and_never_run) {
  const Scene scene;
  const auto files = yaml_files("tests/unit/jobs/bad");
  ASSERT_GE(files.size(), 150u);
  for (std::size_t i = 0; i < files.size(); i += 12) {  // the library tries every one
    const auto text = read_file(files[i]);
    const std::string mark = "# expect: ";
    ASSERT_TRUE(text.starts_with(mark)) << files[i];
    const auto place = text.substr(mark.size(), text.find(' ', mark.size()) - mark.size());
    for (const std::string verb : {"validate", "run"}) {
      const Ended e = scene.rota({verb, files[i]}).run();
      EXPECT_EQ(e.status, 2) << files[i] << '\n' << told(e);
      EXPECT_EQ(e.out, "");
      const auto at = place.starts_with("0:") ? ": error: " : ":" + place + ": error: ";
      EXPECT_TRUE(contains(e.err, files[i] + at)) << told(e);
    }
  }
  EXPECT_EQ(scene.rota({"history"}).run().status, 0);
  EXPECT_TRUE(scene.nothing_lives());
}

/// What the validator says of each file: "good", "bad" or "unreadable".
std::map<std::string, std::string> verdicts(const Scene& scene, const Strings& files) {
  std::string words = "rota schema > schema.json && python3 '" + source_path("tests/schema/check.py") + "' schema.json";
  for (const auto& file : files) words += " '" + file + "'";
  const Ended e = scene.shell(words).run(std::chrono::seconds(60));
  EXPECT_EQ(e.status, 0) << e.err;  // 3: python3-jsonschema or python3-yaml is missing, and says so
  std::map<std::string, std::string> out;
  for (const auto& line : split_lines(e.out)) {
    std::istringstream in(line);
    std::string verdict, file;
    in >> verdict >> file;
    while (file.ends_with(':')) file.pop_back();
    out[stem(file)] = line;
  }
  EXPECT_EQ(out.size(), files.size());
  return out;
}

TEST(Schema, takes_every_example_and_the_starter) {
  const Scene scene;
  auto files = yaml_files("jobs/examples");
  files.push_back(source_path("jobs/schema/starter.yaml"));
  for (const auto& [name, line] : verdicts(scene, files)) EXPECT_TRUE(line.starts_with("good ")) << line;
}

TEST(Schema, takes_every_whole_file_of_the_document) {
  const Scene scene;
  Strings files;
  bool inside = false;
  std::string block;
  for (const auto& line : split_lines(read_file(source_path("jobs/SCHEMA.md")))) {
    if (!inside && line == "```yaml") {
      inside = true;
      block.clear();
    } else if (inside && line == "```") {
      inside = false;
      if (block.starts_with("jobs:") || block.find("\njobs:") != std::string::npos)
        files.push_back(scene.write("block" + std::to_string(files.size()) + ".yaml", block));
    } else if (inside) {
      block += line + "\n";
    }
  }
  ASSERT_GE(files.size(), 8u);
  for (const auto& [name, line] : verdicts(scene, files))
    EXPECT_TRUE(line.starts_with("good ")) << line << '\n' << scene.read(name + ".yaml");
}

TEST(Schema, refuses_every_bad_file_but_those_that_no_schema_can_see_through) {
  const Scene scene;
  Names unseen;
  for (const auto& line : split_lines(read_file(source_path("tests/unit/jobs/bad/unseen_by_a_schema.txt"))))
    if (!line.empty() && line[0] != '#') unseen.insert(line);
  Names good;
  const auto all = verdicts(scene, yaml_files("tests/unit/jobs/bad"));
  for (const auto& [name, line] : all)
    if (line.starts_with("good ")) good.insert(name);
  for (const auto& name : good) EXPECT_TRUE(unseen.contains(name)) << name << ": the schema takes it";
  for (const auto& name : unseen)
    EXPECT_TRUE(good.contains(name)) << name << ": the schema refuses it, or there is no such file";
  EXPECT_GE(all.size() - unseen.size(), 150u);
}

TEST(Init, writes_a_file_that_is_valid_and_runs) {
  const Scene scene;
  const Ended made = scene.shell("rota init first.yaml && rota init && cmp first.yaml rota.yaml").run();
  ASSERT_EQ(made.status, 0) << told(made);
  EXPECT_EQ(scene.read("first.yaml"), read_file(source_path("jobs/schema/starter.yaml")));
  EXPECT_EQ(scene.shell("rota validate first.yaml").run().status, 0);
  const Ended e = scene.shell("rota run first.yaml -p who=you").run(std::chrono::seconds(60));
  EXPECT_EQ(e.status, 0) << told(e);
  EXPECT_EQ(lines_of(job_lines(e.out), "greet"), Strings{"hello, you"});
}

TEST(Init, never_overwrites_and_says_where_it_cannot_write) {
  const Scene scene;
  scene.write("mine.yaml", "precious");
  const Ended there = scene.shell("rota init mine.yaml").run();
  EXPECT_EQ(there.status, 5) << told(there);
  EXPECT_TRUE(contains(there.err, "mine.yaml: there is a file of this name already")) << told(there);
  EXPECT_EQ(scene.read("mine.yaml"), "precious");
  EXPECT_EQ(scene.shell("ln -s nowhere link.yaml && rota init link.yaml").run().status, 5);
  EXPECT_FALSE(scene.exists("nowhere"));
  const Ended nowhere = scene.shell("rota init no/such/dir.yaml").run();
  EXPECT_EQ(nowhere.status, 2) << told(nowhere);
  EXPECT_TRUE(contains(nowhere.err, "dir.yaml: the folder that it is to be in does not exist")) << told(nowhere);
}

/// What was validated is what runs: the file is read once.
TEST(SwappedFile, y09_during_a_run_changes_nothing_of_it) {
  const Scene scene;
  scene.write("other.yaml", "jobs: {a: {run: \"true\"}, b: {run: echo swapped}}\n");
  const Ended e = scene.run("jobs:\n  a: {run: mv other.yaml job.yaml}\n  b: {run: echo validated, needs: a}\n");
  EXPECT_EQ(e.status, 0) << told(e);
  EXPECT_FALSE(scene.exists("other.yaml"));
  EXPECT_EQ(lines_of(job_lines(e.out), "b"), Strings{"validated"});
}

TEST(SwappedFile, y09_between_submit_and_start_changes_nothing_of_the_run) {
  const Service service;
  auto rotad = service.up();
  service.scene().write("vars.env", "WORD=validated\n");
  const auto run = service.submit("env_file: vars.env\njobs:\n  a: {run: 'echo \"$WORD\"'}\n", {"--hold"});
  ASSERT_TRUE(service.scene().exists("submitted.yaml"));
  service.scene().write("submitted.yaml", "jobs: {a: {run: echo swapped}}\n");
  service.scene().write("vars.env", "WORD=swapped\n");
  EXPECT_EQ(service.ask({"release", run}).status, 0);
  EXPECT_EQ(service.ask({"wait", run}).status, 0);
  EXPECT_EQ(service.ask({"logs", run + "/a"}).out, "validated\n");
  EXPECT_EQ(service.ask({"daemon", "stop"}).status, 0);
  EXPECT_EQ(rotad.wait().status, 0);
}

}  // namespace
}  // namespace rota::test
