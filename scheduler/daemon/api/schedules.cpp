// Lists of schedules, and wishes about them.
#include "scheduler/daemon/api/schedules.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "jobs/calendar/occurrence.h"
#include "jobs/model/graph.h"
#include "scheduler/core/schedule.h"
#include "scheduler/daemon/api/refusals.h"
#include "shared/limits.h"
#include "shared/text/text.h"

namespace rota::daemon {
namespace {

const std::map<std::string, core::Scheduled, std::less<>>& files_of(const Desk& desk) {
  return desk.scheduler().schedules().files;
}

control::answer::Schedules::Entry entry_of(const Desk& desk, const std::string& name, const core::Scheduled& file,
                                           std::uint32_t i) {
  const auto& schedule = file.plan.schedules[i];
  const auto& mark = file.marks[i];
  const auto next = desk.next_occurrence(name, i);
  return {schedule.text, schedule.zone,  schedule.enabled, next ? next->at : WallTime{},
          mark.became,   mark.became_at, mark.last,        mark.passed};
}

control::answer::Schedules::File file_of(const Desk& desk, const std::string& name, const core::Scheduled& file) {
  control::answer::Schedules::File out{name, file.plan.source_path, file.enabled, file.registered.wall, {}, {}};
  const auto& alive = desk.scheduler().schedules().alive;
  const auto runs = alive.find(name);
  if (runs != alive.end()) out.alive.assign(runs->second.begin(), runs->second.end());
  for (std::uint32_t i = 0; i < file.marks.size(); ++i) out.entries.push_back(entry_of(desk, name, file, i));
  return out;
}

}  // namespace

Error no_such_schedule(const Desk& desk, const std::string& name) {
  std::vector<std::string_view> names;
  for (const auto& [known, file] : files_of(desk)) names.push_back(known);
  const auto near = text::nearest(name, names);
  return fail(Code::not_found, "no such schedule '" + text::escape_terminal(name) + "': " +
                                   (near.empty() ? "`rota schedule list` lists them" : "did you mean '" + near + "'?"));
}

control::Reply answer_schedules(Desk& desk, const control::ask::Schedules& what) {
  control::answer::Schedules out;
  for (const auto& [name, file] : files_of(desk))
    if (what.name.empty() || what.name == name) out.files.push_back(file_of(desk, name, file));
  if (out.files.empty() && !what.name.empty()) return control::answer::Refused{no_such_schedule(desk, what.name), ""};
  return out;
}

control::Reply post_reschedule(Desk& desk, const control::ask::Reschedule& what) {
  using To = control::ask::Reschedule::To;
  const auto found = files_of(desk).find(what.name);
  if (found == files_of(desk).end()) return control::answer::Refused{no_such_schedule(desk, what.name), ""};
  if (what.to == To::remove) {
    desk.post(core::event::Unregister{what.name});
    return control::answer::Done{1};
  }
  const bool enable = what.to == To::enable;
  desk.post(core::event::EnableSchedule{what.name, enable});
  return control::answer::Done{found->second.enabled != enable ? 1u : 0u};
}

Status check_registration(const Desk& desk, const jobs::Plan& plan, const control::ask::Submit& asked) {
  if (asked.hold)
    return fail(Code::invalid, "a file with a schedule is registered, not run: --hold is of a run; "
                               "`rota schedule disable` keeps it from running");
  if (asked.begin.ns != 0 || !asked.after.empty())
    return fail(Code::invalid, "a file with a schedule runs when that says: --begin and --after are of a run");
  const auto& files = files_of(desk);
  if (files.size() >= limits::kSchedulesRegistered && !files.contains(plan.name.text()))
    return fail(Code::refused, fmt::format("{} files with schedules are registered, no more are taken: "
                                           "`rota schedule remove NAME` makes room",
                                           limits::kSchedulesRegistered));
  return {};
}

control::answer::Registered registration_of(const Desk& desk, const jobs::Plan& plan) {
  control::answer::Registered out;
  out.name = plan.name.text();
  out.jobs = static_cast<std::uint32_t>(jobs::job_count(plan));
  out.tasks = static_cast<std::uint32_t>(jobs::task_count(plan));
  out.entries = static_cast<std::uint32_t>(plan.schedules.size());
  const auto known = files_of(desk).find(out.name);
  out.replaced = known != files_of(desk).end();
  out.enabled = !out.replaced || known->second.enabled;
  const auto now = desk.now().wall;
  for (const auto& schedule : plan.schedules) {
    if (!schedule.enabled) continue;
    const auto next = next_occurrence(schedule, jobs::Zone::known(schedule.zone), now, now);
    if (next && (out.next.ns == 0 || next->at < out.next)) out.next = next->at;
  }
  return out;
}

}  // namespace rota::daemon
