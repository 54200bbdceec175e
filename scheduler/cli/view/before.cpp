// Plans, targets and limits as tables.
#include "scheduler/cli/view/before.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "scheduler/cli/words.h"
#include "shared/limits.h"
#include "shared/text/text.h"

namespace rota::cli {
namespace {

constexpr std::size_t kNeedsShown = 4;

std::string need_text(const jobs::Plan& plan, const jobs::Need& need) {
  const auto& name = plan.jobs[need.job].id.text();
  return need.kind == jobs::NeedKind::success ? name : fmt::format("{} {}", name, jobs::to_text(need.kind));
}

std::string needs_text(const jobs::Plan& plan, const jobs::Job& job) {
  std::string out;
  for (std::size_t i = 0; i < std::min(job.needs.size(), kNeedsShown); ++i)
    out += (i ? ", " : "") + need_text(plan, job.needs[i]);
  if (job.needs.size() > kNeedsShown) out += fmt::format(" and {} more", job.needs.size() - kNeedsShown);
  return out;
}

std::string rules_text(const jobs::Plan& plan, const jobs::Job& job) {
  const auto& s = plan.settings_of(job);
  std::vector<std::string> rules;
  if (job.daemon) rules.push_back("daemon");
  if (s.timeout) rules.push_back("timeout " + text::format_duration(*s.timeout));
  if (s.retry.limit) rules.push_back(fmt::format("retry {}", s.retry.limit));
  if (s.continue_on_error) rules.push_back("continue_on_error");
  if (s.ready) rules.push_back(s.ready->log.empty() ? "ready tcp " + s.ready->tcp : "ready log");
  std::string out;
  for (const auto& rule : rules) out += (out.empty() ? "" : ", ") + one_line(rule);
  return out;
}

std::string slots_text(const jobs::Plan& plan, unsigned cores) {
  cores = std::max(cores, 1u);
  const auto pool = plan.workers.pool ? plan.workers.pool : std::min(cores, 4u);
  const auto threads = plan.workers.threads ? plan.workers.threads : 1u;
  const auto processes = plan.workers.process_slots ? plan.workers.process_slots : cores;
  auto out = fmt::format("Slots: {} ({} of {}), {}, {} coroutines in each pool worker\n",
                         number_of(std::uint64_t{pool} * threads, "thread"), number_of(pool, "pool worker"),
                         number_of(threads, "thread"), number(processes) + (processes == 1 ? " process" : " processes"),
                         number(limits::kAsyncSlots));
  if (plan.max_parallel)
    out += fmt::format("At most {} at once (max_parallel)\n", number_of(*plan.max_parallel, "job"));
  if (plan.timeout) out += "The whole run may take " + text::format_duration(*plan.timeout) + " (timeout)\n";
  static constexpr std::string_view kPolicies[] = {"what does not depend on it still runs (finish)",
                                                   "nothing new is started (stop)", "everything is cancelled (cancel)"};
  return out + fmt::format("When a job fails, {}\n", kPolicies[static_cast<std::size_t>(plan.failure_policy)]);
}

std::string call_text(const std::string& target, const jobs::Job& job) {
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

std::string script_text(const std::string& script) {
  const auto start = script.find_first_not_of(" \t\n");
  if (start == script.npos) return {};
  const auto end = script.find('\n', start);
  const bool more = end != script.npos && script.find_first_not_of(" \t\n", end) != script.npos;
  return script.substr(start, end == script.npos ? end : end - start) + (more ? " ..." : "");
}

std::string parameters_text(const jobs::Signature& target) {
  std::string out;
  for (const auto& p : target.parameters) {
    out += (out.empty() ? "" : ", ") + std::string(p.name) + (p.variadic ? "..." : "");
    if (!p.required && !p.default_text.empty()) out += "=" + std::string(p.default_text);
  }
  return out;
}

std::string modes_text(const jobs::Signature& target) {
  std::string out;
  for (const auto mode : {Mode::thread, Mode::process, Mode::async})
    if (target.has(mode)) out += (out.empty() ? "" : " ") + std::string(to_text(mode));
  return out;
}

}  // namespace

std::string action_text(const jobs::Job& job) {
  if (const auto* script = std::get_if<jobs::RunText>(&job.action)) return one_line(script_text(script->text));
  if (const auto* command = std::get_if<jobs::CommandLine>(&job.action))
    return one_line(argv_text(command->argv, job.args));
  return one_line(call_text(std::get<jobs::TargetCall>(job.action).target, job));
}

// Walks dependents from the jobs without needs (needs may point forward in the file; the loader has refused cycles).
std::vector<std::size_t> levels(const jobs::Plan& plan) {
  const auto n = plan.jobs.size();
  std::vector<std::size_t> level(n, 1), open(n);
  std::vector<std::vector<JobIndex>> dependents(n);
  std::vector<JobIndex> next;
  for (JobIndex j = 0; j < n; ++j) {
    open[j] = plan.jobs[j].needs.size();
    for (const auto& need : plan.jobs[j].needs) dependents[need.job].push_back(j);
    if (open[j] == 0) next.push_back(j);
  }
  while (!next.empty()) {
    const auto done = next.back();
    next.pop_back();
    for (const auto j : dependents[done]) {
      level[j] = std::max(level[j], level[done] + 1);
      if (--open[j] == 0) next.push_back(j);
    }
  }
  return level;
}

std::string plan_text(const jobs::Plan& plan, unsigned cores, const Look& look) {
  auto out = fmt::format("{}: {}{}\n", plan.name.text(), number_of(plan.jobs.size(), "job"),
                         plan.source_path.empty() ? "" : " of " + one_line(plan.source_path));
  out += slots_text(plan, cores) + "\n";
  const auto level = levels(plan);
  std::vector<JobIndex> order(plan.jobs.size());
  std::iota(order.begin(), order.end(), JobIndex{0});
  std::stable_sort(order.begin(), order.end(), [&](JobIndex a, JobIndex b) { return level[a] < level[b]; });
  std::vector<Row> rows;
  for (const auto j : order) {
    const auto& job = plan.jobs[j];
    rows.push_back({number(level[j]), job.id.text(), std::string(to_text(job.mode)), action_text(job),
                    needs_text(plan, job), rules_text(plan, job)});
  }
  return out + render_table({{"STEP", true},
                             {"JOB", false, true},
                             {"MODE"},
                             {"ACTION", false, true},
                             {"NEEDS", false, true},
                             {"RULES", false, true}},
                            std::move(rows), look);
}

std::string targets_text(const std::vector<jobs::Signature>& targets, const Look& look) {
  std::vector<Row> rows;
  for (const auto& target : targets)
    rows.push_back(
        {std::string(target.name), parameters_text(target), modes_text(target), std::string(target.summary)});
  return render_table({{"TARGET"}, {"ARGUMENTS"}, {"MODES"}, {"WHAT IT DOES", false, true}}, std::move(rows), look);
}

std::string limits_text(const Look& look) {
  std::vector<Row> rows;
  for (const auto& limit : limits::all()) {
    const auto value =
        limit.unit == "bytes" ? text::format_size(limit.value) : number(limit.value) + " " + std::string(limit.unit);
    rows.push_back({std::string(limit.name), value, std::string(limit.meaning)});
  }
  return render_table({{"LIMIT"}, {"VALUE", true}, {"MEANING", false, true}}, std::move(rows), look);
}

}  // namespace rota::cli
