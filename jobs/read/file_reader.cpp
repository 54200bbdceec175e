// The top level of a job file.
#include "jobs/read/file_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "jobs/read/about_reader.h"
#include "jobs/read/concurrency_reader.h"
#include "jobs/read/env_file.h"
#include "jobs/read/environment.h"
#include "jobs/read/fields.h"
#include "jobs/read/history_reader.h"
#include "jobs/read/hooks_reader.h"
#include "jobs/read/job_reader.h"
#include "jobs/read/jobs_reader.h"
#include "jobs/read/params.h"
#include "jobs/read/pools_reader.h"
#include "jobs/read/python_reader.h"
#include "jobs/read/pythons.h"
#include "jobs/read/schedule_reader.h"
#include "jobs/read/settings_reader.h"
#include "shared/limits.h"
#include "shared/text/text.h"

namespace rota::jobs {
namespace {

using Kind = Node::Kind;

/// The fields that others depend on are only noted here and read in their order.
struct TopReader {
  Reading& in;
  Plan& plan;
  NodeAt params = kNoNode, env = kNoNode, defaults = kNoNode, jobs = kNoNode;
  NodeAt env_file = kNoNode, hooks = kNoNode, pools = kNoNode;
};

struct WorkersReader {
  Reading& in;
  Workers& out;
};

template <std::uint32_t Workers::*Member>
void read_count(WorkersReader& r, NodeAt n, std::string_view field, std::uint64_t most) {
  if (const auto count = r.in.integer(n, field, 1, static_cast<std::int64_t>(most)))
    r.out.*Member = static_cast<std::uint32_t>(*count);
}
const Field<WorkersReader> kWorkersFields[] = {
    {"pool",
     [](WorkersReader& r, NodeAt n) { read_count<&Workers::pool>(r, n, "workers.pool", limits::kPoolWorkers); }},
    {"threads",
     [](WorkersReader& r, NodeAt n) { read_count<&Workers::threads>(r, n, "workers.threads", limits::kThreadSlots); }},
    {"process_slots",
     [](WorkersReader& r, NodeAt n) {
       read_count<&Workers::process_slots>(r, n, "workers.process_slots", limits::kProcessSlots);
     }},
    {"launchers",
     [](WorkersReader& r, NodeAt n) {
       read_count<&Workers::launchers>(r, n, "workers.launchers", limits::kProcessSlots / limits::kLauncherAttempts);
     }},
    {"python",
     [](WorkersReader& r, NodeAt n) { read_count<&Workers::python>(r, n, "workers.python", limits::kPoolWorkers); }},
};

void read_version(TopReader& r, NodeAt n) {
  if (r.in.tree[n].quoted || r.in.tree.text(n) != "1") r.in.wrong(n, "version", "1, the only one there is");
}

void read_workers(TopReader& r, NodeAt n) {
  if (!r.in.is(n, Kind::map)) return r.in.wrong(n, "workers", "a map such as {pool: 2, threads: 4}");
  WorkersReader reader{r.in, r.plan.workers};
  read_fields(r.in, n, kWorkersFields, {.inside = "workers"}, reader);
}

void read_plan_name(TopReader& r, NodeAt n) {
  const auto text = r.in.text(n, "name", "a name");
  if (!text) return;
  auto name = Name::parse(*text);
  if (!name) return r.in.report(n, fmt::format("'name': {}", name.error().what));
  r.plan.name = std::move(*name);
}

void read_max_parallel(TopReader& r, NodeAt n) {
  if (const auto most = r.in.integer(n, "max_parallel", 1, limits::kTasksPerRun))
    r.plan.max_parallel = static_cast<std::uint32_t>(*most);
}

void read_failure_policy(TopReader& r, NodeAt n) {
  static constexpr std::string_view policies[] = {"finish", "stop", "cancel"};
  if (const auto i = r.in.choice(n, "failure_policy", policies)) r.plan.failure_policy = static_cast<FailurePolicy>(*i);
}

void read_interpreter(TopReader& r, NodeAt n) {
  auto interpreter = read_python(r.in, n);
  if (r.in.pythons && !interpreter.empty()) r.in.pythons->choose(std::move(interpreter));
}

const Field<TopReader> kTopFields[] = {
    {"version", read_version},
    {"name", read_plan_name},
    {"params", [](TopReader& r, NodeAt n) { r.params = n; }, true},
    {"env", [](TopReader& r, NodeAt n) { r.env = n; }, true},
    {"defaults", [](TopReader& r, NodeAt n) { r.defaults = n; }},
    {"workers", read_workers},
    {"max_parallel", read_max_parallel},
    {"failure_policy", read_failure_policy},
    {"timeout", [](TopReader& r, NodeAt n) { read_time_limit(r.in, n, r.plan.timeout); }},
    {"schedule", [](TopReader& r, NodeAt n) { read_schedules(r.in, n, r.plan.schedules); }},
    {"jobs", [](TopReader& r, NodeAt n) { r.jobs = n; }},
    {"description", [](TopReader& r, NodeAt n) { read_description(r.in, n, r.plan); }},
    {"labels", [](TopReader& r, NodeAt n) { read_labels(r.in, n, r.plan); }},
    {"env_file", [](TopReader& r, NodeAt n) { r.env_file = n; }, true},
    {"hooks", [](TopReader& r, NodeAt n) { r.hooks = n; }},
    {"pools", [](TopReader& r, NodeAt n) { r.pools = n; }},
    {"python", [](TopReader& r, NodeAt n) { read_interpreter(r, n); }},
    {"concurrency", [](TopReader& r, NodeAt n) { read_concurrency(r.in, n, r.plan.concurrency); }},
    {"history", [](TopReader& r, NodeAt n) { read_history(r.in, n, r.plan.history); }},
};
constexpr Synonym kSynonyms[] = {{"parameters", "params"}, {"vars", "env"},
                                 {"variables", "env"},     {"environment", "env"},
                                 {"default", "defaults"},  {"tasks", "jobs"},
                                 {"steps", "jobs"},        {"services", "jobs"},
                                 {"job", "jobs"},          {"on_failure", "hooks"},
                                 {"on_success", "hooks"},  {"on_exit", "hooks"},
                                 {"dotenv", "env_file"}};

Draft read_defaults(Reading& in, NodeAt at, Plan& plan) {
  Draft draft;
  auto& first = plan.settings.emplace_back();
  first.working_dir = in.directory();
  if (at == kNoNode) return draft;
  if (!in.is(at, Kind::map)) return in.wrong(at, "defaults", "a map of job fields"), draft;
  LateScope late;
  late.anything = true;
  in.scope.late = &late;
  read_job_fields(in, at, true, Pass::both, first, draft);
  in.scope.late = nullptr;
  if (draft.settings) first = std::move(*draft.settings);
  draft.settings.reset();
  return draft;
}

}  // namespace

Name name_from_stem(std::string_view stem) {
  std::string s(stem.substr(0, limits::kNameBytes));
  const auto is_alnum = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  };
  for (auto& c : s) {
    if (!is_alnum(c) && c != '.' && c != '_' && c != '-') c = '-';
  }
  s.erase(0, static_cast<std::size_t>(std::find_if(s.begin(), s.end(), is_alnum) - s.begin()));
  if (auto name = Name::parse(s)) return std::move(*name);
  std::replace(s.begin(), s.end(), '.', '-');  // "x.17" would be a task
  const auto prefixed = Name::parse(("job-" + s).substr(0, limits::kNameBytes));
  return prefixed ? *prefixed : *Name::parse("job");
}

Plan read_file(Reading& in, const LoadOptions& options, std::string_view stem) {
  Plan plan;
  plan.directory = in.directory();
  plan.name = name_from_stem(stem);
  TopReader top{in, plan};
  const auto read_top = [&](Pass pass) {
    read_fields(in, in.tree.root, kTopFields, {.inside = {}, .own_keys = true, .synonyms = kSynonyms}, top, pass);
  };
  read_top(Pass::first);
  for (const auto& [name, value] : options.env) in.scope.set_env(name, value);
  plan.params = read_params(in, top.params, options.params);
  in.has_constants = true;
  if (top.env_file != kNoNode) read_env_files(in, top.env_file, true, plan.env);
  if (top.env != kNoNode) read_environment(in, top.env, plan.env);
  read_top(Pass::second);
  if (top.pools != kNoNode) read_pools(in, top.pools, plan.pools);
  in.pools = &plan.pools;
  const auto defaults = read_defaults(in, top.defaults, plan);
  const auto hooks = read_hooks(in, top.hooks);
  if (top.jobs == kNoNode) {
    in.findings.add({}, "the file has no 'jobs:'", "a small one: jobs: {hello: {run: echo hello}}");
  } else if (!in.is(top.jobs, Kind::map) || in.tree[top.jobs].count == 0) {
    in.wrong(top.jobs, "jobs", "a map with at least one job, such as {hello: {run: echo hello}}");
  } else {
    read_jobs(in, top.jobs, hooks, defaults, plan);
  }
  in.pools = nullptr;
  return plan;
}

}  // namespace rota::jobs
