// Changes of clocks all over the world, and what a daily schedule in the midst of each must do. Computed from the zone
// tables with Python's zoneinfo, which shares no code with the library under test.
#pragma once

#include <string_view>

#include "jobs/calendar/occurrence.h"

namespace rota::jobs::test {

struct ClockChange {
  std::string_view zone, cron, after;
  Change change;
  std::string_view first, second;  // of a fold: both passes
};

// clang-format off
inline constexpr ClockChange kClockChanges[] = {
    {"Europe/Berlin", "30 2 30 3 *", "2025-03-29 22:00", Change::gap, "2025-03-30 01:00", ""},
    {"Europe/Berlin", "30 2 26 10 *", "2025-10-25 22:00", Change::fold, "2025-10-26 00:30", "2025-10-26 01:30"},
    {"Europe/Berlin", "30 2 29 3 *", "2026-03-28 22:00", Change::gap, "2026-03-29 01:00", ""},
    {"Europe/Berlin", "30 2 25 10 *", "2026-10-24 22:00", Change::fold, "2026-10-25 00:30", "2026-10-25 01:30"},
    {"Europe/London", "30 1 30 3 *", "2025-03-29 22:00", Change::gap, "2025-03-30 01:00", ""},
    {"Europe/London", "30 1 26 10 *", "2025-10-25 22:00", Change::fold, "2025-10-26 00:30", "2025-10-26 01:30"},
    {"Europe/London", "30 1 29 3 *", "2026-03-28 22:00", Change::gap, "2026-03-29 01:00", ""},
    {"Europe/London", "30 1 25 10 *", "2026-10-24 22:00", Change::fold, "2026-10-25 00:30", "2026-10-25 01:30"},
    {"America/New_York", "30 2 8 3 *", "2026-03-08 04:00", Change::gap, "2026-03-08 07:00", ""},
    {"America/New_York", "30 1 1 11 *", "2026-11-01 03:00", Change::fold, "2026-11-01 05:30", "2026-11-01 06:30"},
    {"America/St_Johns", "30 2 8 3 *", "2026-03-08 02:30", Change::gap, "2026-03-08 05:30", ""},
    {"America/St_Johns", "30 1 1 11 *", "2026-11-01 01:30", Change::fold, "2026-11-01 04:00", "2026-11-01 05:00"},
    {"Australia/Lord_Howe", "45 1 6 4 *", "2025-04-05 12:30", Change::fold, "2025-04-05 14:45", "2025-04-05 15:15"},
    {"Australia/Lord_Howe", "15 2 5 10 *", "2025-10-04 13:00", Change::gap, "2025-10-04 15:30", ""},
    {"Australia/Lord_Howe", "45 1 5 4 *", "2026-04-04 12:30", Change::fold, "2026-04-04 14:45", "2026-04-04 15:15"},
    {"Australia/Lord_Howe", "15 2 4 10 *", "2026-10-03 13:00", Change::gap, "2026-10-03 15:30", ""},
    {"Pacific/Auckland", "30 2 5 4 *", "2026-04-04 11:00", Change::fold, "2026-04-04 13:30", "2026-04-04 14:30"},
    {"Pacific/Auckland", "30 2 27 9 *", "2026-09-26 11:00", Change::gap, "2026-09-26 14:00", ""},
    {"America/Santiago", "30 23 5 4 *", "2025-04-06 00:00", Change::fold, "2025-04-06 02:30", "2025-04-06 03:30"},
    {"America/Santiago", "30 0 7 9 *", "2025-09-07 01:00", Change::gap, "2025-09-07 04:00", ""},
    {"Antarctica/Troll", "0 2 30 3 *", "2025-03-29 21:00", Change::gap, "2025-03-30 01:00", ""},
    {"Antarctica/Troll", "0 2 26 10 *", "2025-10-25 21:00", Change::fold, "2025-10-26 00:00", "2025-10-26 02:00"},
    {"Africa/Casablanca", "30 2 10 3 *", "2024-03-09 23:00", Change::fold, "2024-03-10 01:30", "2024-03-10 02:30"},
    {"Africa/Casablanca", "30 2 14 4 *", "2024-04-13 23:00", Change::gap, "2024-04-14 02:00", ""},
    {"Africa/Casablanca", "30 2 23 2 *", "2025-02-22 23:00", Change::fold, "2025-02-23 01:30", "2025-02-23 02:30"},
    {"Africa/Casablanca", "30 2 6 4 *", "2025-04-05 23:00", Change::gap, "2025-04-06 02:00", ""},
    {"Africa/Cairo", "30 0 26 4 *", "2024-04-25 19:00", Change::gap, "2024-04-25 22:00", ""},
    {"Africa/Cairo", "30 23 31 10 *", "2024-10-31 18:00", Change::fold, "2024-10-31 20:30", "2024-10-31 21:30"},
    {"Asia/Beirut", "30 0 31 3 *", "2024-03-30 19:00", Change::gap, "2024-03-30 22:00", ""},
    {"Asia/Beirut", "30 23 26 10 *", "2024-10-26 18:00", Change::fold, "2024-10-26 20:30", "2024-10-26 21:30"},
    {"Europe/Dublin", "30 1 29 3 *", "2026-03-28 22:00", Change::gap, "2026-03-29 01:00", ""},
    {"Europe/Dublin", "30 1 25 10 *", "2026-10-24 22:00", Change::fold, "2026-10-25 00:30", "2026-10-25 01:30"},
    {"Pacific/Apia", "30 3 2 4 *", "2011-04-02 11:00", Change::fold, "2011-04-02 13:30", "2011-04-02 14:30"},
    {"Pacific/Apia", "30 3 24 9 *", "2011-09-24 11:00", Change::gap, "2011-09-24 14:00", ""},
    {"Pacific/Apia", "30 12 30 12 *", "2011-12-30 08:00", Change::gap, "2011-12-30 10:00", ""},
    {"Asia/Pyongyang", "45 23 14 8 *", "2015-08-14 12:30", Change::fold, "2015-08-14 14:45", "2015-08-14 15:15"},
    {"Asia/Pyongyang", "45 23 4 5 *", "2018-05-04 12:30", Change::gap, "2018-05-04 15:00", ""},
    {"America/Caracas", "45 2 1 5 *", "2016-05-01 04:30", Change::gap, "2016-05-01 07:00", ""},
    {"Europe/Istanbul", "30 3 27 3 *", "2016-03-26 22:00", Change::gap, "2016-03-27 01:00", ""},
    {"America/Sao_Paulo", "30 23 17 2 *", "2018-02-17 23:00", Change::fold, "2018-02-18 01:30", "2018-02-18 02:30"},
    {"America/Sao_Paulo", "30 0 4 11 *", "2018-11-04 00:00", Change::gap, "2018-11-04 03:00", ""},
    {"America/Sao_Paulo", "30 23 16 2 *", "2019-02-16 23:00", Change::fold, "2019-02-17 01:30", "2019-02-17 02:30"},
    {"Asia/Tehran", "30 0 22 3 *", "2021-03-21 17:30", Change::gap, "2021-03-21 20:30", ""},
    {"Asia/Tehran", "30 23 21 9 *", "2021-09-21 16:30", Change::fold, "2021-09-21 19:00", "2021-09-21 20:00"},
    {"Pacific/Chatham", "15 3 5 4 *", "2026-04-04 11:00", Change::fold, "2026-04-04 13:30", "2026-04-04 14:30"},
    {"Pacific/Chatham", "15 3 27 9 *", "2026-09-26 11:00", Change::gap, "2026-09-26 14:00", ""},
    {"America/Havana", "30 0 9 3 *", "2025-03-09 02:00", Change::gap, "2025-03-09 05:00", ""},
    {"America/Havana", "30 0 2 11 *", "2025-11-02 02:00", Change::fold, "2025-11-02 04:30", "2025-11-02 05:30"},
    {"Asia/Gaza", "30 0 27 3 *", "2022-03-26 19:00", Change::gap, "2022-03-26 22:00", ""},
    {"Asia/Gaza", "30 1 29 10 *", "2022-10-28 20:00", Change::fold, "2022-10-28 22:30", "2022-10-28 23:30"},
    {"Europe/Volgograd", "30 2 28 10 *", "2018-10-27 20:00", Change::gap, "2018-10-27 23:00", ""},
    {"Europe/Volgograd", "30 1 27 12 *", "2020-12-26 19:00", Change::fold, "2020-12-26 21:30", "2020-12-26 22:30"},
    {"America/Los_Angeles", "30 2 8 3 *", "2026-03-08 07:00", Change::gap, "2026-03-08 10:00", ""},
    {"America/Los_Angeles", "30 1 1 11 *", "2026-11-01 06:00", Change::fold, "2026-11-01 08:30", "2026-11-01 09:30"},
};
// clang-format on

}  // namespace rota::jobs::test
