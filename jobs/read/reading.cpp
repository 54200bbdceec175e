// Typed readers of nodes.
#include "jobs/read/reading.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "jobs/read/scalar.h"
#include "shared/text/text.h"

namespace rota::jobs {
namespace {

constexpr std::size_t kShownBytes = 40;

std::string joined(std::span<const std::string_view> words) {
  std::string out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i) out += i + 1 == words.size() ? " or " : ", ";
    out += words[i];
  }
  return out;
}

bool has_expression(std::string_view s) { return s.find(kExpressionOpen) != std::string_view::npos; }

}  // namespace

std::string shown(const Tree& tree, NodeAt node) {
  switch (tree[node].kind) {
    case Node::Kind::scalar: {
      const auto text = tree.text(node);
      const auto head = text::escape_terminal(text.substr(0, kShownBytes));
      return fmt::format("'{}{}'{}", head, text.size() > kShownBytes ? "..." : "", tree[node].quoted ? " (text)" : "");
    }
    case Node::Kind::list: return tree[node].count == 0 ? "an empty list" : "a list";
    case Node::Kind::map: return tree[node].count == 0 ? "an empty map" : "a map";
    default: return "nothing";
  }
}

void Reading::report(NodeAt at, std::string message, std::string hint) {
  findings.add(place(at), std::move(message), std::move(hint));
}

void Reading::wrong(NodeAt at, std::string_view field, std::string_view expected) {
  if (is(at, Node::Kind::broken)) return;
  report(at, fmt::format("'{}' takes {}, got {}", field, expected, shown(tree, at)));
}

bool Reading::free_of_nul(NodeAt at, std::string_view field, std::string_view text) {
  if (text.find('\0') == std::string_view::npos) return true;
  report(at, fmt::format("'{}' may not hold a NUL character", field));
  return false;
}

bool Reading::refuse_expression(NodeAt at, std::string message, std::string hint) {
  if (!has_expression(tree.text(at))) return false;
  findings.add(inside(at, {}), std::move(message), std::move(hint));
  return true;
}

std::optional<std::string> Reading::text(NodeAt at, std::string_view field, std::string_view expected) {
  if (!is(at, Node::Kind::scalar)) return wrong(at, field, expected), std::nullopt;
  const auto s = tree.text(at);
  if (refuse_expression(at, fmt::format("'${{{{ }}}}' is not replaced in '{}'", field),
                        "it is in args, kwargs, env and command"))
    return {};
  if (!free_of_nul(at, field, s)) return {};
  return std::string(s);
}

std::optional<std::string> Reading::substituted(NodeAt at, std::string_view field) {
  if (!is(at, Node::Kind::scalar)) return wrong(at, field, "text"), std::nullopt;
  std::string out(tree.text(at));
  if (has_expression(out)) {
    const auto value = expression_value(at);
    if (!value) return {};
    out = to_text(*value);
  }
  if (!free_of_nul(at, field, out)) return {};
  return out;
}

std::optional<Value> Reading::expression_value(NodeAt at) {
  std::vector<ExpressionFault> faults;
  auto value = substitute(tree.text(at), scope, faults);
  if (faults.empty()) return value;
  for (auto& f : faults) {
    if (!f.message.empty()) findings.add(inside(at, f), std::move(f.message), std::move(f.hint));
  }
  return {};
}

std::optional<Value> Reading::scalar_value(NodeAt at, std::string_view field) {
  const auto s = tree.text(at);
  if (has_expression(s)) return expression_value(at);
  if (tree[at].quoted) return Value(std::string(s));
  auto typed = core_value(s);
  if (typed) return std::move(*typed);
  report(at, fmt::format("'{}': {}", field, typed.error().what), "put it in quotes to pass it as text");
  return {};
}

std::optional<Value> Reading::value(NodeAt at, std::string_view field) {
  switch (kind(at)) {
    case Node::Kind::null: return Value();
    case Node::Kind::scalar: return scalar_value(at, field);
    case Node::Kind::list: {
      ValueList list;
      bool sound = true;
      for (const auto item : tree.items(at)) {
        auto v = value(item, field);
        sound = sound && v;
        if (sound) list.push_back(std::move(*v));
      }
      return sound ? std::optional<Value>(std::move(list)) : std::nullopt;
    }
    case Node::Kind::map: {
      ValueMap map;
      bool sound = true;
      for (const auto e : tree.entries(at)) {
        const auto key = text(e.key, field);
        auto v = value(e.value, field);
        sound = sound && key && v;
        if (sound) map.emplace_back(*key, std::move(*v));
      }
      return sound ? std::optional<Value>(std::move(map)) : std::nullopt;
    }
    default: return {};
  }
}

std::optional<std::string_view> Reading::plain(NodeAt at, std::string_view field, std::string_view expected) {
  const bool fits = is(at, Node::Kind::scalar) && !tree[at].quoted;
  if (!fits) return wrong(at, field, expected), std::nullopt;
  if (!has_expression(tree.text(at))) return tree.text(at);
  text(at, field);  // says that expressions are not replaced here
  return {};
}

std::optional<std::int64_t> Reading::integer(NodeAt at, std::string_view field, std::int64_t least, std::int64_t most) {
  const auto expected = fmt::format("a whole number from {} to {}", least, most);
  const auto s = plain(at, field, expected);
  if (!s) return {};
  const auto whole = core_integer(*s);
  if (!whole || !*whole || **whole < least || **whole > most) return wrong(at, field, expected), std::nullopt;
  return **whole;
}

std::optional<double> Reading::number(NodeAt at, std::string_view field, double least, double most) {
  const auto expected = fmt::format("a number from {} to {}", least, most);
  const auto s = plain(at, field, expected);
  if (!s) return {};
  const auto number = core_number(*s);
  if (!number || !(*number >= least && *number <= most)) return wrong(at, field, expected), std::nullopt;
  return number;
}

std::optional<bool> Reading::boolean(NodeAt at, std::string_view field) {
  constexpr std::string_view expected = "true or false";
  const auto s = plain(at, field, expected);
  if (!s) return {};
  const auto flag = core_boolean(*s);
  if (!flag) wrong(at, field, expected);
  return flag;
}

std::optional<Duration> Reading::duration(NodeAt at, std::string_view field, Duration least) {
  const auto s = text(at, field, "a duration such as 250ms, 5s or 1h30m");
  if (!s) return {};
  const auto d = text::parse_duration(*s);
  if (!d) return report(at, fmt::format("'{}': {}", field, d.error().what)), std::nullopt;
  if (*d < least) {
    report(at, fmt::format("'{}' must be at least {}", field, text::format_duration(least)));
    return {};
  }
  return *d;
}

std::optional<std::uint64_t> Reading::size(NodeAt at, std::string_view field, std::uint64_t least, std::uint64_t most) {
  const auto s = text(at, field, "a size such as 64MiB");
  if (!s) return {};
  const auto bytes = text::parse_size(*s);
  if (!bytes) return report(at, fmt::format("'{}': {}", field, bytes.error().what)), std::nullopt;
  if (*bytes < least || *bytes > most) {
    report(at, fmt::format("'{}' takes {} to {}, got {}", field, text::format_size(least), text::format_size(most),
                           shown(tree, at)));
    return {};
  }
  return *bytes;
}

std::optional<std::string> Reading::path(NodeAt at, std::string_view field) {
  const auto s = text(at, field, "a path");
  if (!s) return {};
  if (s->empty()) return report(at, fmt::format("'{}' is an empty path", field)), std::nullopt;
  if (*s == "~" || s->starts_with("~/")) {
    report(at, fmt::format("'{}': '~' is known to shells only", field), "write the whole path");
    return {};
  }
  const std::filesystem::path p(*s);
  auto whole = (p.is_absolute() ? p : std::filesystem::path(directory_) / p).lexically_normal().string();
  if (whole.size() > 1 && whole.ends_with('/')) whole.pop_back();
  return whole;
}

std::optional<std::vector<std::string>> Reading::words(NodeAt at, std::string_view field, bool text_is_split) {
  std::vector<std::string> out;
  if (text_is_split && is(at, Node::Kind::scalar)) {
    const auto s = text(at, field);
    if (!s) return {};
    for (std::size_t from = 0; from < s->size();) {
      const auto end = std::min(s->find(' ', from), s->size());
      if (end > from) out.push_back(s->substr(from, end - from));
      from = end + 1;
    }
  } else if (is(at, Node::Kind::list)) {
    bool sound = true;
    for (const auto item : tree.items(at)) {
      auto word = text_is_split ? text(item, field) : substituted(item, field);
      sound = sound && word;
      if (sound) out.push_back(std::move(*word));
    }
    if (!sound) return {};
  } else {
    return wrong(at, field, "a list of words such as [echo, hello]"), std::nullopt;
  }
  if (!out.empty() && !out.front().empty()) return out;
  report(at, fmt::format("'{}' has no program: its first word is empty", field));
  return {};
}

std::optional<std::size_t> Reading::choice(NodeAt at, std::string_view field,
                                           std::span<const std::string_view> choices) {
  const auto s = text(at, field, joined(choices));
  if (!s) return {};
  const auto found = std::find(choices.begin(), choices.end(), *s);
  if (found != choices.end()) return static_cast<std::size_t>(found - choices.begin());
  findings.add_unknown(place(at), fmt::format("'{}' takes {}, got {}", field, joined(choices), shown(tree, at)), *s,
                       choices);
  return {};
}

/// The n-th expression of a scalar is the n-th in the source from the scalar's own place on, whatever its quotes.
Place Reading::inside(NodeAt scalar, const ExpressionFault& fault) {
  if (lines_.empty()) lines_ = line_starts(source_);
  const auto own = place(scalar);
  if (own.line == 0 || own.line > lines_.size()) return own;
  auto at = source_.find(kExpressionOpen, lines_[own.line - 1] + own.column - 1);
  for (std::size_t n = 0; n < fault.expression && at != std::string_view::npos; ++n)
    at = source_.find(kExpressionOpen, at + kExpressionOpen.size());
  if (at == std::string_view::npos) return own;  // written with escapes
  at += fault.offset;
  const auto line = std::upper_bound(lines_.begin(), lines_.end(), at) - lines_.begin();
  return {static_cast<std::uint32_t>(line),
          static_cast<std::uint32_t>(at - lines_[static_cast<std::size_t>(line) - 1]) + 1};
}

}  // namespace rota::jobs
