// Views as JSON, on Boost.JSON.
#include "scheduler/control/view_json.h"

#include <boost/json.hpp>

#include "scheduler/control/json_parts.h"
#include "scheduler/control/run_state.h"
#include "scheduler/control/selector.h"
#include "shared/limits.h"
#include "shared/text/text.h"

namespace rota::control {
namespace {

namespace json = boost::json;
using core::AttemptView;
using core::JobView;
using core::RunSummary;
using core::TaskState;
using core::TaskView;

json::value instant(const RunSummary& run, Instant t) {
  return t.ns ? json::value(text::format_utc(run.wall(t))) : json::value();
}
json::value outcome(const std::optional<Outcome>& o) {
  return o ? json::value(json::string_view(to_text(*o))) : json::value();
}
double seconds(std::int64_t ns) { return static_cast<double>(ns) / 1e9; }
json::value seconds_between(Instant from, Instant to) {
  return from.ns && to.ns ? json::value(seconds(to.ns - from.ns)) : json::value();
}
json::value share(const std::optional<Progress>& p) {
  return p ? json::value(static_cast<double>(*p) / kProgressDone) : json::value();
}

json::value paused(const RunSummary& run, const std::optional<core::PauseNote>& note) {
  if (!note) return {};
  return json::object{{"since", instant(run, note->since)}, {"by", text_or_null(note->by)}};
}

json::array modes_of(std::uint8_t bits) {
  json::array out;
  for (const Mode m : {Mode::thread, Mode::process, Mode::async}) {
    if (bits & (1u << static_cast<unsigned>(m))) out.emplace_back(json::string_view(to_text(m)));
  }
  return out;
}

json::object counts_of(const core::Counts& counts, std::uint32_t unknown) {
  json::object states, outcomes;
  for (std::size_t i = 0; i < core::kTaskStates; ++i) {
    const auto state = static_cast<TaskState>(i);
    states[core::to_text(state)] = unknown && is_held_state(state) ? 0 : counts.by_state[i];
  }
  states["unknown"] = unknown;
  for (std::size_t i = 0; i <= static_cast<std::size_t>(Outcome::upstream_failed); ++i)
    outcomes[to_text(static_cast<Outcome>(i))] = counts.by_outcome[i];
  return {{"total", counts.total}, {"states", std::move(states)}, {"outcomes", std::move(outcomes)}};
}

json::object attempt_object(const RunSummary& run, const AttemptView& a, std::uint32_t number) {
  return {{"attempt", number},
          {"worker", json::object{{"seat", a.worker.seat}, {"generation", a.worker.generation}}},
          {"pid", a.pid ? json::value(a.pid) : json::value()},
          {"granted", instant(run, a.granted)},
          {"started", instant(run, a.started)},
          {"ended", instant(run, a.ended)},
          {"seconds", seconds_between(a.started, a.ended)},
          {"outcome", outcome(a.outcome)},
          {"reason", text_or_null(to_text(a.reason))},
          {"message", text_or_null(a.report.message)},
          {"ready", a.ready},
          {"progress", share(a.progress)},
          {"usage", usage_object(a.report.usage)},
          {"outputs", values_object(a.report.outputs)},
          {"output", json::object{{"bytes", a.report.output.bytes}, {"dropped", a.report.output.dropped}}}};
}

json::object task_object(const RunSummary& run, const JobView& job, const TaskView& t) {
  json::array attempts;
  for (std::size_t i = 0; i < t.attempts.size(); ++i)
    attempts.push_back(attempt_object(run, t.attempts[i], core::try_number(t, i)));
  return {{"task", jobs::number_of(job.shape, t.index)},
          {"id", clean(task_text(run.run, job, t.index))},
          {"matrix", values_object(jobs::matrix_values(job.shape, t.index))},
          {"state", json::string_view(task_state(t))},
          {"outcome", outcome(t.outcome)},
          {"reason", text_or_null(to_text(t.reason))},
          {"lack", text_or_null(t.lack)},
          {"cancel_reason", text_or_null(core::cancel_reason(run, job.index, t))},
          {"since", instant(run, t.since)},
          {"due", instant(run, t.due)},
          {"paused_by", t.paused_by ? json::value(text_or_null(*t.paused_by)) : json::value()},
          {"attempts", std::move(attempts)}};
}

std::uint32_t unknown_in(const RunSummary& run, const core::Counts& counts) {
  std::uint32_t held = 0;
  for (std::size_t i = 0; unknown_tasks(run) && i < core::kTaskStates; ++i)
    if (is_held_state(static_cast<TaskState>(i))) held += counts.by_state[i];
  return held;
}

json::object job_object(const core::RunView& view, const JobView& j) {
  json::array needs, tasks;
  for (const auto n : j.needs) {
    if (n < view.jobs.size()) needs.push_back(clean(view.jobs[n].id));
  }
  for (const auto& t : j.tasks) tasks.push_back(task_object(view.summary, j, t));
  return {{"job", clean(j.id)},
          {"name", text_or_null(j.name)},
          {"mode", json::string_view(to_text(j.mode))},
          {"daemon", j.daemon},
          {"continue_on_error", j.forgiven},
          {"held", j.held},
          {"paused", paused(view.summary, j.paused)},
          {"hook", j.hook ? json::value(json::string_view(jobs::to_text(*j.hook))) : json::value()},
          {"message", text_or_null(j.message)},
          {"counts", counts_of(j.counts, unknown_in(view.summary, j.counts))},
          {"usage", totals_object(j.totals)},
          {"action", text_or_null(j.action)},
          {"needs", std::move(needs)},
          {"tasks", std::move(tasks)}};
}

}  // namespace

json::object run_object(const RunSummary& run) {
  return {{"run", run.run},
          {"name", text_or_null(run.name)},
          {"source", text_or_null(run.source_path)},
          {"state", json::string_view(run_state(run))},
          {"outcome", outcome(run.outcome)},
          {"reason", text_or_null(to_text(run.reason))},
          {"lack", text_or_null(run.lack)},
          {"cancel_reason", text_or_null(core::cancel_reason(run))},
          {"submitted", text::format_utc(run.submitted.wall)},
          {"ended", instant(run, run.ended)},
          {"seconds", seconds_between(run.submitted.mono, run.ended)},
          {"modes", modes_of(run.modes)},
          {"tasks", counts_of(run.counts, unknown_tasks(run))},
          {"progress", share(run.progress)},
          {"usage", totals_object(run.totals)},
          {"held", run.held},
          {"paused", paused(run, run.paused)},
          {"begin", run.begin.ns ? json::value(text::format_utc(run.begin)) : json::value()},
          {"priority", run.priority},
          {"max_parallel", run.max_parallel ? json::value(*run.max_parallel) : json::value()},
          {"group", text_or_null(run.group)},
          {"retry_of", run.retry_of ? json::value(run.retry_of) : json::value()},
          {"schedule", text_or_null(run.schedule)},
          {"occurrence", run.occurrence.ns ? json::value(text::format_utc(run.occurrence)) : json::value()}};
}

std::string runs_json(std::span<const RunSummary> runs) {
  json::array list;
  for (const auto& run : runs) list.push_back(run_object(run));
  return printed(json::object{{"schema", kSchema}, {"runs", std::move(list)}});
}

std::string run_line_json(const RunSummary& run) {
  return printed(json::object{{"schema", kSchema}, {"run", run_object(run)}});
}

// The jobs go out one by one: as values, 100,000 of them would take half a gigabyte.
std::string run_json(const core::RunView& view) {
  auto out = run_line_json(view.summary);
  out.erase(out.size() - 2);  // the two braces, opened again
  out += ",\"jobs\":[";
  for (std::size_t i = 0; i < view.jobs.size(); ++i) {
    if (i) out += ',';
    print(out, job_object(view, view.jobs[i]));
  }
  return out += "]}}";
}

std::string limits_json() {
  json::array list;
  for (const auto& l : limits::all())
    list.push_back(json::object{{"name", l.name}, {"value", l.value}, {"unit", l.unit}, {"meaning", l.meaning}});
  return printed(json::object{{"schema", kSchema}, {"limits", std::move(list)}});
}

std::string error_json(const Error& error, std::string_view hint) {
  return printed(json::object{{"schema", kSchema}, {"error", error_object(error, hint)}});
}

}  // namespace rota::control
