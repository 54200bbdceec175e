// Occurrences: each is decided upon once. A mark only ever goes forward, whatever the wall clock does.
#include "scheduler/core/schedule.h"

#include <algorithm>
#include <utility>

#include "scheduler/core/ledger.h"
#include "scheduler/core/stops.h"
#include "shared/limits.h"

namespace rota::core {
namespace {

const Scheduled* find_entry(const State& state, const std::string& name, std::uint32_t entry) {
  const auto found = state.schedules().files.find(name);
  if (found == state.schedules().files.end() || entry >= found->second.marks.size()) return nullptr;
  return &found->second;
}

std::vector<RunId> alive_of(const State& state, const std::string& name) {
  const auto found = state.schedules().alive.find(name);
  if (found == state.schedules().alive.end()) return {};
  return {found->second.begin(), found->second.end()};
}

/// What was missed and is caught up with runs after what is there: it would hardly ever come to anything otherwise.
jobs::Overlap overlap_of(const jobs::Schedule& schedule, bool missed) {
  return missed && schedule.catch_up == jobs::CatchUp::all ? jobs::Overlap::queue : schedule.overlap;
}

void submit(Ledger& l, const Scheduled& file, const event::Occur& e) {
  const jobs::Overlap overlap = overlap_of(file.plan.schedules[e.entry], e.missed);
  Terms terms = file.terms;
  terms.schedule = e.name;
  terms.occurrence = e.occurrence;
  terms.begin = e.begin;
  terms.run_key = e.run_key;
  terms.env = e.env;
  const std::vector<RunId> before = alive_of(l.state(), e.name);
  if (overlap == jobs::Overlap::queue || overlap == jobs::Overlap::replace) terms.after = before;
  if (overlap == jobs::Overlap::replace) {
    for (const RunId run : before) {
      note_cancel(l, run, {}, "replaced by run " + std::to_string(e.run) + " of its schedule");
      stop_run(l, run, StopCause::cancel_user, false);
    }
  }
  l.write(record::Submitted{e.run, l.now(), file.plan, std::move(terms)});
}

}  // namespace

Reason pass_over_reason(const State& state, const event::Occur& e, Now now) {
  const Scheduled* file = find_entry(state, e.name, e.entry);
  if (!file) return {};
  const jobs::Schedule& schedule = file->plan.schedules[e.entry];
  const Duration late{now.wall.ns - e.occurrence.ns};
  if (e.pass || (e.missed && schedule.catch_up == jobs::CatchUp::none)) return {ReasonKind::missed, 0};
  if (e.missed && late > schedule.catch_up_window) return {ReasonKind::missed, 0};
  if (schedule.start_deadline && late > *schedule.start_deadline) return {ReasonKind::start_deadline, 0};
  const std::size_t alive = alive_of(state, e.name).size();
  const bool alone = overlap_of(schedule, e.missed) == jobs::Overlap::skip;
  if (alone && alive > 0) return {ReasonKind::overlap, 0};
  return {e.full || alive >= limits::kScheduleRuns ? ReasonKind::runs_queued : ReasonKind::none, 0};
}

std::vector<ScheduleMark> marks_for(const jobs::Plan& plan, const Scheduled* before, WallTime now) {
  std::vector<ScheduleMark> marks;
  std::vector<bool> taken(before ? before->marks.size() : 0);
  for (const jobs::Schedule& schedule : plan.schedules) {
    ScheduleMark mark{now, now, 0, {}, {}};
    for (std::size_t i = 0; i < taken.size(); ++i) {
      if (taken[i] || before->plan.schedules[i] != schedule) continue;
      mark = before->marks[i];
      taken[i] = true;
      break;
    }
    marks.push_back(mark);
  }
  return marks;
}

void react(Ledger& l, event::Register& e) {
  const auto found = l.state().schedules().files.find(e.plan->name.text());
  const Scheduled* before = found == l.state().schedules().files.end() ? nullptr : &found->second;
  auto marks = marks_for(*e.plan, before, l.now().wall);
  const bool enabled = !before || before->enabled;
  l.write(record::Registered{std::move(e.plan), std::move(e.terms), l.now(), enabled, std::move(marks)});
}

void react(Ledger& l, event::Unregister& e) {
  if (l.state().schedules().files.contains(e.name)) l.write(record::Unregistered{e.name, l.now()});
}

void react(Ledger& l, event::EnableSchedule& e) {
  const auto found = l.state().schedules().files.find(e.name);
  if (found == l.state().schedules().files.end() || found->second.enabled == e.enabled) return;
  l.write(record::ScheduleEnabled{e.name, e.enabled, l.now()});
}

void react(Ledger& l, event::Occur& e) {
  const Scheduled* file = find_entry(l.state(), e.name, e.entry);
  if (!file || e.occurrence <= file->marks[e.entry].last) return l.world().count_stale();
  const Reason why = pass_over_reason(l.state(), e, l.now());
  const bool becomes = why.kind == ReasonKind::none;
  if (becomes && (e.run == 0 || l.state().find(e.run))) return l.world().count_stale();  // to be told again, with one
  if (becomes) submit(l, *file, e);
  l.write(record::Occurred{e.name, e.entry, e.occurrence, becomes ? e.run : 0, why, l.now()});
}

}  // namespace rota::core
