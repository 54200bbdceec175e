// The codec: what was written is read back; bytes that are not what they claim are refused, never read past.
#include "shared/wire/codec.h"

#include <gtest/gtest.h>

#include "jobs/model/plan.h"
#include "shared/lane/message.h"

namespace rota {
namespace {

lane::Down a_start() {
  lane::Assignment a;
  a.id = {{7, 3, 0}, 2};
  a.job = "numbers";
  a.argv = {"echo", std::string("\0nul", 4)};
  a.args = {Value(5), Value(2.5), Value(ValueMap{{"k", Value(ValueList{Value(true), Value()})}})};
  a.timeout_ns = -1;
  return lane::down::Start{a};
}

TEST(Codec, a_message_comes_back_as_it_went) {
  const auto bytes = wire::encoded(a_start());
  lane::Down back;
  ASSERT_TRUE(wire::decode(bytes, back));
  EXPECT_EQ(wire::encoded(back), bytes);
  const auto& a = std::get<lane::down::Start>(back).assignment;
  EXPECT_EQ(a.argv[1], std::string("\0nul", 4));
  EXPECT_EQ(a.args[2], std::get<lane::down::Start>(a_start()).assignment.args[2]);
}

TEST(Codec, every_cut_of_a_message_is_refused) {
  const auto bytes = wire::encoded(a_start());
  for (std::size_t n = 0; n < bytes.size(); ++n) {
    lane::Down back;
    EXPECT_FALSE(wire::decode(std::string_view(bytes).substr(0, n), back)) << n;
  }
}

TEST(Codec, every_flipped_byte_is_read_without_harm) {
  const auto bytes = wire::encoded(a_start());
  for (std::size_t n = 0; n < bytes.size(); ++n) {
    for (int bit = 0; bit < 8; ++bit) {
      auto evil = bytes;
      evil[n] = static_cast<char>(evil[n] ^ (1 << bit));
      lane::Down back;
      if (wire::decode(evil, back)) {
        EXPECT_LE(wire::encoded(back).size(), evil.size() + 16);
      }
    }
  }
}

TEST(Codec, an_enum_past_its_last_value_and_a_bool_past_one_are_refused) {
  Mode mode{};
  EXPECT_FALSE(wire::decode(std::string_view("\x03", 1), mode));
  bool flag = false;
  EXPECT_FALSE(wire::decode(std::string_view("\x02", 1), flag));
}

TEST(Codec, a_deep_value_is_refused_without_overflowing_the_stack) {
  std::string evil;
  for (int i = 0; i < 200'000; ++i) evil += std::string("\x05\x01", 2);  // a list of one element, again and again
  Value v;
  EXPECT_FALSE(wire::decode(evil, v));
}

}  // namespace
}  // namespace rota
