// `array:` into a Shape.
#include <fmt/format.h>

#include "jobs/read/range.h"
#include "jobs/read/shape_reader.h"
#include "shared/limits.h"
#include "shared/text/text.h"

namespace rota::jobs {
namespace {

constexpr std::string_view kExpected = "a number of tasks such as 100, or a range such as \"0..99\" or \"0..90:10\"";

/// What was said, as a range. Nothing after a report.
std::optional<Range> said(Reading& in, NodeAt at, const Value& value) {
  if (const auto* n = value.as<std::int64_t>()) {
    if (*n >= 1) return Range{0, 1, static_cast<std::uint64_t>(*n)};
    in.report(at, fmt::format("'array' takes at least one task, got {}", *n));
    return std::nullopt;
  }
  const auto* text = value.as<std::string>();
  const auto range = text ? parse_range(*text) : std::nullopt;
  if (!range) return wrong_value(in, at, "array", kExpected, value), std::nullopt;
  if (!*range) return in.report(at, fmt::format("'array': {}", range->error().what)), std::nullopt;
  if ((*range)->first < 0) {
    in.report(at, fmt::format("'array' begins at {}: the number of a task is not negative", (*range)->first));
    return std::nullopt;
  }
  return **range;
}

}  // namespace

std::string grouped(std::uint64_t n) {
  std::string digits = std::to_string(n);
  for (std::size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, ",");
  return digits;
}

void wrong_value(Reading& in, NodeAt at, std::string_view field, std::string_view expected, const Value& got) {
  if (in.tree.text(at).find(kExpressionOpen) == std::string_view::npos) return in.wrong(at, field, expected);
  in.report(at, fmt::format("'{}' takes {}; its expression gives {} ({})", field, expected,
                            text::escape_terminal(to_text(got).substr(0, 40)), type_name(got)));
}

void read_array(Reading& in, NodeAt at, Shape& out) {
  if (!in.is(at, Node::Kind::scalar)) return in.wrong(at, "array", kExpected);
  const auto value = in.value(at, "array");
  const auto range = value ? said(in, at, *value) : std::nullopt;
  if (!range) return;
  if (range->count > limits::kTasksPerRun)
    return in.report(at, fmt::format("'array' has {} tasks; a run has at most {} (tasks_per_run)",
                                     grouped(range->count), grouped(limits::kTasksPerRun)));
  out = Array{range->first, range->step, static_cast<std::uint32_t>(range->count)};
}

}  // namespace rota::jobs
