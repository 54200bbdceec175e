// Typed readers of nodes.
#include "jobs/read/reading.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "jobs/read/scalar.h"
#include "jobs/read/uses.h"
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

Reading::Reading(const Tree& t, std::string_view source, std::string directory, Findings& f)
    : tree(t), findings(f), source_(source), directory_(std::move(directory)) {}
Reading::~Reading() = default;

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

std::optional<std::string> Reading::text(NodeAt at, std::string_view field, std::string_view expected) {
  if (!is(at, Node::Kind::scalar)) return wrong(at, field, expected), std::nullopt;
  std::string s(tree.text(at));
  if (has_expression(s)) {
    const auto value = constant(at, field);
    if (!value) return {};
    s = to_text(*value);
  }
  if (!free_of_nul(at, field, s)) return {};
  return s;
}

std::optional<std::string> Reading::plain(NodeAt at, std::string_view field, std::string_view expected) {
  if (!is(at, Node::Kind::scalar)) return wrong(at, field, expected), std::nullopt;
  if (has_expression(tree.text(at))) {
    const auto value = constant(at, field);
    if (!value) return {};
    const auto* s = value->as<std::string>();
    if (!s) return to_text(*value);
    report(at, fmt::format("'{}' takes {}, got '{}' (text)", field, expected, s->substr(0, kShownBytes)),
           "from_json(...) makes a number or a truth of a text");
    return {};
  }
  if (tree[at].quoted) return wrong(at, field, expected), std::nullopt;
  return std::string(tree.text(at));
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
  return s ? absolute(at, field, *s) : std::nullopt;
}

std::optional<std::string> Reading::absolute(NodeAt at, std::string_view field, const std::string& path) {
  if (path.empty()) return report(at, fmt::format("'{}' is an empty path", field)), std::nullopt;
  if (path == "~" || path.starts_with("~/")) {
    report(at, fmt::format("'{}': '~' is known to shells only", field), "write the whole path");
    return {};
  }
  const std::filesystem::path p(path);
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
      auto word = text(item, field);
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

}  // namespace rota::jobs
