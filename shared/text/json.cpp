// Reading and writing JSON.
#include "shared/text/json.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <unordered_set>

#include "shared/text/text.h"

namespace rota::text {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

void append_utf8(std::string& out, std::uint32_t c) {
  const auto byte = [&](std::uint32_t b) { out += static_cast<char>(b); };
  if (c < 0x80) return byte(c);
  if (c < 0x800) return byte(0xC0 | c >> 6), byte(0x80 | (c & 0x3F));
  if (c < 0x10000) return byte(0xE0 | c >> 12), byte(0x80 | (c >> 6 & 0x3F)), byte(0x80 | (c & 0x3F));
  byte(0xF0 | c >> 18), byte(0x80 | (c >> 12 & 0x3F)), byte(0x80 | (c >> 6 & 0x3F)), byte(0x80 | (c & 0x3F));
}

/// One pass. After a fault everything gives up.
class Reader {
 public:
  Reader(std::string_view s, std::size_t depth) : s_(s), depth_(depth) {}

  Result<Value> whole() {
    std::size_t bad = 0;
    if (!is_utf8(s_, &bad)) return fail(Code::invalid, fmt::format("byte {} is not UTF-8", bad + 1));
    Value v = value();
    if (!failed()) spaces();
    if (!failed() && at_ < s_.size()) wrong("the end");
    if (failed()) return fail(Code::invalid, std::move(fault_));
    return v;
  }

 private:
  bool failed() const { return !fault_.empty(); }
  char here() const { return at_ < s_.size() ? s_[at_] : '\0'; }

  void wrong(std::string_view expected) {
    if (failed()) return;
    const auto got = at_ < s_.size() ? fmt::format("'{}'", escape_terminal(s_.substr(at_, 1))) : "the end";
    say(fmt::format("{} was expected at byte {}, got {}", expected, at_ + 1, got));
  }
  void say(std::string what) {
    if (!failed()) fault_ = std::move(what);
  }

  void spaces() {
    while (at_ < s_.size() && (s_[at_] == ' ' || s_[at_] == '\t' || s_[at_] == '\n' || s_[at_] == '\r')) ++at_;
  }
  bool take(std::string_view t) {
    if (!s_.substr(at_).starts_with(t)) return false;
    at_ += t.size();
    return true;
  }

  Value value() {
    spaces();
    switch (here()) {
      case '{': return map();
      case '[': return list();
      case '"': return Value(string());
      default: break;
    }
    if (take("true")) return Value(true);
    if (take("false")) return Value(false);
    if (take("null")) return {};
    if (here() == '-' || is_digit(here())) return number();
    wrong("a value");
    return {};
  }

  bool enter() {
    ++at_;
    if (depth_ == 0) return say("it is nested too deep"), false;
    --depth_;
    return true;
  }

  /// Past ',' (true) or `end` (false).
  bool goes_on(char end) {
    spaces();
    if (take(",")) return true;
    if (here() == end) return ++at_, ++depth_, false;
    wrong(fmt::format("',' or '{}'", end));
    return false;
  }

  Value list() {
    ValueList out;
    if (!enter()) return {};
    spaces();
    if (here() == ']') return ++at_, ++depth_, Value(std::move(out));
    do {
      out.push_back(value());
    } while (!failed() && goes_on(']'));
    return Value(std::move(out));
  }

  Value map() {
    ValueMap out;
    std::unordered_set<std::string> keys;
    if (!enter()) return {};
    spaces();
    if (here() == '}') return ++at_, ++depth_, Value(std::move(out));
    do {
      spaces();
      if (here() != '"') wrong("a key in double quotes");
      if (failed()) break;
      auto key = string();
      if (!failed() && !keys.insert(key).second)
        say(fmt::format("the key '{}' is there twice", escape_terminal(key.substr(0, 80))));
      spaces();
      if (!failed() && !take(":")) wrong("':'");
      if (!failed()) out.emplace_back(std::move(key), value());
    } while (!failed() && goes_on('}'));
    return Value(std::move(out));
  }

  std::string string() {
    std::string out;
    ++at_;
    for (;;) {
      const auto end = s_.find_first_of("\"\\", at_);
      const auto piece = s_.substr(at_, end == s_.npos ? s_.npos : end - at_);
      for (const char c : piece) {
        if (static_cast<unsigned char>(c) < 0x20) say("a control character in a string must be escaped");
      }
      out += piece;
      at_ += piece.size();
      if (at_ == s_.size()) wrong("'\"'");
      if (failed()) return {};
      if (s_[at_++] == '"') return out;
      escape(out);
      if (failed()) return {};
    }
  }

  void escape(std::string& out) {
    constexpr std::string_view names = "\"\\/bfnrt", meant = "\"\\/\b\f\n\r\t";
    const auto n = names.find(here());
    if (at_ < s_.size() && n != names.npos) {
      ++at_;
      out += meant[n];
      return;
    }
    if (!take("u")) return wrong("one of \" \\ / b f n r t u");
    auto c = hex();
    if (!failed() && c >= 0xD800 && c < 0xDC00 && take("\\u")) {
      const auto low = hex();
      c = low >= 0xDC00 && low < 0xE000 ? 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00) : 0xD800;
    }
    if (!failed() && c >= 0xD800 && c < 0xE000) say("half of a surrogate pair in a string");
    if (!failed()) append_utf8(out, c);
  }

  std::uint32_t hex() {
    std::uint32_t c = 0;
    const auto digits = s_.substr(at_, 4);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), c, 16);
    if (digits.size() != 4 || error != std::errc{} || end != digits.data() + 4) return wrong("four hex digits"), 0;
    at_ += 4;
    return c;
  }

  Value number() {
    const auto from = at_;
    take("-");
    if (!digits(true)) return {};
    bool whole = true;
    if (here() == '.') {
      whole = false, ++at_;
      if (!digits(false)) return {};
    }
    if (here() == 'e' || here() == 'E') {
      whole = false, ++at_;
      if (here() == '+' || here() == '-') ++at_;
      if (!digits(false)) return {};
    }
    const auto text = s_.substr(from, at_ - from);
    std::int64_t i = 0;
    if (whole && std::from_chars(text.data(), text.data() + text.size(), i).ec == std::errc{}) return Value(i);
    double d = 0;
    if (std::from_chars(text.data(), text.data() + text.size(), d).ec == std::errc{}) return Value(d);
    say(fmt::format("the number '{}' is beyond what a float can hold", text.substr(0, 40)));
    return {};
  }

  bool digits(bool no_leading_zero) {
    const auto from = at_;
    while (is_digit(here())) ++at_;
    if (at_ == from) return wrong("a digit"), false;
    if (!no_leading_zero || s_[from] != '0' || at_ == from + 1) return true;
    at_ = from + 1;
    wrong("no further digit after a leading 0");
    return false;
  }

  std::string_view s_;
  std::size_t at_ = 0;
  std::size_t depth_;
  std::string fault_;
};

Status append_string(std::string& out, std::string_view s) {
  if (!is_utf8(s)) return fail(Code::invalid, "a text that is not UTF-8 has no JSON");
  out += '"';
  for (const char c : s) {
    const auto u = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      (out += '\\') += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (c == '\r') {
      out += "\\r";
    } else if (u < 0x20) {
      out += fmt::format("\\u{:04x}", u);
    } else {
      out += c;
    }
  }
  out += '"';
  return {};
}

Status append(std::string& out, const Value& v) {
  if (v.is_null()) return out += "null", Status();
  if (const auto* b = v.as<bool>()) return out += *b ? "true" : "false", Status();
  if (const auto* i = v.as<std::int64_t>()) return out += std::to_string(*i), Status();
  if (const auto* s = v.as<std::string>()) return append_string(out, *s);
  if (const auto* d = v.as<double>()) {
    if (!std::isfinite(*d)) return fail(Code::invalid, "a number that is not finite has no JSON");
    return out += fmt::format("{}", *d), Status();
  }
  std::size_t n = 0;
  if (const auto* list = v.as<ValueList>()) {
    out += '[';
    for (const auto& item : *list) {
      if (n++) out += ',';
      if (auto s = append(out, item); !s) return s;
    }
    out += ']';
  } else if (const auto* map = v.as<ValueMap>()) {
    out += '{';
    for (const auto& [key, item] : *map) {
      if (n++) out += ',';
      if (auto s = append_string(out, key); !s) return s;
      out += ':';
      if (auto s = append(out, item); !s) return s;
    }
    out += '}';
  }
  return {};
}

}  // namespace

Result<Value> parse_json(std::string_view json, std::size_t depth_most) { return Reader(json, depth_most).whole(); }

Result<std::string> to_json(const Value& value) {
  std::string out;
  if (auto s = append(out, value); !s) return s.error();
  return out;
}

}  // namespace rota::text
