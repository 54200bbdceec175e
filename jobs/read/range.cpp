// Ranges of whole numbers.
#include "jobs/read/range.h"

#include <fmt/format.h>

#include <charconv>
#include <limits>

namespace rota::jobs {
namespace {

constexpr std::string_view kDots = "..";

struct Digits {
  std::int64_t value = 0;
  bool fits = true;
};

/// -?[0-9]+ and nothing else.
std::optional<Digits> whole(std::string_view s) {
  const auto digits = s.substr(s.starts_with('-') ? 1 : 0);
  if (digits.empty() || digits.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
  Digits d;
  const auto [end, error] = std::from_chars(s.data(), s.data() + s.size(), d.value);
  d.fits = error == std::errc();
  return d;
}

}  // namespace

std::optional<Result<Range>> parse_range(std::string_view text) {
  const auto dots = text.find(kDots);
  if (dots == std::string_view::npos) return std::nullopt;
  auto rest = text.substr(dots + kDots.size());
  const auto colon = rest.find(':');
  const auto first = whole(text.substr(0, dots)), last = whole(rest.substr(0, colon));
  const auto step = colon == std::string_view::npos ? Digits{1, true} : whole(rest.substr(colon + 1));
  if (!first || !last || !step) return std::nullopt;
  const auto no = [&](std::string what) { return Result<Range>(fail(Code::invalid, std::move(what))); };
  if (!first->fits || !last->fits || !step->fits) return no("its numbers have at most 64 bits");
  if (step->value < 1) return no(fmt::format("its step is {}, and must be at least 1", step->value));
  if (first->value > last->value)
    return no(fmt::format("it is empty: {} is more than {}", first->value, last->value));
  const auto distance = static_cast<std::uint64_t>(last->value) - static_cast<std::uint64_t>(first->value);
  const auto steps = distance / static_cast<std::uint64_t>(step->value);
  if (steps == std::numeric_limits<std::uint64_t>::max()) return no("it has more than 64 bits of numbers");
  return Result<Range>(Range{first->value, step->value, steps + 1});
}

}  // namespace rota::jobs
