// When a run of a job file is to be made by itself: the entries of `schedule:` as plain values. What they mean on a
// calendar is computed in jobs/calendar.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "shared/clock.h"

namespace rota::jobs {

/// The fields of a cron expression, a bit per value that fits.
struct Cron {
  std::uint64_t seconds = 1;  // bit 0..59; 5 fields: at second 0
  std::uint64_t minutes = 0;  // bit 0..59
  std::uint32_t hours = 0;    // bit 0..23
  std::uint32_t days = 0;     // bit 1..31
  std::uint16_t months = 0;   // bit 1..12
  std::uint8_t weekdays = 0;  // bit 0..6, 0 is Sunday
  /// Both day fields restricted: a day fits when either does (as in every cron).
  bool any_day = true, any_weekday = true;
  /// `*` or `*/n` hours: it follows the hours that pass, not the hands of the clock, and no change of the clock adds
  /// or takes any.
  bool every_hour = false;
  bool operator==(const Cron&) const = default;
};

/// After each other from the moment that the schedule is registered.
struct Every {
  Duration period{};
  bool operator==(const Every&) const = default;
};

/// Once.
struct At {
  WallTime time;
  bool operator==(const At&) const = default;
};

enum class Gap : std::uint8_t { run_after, skip, last_ = skip };  // at the first instant after it, or not at all
enum class Fold : std::uint8_t { once, twice, last_ = twice };    // at the first of the two
enum class CatchUp : std::uint8_t { none, latest, all, last_ = all };
enum class Overlap : std::uint8_t { skip, queue, replace, allow, last_ = allow };

struct Schedule {
  std::variant<Cron, Every, At> when;
  std::string text;  // as the file says it: "0 3 * * *"
  std::string zone;  // IANA name, such as Europe/Berlin
  Gap gap = Gap::run_after;
  Fold fold = Fold::once;
  CatchUp catch_up = CatchUp::latest;
  Duration catch_up_window = std::chrono::hours(24);
  Overlap overlap = Overlap::skip;
  std::optional<Duration> start_deadline;
  Duration jitter{};
  bool enabled = true;
  bool operator==(const Schedule&) const = default;
};

template <class A>
void fields(A& a, Cron& x) {
  a(x.seconds, x.minutes, x.hours, x.days, x.months, x.weekdays, x.any_day, x.any_weekday, x.every_hour);
}
template <class A>
void fields(A& a, Every& x) {
  a(x.period);
}
template <class A>
void fields(A& a, At& x) {
  a(x.time);
}
template <class A>
void fields(A& a, Schedule& x) {
  a(x.when, x.text, x.zone, x.gap, x.fold, x.catch_up, x.catch_up_window, x.overlap, x.start_deadline, x.jitter,
    x.enabled);
}

}  // namespace rota::jobs
