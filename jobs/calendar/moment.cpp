// Reading and writing points in time.
#include "jobs/calendar/moment.h"

#include <date/date.h>
#include <fmt/format.h>

#include <array>
#include <charconv>

namespace rota::jobs {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kMostOffset = 26 * 3600;  // no zone is further from UTC

class Front {
 public:
  explicit Front(std::string_view rest) : rest_(rest) {}
  std::optional<int> digits(std::size_t count, int most) {
    int n = 0;
    const auto part = rest_.substr(0, count);
    for (const char c : part)
      if (c < '0' || c > '9') return std::nullopt;
    if (part.size() != count) return std::nullopt;
    std::from_chars(part.data(), part.data() + count, n);
    rest_.remove_prefix(count);
    return n <= most ? std::optional(n) : std::nullopt;
  }
  bool take(std::string_view any) {
    if (rest_.empty() || any.find(rest_.front()) == std::string_view::npos) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool skip_digits() {
    const std::size_t end = std::min(rest_.find_first_not_of("0123456789"), rest_.size());
    rest_.remove_prefix(end);
    return end > 0;
  }
  char peek() const { return rest_.empty() ? '\0' : rest_.front(); }
  bool done() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

std::optional<std::int64_t> day(Front& f) {
  const auto year = f.digits(4, 9999);
  if (!year || !f.take("-")) return std::nullopt;
  const auto month = f.digits(2, 12);
  if (!month || !f.take("-")) return std::nullopt;
  const auto number = f.digits(2, 31);
  if (!number) return std::nullopt;
  const date::year_month_day ymd{date::year{*year}, date::month{static_cast<unsigned>(*month)},
                                 date::day{static_cast<unsigned>(*number)}};
  if (!ymd.ok()) return std::nullopt;
  return date::local_days{ymd}.time_since_epoch().count();
}

std::optional<std::int64_t> time_of_day(Front& f) {
  const auto hour = f.digits(2, 23);
  if (!hour || !f.take(":")) return std::nullopt;
  const auto minute = f.digits(2, 59);
  if (!minute) return std::nullopt;
  const bool with_seconds = f.take(":");
  const auto second = with_seconds ? f.digits(2, 59) : std::optional(0);
  if (!second || (with_seconds && f.take(".") && !f.skip_digits())) return std::nullopt;
  return *hour * 3600 + *minute * 60 + *second;
}

/// The distance to UTC, if the text has one; `bad` when it begins one and does not end it.
std::optional<std::int64_t> offset(Front& f, bool& bad) {
  if (f.take("Zz")) return 0;
  const bool west = f.peek() == '-';
  if (!f.take("+-")) return std::nullopt;
  const auto hours = f.digits(2, 23);
  const auto minutes = hours && f.take(":") ? f.digits(2, 59) : std::nullopt;
  bad = !minutes;
  return bad ? std::nullopt : std::optional<std::int64_t>((west ? -1 : 1) * (*hours * 3600 + *minutes * 60));
}

std::int64_t resolve(std::int64_t local, const Zone& zone) {
  Stretch s = zone.stretch_at(local - kMostOffset);
  while (true) {
    const std::int64_t utc = local - s.offset;
    if (utc < s.begin) return s.begin;  // the clocks had passed it when they were put forward
    if (utc < s.end) return utc;
    s = zone.stretch_at(s.end);
  }
}

}  // namespace

std::optional<WallTime> parse_moment(std::string_view text, const Zone& zone) {
  Front f(text);
  const auto date = day(f);
  if (!date || !f.take("Tt ")) return std::nullopt;
  const auto seconds = time_of_day(f);
  if (!seconds) return std::nullopt;
  bool bad = false;
  const auto east = offset(f, bad);
  if (bad || !f.done()) return std::nullopt;
  const std::int64_t local = *date * 86'400 + *seconds;
  return WallTime{(east ? local - *east : resolve(local, zone)) * kSecond};
}

std::string format_in(const Zone& zone, WallTime at) {
  static constexpr std::array<const char*, 7> kWeekdays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  const std::int64_t utc = at.ns / kSecond;
  const auto local = date::local_seconds{std::chrono::seconds{utc + zone.stretch_at(utc).offset}};
  const auto midnight = date::floor<date::days>(local);
  const date::year_month_day ymd{midnight};
  const auto s = (local - midnight).count();
  return fmt::format("{} {:04}-{:02}-{:02} {:02}:{:02}:{:02}", kWeekdays[date::weekday{midnight}.c_encoding()],
                     static_cast<int>(ymd.year()), static_cast<unsigned>(ymd.month()), static_cast<unsigned>(ymd.day()),
                     s / 3600, s / 60 % 60, s % 60);
}

}  // namespace rota::jobs
