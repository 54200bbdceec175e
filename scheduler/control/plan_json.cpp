// Plans as JSON, on Boost.JSON. Job by job: as values, a large plan would take half a gigabyte.
#include "scheduler/control/plan_json.h"

#include <algorithm>
#include <boost/json.hpp>

#include "jobs/model/formula_text.h"
#include "jobs/model/graph.h"
#include "scheduler/control/json_parts.h"
#include "shared/limits.h"
#include "shared/text/text.h"

namespace rota::control {
namespace {

namespace json = boost::json;
using jobs::Job;
using jobs::Plan;

json::value seconds(const std::optional<Duration>& d) {
  return d ? json::value(static_cast<double>(d->count()) / 1e9) : json::value();
}
json::value number(const std::optional<std::uint32_t>& n) { return n ? json::value(*n) : json::value(); }
json::string_view word(std::string_view s) { return {s.data(), s.size()}; }

void add_action(json::object& out, const Job& job) {
  if (const auto* run = std::get_if<jobs::RunText>(&job.action)) out["run"] = clean(run->text);
  if (const auto* target = std::get_if<jobs::TargetCall>(&job.action)) out["target"] = clean(target->target);
  if (const auto* command = std::get_if<jobs::CommandLine>(&job.action)) {
    json::array argv;
    for (const auto& w : command->argv) argv.push_back(clean(w));
    out["command"] = std::move(argv);
  }
  if (!job.args.empty()) out["args"] = json_of(Value(job.args));
  if (!job.kwargs.empty()) out["kwargs"] = values_object(job.kwargs);
}

void add_shape(json::object& out, const Job& job) {
  if (const auto* array = std::get_if<jobs::Array>(&job.shape))
    out["array"] = json::object{{"first", array->first}, {"step", array->step}, {"count", array->count}};
  const auto* matrix = std::get_if<jobs::Matrix>(&job.shape);
  if (!matrix) return;
  json::object axes;
  for (const auto& axis : matrix->axes) axes[clean(axis.name)] = axis.count;
  json::array samples;
  for (TaskIndex i = 0; i < std::min(matrix->count, kSampleTasks); ++i)
    samples.push_back(values_object(jobs::matrix_values(job.shape, i)));
  out["matrix"] = json::object{
      {"axes", std::move(axes)}, {"excluded", matrix->excluded.size()}, {"included", matrix->included.size()}};
  out["samples"] = std::move(samples);
}

json::object secret_of(const jobs::Secret& secret) {
  json::object out{{"name", clean(secret.name)}};
  if (secret.from == jobs::Secret::From::env) out["env"] = clean(secret.source);
  if (secret.from == jobs::Secret::From::file) out["file"] = clean(secret.source);
  if (secret.from == jobs::Secret::From::command) {
    json::array argv;
    for (const auto& w : secret.argv) argv.push_back(clean(w));
    out["command"] = std::move(argv);
  }
  return out;
}

json::value most_failures(const Job& job) {
  if (!job.max_failures) return {};
  if (job.max_failures->percent < 0) return job.max_failures->count;
  return json::object{{"percent", job.max_failures->percent}};
}

void add_rules(json::object& out, const Plan& plan, const Job& job) {
  const auto& s = plan.settings_of(job);
  out["if"] = job.condition ? json::value(clean(jobs::formula_text(*job.condition, plan))) : json::value();
  out["timeout"] = seconds(s.timeout);
  out["retries"] = s.retry.limit;
  out["continue_on_error"] = s.continue_on_error;
  out["max_parallel"] = number(job.max_parallel);
  out["fail_fast"] = job.fail_fast;
  out["max_failures"] = most_failures(job);
  json::object pools;
  for (const auto& use : s.pools) pools[clean(use.pool)] = use.slots;
  out["pool"] = std::move(pools);
  out["resources"] = json::object{{"cpus", static_cast<double>(s.resources.cpus_milli) / 1000},
                                  {"memory", s.resources.memory}};
  out["priority"] = s.priority;
  json::object outputs;
  for (const auto& o : job.outputs) outputs[clean(o.name)] = word(to_text(o.type));
  out["outputs"] = std::move(outputs);
  json::array secrets;
  for (const auto& secret : s.secrets) secrets.push_back(secret_of(secret));
  out["secrets"] = std::move(secrets);
}

json::object job_object(const Plan& plan, const Job& job, std::size_t step) {
  json::array needs;
  for (const auto& need : job.needs)
    needs.push_back(json::object{{"job", clean(plan.jobs[need.job].id.text())}, {"on", word(to_text(need.kind))}});
  json::object out{{"job", clean(job.id.text())},
                   {"name", text_or_null(job.name)},
                   {"step", step ? json::value(step) : json::value()},
                   {"hook", job.hook ? json::value(word(jobs::to_text(*job.hook))) : json::value()},
                   {"mode", word(to_text(job.mode))},
                   {"daemon", job.daemon},
                   {"line", job.line},
                   {"tasks", job.task_count()}};
  add_action(out, job);
  add_shape(out, job);
  out["needs"] = std::move(needs);
  add_rules(out, plan, job);
  return out;
}

// The jobs (or the hooks) as a list.
void print_jobs(std::string& out, const Plan& plan, const std::vector<std::size_t>& level, bool hooks) {
  out += '[';
  bool first = true;
  for (std::size_t j = 0; j < plan.jobs.size(); ++j) {
    if (plan.jobs[j].hook.has_value() != hooks) continue;
    if (!std::exchange(first, false)) out += ',';
    print(out, job_object(plan, plan.jobs[j], level[j]));
  }
  out += ']';
}

json::value concurrency_value(const jobs::Concurrency& c) {
  if (c.group.empty()) return {};
  static constexpr std::string_view kWhenFull[] = {"queue", "skip", "replace", "fail"};
  return json::object{{"group", clean(c.group)},
                      {"limit", c.limit},
                      {"when_full", word(kWhenFull[static_cast<std::size_t>(c.when_full)])}};
}

json::value history_value(const jobs::History& kept) {
  if (!kept.any()) return {};
  return json::object{{"keep_runs", number(kept.keep_runs)},
                      {"keep_for", seconds(kept.keep_for)},
                      {"max_log_bytes", kept.max_log_bytes ? json::value(*kept.max_log_bytes) : json::value()}};
}

json::object header(const Plan& plan, const std::vector<std::size_t>& level, unsigned cores) {
  static constexpr std::string_view kPolicies[] = {"finish", "stop", "cancel"};
  const auto slots = slots_of(plan, cores);
  json::object params, env, pools;
  for (const auto& pool : plan.pools)
    pools[clean(pool.name)] = json::object{{"slots", pool.slots ? json::value(pool.slots) : json::value()},
                                           {"rate", pool.rate ? json::value(pool.rate) : json::value()},
                                           {"per", pool.rate ? seconds(pool.per) : json::value()}};
  for (const auto& [name, value] : plan.params) params[clean(name)] = json_of(value);
  for (const auto& [name, value] : plan.env) env[clean(name)] = clean(value);
  return {{"name", clean(plan.name.text())},
          {"source", text_or_null(plan.source_path)},
          {"directory", text_or_null(plan.directory)},
          {"steps", level.empty() ? std::size_t{0} : *std::max_element(level.begin(), level.end())},
          {"tasks", jobs::task_count(plan)},
          {"slots", json::object{{"pool_workers", slots.pool},
                                 {"threads", slots.pool * slots.threads},
                                 {"processes", slots.processes},
                                 {"coroutines", slots.pool * slots.coroutines}}},
          {"params", std::move(params)},
          {"env", std::move(env)},
          {"max_parallel", number(plan.max_parallel)},
          {"failure_policy", word(kPolicies[static_cast<std::size_t>(plan.failure_policy)])},
          {"timeout", seconds(plan.timeout)},
          {"pools", std::move(pools)},
          {"concurrency", concurrency_value(plan.concurrency)},
          {"history", history_value(plan.history)}};
}

}  // namespace

Slots slots_of(const Plan& plan, unsigned cores) {
  cores = std::max(cores, 1u);
  const auto& w = plan.workers;
  return {w.pool ? w.pool : std::min(cores, 4u), w.threads ? w.threads : 1u, w.process_slots ? w.process_slots : cores,
          static_cast<std::uint32_t>(limits::kAsyncSlots)};
}

std::string plan_json(const Plan& plan, unsigned cores) {
  const auto level = jobs::levels(plan);
  auto out = printed(json::object{{"schema", kSchema}, {"plan", header(plan, level, cores)}});
  out.erase(out.size() - 2);  // the two braces, opened again
  out += ",\"jobs\":";
  print_jobs(out, plan, level, false);
  out += ",\"hooks\":";
  print_jobs(out, plan, level, true);
  return out += "}}";
}

std::string graph_json(const Plan& plan) {
  const auto level = jobs::levels(plan);
  auto out = printed(json::object{{"schema", kSchema}, {"graph", json::object{{"name", clean(plan.name.text())}}}});
  out.erase(out.size() - 2);
  out += ",\"nodes\":[";
  for (std::size_t j = 0; j < plan.jobs.size(); ++j) {
    const auto& job = plan.jobs[j];
    if (j) out += ',';
    print(out, json::object{{"job", clean(job.id.text())},
                            {"step", level[j] ? json::value(level[j]) : json::value()},
                            {"tasks", job.task_count()},
                            {"mode", word(to_text(job.mode))},
                            {"daemon", job.daemon},
                            {"hook", job.hook ? json::value(word(jobs::to_text(*job.hook))) : json::value()}});
  }
  out += "],\"edges\":[";
  bool first = true;
  for (const auto& job : plan.jobs)
    for (const auto& need : job.needs) {
      if (!std::exchange(first, false)) out += ',';
      print(out, json::object{{"from", clean(plan.jobs[need.job].id.text())},
                              {"to", clean(job.id.text())},
                              {"on", word(to_text(need.kind))}});
    }
  return out += "]}}";
}

}  // namespace rota::control
