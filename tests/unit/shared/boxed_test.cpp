// Values in memory of their own.
#include "shared/boxed.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

#include "shared/wire/codec.h"

namespace rota {
namespace {

TEST(Boxed, is_a_value_of_the_size_of_a_pointer_whose_copies_are_its_own) {
  using Large = std::array<std::string, 20>;
  static_assert(sizeof(Boxed<Large>) == sizeof(void*));
  Boxed<Large> one;
  EXPECT_EQ((*one)[0], "");
  (*one)[0] = "a";
  Boxed<Large> two = one;
  (*two)[0] = "b";
  EXPECT_EQ((*one)[0], "a");
  one = two;
  (*two)[0] = "c";
  EXPECT_EQ((*one)[0], "b");
  one = std::move(two);
  EXPECT_EQ((*one)[0], "c");
  two = one;  // what was moved from takes a value again
  EXPECT_EQ((*two)[0], "c");
}

TEST(Boxed, has_the_bytes_of_what_it_holds) {
  const Boxed<std::string> text(std::string("text"));
  EXPECT_EQ(wire::encoded(text), wire::encoded(*text));
  Boxed<std::string> read;
  EXPECT_TRUE(wire::decode(wire::encoded(text), read));
  EXPECT_EQ(*read, "text");
}

}  // namespace
}  // namespace rota
