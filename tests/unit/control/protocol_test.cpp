// The control protocol as JSON: whatever is said is understood as it was meant, and nonsense is refused in words.
#include "scheduler/control/protocol.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "scheduler/control/reply_text.h"
#include "shared/limits.h"
#include "tests/unit/control/same_bytes.h"

namespace rota::control {
namespace {

/// Fills every field of anything with chance: an archive in the manner of the byte codec's Reader.
class Dice {
 public:
  template <class... T>
  void operator()(T&... xs) { (fill(xs), ...); }

 private:
  void fill(Value& x) {
    const auto kind = *rc::gen::inRange(0, deep_ < 3 ? 7 : 5);
    ++deep_;
    if (kind == 1) fill_as<bool>(x);
    if (kind == 2) fill_as<std::int64_t>(x);
    if (kind == 3) x.data = *rc::gen::element(0.0, 5.0, 0.1, -1e300, std::numeric_limits<double>::infinity());
    if (kind == 4) fill_as<std::string>(x);
    if (kind == 5) fill_as<ValueList>(x);
    if (kind == 6) fill_as<ValueMap>(x);
    if (kind > 0 && kind < 4) fill(x.source);
    --deep_;
  }
  template <class T>
  void fill_as(Value& x) {
    T content{};
    fill(content);
    x.data = std::move(content);
  }

  template <class T>
  void fill(T& x) {
    if constexpr (std::is_same_v<T, bool>) {
      x = *rc::gen::arbitrary<bool>();
    } else if constexpr (std::is_enum_v<T>) {
      x = static_cast<T>(*rc::gen::inRange(0, static_cast<int>(T::last_) + 1));
    } else if constexpr (std::is_integral_v<T>) {
      x = *rc::gen::oneOf(rc::gen::arbitrary<T>(), rc::gen::element(std::numeric_limits<T>::min(),
                                                                    std::numeric_limits<T>::max(), T(0)));
    } else if constexpr (std::is_same_v<T, std::string>) {
      x = *rc::gen::oneOf(
          rc::gen::arbitrary<std::string>(), rc::gen::container<std::string>(rc::gen::arbitrary<char>()),
          rc::gen::element<std::string>("", "{}", "\"\\\n\t\x01\x1f\x7f", "\xff\xfe", "\u00e4\U0001F600",
                                        std::string("a\0b", 3)));
    } else if constexpr (std::is_same_v<T, Duration>) {
      x = Duration{*rc::gen::arbitrary<std::int64_t>()};
    } else if constexpr (wire::IsVector<T>::value) {
      x.resize(*rc::gen::inRange<std::size_t>(0, 3));
      for (auto& e : x) fill(e);
    } else if constexpr (wire::IsOptional<T>::value) {
      if (*rc::gen::arbitrary<bool>()) fill(x.emplace());
    } else if constexpr (std::is_same_v<T, jobs::Shape>) {
      const auto kind = *rc::gen::inRange(0, 3);
      if (kind == 1) fill(x.template emplace<jobs::Array>());
      if (kind == 2) fill(x.template emplace<jobs::Matrix>());
    } else if constexpr (wire::IsPair<T>::value) {
      fill(x.first);
      fill(x.second);
    } else if constexpr (std::is_same_v<T, Error>) {
      x.code = static_cast<Code>(*rc::gen::inRange(0, static_cast<int>(Code::internal) + 1));
      fill(x.what);
      fill(x.where);
      fill(x.os_errno);
    } else {
      fields(*this, x);
    }
  }

  int deep_ = 0;
};

template <class V, std::size_t... I>
V some_case(std::size_t index, std::index_sequence<I...>) {
  V out;
  ((I == index ? Dice{}(out.template emplace<I>()) : void()), ...);
  return out;
}
template <class V>
V some() {
  constexpr auto cases = std::variant_size_v<V>;
  return some_case<V>(*rc::gen::inRange<std::size_t>(0, cases), std::make_index_sequence<cases>{});
}

std::string in_pieces(const Reply& reply, std::size_t about) {
  std::string out;
  for (ReplyText text(reply); text.append(out, about);) continue;
  return out;
}

RC_GTEST_PROP(Protocol, any_question_comes_back_as_it_went, ()) {
  const auto ask = some<Ask>();
  const auto back = ask_from_json(to_json(ask));
  if (!back) RC_FAIL(to_text(back.error()) + " of " + to_json(ask));
  RC_ASSERT(same(*back, ask));
}

RC_GTEST_PROP(Protocol, any_reply_comes_back_as_it_went, ()) {
  const auto reply = some<Reply>();
  const auto back = reply_from_json(to_json(reply));
  if (!back) RC_FAIL(to_text(back.error()) + " of " + to_json(reply));
  RC_ASSERT(same(*back, reply));
}

RC_GTEST_PROP(Protocol, a_reply_in_pieces_is_the_reply, (std::uint8_t about)) {
  const auto reply = some<Reply>();
  RC_ASSERT(in_pieces(reply, std::size_t{about} + 1) == to_json(reply));
}

RC_GTEST_PROP(Protocol, any_hello_comes_back_as_it_went, ()) {
  Hello hello;
  Dice{}(hello);
  const auto back = hello_from_json(to_json(hello));
  RC_ASSERT(back.has_value());
  RC_ASSERT(same(*back, hello));
}

RC_GTEST_PROP(Protocol, c06_mutated_bytes_are_read_or_refused_without_harm, (std::uint32_t where, char with)) {
  auto text = to_json(some<Reply>());
  text[where % text.size()] = with;
  if (const auto back = reply_from_json(text)) RC_ASSERT(reply_from_json(to_json(*back)).has_value());
  auto question = to_json(some<Ask>());
  question[where % question.size()] = with;
  if (const auto back = ask_from_json(question)) RC_ASSERT(ask_from_json(to_json(*back)).has_value());
}

RC_GTEST_PROP(Protocol, c06_random_bytes_are_refused_without_harm, (const std::string& bytes)) {
  RC_ASSERT(!ask_from_json(bytes));
  RC_ASSERT(!reply_from_json(bytes));
  RC_ASSERT(!hello_from_json(bytes));
}

TEST(Protocol, c06_every_cut_of_a_message_is_refused) {
  const auto text = to_json(Ask(ask::Cancel{"42/build", std::chrono::seconds(3), true, "why not"}));
  for (std::size_t n = 0; n < text.size(); ++n) EXPECT_FALSE(ask_from_json(text.substr(0, n))) << n;
}

TEST(Protocol, c06_deep_nesting_is_refused_without_overflowing_the_stack) {
  for (const std::string open : {"[", "{\"a\":"}) {
    std::string evil = R"({"ask":"kill","signal":)";
    for (int i = 0; i < 200'000; ++i) evil += open;
    EXPECT_FALSE(ask_from_json(evil));
  }
}

TEST(Protocol, a_question_is_short_where_it_says_little) {
  EXPECT_EQ(to_json(Ask(ask::Status{})), R"({"ask":"status"})");
  EXPECT_EQ(to_json(Ask(ask::Kill{"42", 15})), R"({"ask":"kill","selectors":"42"})");
  EXPECT_EQ(to_json(Ask(ask::Pause{"42", false, "anna"})),
            R"({"ask":"pause","selectors":"42","pause":false,"by":"anna"})");
  EXPECT_EQ(to_json(Ask(ask::Hold{"42", false})), R"({"ask":"hold","selectors":"42","hold":false})");
  EXPECT_EQ(to_json(Ask(ask::Wait{"a", true, ask::Until::running})),
            R"({"ask":"wait","selectors":"a","any":true,"until":"running"})");
}

TEST(Protocol, what_is_optional_and_there_comes_back_although_it_says_nothing) {
  answer::Runs runs;
  runs.runs.emplace_back().paused.emplace();
  const auto back = reply_from_json(to_json(Reply(runs)));
  ASSERT_TRUE(back.has_value());
  EXPECT_TRUE(std::get<answer::Runs>(*back).runs.at(0).paused.has_value());
}

TEST(Protocol, unknown_members_are_passed_over_and_missing_ones_have_their_defaults) {
  const auto ask = ask_from_json(R"({"later":[1,{"x":null}],"ask":"kill","selectors":"7","new":{"a":2.5}})");
  ASSERT_TRUE(ask) << to_text(ask.error());
  EXPECT_TRUE(same(*ask, Ask(ask::Kill{"7", 15})));
}

struct Wrong {
  const char* text;
  const char* says;
};

class ProtocolRefuses : public ::testing::TestWithParam<Wrong> {};

TEST_P(ProtocolRefuses, what_is_wrong_and_says_where) {
  const auto ask = ask_from_json(GetParam().text);
  ASSERT_FALSE(ask);
  EXPECT_EQ(ask.error().code, Code::invalid);
  EXPECT_NE(to_text(ask.error()).find(GetParam().says), std::string::npos) << to_text(ask.error());
}

INSTANTIATE_TEST_SUITE_P(
    Protocol, ProtocolRefuses,
    ::testing::Values(
        Wrong{"", "JSON"}, Wrong{"[]", "no 'ask'"}, Wrong{"null", "no 'ask'"}, Wrong{"{}", "no 'ask'"},
        Wrong{R"({"ask":7})", "no 'ask'"}, Wrong{R"({"ask":"dance"})", "none that is known"},
        Wrong{R"({"ask":"kill","signal":"9"})", "signal: must be a whole number"},
        Wrong{R"({"ask":"kill","signal":9.0})", "signal: must be a whole number"},
        Wrong{R"({"ask":"kill","signal":99999999999})", "signal: must be a whole number"},
        Wrong{R"({"ask":"view","run":-1})", "run: must be a whole number from 0 to 4294967295"},
        Wrong{R"({"ask":"view","run":4294967296})", "run: must be"},
        Wrong{R"({"ask":"drain","drain":1})", "drain: must be"},
        Wrong{R"({"ask":"wait","until":"dawn"})", "until: must be a word"},
        Wrong{R"({"ask":"submit","params":[["a","b"],["c"]]})", "params[1]: must be a list of 2"},
        Wrong{R"({"ask":"submit","params":[["a",5]]})", "params[0][1]: must be text"},
        Wrong{R"({"ask":"submit","file":{"hex":"abc"}})", "file: must be text"},
        Wrong{R"({"ask":"submit","file":{"hex":"zz"}})", "file: must be text"},
        Wrong{"{\"ask\":\"submit\",\"file\":\"\xff\"}", "JSON"}, Wrong{R"({"ask":"list"} x)", "JSON"},
        Wrong{R"({"ask":"submit","after":{"0":1}})", "after: must be a list"}));

TEST(Protocol, a_wrong_place_deep_in_a_view_is_named) {
  const auto reply = reply_from_json(
      R"({"reply":"view","jobs":[{},{"tasks":[{"attempts":[{"report":{"usage":{"max_rss_kib":"x"}}}]}]}]})");
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().where, "jobs[1].tasks[0].attempts[0].report.usage.max_rss_kib");
}

TEST(Protocol, a_hello_without_its_number_is_none) {
  EXPECT_FALSE(hello_from_json("{}"));
  EXPECT_FALSE(hello_from_json("[1]"));
  EXPECT_EQ(hello_from_json(R"({"protocol":7})")->protocol, 7u);
}

}  // namespace
}  // namespace rota::control
