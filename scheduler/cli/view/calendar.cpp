// Merging schedules in time, and saying what the clocks do in those nights.
#include "scheduler/cli/view/calendar.h"

#include <algorithm>
#include <optional>

#include "jobs/calendar/moment.h"
#include "jobs/calendar/zone.h"
#include "scheduler/cli/words.h"
#include "shared/text/text.h"

namespace rota::cli {
namespace {

std::string note_of(const jobs::Schedule& s, const jobs::Occurrence& o) {
  switch (o.change) {
    case jobs::Change::none: return "";
    case jobs::Change::gap: return "the clocks go forward and leave its time out: right after the gap";
    case jobs::Change::fold:
      return s.fold == jobs::Fold::once ? "the clocks go back and show its time twice: only at the first"
                                        : "the clocks go back and show its time twice: at both";
  }
  return "";
}

/// "2026-03-29 01:00:00Z": whole seconds are all that a schedule has.
std::string utc_text(WallTime t) {
  const std::string full = text::format_utc(t);
  return full.substr(0, 10) + " " + full.substr(11, 8) + "Z";
}

}  // namespace

std::vector<Coming> coming(const jobs::Plan& plan, WallTime from, std::size_t count) {
  struct Ahead {
    std::size_t schedule;
    jobs::Zone zone;
    std::optional<jobs::Occurrence> next;
  };
  std::vector<Ahead> ahead;
  for (std::size_t i = 0; i < plan.schedules.size(); ++i) {
    const auto& s = plan.schedules[i];
    if (!s.enabled) continue;
    const auto zone = jobs::Zone::known(s.zone);
    ahead.push_back({i, zone, next_occurrence(s, zone, from, from)});
  }
  std::vector<Coming> out;
  while (out.size() < count) {
    const auto first = std::min_element(ahead.begin(), ahead.end(), [](const Ahead& a, const Ahead& b) {
      return a.next && (!b.next || a.next->at < b.next->at);
    });
    if (first == ahead.end() || !first->next) break;
    out.push_back({first->schedule, *first->next});
    first->next = next_occurrence(plan.schedules[first->schedule], first->zone, from, first->next->at);
  }
  return out;
}

std::string coming_text(const jobs::Plan& plan, const std::vector<Coming>& all, const Look& look) {
  std::vector<Row> rows;
  for (const Coming& c : all) {
    const auto& s = plan.schedules[c.schedule];
    const auto local = format_in(jobs::Zone::known(s.zone), c.occurrence.at);
    rows.push_back({one_line(s.text), local, s.zone, utc_text(c.occurrence.at), note_of(s, c.occurrence)});
  }
  return render_table({{"SCHEDULE"}, {"LOCAL TIME"}, {"ZONE"}, {"UTC"}, {"NOTE", false, true}}, std::move(rows), look);
}

}  // namespace rota::cli
