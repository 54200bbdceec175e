// The lines of an env_file.
#include <fmt/format.h>

#include <algorithm>

#include "jobs/read/env_file.h"
#include "jobs/read/identifier.h"
#include "shared/limits.h"

namespace rota::jobs {
namespace {

class EnvText {
 public:
  EnvText(std::string_view text, std::vector<EnvFileFault>& faults) : s_(text), faults_(faults) {}

  Environment read() {
    while (at_ < s_.size()) entry();
    return std::move(env_);
  }

 private:
  bool at_end() const { return at_ == s_.size(); }
  bool at_line_end() const { return at_end() || s_[at_] == '\n' || s_.substr(at_).starts_with("\r\n"); }
  void spaces() {
    while (!at_end() && (s_[at_] == ' ' || s_[at_] == '\t')) ++at_;
  }
  void next_line() {
    at_ = std::min(s_.find('\n', at_), s_.size() - 1) + 1;
    ++line_;
  }
  void fault(std::size_t line, std::string message) { faults_.push_back({line, std::move(message)}); }

  void entry() {
    spaces();
    if (at_line_end() || s_[at_] == '#') return next_line();
    if (const auto rest = s_.substr(at_); rest.starts_with("export ") || rest.starts_with("export\t")) {
      at_ += 7;
      spaces();
    }
    const auto from = at_, line = line_;
    while (!at_line_end() && s_[at_] != '=' && s_[at_] != ' ' && s_[at_] != '\t') ++at_;
    const auto name = s_.substr(from, at_ - from);
    spaces();
    if (at_line_end() || s_[at_] != '=') {
      fault(line, "NAME=VALUE was expected");
      return next_line();
    }
    ++at_;
    const bool named = is_variable_name(name);
    if (!named) fault(line, fmt::format("'{}' cannot name a variable", shown_name(name)));
    auto value = read_value();
    if (value && value->find('\0') != std::string::npos) {
      fault(line, "a NUL byte; an env_file is text");
    } else if (value && name.size() + 1 + value->size() > limits::kArgBytes) {
      fault(line, fmt::format("'{}' has more than {} bytes (arg_bytes)", shown_name(name), limits::kArgBytes));
    } else if (value && named) {
      env_.emplace_back(std::string(name), std::move(*value));
    }
  }

  std::optional<std::string> read_value() {
    spaces();
    if (at_line_end() || (s_[at_] != '"' && s_[at_] != '\'')) return plain();
    const auto line = line_;
    auto value = s_[at_] == '"' ? double_quoted() : single_quoted();
    if (!value) {
      fault(line, "the quote that begins here does not end");
      at_ = s_.size();
      return std::nullopt;
    }
    spaces();
    const bool alone = at_line_end() || s_[at_] == '#';
    if (!alone) fault(line_, "there is text after the closing quote");
    next_line();
    return alone ? value : std::nullopt;
  }

  /// Up to the end of the line, or to a '#' after a space.
  std::string plain() {
    const auto end = std::min(s_.find('\n', at_), s_.size());
    auto text = s_.substr(at_, end - at_);
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '#' && (i == 0 || text[i - 1] == ' ' || text[i - 1] == '\t')) text = text.substr(0, i);
    }
    const auto last = text.find_last_not_of(" \t\r");
    std::string value(text.substr(0, last == std::string_view::npos ? 0 : last + 1));
    next_line();
    return value;
  }

  std::optional<std::string> single_quoted() {
    const auto end = s_.find('\'', ++at_);
    if (end == std::string_view::npos) return std::nullopt;
    std::string value(s_.substr(at_, end - at_));
    line_ += static_cast<std::size_t>(std::count(value.begin(), value.end(), '\n'));
    at_ = end + 1;
    return value;
  }

  std::optional<std::string> double_quoted() {
    std::string value;
    for (++at_; !at_end(); ++at_) {
      const char c = s_[at_];
      if (c == '"') return ++at_, value;
      if (c == '\n') ++line_;
      if (c != '\\' || at_ + 1 == s_.size()) {
        value += c;
        continue;
      }
      switch (const char next = s_[++at_]) {
        case 'n': value += '\n'; break;
        case 't': value += '\t'; break;
        case 'r': value += '\r'; break;
        case '"':
        case '\\':
        case '$': value += next; break;
        default: value += {'\\', next};
      }
      if (s_[at_] == '\n') ++line_;
    }
    return std::nullopt;
  }

  std::string_view s_;
  std::vector<EnvFileFault>& faults_;
  Environment env_;
  std::size_t at_ = 0, line_ = 1;
};

}  // namespace

Environment parse_env_file(std::string_view text, std::vector<EnvFileFault>& faults) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  return EnvText(text, faults).read();
}

}  // namespace rota::jobs
