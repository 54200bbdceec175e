// Zones by way of date::tz, which throws; here that ends.
#include "jobs/calendar/zone.h"

#include <date/tz.h>
#include <fmt/format.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "shared/text/text.h"

namespace rota::jobs {
namespace {

const date::time_zone* look_up(std::string_view name, std::string& why) {
  try {
    return date::locate_zone(std::string(name));
  } catch (const std::exception& e) {
    why = e.what();
    return nullptr;
  }
}

}  // namespace

std::vector<std::string> zone_names() {
  // The library does not list the system's zones. The table of places names all that people know by a city.
  std::vector<std::string> names;
  std::ifstream table("/usr/share/zoneinfo/zone1970.tab");
  for (std::string line; std::getline(table, line);) {
    std::istringstream columns(line);
    std::string countries, coordinates, name;
    if (!line.starts_with('#') && columns >> countries >> coordinates >> name) names.push_back(std::move(name));
  }
  std::string why;
  if (look_up("UTC", why)) names.push_back("UTC");
  return names;
}

Result<Zone> Zone::find(std::string_view name) {
  std::string why;
  if (const auto* zone = look_up(name, why)) return Zone(zone);
  const auto names = zone_names();
  if (names.empty()) return fail(Code::system, "the machine has no time zone data: install tzdata", std::string(name));
  const std::vector<std::string_view> candidates(names.begin(), names.end());
  const auto near = text::nearest(name, candidates);
  return fail(Code::invalid, fmt::format("'{}' is no time zone{}", name,
                                         near.empty() ? "; a name such as Europe/Berlin or UTC is"
                                                      : fmt::format(": did you mean '{}'?", near)));
}

Zone Zone::local() {
  std::string why;
  if (const char* tz = std::getenv("TZ"); tz && *tz) {
    if (const auto* zone = look_up(tz[0] == ':' ? tz + 1 : tz, why)) return Zone(zone);
  }
  try {
    return Zone(date::current_zone());
  } catch (const std::exception&) {
    return utc();  // no /etc/localtime, as in many containers
  }
}

Zone Zone::known(std::string_view name) {
  const auto zone = find(name);
  return zone ? *zone : utc();
}

Zone Zone::utc() {
  std::string why;
  for (const char* name : {"UTC", "Etc/UTC"})
    if (const auto* zone = look_up(name, why)) return Zone(zone);
  return Zone(nullptr);
}

std::string Zone::name() const { return zone_ ? zone_->name() : "UTC"; }

Stretch Zone::stretch_at(std::int64_t utc_seconds) const {
  constexpr std::int64_t kEver = std::int64_t{1} << 40;
  if (!zone_) return {-kEver, kEver, 0};
  const auto info = zone_->get_info(date::sys_seconds{std::chrono::seconds{utc_seconds}});
  const auto whole = [&](date::sys_seconds t) {
    const std::int64_t s = t.time_since_epoch().count();
    return s < -kEver ? -kEver : s > kEver ? kEver : s;
  };
  return {whole(info.begin), whole(info.end), info.offset.count()};
}

}  // namespace rota::jobs
