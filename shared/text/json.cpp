// A recursive descent over JSON.
#include "shared/text/json.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "shared/text/text.h"

namespace rota::text {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

class JsonText {
 public:
  JsonText(std::string_view text, std::size_t depth_most) : text_(text), depth_most_(depth_most) {}

  Result<Value> whole() {
    Value v;
    if (value(v, 0)) {
      skip_space();
      if (at_ == text_.size()) return v;
      expected("the end");
    }
    return fail(Code::invalid, "is not JSON: " + fault_ + " at byte " + std::to_string(at_ + 1));
  }

 private:
  bool expected(const char* what) {
    if (fault_.empty()) fault_ = std::string("expected ") + what;
    return false;
  }
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool take(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  bool take(std::string_view word) {
    if (!text_.substr(at_).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }
  void skip_space() {
    while (at_ < text_.size() && std::string_view(" \t\n\r").find(text_[at_]) != std::string_view::npos) ++at_;
  }

  bool value(Value& out, std::size_t depth) {
    skip_space();
    if (depth > depth_most_) return expected("fewer levels of nesting");
    switch (peek()) {
      case '{': return map(out, depth);
      case '[': return list(out, depth);
      case '"': {
        std::string s;
        if (!string(s)) return false;
        out = Value(std::move(s));
        return true;
      }
      case 't': out = Value(true); return take("true") || expected("a value");
      case 'f': out = Value(false); return take("false") || expected("a value");
      case 'n': out = Value(); return take("null") || expected("a value");
      default: return number(out);
    }
  }

  bool list(Value& out, std::size_t depth) {
    ++at_;
    ValueList values;
    skip_space();
    if (!take(']')) {
      do {
        if (!value(values.emplace_back(), depth + 1)) return false;
        skip_space();
      } while (take(','));
      if (!take(']')) return expected("',' or ']'");
    }
    out = Value(std::move(values));
    return true;
  }

  bool map(Value& out, std::size_t depth) {
    ++at_;
    ValueMap entries;
    skip_space();
    if (!take('}')) {
      do {
        if (!entry(entries, depth)) return false;
        skip_space();
      } while (take(','));
      if (!take('}')) return expected("',' or '}'");
    }
    keep_last(entries);
    out = Value(std::move(entries));
    return true;
  }

  bool entry(ValueMap& entries, std::size_t depth) {
    skip_space();
    if (peek() != '"') return expected("a key in double quotes");
    auto& [key, v] = entries.emplace_back();
    if (!string(key)) return false;
    skip_space();
    return take(':') ? value(v, depth + 1) : expected("':'");
  }

  /// Sorted by key and place, so that a map of n entries is not compared n * n times.
  static void keep_last(ValueMap& entries) {
    std::vector<std::size_t> order(entries.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return entries[a].first < entries[b].first; });
    std::vector<bool> dropped(entries.size());
    bool any = false;
    for (std::size_t i = 1; i < order.size(); ++i) {
      if (entries[order[i - 1]].first == entries[order[i]].first) dropped[order[i - 1]] = any = true;
    }
    if (!any) return;
    ValueMap kept;
    for (std::size_t i = 0; i < entries.size(); ++i) {
      if (!dropped[i]) kept.push_back(std::move(entries[i]));
    }
    entries = std::move(kept);
  }

  bool string(std::string& out) {
    ++at_;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '"') {
        ++at_;
        return is_utf8(out) || expected("UTF-8 in the string before");
      }
      if (static_cast<unsigned char>(c) < 0x20) return expected("no control character in a string");
      ++at_;
      if (c != '\\') {
        out += c;
      } else if (!escape(out)) {
        return false;
      }
    }
    return expected("'\"'");
  }

  bool escape(std::string& out) {
    static constexpr std::string_view names = "\"\\/bfnrt", meanings = "\"\\/\b\f\n\r\t";
    const char c = peek();
    if (c == 'u') {
      ++at_;
      return code_point(out);
    }
    const auto which = c == '\0' ? std::string_view::npos : names.find(c);
    if (which == std::string_view::npos) return expected("an escape that JSON knows");
    out += meanings[which];
    ++at_;
    return true;
  }

  std::optional<std::uint32_t> four_digits() {
    std::uint32_t v = 0;
    const auto digits = text_.substr(at_, 4);
    const auto got = std::from_chars(digits.data(), digits.data() + digits.size(), v, 16);
    if (digits.size() != 4 || got.ptr != digits.data() + 4) return std::nullopt;
    at_ += 4;
    return v;
  }

  bool code_point(std::string& out) {
    auto v = four_digits();
    if (!v) return expected("four hexadecimal digits");
    if (*v >= 0xd800 && *v < 0xdc00) {
      const auto low = take("\\u") ? four_digits() : std::nullopt;
      if (!low || *low < 0xdc00 || *low > 0xdfff) return expected("the second half of a surrogate pair");
      *v = 0x10000 + ((*v - 0xd800) << 10) + (*low - 0xdc00);
    } else if (*v >= 0xdc00 && *v <= 0xdfff) {
      return expected("the first half of a surrogate pair");
    }
    append_utf8(out, *v);
    return true;
  }

  static void append_utf8(std::string& out, std::uint32_t v) {
    const auto tail = [&](int shift) { out += static_cast<char>(0x80 | ((v >> shift) & 0x3f)); };
    if (v < 0x80) {
      out += static_cast<char>(v);
    } else if (v < 0x800) {
      out += static_cast<char>(0xc0 | (v >> 6));
      tail(0);
    } else if (v < 0x10000) {
      out += static_cast<char>(0xe0 | (v >> 12));
      tail(6);
      tail(0);
    } else {
      out += static_cast<char>(0xf0 | (v >> 18));
      tail(12);
      tail(6);
      tail(0);
    }
  }

  bool number(Value& out) {
    const auto start = at_;
    const auto digits = [this] {
      const auto from = at_;
      while (is_digit(peek())) ++at_;
      return at_ > from;
    };
    take('-');
    if (!take('0') && !digits()) {
      at_ = start;
      return expected("a value");
    }
    bool whole = true;
    if (take('.')) {
      whole = false;
      if (!digits()) return expected("a digit");
    }
    if (peek() == 'e' || peek() == 'E') {
      whole = false;
      ++at_;
      if (!take('+')) take('-');
      if (!digits()) return expected("a digit");
    }
    const auto word = text_.substr(start, at_ - start);
    std::int64_t i = 0;
    if (whole && std::from_chars(word.data(), word.data() + word.size(), i).ec == std::errc{}) {
      out = Value(i);
    } else {
      double d = 0;
      const auto got = std::from_chars(word.data(), word.data() + word.size(), d);
      if (got.ec != std::errc{} || !std::isfinite(d)) return expected("a number that a double can hold");
      out = Value(d);
    }
    out.source = word;
    return true;
  }

  std::string_view text_;
  std::size_t depth_most_;
  std::size_t at_ = 0;
  std::string fault_;
};

}  // namespace

Result<Value> parse_json(std::string_view json, std::size_t depth_most) { return JsonText(json, depth_most).whole(); }

}  // namespace rota::text
