// A line for each entry.
#include "scheduler/cli/view/schedules.h"

#include <fmt/format.h>

#include "jobs/calendar/moment.h"
#include "jobs/calendar/zone.h"
#include "scheduler/cli/words.h"
#include "shared/text/text.h"

namespace rota::cli {
namespace {

using Entry = control::answer::Schedules::Entry;
using File = control::answer::Schedules::File;

std::string in_zone(const std::string& zone, WallTime at) { return format_in(jobs::Zone::known(zone), at); }

Cell next_of(const File& file, const Entry& entry) {
  if (!file.enabled || !entry.enabled) return {"disabled", Style::dim};
  return entry.next.ns ? in_zone(entry.timezone, entry.next) : std::string("never again");
}

/// What became of the newest occurrence.
std::string last_of(const Entry& entry) {
  if (entry.passed.kind != ReasonKind::none)
    return in_zone(entry.timezone, entry.looked_at) + " passed over: " + to_text(entry.passed);
  if (entry.run == 0) return {};
  return in_zone(entry.timezone, entry.occurrence) + fmt::format(" run {}", entry.run);
}

std::string alive_text(const File& file) {
  std::string out;
  for (std::size_t i = 0; i < file.alive.size() && i < 3; ++i)
    out += (out.empty() ? "" : ",") + std::to_string(file.alive[i]);
  return file.alive.size() > 3 ? out + fmt::format(" and {} more", file.alive.size() - 3) : out;
}

}  // namespace

std::string schedules_text(const control::answer::Schedules& schedules, Now, const Look& look) {
  std::vector<Row> rows;
  for (const File& file : schedules.files) {
    bool first = true;
    for (const Entry& entry : file.entries) {
      rows.push_back({first ? one_line(file.name) : "\"", one_line(entry.text), next_of(file, entry),
                      one_line(entry.timezone), last_of(entry), first ? alive_text(file) : ""});
      first = false;
    }
  }
  return render_table({{"NAME"}, {"SCHEDULE"}, {"NEXT"}, {"ZONE"}, {"LAST", false, true}, {"ALIVE"}}, std::move(rows),
                      look);
}

std::string registered_text(const control::answer::Registered& r, const std::string& rota) {
  auto out = fmt::format("{} {}: {}, {}", one_line(r.name),
                         r.dry_run    ? "ok (dry run: nothing was registered)"
                         : r.replaced ? "registered anew"
                                      : "registered",
                         number_of(r.entries, "schedule"), number_of(r.jobs, "job"));
  if (!r.enabled) return out + fmt::format("; it is disabled, as before: `{} schedule enable {}`\n", rota, r.name);
  out += r.next.ns ? "; next " + text::format_local(r.next) : std::string("; nothing of it comes again");
  return out + "\n";
}

}  // namespace rota::cli
