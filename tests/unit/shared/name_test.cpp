// Names: the one rule for runs and jobs.
#include "shared/name.h"

#include <gtest/gtest.h>

#include "shared/limits.h"

namespace rota {
namespace {

TEST(Names, letters_digits_dots_dashes_and_underscores_are_taken) {
  for (const auto* text :
       {"a", "A9", "build-all", "a.b", "9lives", "step_2", "v1.2b", "x-1", "lastly", "all2", "2024-05"}) {
    const auto name = Name::parse(text);
    ASSERT_TRUE(name) << text;
    EXPECT_EQ(name->text(), text);
  }
}

TEST(Names, y07_what_could_be_a_path_an_option_or_a_trick_is_refused) {
  for (const std::string text : {"../x", "a/b", "-rf", ".", "..", "a\nb", "", " ", "a b",
                                 "a\xE2\x80\xAE"
                                 "b",
                                 "\xC3\xA9", "a\\b", "$x", "_x", ".hidden", "a:b", "a*", "a\tb"})
    EXPECT_FALSE(Name::parse(text)) << text;
  EXPECT_FALSE(Name::parse(std::string("a\0b", 3)));
  EXPECT_FALSE(Name::parse(std::string(300, 'a')));
}

TEST(Names, y07_what_reads_as_a_run_a_task_or_a_selector_is_refused) {
  for (const auto* text : {"7", "0042", "job.17", "a.b.0", "last", "all"}) EXPECT_FALSE(Name::parse(text)) << text;
}

TEST(Names, are_taken_up_to_the_limit_and_not_beyond) {
  EXPECT_TRUE(Name::parse(std::string(limits::kNameBytes, 'n')));
  const auto beyond = Name::parse(std::string(limits::kNameBytes + 1, 'n'));
  ASSERT_FALSE(beyond);
  EXPECT_NE(beyond.error().what.find("64"), std::string::npos);
}

}  // namespace
}  // namespace rota
