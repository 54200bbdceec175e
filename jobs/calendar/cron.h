// Cron expressions: five fields (minute hour day month weekday), six with seconds before them, or a word such as
// @daily. Names of months and weekdays, lists, ranges and steps as in cron(8); weekday 0 and 7 are Sunday.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "jobs/model/schedule.h"

namespace rota::jobs {

struct CronFault {
  std::size_t offset = 0;  // in the text
  std::string message;     // "hour takes 0 to 23, got '24'"
  std::string hint;
};

/// Nothing, and the fault, when the text is not one. A day that no month has (30 February) is a fault too.
std::optional<Cron> parse_cron(std::string_view text, CronFault& fault);

/// A moment on a calendar without a zone: seconds since 1970-01-01T00:00:00 of that calendar.
using LocalSeconds = std::int64_t;

/// The first moment not before `from` that fits; none within eight years (a 29 February may be so far away).
std::optional<LocalSeconds> next_match(const Cron& cron, LocalSeconds from);
bool matches(const Cron& cron, LocalSeconds at);

}  // namespace rota::jobs
