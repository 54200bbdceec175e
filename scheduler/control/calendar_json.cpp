// Writing them.
#include "scheduler/control/calendar_json.h"

#include <boost/json.hpp>

#include "jobs/calendar/moment.h"
#include "jobs/calendar/zone.h"
#include "scheduler/control/json_parts.h"
#include "shared/text/text.h"

namespace rota::control {

namespace {

namespace json = boost::json;

json::value utc_or_null(WallTime t) { return t.ns ? json::value(text::format_utc(t)) : json::value(); }

json::object entry_object(const answer::Schedules::Entry& e) {
  return {{"schedule", clean(e.text)},
          {"timezone", clean(e.timezone)},
          {"enabled", e.enabled},
          {"next", utc_or_null(e.next)},
          {"run", e.run ? json::value(e.run) : json::value()},
          {"occurrence", utc_or_null(e.occurrence)},
          {"looked_at", utc_or_null(e.looked_at)},
          {"passed", text_or_null(to_text(e.passed))}};
}

}  // namespace

std::string schedules_json(const answer::Schedules& schedules) {
  json::array files;
  for (const auto& file : schedules.files) {
    json::array entries, alive;
    for (const auto& e : file.entries) entries.push_back(entry_object(e));
    for (const RunId run : file.alive) alive.emplace_back(run);
    files.push_back(json::object{{"name", clean(file.name)},
                                 {"source", text_or_null(file.source)},
                                 {"enabled", file.enabled},
                                 {"registered", utc_or_null(file.registered)},
                                 {"alive", std::move(alive)},
                                 {"entries", std::move(entries)}});
  }
  return printed(json::object{{"schema", kSchema}, {"schedules", std::move(files)}});
}

std::string coming_json(const std::vector<ComingOccurrence>& all) {
  boost::json::array list;
  for (const auto& [schedule, occurrence] : all) {
    boost::json::object one;
    one["schedule"] = clean(schedule.text);
    one["timezone"] = clean(schedule.zone);
    one["local"] = clean(format_in(jobs::Zone::known(schedule.zone), occurrence.at).substr(4));
    one["utc"] = text::format_utc(occurrence.at);
    one["change"] = occurrence.change == jobs::Change::none  ? boost::json::value(nullptr)
                    : occurrence.change == jobs::Change::gap ? boost::json::value("gap")
                                                             : boost::json::value("fold");
    list.push_back(std::move(one));
  }
  boost::json::object out;
  out["schema"] = kSchema;
  out["next"] = std::move(list);
  return printed(out);
}

}  // namespace rota::control
