// Every file of bad/ is refused with exactly the findings that its first lines expect: "# expect: LINE:COLUMN text".
#include <gtest/gtest.h>

#include <filesystem>
#include <sstream>

#include "tests/support/paths.h"
#include "tests/unit/jobs/loading.h"

namespace rota::jobs {
namespace {

std::vector<std::string> corpus() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(rota::test::source_path("tests/unit/jobs/bad"))) {
    if (entry.path().extension() == ".yaml") names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

class Corpus : public ::testing::TestWithParam<std::string> {};

TEST_P(Corpus, is_refused_as_it_expects) {
  const auto source = read_job_file(rota::test::source_path("tests/unit/jobs/bad/" + GetParam() + ".yaml"));
  ASSERT_TRUE(source);
  std::vector<std::string> expected;
  std::istringstream lines(source->bytes);
  constexpr std::string_view mark = "# expect: ";
  for (std::string line; std::getline(lines, line) && line.starts_with(mark);)
    expected.push_back(line.substr(mark.size()));
  ASSERT_FALSE(expected.empty());
  const auto found = test::findings(source->bytes);
  ASSERT_EQ(found.size(), expected.size())
      << render(std::get<std::vector<Diagnostic>>(test::loaded(source->bytes)), *source);
  for (std::size_t i = 0; i < found.size(); ++i) {
    EXPECT_EQ(found[i].substr(0, found[i].find(' ')), expected[i].substr(0, expected[i].find(' ')));
    EXPECT_NE(found[i].find(expected[i]), std::string::npos) << "expected " << expected[i] << "\n     got " << found[i];
  }
}

INSTANTIATE_TEST_SUITE_P(Bad, Corpus, ::testing::ValuesIn(corpus()), [](const auto& file) { return file.param; });

TEST(TheCorpus, is_not_a_handful) { EXPECT_GE(corpus().size(), 150u); }

}  // namespace
}  // namespace rota::jobs
