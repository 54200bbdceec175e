// Writing them.
#include "scheduler/control/calendar_json.h"

#include <boost/json.hpp>

#include "jobs/calendar/moment.h"
#include "jobs/calendar/zone.h"
#include "scheduler/control/json_parts.h"
#include "shared/text/text.h"

namespace rota::control {

std::string coming_json(const std::vector<ComingOccurrence>& all) {
  boost::json::array list;
  for (const auto& [schedule, occurrence] : all) {
    const auto zone = jobs::Zone::find(schedule.zone);
    boost::json::object one;
    one["schedule"] = clean(schedule.text);
    one["timezone"] = clean(schedule.zone);
    one["local"] = clean(format_in(zone ? *zone : jobs::Zone::utc(), occurrence.at).substr(4));
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
