// What users copy from must work: the examples, and every whole file in the document of the job file.
#include <gtest/gtest.h>

#include <filesystem>
#include <sstream>

#include "jobs/catalogue/catalogue.h"
#include "tests/support/paths.h"
#include "tests/unit/jobs/loading.h"

namespace rota::jobs {
namespace {

std::string read(const std::string& path) {
  const auto source = read_job_file(path);
  EXPECT_TRUE(source) << path;
  return source ? source->bytes : "";
}

LoadOptions a_users_options() {
  auto o = test::options();
  o.directory = rota::test::source_path("jobs/examples");  // what files there use lies beside them
  o.env = {{"HOME", "/home/u"}, {"PATH", "/usr/bin:/bin"}};
  return o;
}

TEST(Documents, every_example_is_a_good_job_file) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(rota::test::source_path("jobs/examples"))) {
    if (entry.path().extension() != ".yaml") continue;
    names.push_back(entry.path().stem().string());
    EXPECT_FALSE(test::plan(read(entry.path().string()), a_users_options()).jobs.empty()) << entry.path();
  }
  for (const auto* due : {"print_numbers", "keep_alive", "retry_backoff", "mixed_daemon", "commands", "release"})
    EXPECT_NE(std::find(names.begin(), names.end(), due), names.end()) << due;
}

TEST(Documents, every_whole_file_in_the_schema_document_is_good) {
  std::istringstream lines(read(rota::test::source_path("jobs/SCHEMA.md")));
  std::size_t files = 0, at = 0;
  std::string block;
  bool inside = false;
  for (std::string line; std::getline(lines, line);) {
    ++at;
    if (!inside && line == "```yaml") {
      inside = true;
      block.clear();
    } else if (inside && line == "```") {
      inside = false;
      const bool whole = block.starts_with("jobs:") || block.find("\njobs:") != std::string::npos;
      files += whole;
      SCOPED_TRACE("the block that ends on line " + std::to_string(at));
      if (whole) test::plan(block, a_users_options());
    } else if (inside) {
      block += line + "\n";
    }
  }
  EXPECT_FALSE(inside);
  EXPECT_GE(files, 5u);
}

TEST(Documents, the_schema_document_names_every_target) {
  const auto text = read(rota::test::source_path("jobs/SCHEMA.md"));
  for (const auto& s : catalogue()) EXPECT_NE(text.find("`" + std::string(s.name) + "("), std::string::npos) << s.name;
}

}  // namespace
}  // namespace rota::jobs
