// Resolving shells, environments and limits of one attempt.
#include "scheduler/daemon/assign.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "scheduler/daemon/worker_path.h"
#include "shared/limits.h"

namespace rota::daemon {
namespace {

void fill_action(lane::Assignment& out, const jobs::Plan& plan, const jobs::Job& job, const jobs::Settings& settings) {
  if (const auto* call = std::get_if<jobs::TargetCall>(&job.action)) {
    out.target = call->target;
    out.args = job.args;
    out.kwargs = job.kwargs;
    if (job.mode == Mode::process && call->runtime == jobs::Runtime::python) out.interpreter = python_of(plan);
    return;
  }
  if (const auto* text = std::get_if<jobs::RunText>(&job.action)) {
    out.argv = settings.shell;
    out.argv.insert(out.argv.end(), {"-c", text->text, job.id.text()});  // $0 in the shell's own messages
  } else {
    out.argv = std::get<jobs::CommandLine>(job.action).argv;
  }
  for (const auto& arg : job.args) out.argv.push_back(to_text(arg));
}

lane::StdinPlan stdin_of(const jobs::Stdin& in) {
  switch (in.kind) {
    case jobs::Stdin::Kind::empty: return {};
    case jobs::Stdin::Kind::text: return {lane::StdinPlan::Kind::text, in.text};
    case jobs::Stdin::Kind::file: return {lane::StdinPlan::Kind::file, in.text};
  }
  return {};
}

}  // namespace

std::string task_entry(TaskId task, const std::string& run_key) {
  return "ROTA_KEY=" + run_key + "-" + std::to_string(task.job) + "-" + std::to_string(task.task);
}

std::vector<std::string> attempt_variables(const jobs::Job& job, TaskId task, std::uint32_t try_number,
                                           const std::string& run_key) {
  const auto run = std::to_string(task.run);
  const bool many = !std::holds_alternative<std::monostate>(job.shape);
  const auto number = std::to_string(jobs::number_of(job.shape, task.task));
  std::vector<std::string> out{"ROTA_RUN_ID=" + run,
                               "ROTA_JOB_ID=" + run + "/" + job.id.text() + (many ? "." + number : ""),
                               "ROTA_JOB=" + job.id.text(),
                               "ROTA_ATTEMPT=" + std::to_string(try_number),
                               task_entry(task, run_key)};
  if (const auto* array = std::get_if<jobs::Array>(&job.shape)) {
    out.push_back("ROTA_ARRAY_INDEX=" + number);
    out.push_back("ROTA_ARRAY_COUNT=" + std::to_string(array->count));
  }
  return out;
}

lane::Assignment make_assignment(const jobs::Plan& plan, AttemptId attempt, std::uint32_t try_number,
                                 const std::string& run_key) {
  const auto& job = plan.jobs[attempt.task.job];
  const auto& settings = plan.settings_of(job);
  lane::Assignment out;
  out.id = attempt;
  out.mode = job.mode;
  out.job = job.id.text();
  out.name = job.shown_name();
  fill_action(out, plan, job, settings);
  for (const auto& [key, value] : settings.env) out.env.push_back(key + "=" + value);
  for (auto& variable : attempt_variables(job, attempt.task, try_number, run_key))
    out.env.push_back(std::move(variable));
  out.working_dir = settings.working_dir.empty() ? plan.directory : settings.working_dir;
  out.stdin_plan = stdin_of(settings.stdin_plan);
  out.log = {settings.log.stdout_path, settings.log.stderr_path, settings.log.merge, settings.log.max_bytes};
  out.timeout_ns = settings.timeout ? settings.timeout->count() : 0;
  out.stop_signal = settings.stop_signal;
  out.grace_ns = settings.stop_grace.count();
  if (settings.ready) out.ready_text = settings.ready->log;
  out.daemon = job.daemon;
  if (!job.runs_in_pool()) {
    const auto& r = settings.resources;
    out.limits = {r.memory, r.nice, r.open_files, r.cpu_time.count(), r.file_size};
  }
  if (job.is_warm()) {
    out.max_rss = job.max_rss;
    out.initializer = job.initializer;
    out.initializer_args = job.initializer_args;
  }
  if (!job.outputs.empty()) {
    for (const auto& output : job.outputs) out.outputs.fields.push_back({output.name, output.type});
    out.outputs.good_exits = settings.success_exit_codes;
  }
  return out;
}

bool may_start_many(const jobs::Plan& plan, const jobs::Job& job) {
  const bool on_threads = job.mode == Mode::thread || job.is_warm();
  return job.task_count() > 1 && on_threads && std::holds_alternative<jobs::TargetCall>(job.action) && !job.daemon &&
         job.late.empty() && plan.settings_of(job).secrets.empty();
}

std::size_t most_at_once(const jobs::Job& job) {
  constexpr std::size_t kMost = 1024;
  return job.chunk == 0 ? kMost : std::min<std::size_t>(kMost, job.chunk);
}

lane::down::StartMany make_crowd(const jobs::Plan& plan, AttemptId first, const std::string& run_key) {
  using Of = lane::OwnVariable::Of;
  lane::down::StartMany out;
  out.common = make_assignment(plan, first, 1, run_key);
  const auto& job = plan.jobs[first.task.job];
  const auto run = std::to_string(first.task.run);
  out.own = {{"ROTA_JOB_ID=" + run + "/" + job.id.text() + ".", Of::number},
             {"ROTA_ATTEMPT=", Of::try_number},
             {"ROTA_KEY=" + run_key + "-" + std::to_string(first.task.job) + "-", Of::task}};
  if (std::holds_alternative<jobs::Array>(job.shape)) out.own.push_back({"ROTA_ARRAY_INDEX=", Of::number});
  return out;
}

lane::Member make_member(const jobs::Job& job, AttemptId attempt, std::uint32_t try_number) {
  return {attempt.task.task, attempt.number, try_number, jobs::number_of(job.shape, attempt.task.task)};
}

std::vector<std::string> base_environment(const jobs::Plan& plan, const std::vector<std::string>& caller) {
  std::vector<std::string> out;
  std::unordered_map<std::string, std::size_t> place;
  const auto set = [&](std::string key, std::string line) {
    const auto [at, fresh] = place.try_emplace(std::move(key), out.size());
    if (fresh) {
      out.push_back(std::move(line));
    } else {
      out[at->second] = std::move(line);
    }
  };
  for (const auto& line : caller) {
    const auto equals = line.find('=');
    if (equals != std::string::npos && equals != 0) set(line.substr(0, equals), line);
  }
  for (const auto& [key, value] : plan.env) set(key, key + "=" + value);
  return out;
}

Status check_environment(const std::vector<std::string>& environment) {
  std::size_t bytes = 0;
  for (const auto& line : environment) bytes += line.size() + 1;
  const auto counted = bytes + environment.size() * sizeof(char*);  // as the kernel counts
  if (counted <= limits::kArgvBytes) return {};
  return fail(Code::refused, "the environment of the run takes " + std::to_string(counted) + " bytes (" +
                                 std::to_string(environment.size()) + " variables), the limit is " +
                                 std::to_string(limits::kArgvBytes) +
                                 " (argv_bytes): leave out what no job needs, or pass large values by a file");
}

std::vector<std::string> without_secrets(const jobs::Plan& plan, std::vector<std::string> environment) {
  std::unordered_set<std::string_view> names;
  for (const auto& settings : plan.settings) {
    for (const auto& secret : settings.secrets)
      if (secret.from == jobs::Secret::From::env) names.insert(secret.source);
  }
  if (names.empty()) return environment;
  std::erase_if(environment, [&](const std::string& line) {
    return names.contains(std::string_view(line).substr(0, line.find('=')));
  });
  return environment;
}

}  // namespace rota::daemon
