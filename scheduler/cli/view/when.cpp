// Reading times.
#include "scheduler/cli/view/when.h"

#include <charconv>
#include <ctime>
#include <optional>
#include <string>

#include "shared/text/text.h"

namespace rota::cli {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

Error not_a_time(std::string_view text) {
  return fail(Code::invalid, "'" + text::escape_terminal(text) +
                                 "' is no time: give 2026-03-01T08:00:00Z (or with +01:00), 08:00 for the next such "
                                 "local time, or now+90m");
}

// Takes numbers and separators off a text's front.
class Scanner {
 public:
  explicit Scanner(std::string_view rest) : rest_(rest) {}
  /// Exactly so many digits, within the bounds.
  std::optional<int> digits(std::size_t count, int least, int most) {
    int n = 0;
    const auto part = rest_.substr(0, count);
    const auto [end, bad] = std::from_chars(part.data(), part.data() + part.size(), n);
    if (part.size() != count || bad != std::errc() || end != part.data() + count || part[0] == '-') return std::nullopt;
    if (n < least || n > most) return std::nullopt;
    rest_.remove_prefix(count);
    return n;
  }
  bool take(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool done() const { return rest_.empty(); }
  bool skip_fraction() {
    if (!take('.')) return true;
    const auto end = std::min(rest_.find_first_not_of("0123456789"), rest_.size());
    rest_.remove_prefix(end);
    return end > 0;
  }

 private:
  std::string_view rest_;
};

// Seconds east of UTC.
std::optional<int> offset(Scanner& s) {
  if (s.take('Z') || s.take('z')) return 0;
  const bool west = s.take('-');
  if (!west && !s.take('+')) return std::nullopt;
  const auto hours = s.digits(2, 0, 23);
  if (!hours || !s.take(':')) return std::nullopt;
  const auto minutes = s.digits(2, 0, 59);
  if (!minutes) return std::nullopt;
  return (west ? -1 : 1) * (*hours * 3600 + *minutes * 60);
}

std::optional<WallTime> rfc3339(std::string_view text) {
  Scanner s(text);
  const auto year = s.digits(4, 1970, 9999);
  if (!year || !s.take('-')) return std::nullopt;
  const auto month = s.digits(2, 1, 12);
  if (!month || !s.take('-')) return std::nullopt;
  const auto day = s.digits(2, 1, 31);
  if (!day || !(s.take('T') || s.take('t') || s.take(' '))) return std::nullopt;
  const auto hour = s.digits(2, 0, 23);
  if (!hour || !s.take(':')) return std::nullopt;
  const auto minute = s.digits(2, 0, 59);
  if (!minute || !s.take(':')) return std::nullopt;
  const auto second = s.digits(2, 0, 60);
  if (!second || !s.skip_fraction()) return std::nullopt;
  const auto east = offset(s);
  if (!east || !s.done()) return std::nullopt;
  std::tm parts{};
  parts.tm_year = *year - 1900;
  parts.tm_mon = *month - 1;
  parts.tm_mday = *day;
  parts.tm_hour = *hour;
  parts.tm_min = *minute;
  parts.tm_sec = *second;
  const auto at = ::timegm(&parts);
  if (parts.tm_mday != *day) return std::nullopt;  // 31 April
  return WallTime{(static_cast<std::int64_t>(at) - *east) * kSecond};
}

std::optional<WallTime> next_local(std::string_view text, WallTime now) {
  Scanner s(text);
  const auto hour = s.digits(2, 0, 23);
  if (!hour || !s.take(':')) return std::nullopt;
  const auto minute = s.digits(2, 0, 59);
  if (!minute) return std::nullopt;
  const auto second = s.take(':') ? s.digits(2, 0, 59) : std::optional<int>(0);
  if (!second || !s.done()) return std::nullopt;
  const auto present = static_cast<std::time_t>(now.ns / kSecond);
  for (int days = 0; days < 2; ++days) {
    std::tm parts{};
    ::localtime_r(&present, &parts);
    parts.tm_mday += days;
    parts.tm_hour = *hour;
    parts.tm_min = *minute;
    parts.tm_sec = *second;
    parts.tm_isdst = -1;
    const auto at = ::mktime(&parts);
    if (at > present) return WallTime{static_cast<std::int64_t>(at) * kSecond};
  }
  return std::nullopt;
}

}  // namespace

Result<WallTime> parse_when(std::string_view text, WallTime now) {
  constexpr std::string_view kNow = "now";
  if (text == kNow) return now;
  if (text.starts_with("now+")) {
    const auto wait = text::parse_duration(text.substr(kNow.size() + 1));
    if (!wait) return wait.error();
    return WallTime{now.ns + wait->count()};
  }
  if (const auto at = rfc3339(text)) return *at;
  if (const auto at = next_local(text, now)) return *at;
  return not_a_time(text);
}

}  // namespace rota::cli
