// Answers as JSON, on Boost.JSON.
#include "scheduler/control/answers_json.h"

#include <boost/json.hpp>

#include "scheduler/control/json_parts.h"
#include "shared/text/text.h"

namespace rota::control {
namespace {

namespace json = boost::json;

json::array runs_array(std::span<const core::RunSummary> runs) {
  json::array list;
  for (const auto& run : runs) list.push_back(run_object(run));
  return list;
}

json::array numbers(std::span<const RunId> runs) {
  json::array list;
  for (const auto run : runs) list.emplace_back(run);
  return list;
}

json::object recovery_object(const answer::Recovery& r) { return {{"known", r.known}, {"total", r.total}}; }

json::value word(std::string_view s) { return json::value(json::string_view(s.data(), s.size())); }

json::value utc_or_null(WallTime t) { return t.ns ? json::value(text::format_utc(t)) : json::value(); }

json::value about_or_null(const std::optional<Explanation::About>& about) {
  if (!about) return {};
  json::array holders;
  for (const auto& id : about->holders) holders.push_back(clean(id));
  return json::object{{"name", clean(about->name)},
                      {"wanted", about->wanted},
                      {"total", about->total > 0 ? json::value(about->total) : json::value()},
                      {"held", about->held},
                      {"next", utc_or_null(about->next)},
                      {"holders", std::move(holders)},
                      {"more", about->more},
                      {"paused", about->paused}};
}

json::object explanation_object(const Explanation& task) {
  json::array blocks, causes;
  for (const auto& b : task.blocks)
    blocks.push_back(
        json::object{{"code", clean(b.code)},
                     {"what", clean(b.what)},
                     {"remedy", text_or_null(b.remedy)},
                     {"about", about_or_null(b.about)}});
  for (const auto& c : task.causes)
    causes.push_back(json::object{{"id", clean(c.id)},
                                  {"depth", c.depth},
                                  {"outcome", word(to_text(c.outcome))},
                                  {"reason", text_or_null(to_text(c.reason))},
                                  {"what", clean(c.what)}});
  return {{"id", clean(task.id)},
          {"state", clean(task.state)},
          {"blocks", std::move(blocks)},
          {"causes", std::move(causes)}};
}

}  // namespace

std::string listing_json(std::span<const core::RunSummary> runs, const std::optional<answer::Runs>& service) {
  json::value told;
  if (service)
    told = json::object{{"recovering", recovery_object(service->recovery)}, {"closed", text_or_null(service->closed)}};
  return printed(json::object{{"schema", kSchema}, {"runs", runs_array(runs)}, {"service", std::move(told)}});
}

std::string submitted_json(std::span<const SubmittedFile> files, const std::vector<core::RunSummary>* runs,
                           const Error* error, std::string_view hint,
                           std::span<const answer::Registered> registered) {
  json::array list, enrolled;
  for (const auto& r : registered)
    enrolled.push_back(json::object{{"name", clean(r.name)},
                                 {"schedules", r.entries},
                                 {"replaced", r.replaced},
                                 {"enabled", r.enabled},
                                 {"dry_run", r.dry_run},
                                 {"next", utc_or_null(r.next)}});
  for (const auto& f : files)
    list.push_back(json::object{{"file", text_or_null(f.file)},
                                {"run", f.submitted.run ? json::value(f.submitted.run) : json::value()},
                                {"name", text_or_null(f.submitted.name)},
                                {"tasks", f.submitted.tasks},
                                {"known", f.submitted.known},
                                {"retry_of", f.retry_of ? json::value(f.retry_of) : json::value()}});
  json::object out{{"schema", kSchema}, {"submitted", std::move(list)}};
  if (runs) out["runs"] = runs_array(*runs);
  if (!registered.empty()) out["registered"] = std::move(enrolled);
  if (error) out["error"] = error_object(*error, hint);
  return printed(out);
}

std::string waited_json(bool satisfied, bool timed_out, std::span<const core::RunSummary> runs) {
  return printed(json::object{
      {"schema", kSchema}, {"satisfied", satisfied}, {"timed_out", timed_out}, {"runs", runs_array(runs)}});
}

std::string stopped_json(const answer::Stopped& stopped, std::span<const RunId> ended_before) {
  json::array list, others;
  for (const auto& o : stopped.others)
    others.push_back(json::object{{"job", clean(o.job)},
                                  {"outcome", word(to_text(o.outcome))},
                                  {"how", text_or_null(o.rung)},
                                  {"count", o.count}});
  for (const auto& t : stopped.tasks)
    list.push_back(json::object{{"id", clean(t.id)},
                                {"run", t.task.run},
                                {"job", clean(t.job)},
                                {"task", t.task.task},
                                {"outcome", word(to_text(t.outcome))},
                                {"how", text_or_null(t.rung)},
                                {"note", text_or_null(t.note)}});
  return printed(json::object{{"schema", kSchema},
                              {"tasks", std::move(list)},
                              {"others", std::move(others)},
                              {"ended_before", numbers(ended_before)}});
}

std::string paused_json(const answer::Paused& paused, bool pause) {
  return printed(json::object{{"schema", kSchema},
                              {"pause", pause},
                              {"attempts", paused.attempts},
                              {"running", paused.running},
                              {"waiting", paused.waiting},
                              {"not_begun", paused.not_begun}});
}

std::string explained_json(std::span<const Explanation> tasks) {
  json::array list;
  for (const auto& task : tasks) list.push_back(explanation_object(task));
  return printed(json::object{{"schema", kSchema}, {"explained", std::move(list)}});
}

std::string workers_json(const answer::Workers& workers, Now now) {
  json::array list;
  for (const auto& w : workers.workers)
    list.push_back(
        json::object{{"worker", json::object{{"seat", w.worker.seat}, {"generation", w.worker.generation}}},
                     {"kind", clean(w.kind)},
                     {"state", clean(w.state)},
                     {"pid", w.pid ? json::value(w.pid) : json::value()},
                     {"slots", w.slots},
                     {"busy", w.busy},
                     {"coroutines", w.coroutines},
                     {"since", w.since.ns ? utc_or_null({now.wall.ns - (now.mono.ns - w.since.ns)}) : json::value()},
                     {"tree", text_or_null(w.tree_level)},
                     {"crew", text_or_null(w.crew)},
                     {"note", text_or_null(w.note)}});
  return printed(json::object{{"schema", kSchema}, {"workers", std::move(list)},
                              {"commands", json::object{{"busy", workers.commands},
                                                        {"slots", workers.command_slots}}}});
}

std::string status_json(const answer::Status& s) {
  json::object settings;
  for (const auto& [name, value] : s.settings) settings[clean(name)] = clean(value);
  json::object service{{"version", clean(s.version)},
                       {"pid", s.pid},
                       {"epoch", s.epoch},
                       {"since", utc_or_null(s.since)},
                       {"state_directory", clean(s.state_directory)},
                       {"instance_directory", clean(s.instance_directory)},
                       {"socket", clean(s.socket)},
                       {"closed", text_or_null(s.closed)},
                       {"recovering", recovery_object(s.recovery)},
                       {"runs", s.runs},
                       {"tasks_waiting", s.tasks_waiting},
                       {"tasks_running", s.tasks_running},
                       {"clients", s.clients},
                       {"settings", std::move(settings)}};
  return printed(json::object{{"schema", kSchema}, {"service", std::move(service)}});
}

std::string pruned_json(std::span<const RunId> runs, std::uint64_t bytes, bool dry_run) {
  return printed(json::object{{"schema", kSchema}, {"pruned", numbers(runs)}, {"bytes", bytes}, {"dry_run", dry_run}});
}

std::string findings_json(std::span<const Finding> findings) {
  static constexpr std::string_view kGrades[] = {"ok", "warn", "fail"};
  json::array list;
  bool all_well = true;
  for (const auto& f : findings) {
    all_well &= f.grade != Finding::Grade::fail;
    list.push_back(json::object{{"grade", word(kGrades[static_cast<std::size_t>(f.grade)])},
                                {"about", clean(f.about)},
                                {"what", clean(f.what)}});
  }
  return printed(json::object{{"schema", kSchema}, {"ok", all_well}, {"findings", std::move(list)}});
}

}  // namespace rota::control
