// Each row of the fault catalogue that is due has a test that bears its name, and the table knows of each such test.
#include <gtest/gtest.h>

#include <algorithm>
#include <regex>
#include <set>

#include "tests/support/paths.h"
#include "tests/tidy/source.h"

namespace rota::tidy {
namespace {

using Rows = std::set<std::string>;

Rows rows_in(const std::string& text, const std::regex& pattern) {
  Rows rows;
  for (std::sregex_iterator it(text.begin(), text.end(), pattern), end; it != end; ++it) rows.insert((*it)[1]);
  return rows;
}

Rows rows_due(const std::string& document) { return rows_in(document, std::regex(R"(\n\| ([a-z]\d\d) \|)")); }
/// Those that the document names outside of its table, between "Not listed" and the next heading.
Rows rows_not_listed(const std::string& document) {
  const auto from = std::min(document.find("Not listed"), document.size());
  const auto text = document.substr(from, document.find("\n#", from) - from);
  return rows_in(text, std::regex(R"(\b([a-z]\d\d)[,.])"));
}
Rows rows_tested(const std::string& code) {
  return rows_in(code, std::regex(R"(\b(?:TEST|TEST_P|TEST_F|TYPED_TEST|RC_GTEST_PROP)\(\s*\w+,\s*([a-z]\d\d)_)"));
}

TEST(Rows, each_that_is_due_has_a_test_named_after_it) {
  Rows due, tested, others;
  for (const auto& file : read_repository(test::source_dir())) {
    if (file.path == "tests/RELIABILITY.md") {
      due = rows_due(file.text);
      others = rows_not_listed(file.text);
    }
    if (file.path.starts_with("tests/") && file.is_cpp()) tested.merge(rows_tested(file.code));
  }
  EXPECT_GE(due.size(), 22u);
  for (const auto& row : due) {
    EXPECT_TRUE(tested.contains(row)) << row << " has no test";
    EXPECT_FALSE(others.contains(row)) << row << " is listed, and said not to be";
  }
  for (const auto& row : tested)
    EXPECT_TRUE(due.contains(row) || others.contains(row)) << row << " has a test, and the table says nothing of it";
}

TEST(Rows, are_read_from_the_table_and_from_names_of_tests) {
  EXPECT_EQ(rows_due("\n| row | fault |\n|---|---|\n| w01 | x |\n| k07 | y |\n"), (Rows{"k07", "w01"}));
  EXPECT_EQ(rows_not_listed("| k07 | y |\nNot listed: d02, d03. As w20 is.\n## z01,\n"), (Rows{"d02", "d03"}));
  EXPECT_EQ(rows_tested("TEST(A, p04_x) {} TEST_P(B,\n w01_y) {} TEST(C, plain) {}"), (Rows{"p04", "w01"}));
}

}  // namespace
}  // namespace rota::tidy
