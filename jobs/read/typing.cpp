// Types of operations.
#include "jobs/read/typing.h"

#include <fmt/format.h>

#include <algorithm>

namespace rota::jobs {
namespace {

constexpr Types kNumbers = Types::number();
constexpr Types kTexts = Types::string();

/// In words, without the null that is only "perhaps missing".
std::string words(Types t) {
  const auto rest = t.without(Types::null());
  return (rest == Types() ? t : rest).text();
}

Typed wrong(Types result, std::string mistake, std::string hint = {}) {
  return {result, std::move(mistake), std::move(hint)};
}

Typed equality(Operation o, Types a, Types b) {
  const auto wide = [](Types t) { return t.has(kNumbers) ? t | kNumbers : t; };
  if (wide(a).has(wide(b))) return {Types::boolean(), {}, {}};
  return wrong(
      Types::boolean(), fmt::format("'{}' compares {} with {}: they are never equal", to_text(o), words(a), words(b)),
      a.has(kTexts) || b.has(kTexts) ? "a text stands in quotes, a number does not; from_json() makes a number "
                                       "of a text"
                                     : "");
}

Typed comparison(Operation o, Types a, Types b) {
  if ((a.has(kNumbers) && b.has(kNumbers)) || (a.has(kTexts) && b.has(kTexts))) return {Types::boolean(), {}, {}};
  return wrong(Types::boolean(),
               fmt::format("'{}' compares two numbers or two texts, got {} and {}", to_text(o), words(a), words(b)));
}

Typed logic(Operation o, std::span<const Types> parts) {
  for (const auto t : parts) {
    if (!t.has(Types::boolean()))
      return wrong(Types::boolean(), fmt::format("'{}' wants true or false, got {}", to_text(o), words(t)),
                   t.has(kTexts) ? "compare it: x == 'text'" : "");
  }
  return {Types::boolean(), {}, {}};
}

Typed sum(std::span<const Types> parts) {
  auto so_far = parts.front();
  for (const auto next : parts.subspan(1)) {
    Types result;
    if (so_far.has(kNumbers) && next.has(kNumbers)) result = result | ((so_far | next) & kNumbers);
    if (so_far.has(kTexts) && next.has(kTexts)) result = result | kTexts;
    if (result == Types())
      return wrong(kNumbers | kTexts,
                   fmt::format("'+' adds two numbers or joins two texts, got {} and {}", words(so_far), words(next)),
                   so_far.has(kTexts) || next.has(kTexts) ? "format('{0}{1}', a, b) makes a text of anything" : "");
    so_far = result;
  }
  return {so_far, {}, {}};
}

Typed containment(Types whole, Types part) {
  if (whole.has(Types::list()) || (whole.has(kTexts) && part.has(kTexts))) return {Types::boolean(), {}, {}};
  return wrong(Types::boolean(), fmt::format("contains() looks for a text in a text, or for a value in a list; got {} "
                                             "and {}",
                                             words(whole), words(part)));
}

Typed two_texts(Operation o, Types a, Types b) {
  if (a.has(kTexts) && b.has(kTexts)) return {Types::boolean(), {}, {}};
  return wrong(Types::boolean(), fmt::format("{}() takes two texts, got {} and {}", to_text(o), words(a), words(b)));
}

}  // namespace

Types Types::of(OutputType t) {
  switch (t) {
    case OutputType::string: return string();
    case OutputType::integer: return integer();
    case OutputType::number: return number();
    case OutputType::boolean: return boolean();
    case OutputType::json: return any();
  }
  return any();
}

std::string Types::text() const {
  if (*this == any() || *this == Types()) return "a value";
  if (*this == number()) return "a number";
  static constexpr std::string_view names[] = {"null", "bool", "int", "float", "string", "list", "map"};
  std::string out;
  for (std::size_t i = 0; i < std::size(names); ++i) {
    if ((bits_ & (1u << i)) != 0) out += (out.empty() ? "" : " or ") + std::string(names[i]);
  }
  return out;
}

Typed type_of(Operation o, std::span<const Types> parts) {
  switch (o) {
    case Operation::equal:
    case Operation::not_equal: return equality(o, parts[0], parts[1]);
    case Operation::less:
    case Operation::less_equal:
    case Operation::greater:
    case Operation::greater_equal: return comparison(o, parts[0], parts[1]);
    case Operation::both:
    case Operation::either:
    case Operation::negate: return logic(o, parts);
    case Operation::add: return sum(parts);
    case Operation::contains: return containment(parts[0], parts[1]);
    case Operation::starts_with:
    case Operation::ends_with: return two_texts(o, parts[0], parts[1]);
    case Operation::format:
      if (parts[0].has(kTexts)) return {kTexts, {}, {}};
      return wrong(kTexts, fmt::format("format() takes a text such as 'job-{{0}}' first, got {}", words(parts[0])));
    case Operation::join:
      if (!parts[0].has(Types::list()))
        return wrong(kTexts, fmt::format("join() takes a list, got {}", words(parts[0])));
      if (parts.size() > 1 && !parts[1].has(kTexts))
        return wrong(kTexts, fmt::format("join() takes a text to put between, got {}", words(parts[1])));
      return {kTexts, {}, {}};
    case Operation::from_json:
      if (parts[0].has(kTexts)) return {Types::any(), {}, {}};
      return wrong(Types::any(), fmt::format("from_json() takes a text, got {}", words(parts[0])));
    case Operation::to_json:
    case Operation::hash: return {kTexts, {}, {}};
    case Operation::or_default: return {parts[0].without(Types::null()) | parts[1], {}, {}};
    case Operation::success:
    case Operation::failure:
    case Operation::always: return {Types::boolean(), {}, {}};
  }
  return {};
}

}  // namespace rota::jobs
