// Plans as tables.
#include "scheduler/cli/view/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "jobs/model/formula_text.h"
#include "jobs/model/graph.h"
#include "scheduler/cli/words.h"
#include "scheduler/control/plan_json.h"
#include "shared/text/text.h"

namespace rota::cli {
namespace {

using jobs::Job;
using jobs::Plan;

constexpr std::size_t kNeedsShown = 4;

std::string joined(const std::vector<std::string>& parts, std::string_view between = ", ") {
  std::string out;
  for (const auto& part : parts) out += (out.empty() ? "" : std::string(between)) + one_line(part);
  return out;
}

std::string needs_text(const Plan& plan, const Job& job) {
  std::vector<std::string> needs;
  for (std::size_t i = 0; i < std::min(job.needs.size(), kNeedsShown); ++i)
    needs.push_back(need_text(plan, job.needs[i]));
  auto out = joined(needs);
  if (job.needs.size() > kNeedsShown) out += fmt::format(" and {} more", job.needs.size() - kNeedsShown);
  return out;
}

void add_array_rules(std::vector<std::string>& rules, const Job& job) {
  if (job.max_parallel) rules.push_back(fmt::format("max_parallel {}", *job.max_parallel));
  if (job.chunk) rules.push_back(fmt::format("chunk {}", job.chunk));
  if (job.fail_fast) rules.push_back("fail_fast");
  if (!job.max_failures) return;
  const auto& most = *job.max_failures;
  rules.push_back(most.percent < 0 ? fmt::format("max_failures {}", most.count)
                                   : fmt::format("max_failures {}%", most.percent));
}

std::string probe_text(const jobs::Probe& p) {
  if (!p.log.empty()) return "log";
  if (!p.tcp.empty()) return "tcp " + p.tcp;
  if (!p.http.empty()) return p.http;
  return p.file.empty() ? "exec" : "file " + p.file;
}

// "db: 4 slots", "api: 10 slots, at most 100 starts every 1m".
std::string pools_text(const Plan& plan) {
  std::string out;
  for (const auto& pool : plan.pools) {
    std::vector<std::string> has;
    if (pool.slots > 0) has.push_back(number_of(pool.slots, "slot"));
    if (pool.rate > 0)
      has.push_back(fmt::format("at most {} every {}", number_of(pool.rate, "start"), text::format_duration(pool.per)));
    out += fmt::format("Pool {}: {}\n", one_line(pool.name), joined(has));
  }
  return out;
}

void add_claim(std::vector<std::string>& rules, const jobs::Settings& s) {
  for (const auto& use : s.pools)
    rules.push_back("pool " + use.pool + (use.slots > 1 ? " " + number(use.slots) : ""));
  if (s.resources.cpus_milli) rules.push_back(fmt::format("cpus {}", s.resources.cpus_milli / 1000.0));
  if (s.resources.memory) rules.push_back("memory " + text::format_size(s.resources.memory));
  if (s.priority) rules.push_back(fmt::format("priority {}", s.priority));
}

std::string rules_text(const Plan& plan, const Job& job) {
  const auto& s = plan.settings_of(job);
  std::vector<std::string> rules;
  if (job.daemon) rules.push_back("daemon");
  if (s.timeout) rules.push_back("timeout " + text::format_duration(*s.timeout));
  if (s.retry.limit) rules.push_back(fmt::format("retry {}", s.retry.limit));
  if (s.continue_on_error) rules.push_back("continue_on_error");
  if (s.ready) rules.push_back("ready " + probe_text(*s.ready));
  if (job.daemon && s.live) rules.push_back("live " + probe_text(*s.live));
  if (job.daemon && s.restart.when == jobs::Restart::When::always) rules.push_back("restart always");
  if (job.daemon && s.restart.when == jobs::Restart::When::on_failure) rules.push_back("restart on_failure");
  add_claim(rules, s);
  add_array_rules(rules, job);
  return joined(rules);
}

std::string history_text(const jobs::History& kept) {
  if (!kept.any()) return {};
  std::string of;
  const auto add = [&](const std::string& bound) { of += (of.empty() ? "" : ", ") + bound; };
  if (kept.keep_runs) add("the newest " + number(*kept.keep_runs));
  if (kept.keep_for) add("for " + text::format_duration(*kept.keep_for));
  if (kept.max_log_bytes) add("up to " + text::format_size(*kept.max_log_bytes));
  return "Of its finished runs are kept: " + of + " (history)\n";
}

std::string slots_text(const Plan& plan, unsigned cores) {
  const auto slots = control::slots_of(plan, cores);
  auto out = fmt::format(
      "Slots: {} ({} of {}), {}, {} coroutines in each pool worker\n",
      number_of(std::uint64_t{slots.pool} * slots.threads, "thread"), number_of(slots.pool, "pool worker"),
      number_of(slots.threads, "thread"), number(slots.processes) + (slots.processes == 1 ? " process" : " processes"),
      number(slots.coroutines));
  if (plan.max_parallel)
    out += fmt::format("At most {} at once (max_parallel)\n", number_of(*plan.max_parallel, "task"));
  if (plan.timeout) out += "The whole run may take " + text::format_duration(*plan.timeout) + " (timeout)\n";
  if (const auto& c = plan.concurrency; !c.group.empty()) {
    static constexpr std::string_view kWhenFull[] = {"queue", "skip", "replace", "fail"};
    out += fmt::format("Under the service at most {} of group '{}' alive at once (when_full: {})\n",
                       number_of(c.limit, "run"), one_line(c.group), kWhenFull[static_cast<std::size_t>(c.when_full)]);
  }
  out += history_text(plan.history) + pools_text(plan);
  static constexpr std::string_view kPolicies[] = {"what does not depend on it still runs (finish)",
                                                   "nothing new is started (stop)", "everything is cancelled (cancel)"};
  return out + fmt::format("When a job fails, {}\n", kPolicies[static_cast<std::size_t>(plan.failure_policy)]);
}

std::string call_text(const std::string& target, const Job& job) {
  std::string out;
  for (const auto& value : job.args) out += (out.empty() ? "" : ", ") + to_text(value);
  for (const auto& [name, value] : job.kwargs) out += (out.empty() ? "" : ", ") + name + "=" + to_text(value);
  return target + "(" + out + ")";
}

std::string argv_text(const std::vector<std::string>& argv, const ValueList& args) {
  std::string out;
  for (const auto& word : argv) out += (out.empty() ? "" : " ") + shell_word(word);
  for (const auto& value : args) out += " " + shell_word(to_text(value));
  return out;
}

std::string first_line(const std::string& script) {
  const auto start = script.find_first_not_of(" \t\n");
  if (start == script.npos) return {};
  const auto end = script.find('\n', start);
  const bool more = end != script.npos && script.find_first_not_of(" \t\n", end) != script.npos;
  return script.substr(start, end == script.npos ? end : end - start) + (more ? " ..." : "");
}

// "0..999", "10..50:10".
std::string range_text(const jobs::Array& array) {
  const auto last = array.first + static_cast<std::int64_t>(array.count - 1) * array.step;
  return fmt::format("{}..{}{}", array.first, last, array.step == 1 ? "" : fmt::format(":{}", array.step));
}

// What the tasks of arrays and matrices are, by their first ones.
std::string shapes_text(const Plan& plan) {
  std::string out;
  for (const auto& job : plan.jobs) {
    const auto shape = shape_text(job.shape);
    if (shape.empty()) continue;
    out += fmt::format("  {}: {}, {}\n", job.id.text(), number_of(job.task_count(), "task"), shape);
    const auto shown = std::min(job.task_count(), control::kSampleTasks);
    if (!std::holds_alternative<jobs::Matrix>(job.shape)) continue;
    for (TaskIndex i = 0; i < shown; ++i)
      out += fmt::format("    .{}  {}\n", i, values_text(jobs::matrix_values(job.shape, i)));
    if (job.task_count() > shown) out += fmt::format("    and {} more\n", number(job.task_count() - shown));
  }
  return out.empty() ? out : "\nTasks:\n" + out;
}

std::string source_text(const jobs::Secret& secret) {
  switch (secret.from) {
    case jobs::Secret::From::env: return "the variable " + secret.source + " of the coordinator";
    case jobs::Secret::From::file: return "the file " + secret.source;
    case jobs::Secret::From::command: return "the output of " + argv_text(secret.argv, {});
  }
  return {};
}

std::string secrets_text(const Plan& plan) {
  std::vector<std::pair<std::string, std::vector<std::string>>> users;  // by the line that says where it is from
  for (const auto& job : plan.jobs)
    for (const auto& secret : plan.settings_of(job).secrets) {
      const auto line = fmt::format("{}: {}", secret.name, source_text(secret));
      auto at = std::find_if(users.begin(), users.end(), [&](const auto& u) { return u.first == line; });
      if (at == users.end()) at = users.insert(users.end(), {line, {}});
      at->second.push_back(job.id.text());
    }
  std::string out;
  for (const auto& [line, jobs] : users)
    out += fmt::format("  {}, for {}\n", one_line(line),
                       jobs.size() > kNeedsShown ? number_of(jobs.size(), "job") : joined(jobs));
  return out.empty() ? out : "\nSecrets (looked up when a task starts):\n" + out;
}

std::string hooks_text(const Plan& plan) {
  static constexpr std::string_view kWhen[] = {"if all succeeded", "if something failed", "if it was cancelled",
                                               "at last, however it ended"};
  std::string out;
  for (const auto& job : plan.jobs)
    if (job.hook)
      out += fmt::format("  {}: {} ({})\n", jobs::to_text(*job.hook), action_text(job, plan),
                         kWhen[static_cast<std::size_t>(*job.hook)]);
  return out.empty() ? out : "\nAfterwards:\n" + out;
}

Row row_of(const Plan& plan, const Job& job, std::size_t step) {
  return {number(step),
          job.id.text(),
          std::holds_alternative<std::monostate>(job.shape) ? std::string() : number(job.task_count()),
          std::string(to_text(job.mode)),
          action_text(job, plan),
          needs_text(plan, job),
          job.condition ? one_line(jobs::formula_text(*job.condition, plan)) : std::string(),
          rules_text(plan, job)};
}

}  // namespace

std::string shape_text(const jobs::Shape& shape) {
  if (const auto* array = std::get_if<jobs::Array>(&shape)) return "array " + range_text(*array);
  const auto* matrix = std::get_if<jobs::Matrix>(&shape);
  if (!matrix) return {};
  std::vector<std::string> axes;
  for (const auto& axis : matrix->axes) axes.push_back(fmt::format("{} ({})", axis.name, number(axis.count)));
  auto out = "matrix of " + joined(axes, " by ");
  if (!matrix->excluded.empty()) out += fmt::format(", {} excluded", number(matrix->excluded.size()));
  if (!matrix->included.empty()) out += fmt::format(", {} included", number(matrix->included.size()));
  return out;
}

std::string need_text(const Plan& plan, const jobs::Need& need) {
  const auto& name = plan.jobs[need.job].id.text();
  return need.kind == jobs::NeedKind::success ? name : fmt::format("{} {}", name, jobs::to_text(need.kind));
}

std::string values_text(const ValueMap& values) {
  std::vector<std::string> parts;
  for (const auto& [name, value] : values) parts.push_back(name + "=" + to_text(value));
  return joined(parts);
}

std::string size_text(const Plan& plan) {
  const auto jobs = jobs::job_count(plan), tasks = static_cast<std::size_t>(jobs::task_count(plan));
  return number_of(jobs, "job") + (tasks == jobs ? std::string() : ", " + number_of(tasks, "task"));
}

std::string action_text(const Job& job, const Plan& plan) {
  if (std::holds_alternative<jobs::RunText>(job.action)) return one_line(first_line(jobs::script_text(job, plan)));
  if (const auto* command = std::get_if<jobs::CommandLine>(&job.action))
    return one_line(argv_text(command->argv, job.args));
  return one_line(call_text(std::get<jobs::TargetCall>(job.action).target, job));
}

std::string plan_text(const Plan& plan, unsigned cores, const Look& look) {
  auto out = fmt::format("{}: {}{}\n", plan.name.text(), size_text(plan),
                         plan.source_path.empty() ? "" : " of " + one_line(plan.source_path));
  out += slots_text(plan, cores) + "\n";
  const auto level = jobs::levels(plan);
  std::vector<JobIndex> order;
  for (JobIndex j = 0; j < plan.jobs.size(); ++j)
    if (!plan.jobs[j].hook) order.push_back(j);
  std::stable_sort(order.begin(), order.end(), [&](JobIndex a, JobIndex b) { return level[a] < level[b]; });
  std::vector<Row> rows;
  for (const auto j : order) rows.push_back(row_of(plan, plan.jobs[j], level[j]));
  out += render_table({{"STEP", true},
                       {"JOB", false, true},
                       {"TASKS", true},
                       {"MODE"},
                       {"ACTION", false, true},
                       {"NEEDS", false, true},
                       {"IF", false, true},
                       {"RULES", false, true}},
                      std::move(rows), look);
  return out + shapes_text(plan) + secrets_text(plan) + hooks_text(plan);
}

}  // namespace rota::cli
