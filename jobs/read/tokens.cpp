// Cutting expressions into words.
#include "jobs/read/tokens.h"

#include <fmt/format.h>

#include <array>

#include "jobs/read/scalar.h"
#include "shared/text/text.h"
#include "shared/text/utf8.h"

namespace rota::jobs {
namespace {

constexpr std::array<std::string_view, 12> kSymbols{"==", "!=", "<=", ">=", "&&", "||", "!", "<", ">", "+", "(", ")"};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_word(char c) { return is_letter(c) || is_digit(c) || c == '-' || c == '.'; }

/// Past the quote that ends the text which begins at s[at]; npos: none. 'it''s' and "a \"b\"".
std::size_t end_of_text(std::string_view s, std::size_t at) {
  const char quote = s[at++];
  for (; at < s.size(); ++at) {
    if (quote == '"' && s[at] == '\\') {
      ++at;
    } else if (s[at] == quote) {
      if (quote == '"' || at + 1 >= s.size() || s[at + 1] != '\'') return at + 1;
      ++at;
    }
  }
  return std::string_view::npos;
}

class Splitter {
 public:
  Splitter(std::string_view text, std::size_t at, std::size_t end, std::vector<Token>& tokens,
           std::vector<ExpressionFault>& faults)
      : s_(text.substr(0, end)), at_(at), tokens_(tokens), faults_(faults) {}

  bool run() {
    for (;;) {
      while (at_ < s_.size() && is_space(s_[at_])) ++at_;
      if (at_ >= s_.size()) break;
      if (!one()) return false;
    }
    tokens_.push_back({Token::Kind::end, s_.size(), {}, {}});
    return true;
  }

 private:
  bool fault(std::size_t at, std::string message, std::string hint = {}) {
    faults_.push_back({at, std::move(message), std::move(hint)});
    return false;
  }
  void add(Token::Kind kind, std::size_t size, Value value = {}) {
    tokens_.push_back({kind, at_, s_.substr(at_, size), std::move(value)});
    at_ += size;
  }

  bool one() {
    const char c = s_[at_];
    if (c == '\'' || c == '"') return text(c);
    if (is_letter(c)) {
      auto end = at_;
      while (end < s_.size() && is_word(s_[end])) ++end;
      return add(Token::Kind::name, end - at_), true;
    }
    const bool sign = (c == '-' || c == '.') && at_ + 1 < s_.size() && (is_digit(s_[at_ + 1]) || s_[at_ + 1] == '.');
    if (is_digit(c) || sign) return number();
    if (c == ',') return add(Token::Kind::symbol, 1), true;
    for (const auto symbol : kSymbols) {
      if (s_.substr(at_).starts_with(symbol)) return add(Token::Kind::symbol, symbol.size()), true;
    }
    return stranger(c);
  }

  bool stranger(char c) {
    const auto two = s_.substr(at_, 2);
    if (c == '=') return fault(at_, "'=' is no operator: equality is '=='");
    if (c == '&' || c == '|') return fault(at_, fmt::format("'{0}' is no operator: it is '{0}{0}'", c));
    if (c == '-' || c == '*' || c == '/' || c == '%')
      return fault(at_, fmt::format("there is no operator '{}': '+' adds; anything more is for the job to compute", c));
    if (c == '[') return fault(at_, "there is no '[ ]': lists are for contains(), join() and to_json()");
    if (c == '?') return fault(at_, "there is no '? :': default(x, y) gives y where x is missing");
    if (two == "${") return fault(at_, "an expression within an expression: write the name without '${{ }}'");
    if (c == '$') return fault(at_, "'$' is the shell's: names here are params.X, env.X and so on");
    std::size_t next = at_;
    text::next_code_point(s_, next);
    return fault(at_,
                 fmt::format("'{}' means nothing in '${{{{ }}}}'", text::escape_terminal(s_.substr(at_, next - at_))));
  }

  bool number() {
    auto end = at_ + 1;
    while (end < s_.size() && (is_word(s_[end]) || (s_[end] == '+' && (s_[end - 1] == 'e' || s_[end - 1] == 'E'))))
      ++end;
    const auto word = s_.substr(at_, end - at_);
    auto value = core_value(word);
    if (!value) return fault(at_, value.error().what);
    if (value->as<std::string>())
      return fault(at_, fmt::format("'{}' is neither a number nor a name", text::escape_terminal(word.substr(0, 60))),
                   "a text stands in quotes: 'abc'");
    value->source.clear();  // 0x10 + 1 is 17, and 0x10 alone is 16
    add(Token::Kind::literal, word.size(), std::move(*value));
    return true;
  }

  bool text(char quote) {
    const auto end = end_of_text(s_, at_);
    if (end == std::string_view::npos) return fault(at_, fmt::format("this {} is not closed", quote));
    std::string out;
    for (auto i = at_ + 1; i + 1 < end; ++i) {
      if (quote == '"' && s_[i] == '\\') {
        constexpr std::string_view names = "\"\\nrt", meant = "\"\\\n\r\t";
        const auto n = names.find(s_[++i]);
        if (n == std::string_view::npos)
          return fault(i - 1, "a backslash within double quotes stands before one of \" \\ n r t",
                       "within single quotes it stands for itself");
        out += meant[n];
      } else {
        out += s_[i];
        if (quote == '\'' && s_[i] == '\'') ++i;
      }
    }
    add(Token::Kind::literal, end - at_, Value(std::move(out)));
    return true;
  }

  std::string_view s_;
  std::size_t at_;
  std::vector<Token>& tokens_;
  std::vector<ExpressionFault>& faults_;
};

}  // namespace

std::size_t end_of_expression(std::string_view text, std::size_t open) {
  auto at = open + kExpressionOpen.size();
  while (at < text.size()) {
    if (text.substr(at).starts_with(kExpressionClose)) return at + kExpressionClose.size();
    const auto past = text[at] == '\'' || text[at] == '"' ? end_of_text(text, at) : at + 1;
    if (past == std::string_view::npos) {  // a quote that never ends: the nearest '}}' is what was meant
      const auto close = text.find(kExpressionClose, at);
      return close == std::string_view::npos ? close : close + kExpressionClose.size();
    }
    at = past;
  }
  return std::string_view::npos;
}

bool split(std::string_view text, std::size_t open, std::size_t end, std::vector<Token>& tokens,
           std::vector<ExpressionFault>& faults) {
  return Splitter(text, open + kExpressionOpen.size(), end - kExpressionClose.size(), tokens, faults).run();
}

bool split_bare(std::string_view text, std::vector<Token>& tokens, std::vector<ExpressionFault>& faults) {
  return Splitter(text, 0, text.size(), tokens, faults).run();
}

}  // namespace rota::jobs
