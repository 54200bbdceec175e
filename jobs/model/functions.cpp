// Operators and functions on values.
#include "jobs/model/functions.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "shared/limits.h"
#include "shared/text/json.h"

namespace rota::jobs {
namespace {

Error sentence(std::string what) { return fail(Code::invalid, std::move(what)); }

std::optional<double> number(const Value& v) {
  if (const auto* i = v.as<std::int64_t>()) return static_cast<double>(*i);
  if (const auto* d = v.as<double>()) return *d;
  return {};
}

/// Less, equal or greater; nothing where one is not a number at all (NaN).
std::optional<int> order(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return {};
  return a < b ? -1 : a > b ? 1 : 0;
}

/// Exact also where a whole number has more digits than a double can tell.
std::optional<int> order(const Value& a, const Value& b) {
  const auto* i = a.as<std::int64_t>();
  const auto* k = b.as<std::int64_t>();
  if (i && k) return *i < *k ? -1 : *i > *k ? 1 : 0;
  return order(*number(a), *number(b));
}

bool equal(const Value& a, const Value& b) {
  if (number(a) && number(b)) return order(a, b) == 0;
  const auto* list = a.as<ValueList>();
  const auto* others = b.as<ValueList>();
  if (list && others) return std::equal(list->begin(), list->end(), others->begin(), others->end(), equal);
  const auto* map = a.as<ValueMap>();
  const auto* other = b.as<ValueMap>();
  if (!map || !other) return a == b;
  if (map->size() != other->size()) return false;
  return std::all_of(map->begin(), map->end(), [&](const auto& entry) {  // whatever the order
    const auto at = std::find_if(other->begin(), other->end(), [&](const auto& o) { return o.first == entry.first; });
    return at != other->end() && equal(entry.second, at->second);
  });
}

Result<Value> compare(Operation o, const Value& a, const Value& b) {
  std::optional<int> c;
  const auto* s = a.as<std::string>();
  const auto* t = b.as<std::string>();
  if (s && t) {
    c = s->compare(*t);
  } else if (number(a) && number(b)) {
    c = order(a, b);
  } else {
    return sentence(
        fmt::format("'{}' compares two numbers or two texts, got {} and {}", to_text(o), type_name(a), type_name(b)));
  }
  if (!c) return Value(false);
  switch (o) {
    case Operation::less: return Value(*c < 0);
    case Operation::less_equal: return Value(*c <= 0);
    case Operation::greater: return Value(*c > 0);
    default: return Value(*c >= 0);
  }
}

Result<Value> add(const Value& a, const Value& b) {
  const auto* s = a.as<std::string>();
  const auto* t = b.as<std::string>();
  if (s && t) return Value(*s + *t);
  const auto* i = a.as<std::int64_t>();
  const auto* k = b.as<std::int64_t>();
  if (i && k) {
    std::int64_t sum = 0;
    if (__builtin_add_overflow(*i, *k, &sum)) return sentence("'+': the sum does not fit into 64 bits");
    return Value(sum);
  }
  if (number(a) && number(b)) return Value(*number(a) + *number(b));
  return sentence(fmt::format("'+' adds two numbers or joins two texts, got {} and {}", type_name(a), type_name(b)));
}

Result<Value> contains(const Value& whole, const Value& part) {
  if (const auto* list = whole.as<ValueList>())
    return Value(std::any_of(list->begin(), list->end(), [&](const Value& v) { return equal(v, part); }));
  const auto* s = whole.as<std::string>();
  const auto* t = part.as<std::string>();
  if (s && t) return Value(s->find(*t) != std::string::npos);
  return sentence(fmt::format("contains() looks for a text in a text, or for a value in a list; got {} and {}",
                              type_name(whole), type_name(part)));
}

Result<Value> starts_or_ends(Operation o, const Value& whole, const Value& part) {
  const auto* s = whole.as<std::string>();
  const auto* t = part.as<std::string>();
  if (!s || !t)
    return sentence(fmt::format("{}() takes two texts, got {} and {}", to_text(o), type_name(whole), type_name(part)));
  return Value(o == Operation::starts_with ? s->starts_with(*t) : s->ends_with(*t));
}

/// Calls literal(text) and argument(index) for the pieces of a format text.
template <class Literal, class Argument>
Status each_piece(std::string_view text, Literal literal, Argument argument) {
  for (std::size_t at = 0; at < text.size();) {
    const auto brace = std::min(text.find_first_of("{}", at), text.size());
    literal(text.substr(at, brace - at));
    if (brace == text.size()) break;
    at = brace + 1;
    if (at < text.size() && text[at] == text[brace]) {  // {{ and }} are braces
      literal(text.substr(at++, 1));
      continue;
    }
    std::size_t index = 0;
    const auto end = text.find('}', at);
    const auto inside = text.substr(at, end == text.npos ? 0 : end - at);
    const auto [stop, error] = std::from_chars(inside.data(), inside.data() + inside.size(), index);
    if (text[brace] == '}' || inside.empty() || error != std::errc{} || stop != inside.data() + inside.size())
      return sentence("format(): a brace stands for an argument, as in {0}; write {{ or }} for a brace itself");
    argument(index);
    at = end + 1;
  }
  return {};
}

Result<Value> format(std::span<const Value> args) {
  const auto* text = args[0].as<std::string>();
  if (!text)
    return sentence(fmt::format("format() takes a text such as 'job-{{0}}' first, got {}", type_name(args[0])));
  std::string out;
  std::optional<std::size_t> missing;
  const auto given = args.size() - 1;
  const auto status = each_piece(
      *text, [&](std::string_view piece) { out += piece; },
      [&](std::size_t i) {
        if (i >= given) {
          missing = i;
        } else if (out.size() <= limits::kExpressionBytes) {
          out += to_text(args[i + 1]);
        }
      });
  if (!status) return status.error();
  if (missing)
    return sentence(fmt::format("format(): {{{}}} has no argument: {} given, counted from {{0}}", *missing,
                                given == 1 ? "one is" : fmt::format("{} are", given)));
  return Value(std::move(out));
}

Result<Value> join(std::span<const Value> args) {
  const auto* list = args[0].as<ValueList>();
  if (!list) return sentence(fmt::format("join() takes a list, got {}", type_name(args[0])));
  std::string separator = ",";
  if (args.size() > 1) {
    const auto* s = args[1].as<std::string>();
    if (!s) return sentence(fmt::format("join() takes a text to put between, got {}", type_name(args[1])));
    separator = *s;
  }
  std::string out;
  for (std::size_t i = 0; i < list->size() && out.size() <= limits::kExpressionBytes; ++i) {
    if (i) out += separator;
    out += (*list)[i].is_null() ? "" : to_text((*list)[i]);
  }
  return Value(std::move(out));
}

Result<Value> from_json(const Value& v) {
  const auto* s = v.as<std::string>();
  if (!s) return sentence(fmt::format("from_json() takes a text, got {}", type_name(v)));
  auto value = text::parse_json(*s, limits::kExpressionDepth);
  if (!value) return sentence("from_json(): " + value.error().what);
  return value;
}

Result<Value> write_json(const Value& v) {
  auto json = text::to_json(v);
  if (!json) return sentence("to_json(): " + json.error().what);
  return Value(std::move(*json));
}

}  // namespace

Arity arity(Operation o) {
  constexpr std::size_t any = limits::kJobFileNodes;
  switch (o) {
    case Operation::both:
    case Operation::either:
    case Operation::add: return {2, any};
    case Operation::format:
    case Operation::hash: return {1, any};
    case Operation::join: return {1, 2};
    case Operation::negate:
    case Operation::to_json:
    case Operation::from_json: return {1, 1};
    case Operation::success:
    case Operation::failure:
    case Operation::always: return {0, 0};
    default: return {2, 2};
  }
}

std::string stable_hash(std::span<const Value> texts) {
  std::uint64_t h = 0xcbf29ce484222325ull;
  const auto take = [&](unsigned char c) { h = (h ^ c) * 0x100000001b3ull; };
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (i) take(0);
    for (const char c : to_text(texts[i])) take(static_cast<unsigned char>(c));
  }
  return fmt::format("{:016x}", h);
}

Result<std::size_t> arguments_of_format(std::string_view text) {
  std::size_t most = 0;
  const auto status = each_piece(
      text, [](std::string_view) {}, [&](std::size_t i) { most = std::max(most, i + 1); });
  if (!status) return status.error();
  return most;
}

Result<Value> apply_operation(Operation o, std::span<const Value> args) {
  switch (o) {
    case Operation::equal: return Value(equal(args[0], args[1]));
    case Operation::not_equal: return Value(!equal(args[0], args[1]));
    case Operation::less:
    case Operation::less_equal:
    case Operation::greater:
    case Operation::greater_equal: return compare(o, args[0], args[1]);
    case Operation::negate: {
      if (const auto* b = args[0].as<bool>()) return Value(!*b);
      return sentence(fmt::format("'!' wants true or false, got {}", type_name(args[0])));
    }
    case Operation::add: return add(args[0], args[1]);
    case Operation::contains: return contains(args[0], args[1]);
    case Operation::starts_with:
    case Operation::ends_with: return starts_or_ends(o, args[0], args[1]);
    case Operation::format: return format(args);
    case Operation::join: return join(args);
    case Operation::to_json: return write_json(args[0]);
    case Operation::from_json: return from_json(args[0]);
    case Operation::hash: return Value(stable_hash(args));
    case Operation::both:
    case Operation::either:
    case Operation::or_default:
    case Operation::success:
    case Operation::failure:
    case Operation::always: break;
  }
  return fail(Code::internal, fmt::format("{} is not applied to values", to_text(o)));
}

}  // namespace rota::jobs
