// Tables: columns that vanish, widths that fit.
#include "scheduler/cli/view/table.h"

#include <gtest/gtest.h>

#include <sstream>

namespace rota::cli {
namespace {

TEST(Table, columns_are_as_wide_as_their_widest_cell) {
  EXPECT_EQ(render_table({{"RUN", true}, {"NAME"}, {"ST"}}, {{"7", "sweep", "R"}, {"1234", "a", "CD"}}, {}),
            " RUN  NAME   ST\n   7  sweep  R\n1234  a      CD\n");
}

TEST(Table, a_column_without_any_value_vanishes_and_single_gaps_show_a_dash) {
  EXPECT_EQ(render_table({{"A"}, {"B"}, {"C"}}, {{"1", "", "x"}, {"2", "", ""}}, {}), "A  C\n1  x\n2  -\n");
}

TEST(Table, without_rows_there_is_no_table) { EXPECT_EQ(render_table({{"A"}}, {}, {}), ""); }

TEST(Table, flexible_columns_give_until_the_table_fits) {
  const auto text = render_table({{"ID"}, {"NAME", false, true}, {"WHY", false, true}},
                                 {{"1", std::string(40, 'n'), std::string(60, 'w')}}, {.width = 50});
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 50u) << line;
  EXPECT_NE(text.find('~'), std::string::npos);
}

TEST(Table, a_table_that_cannot_fit_keeps_what_must_not_be_cut) {
  const auto text = render_table({{"ID"}, {"NAME", false, true}}, {{"123456789", "abcdefgh"}}, {.width = 8});
  EXPECT_NE(text.find("123456789"), std::string::npos);
}

TEST(Table, colour_is_around_the_text_and_not_in_its_width) {
  EXPECT_EQ(render_table({{"ST"}, {"N"}}, {{{"F", Style::bad}, "1"}}, {.colour = true}),
            "\x1b[2mST\x1b[0m  \x1b[2mN\x1b[0m\n\x1b[1;31mF\x1b[0m   1\n");
}

}  // namespace
}  // namespace rota::cli
