// Masks: no secret leaves, whatever the cuts of the stream, and nothing else is changed.
#include "shared/output/mask.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "shared/limits.h"

namespace rota::output {
namespace {

/// What the whole text must become, by looking at every place.
std::string expected(const std::string& text, const std::vector<std::string>& secrets) {
  std::vector<bool> covered(text.size());
  for (const auto& s : secrets) {
    if (s.size() < kShortestMask) continue;
    for (auto at = text.find(s); at != text.npos; at = text.find(s, at + 1))
      std::fill_n(covered.begin() + static_cast<std::ptrdiff_t>(at), s.size(), true);
  }
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!covered[i])
      out += text[i];
    else if (i == 0 || !covered[i - 1])
      out += kMasked;
  }
  return out;
}

std::string streamed(const Masks& masks, const std::string& text, const std::vector<std::size_t>& cuts) {
  MaskedStream stream(masks);
  std::string out;
  std::size_t at = 0;
  for (const auto cut : cuts) {
    const auto n = std::min(cut, text.size() - at);
    stream.put(std::string_view(text).substr(at, n), out);
    at += n;
  }
  stream.put(std::string_view(text).substr(at), out);
  stream.finish(out);
  return out;
}

/// Few letters, so that secrets overlap, repeat and begin again within themselves.
auto letters(std::size_t least, std::size_t most) {
  return rc::gen::mapcat(rc::gen::inRange(least, most), [](std::size_t n) {
    return rc::gen::container<std::string>(n, rc::gen::element('a', 'b', 'c'));
  });
}

RC_GTEST_PROP(Mask, no_secret_leaves_a_stream_however_it_is_cut_and_all_else_stays, ()) {
  const auto secrets = *rc::gen::container<std::vector<std::string>>(*rc::gen::inRange(1, 4), letters(1, 9));
  auto text = *letters(0, 40);
  for (const auto& s : secrets) text += s + *letters(0, 6);
  const auto cuts = *rc::gen::container<std::vector<std::size_t>>(rc::gen::inRange<std::size_t>(0, 7));
  const auto got = streamed(Masks(secrets), text, cuts);
  RC_ASSERT(got == expected(text, secrets));
  for (const auto& s : secrets) {
    if (s.size() >= kShortestMask) RC_ASSERT(got.find(s) == got.npos);
  }
}

RC_GTEST_PROP(Mask, any_bytes_may_be_a_secret_or_around_it, ()) {
  const auto secret = *rc::gen::suchThat(rc::gen::arbitrary<std::string>(), [](const std::string& s) {
    return s.size() >= kShortestMask && s.find_first_of("\n*") == s.npos;
  });
  const auto text = *rc::gen::arbitrary<std::string>() + secret + *rc::gen::arbitrary<std::string>();
  const auto cuts = *rc::gen::container<std::vector<std::size_t>>(rc::gen::inRange<std::size_t>(0, 5));
  RC_ASSERT(streamed(Masks({secret}), text, cuts) == expected(text, {secret}));
}

TEST(Mask, a_secret_of_several_lines_is_also_masked_line_by_line) {
  const Masks masks({"first line\nab\r\nthird line\r\n"});
  EXPECT_EQ(masks.masked("x first line\nab\r\nthird line\r\n y"), "x *** y");
  EXPECT_EQ(masks.masked("> first line\n> third line\n> ab\n"), "> ***\n> ***\n> ab\n");
}

TEST(Mask, what_is_too_short_to_be_a_secret_is_left_alone) {
  EXPECT_TRUE(Masks({"abc", ""}).empty());
  EXPECT_EQ(Masks({"abc"}).masked("abcabc"), "abcabc");
}

TEST(Mask, only_what_may_begin_a_secret_is_kept_back) {
  const Masks masks({"secret"});
  MaskedStream stream(masks);
  std::string out;
  stream.put("prompt> ", out);
  EXPECT_EQ(out, "prompt> ");
  stream.put("sec", out);
  EXPECT_EQ(out, "prompt> ");
  stream.put("ond", out);
  EXPECT_EQ(out, "prompt> second");
  stream.put("se", out);
  stream.finish(out);
  EXPECT_EQ(out, "prompt> secondse");
}

TEST(Mask, a_text_that_is_cut_within_a_secret_does_not_show_its_beginning) {
  const Masks masks({"secret"});
  const std::string long_words(limits::kMessageBytes - 4, 'x');
  EXPECT_EQ(masks.masked_message(long_words + "secr"), long_words.substr(1) + "x***");
  EXPECT_EQ(masks.masked_message(long_words + "....").size(), limits::kMessageBytes);
  EXPECT_EQ(masks.masked_message("it was his"), "it was his");
}

TEST(Mask, a_secret_of_one_letter_again_and_again_costs_no_more_than_others) {
  const std::string run(1u << 20, 'a');
  const Masks masks({std::string(60'000, 'a'), std::string(1000, 'a') + "b"});
  MaskedStream stream(masks);
  std::string out;
  for (std::size_t at = 0; at < run.size(); at += 4096) stream.put(std::string_view(run).substr(at, 4096), out);
  stream.finish(out);
  EXPECT_EQ(out, "***");
}

TEST(Mask, values_are_masked_within_and_numbers_that_are_secrets_are_refused) {
  const Masks masks({"hunter22", "4711"});
  Value v(ValueMap{{"hunter22", Value(ValueList{Value("is hunter22!"), Value(3)})}});
  ASSERT_TRUE(masks.mask(v));
  EXPECT_EQ(v, Value(ValueMap{{"***", Value(ValueList{Value("is ***!"), Value(3)})}}));
  Value number(4711);
  EXPECT_FALSE(masks.mask(number));
}

}  // namespace
}  // namespace rota::output
