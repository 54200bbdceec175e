// Views as JSON, on Boost.JSON: its only user.
#include "scheduler/control/view_json.h"

#include <boost/json.hpp>
#include <charconv>

#include "scheduler/control/run_state.h"
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

constexpr std::string_view kSchema = "rota/1";
constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

/// Names and messages are bytes of strangers; JSON is UTF-8.
json::string clean(std::string_view s) {
  json::string out;
  std::size_t bad = 0;
  while (!text::is_utf8(s, &bad)) {
    out.append(s.substr(0, bad));
    out.append(kReplacement);
    s.remove_prefix(bad + 1);
  }
  out.append(s);
  return out;
}

json::value text_or_null(std::string_view s) { return s.empty() ? json::value() : json::value(clean(s)); }
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
json::value known(std::int64_t value, std::int64_t factor = 1) {
  return value < 0 ? json::value() : json::value(value * factor);
}
json::value known_seconds(std::int64_t us) { return us < 0 ? json::value() : json::value(seconds(us * 1000)); }

/// Boost writes 5 as 5E0: right, and unkind to the eye. Everything else is its own.
void print(std::string& out, const json::value& v);

void print(std::string& out, const json::object& object) {
  out += '{';
  bool first = true;
  for (const auto& [key, value] : object) {
    if (!std::exchange(first, false)) out += ',';
    out += '"';
    out += key;  // our own words: nothing in them to escape
    out += "\":";
    print(out, value);
  }
  out += '}';
}

void print(std::string& out, const json::array& array) {
  out += '[';
  for (std::size_t i = 0; i < array.size(); ++i) {
    if (i) out += ',';
    print(out, array[i]);
  }
  out += ']';
}

void print(std::string& out, const json::value& v) {
  if (const auto* object = v.if_object()) return print(out, *object);
  if (const auto* array = v.if_array()) return print(out, *array);
  const auto* number = v.if_double();
  if (!number) {
    out += json::serialize(v);
    return;
  }
  char digits[400];  // a fixed-point double is at most 310 digits before the point
  const auto end = std::to_chars(digits, digits + sizeof digits, *number, std::chars_format::fixed);
  out.append(digits, end.ptr);
}

std::string printed(const json::value& v) {
  std::string out;
  print(out, v);
  return out;
}

json::array modes_of(std::uint8_t bits) {
  json::array out;
  for (const Mode m : {Mode::thread, Mode::process, Mode::async}) {
    if (bits & (1u << static_cast<unsigned>(m))) out.emplace_back(json::string_view(to_text(m)));
  }
  return out;
}

json::object counts_of(const core::Counts& counts) {
  json::object states, outcomes;
  for (std::size_t i = 0; i < core::kTaskStates; ++i)
    states[core::to_text(static_cast<TaskState>(i))] = counts.by_state[i];
  for (std::size_t i = 0; i <= static_cast<std::size_t>(Outcome::upstream_failed); ++i)
    outcomes[to_text(static_cast<Outcome>(i))] = counts.by_outcome[i];
  return {{"total", counts.total}, {"states", std::move(states)}, {"outcomes", std::move(outcomes)}};
}

json::object run_object(const RunSummary& run) {
  return {{"run", run.run},
          {"name", text_or_null(run.name)},
          {"source", text_or_null(run.source_path)},
          {"state", json::string_view(run_state(run))},
          {"outcome", outcome(run.outcome)},
          {"reason", text_or_null(to_text(run.reason))},
          {"submitted", text::format_utc(run.submitted.wall)},
          {"ended", instant(run, run.ended)},
          {"seconds", seconds_between(run.submitted.mono, run.ended)},
          {"modes", modes_of(run.modes)},
          {"tasks", counts_of(run.counts)}};
}

json::object attempt_object(const RunSummary& run, const AttemptView& a) {
  const auto& usage = a.report.usage;
  return {{"attempt", a.number},
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
          {"usage", json::object{{"cpu_user_seconds", known_seconds(usage.cpu_user_us)},
                                 {"cpu_system_seconds", known_seconds(usage.cpu_system_us)},
                                 {"max_rss_bytes", known(usage.max_rss_kib, 1024)},
                                 {"voluntary_switches", known(usage.voluntary_switches)}}},
          {"output", json::object{{"bytes", a.report.output.bytes}, {"dropped", a.report.output.dropped}}}};
}

json::object task_object(const RunSummary& run, const TaskView& t) {
  json::array attempts;
  for (const auto& a : t.attempts) attempts.push_back(attempt_object(run, a));
  return {{"task", t.index},
          {"state", json::string_view(core::to_text(t.state))},
          {"outcome", outcome(t.outcome)},
          {"reason", text_or_null(to_text(t.reason))},
          {"since", instant(run, t.since)},
          {"due", instant(run, t.due)},
          {"attempts", std::move(attempts)}};
}

json::object job_object(const core::RunView& view, const JobView& j) {
  json::array needs, tasks;
  for (const auto n : j.needs) {
    if (n < view.jobs.size()) needs.push_back(clean(view.jobs[n].id));
  }
  for (const auto& t : j.tasks) tasks.push_back(task_object(view.summary, t));
  return {{"job", clean(j.id)},
          {"name", text_or_null(j.name)},
          {"mode", json::string_view(to_text(j.mode))},
          {"daemon", j.daemon},
          {"continue_on_error", j.forgiven},
          {"action", text_or_null(j.action)},
          {"needs", std::move(needs)},
          {"tasks", std::move(tasks)}};
}

std::string_view word_of(Code c) {
  switch (c) {
    case Code::invalid: return "invalid";
    case Code::not_found: return "not_found";
    case Code::refused: return "refused";
    case Code::unreachable: return "unreachable";
    case Code::system: return "system";
    case Code::corrupt: return "corrupt";
    case Code::internal: return "internal";
  }
  return "internal";
}

}  // namespace

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
  return printed(json::object{{"schema", kSchema},
                              {"error", json::object{{"code", word_of(error.code)},
                                                     {"message", clean(to_text(error))},
                                                     {"hint", text_or_null(hint)}}}});
}

}  // namespace rota::control
