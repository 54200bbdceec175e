// The top level of a job file.
#include "jobs/read/file_reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "jobs/read/environment.h"
#include "jobs/read/fields.h"
#include "jobs/read/job_reader.h"
#include "jobs/read/needs.h"
#include "jobs/read/params.h"
#include "jobs/read/schedule_reader.h"
#include "jobs/read/settings_pool.h"
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
    {"python", nullptr},
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

const Field<TopReader> kTopFields[] = {
    {"version", read_version},
    {"name", read_plan_name},
    {"params", [](TopReader& r, NodeAt n) { r.params = n; }},
    {"env", [](TopReader& r, NodeAt n) { r.env = n; }},
    {"defaults", [](TopReader& r, NodeAt n) { r.defaults = n; }},
    {"workers", read_workers},
    {"max_parallel", read_max_parallel},
    {"failure_policy", read_failure_policy},
    {"timeout", [](TopReader& r, NodeAt n) { read_time_limit(r.in, n, r.plan.timeout); }},
    {"schedule", [](TopReader& r, NodeAt n) { read_schedules(r.in, n, r.plan.schedules); }},
    {"jobs", [](TopReader& r, NodeAt n) { r.jobs = n; }},
    // Reserved: known to the format, refused by this version.
    {"description", nullptr},
    {"labels", nullptr},
    {"env_file", nullptr},
    {"concurrency", nullptr},
    {"pools", nullptr},
    {"hooks", nullptr},
    {"history", nullptr},
};
constexpr Synonym kSynonyms[] = {{"parameters", "params"}, {"vars", "env"},
                                 {"variables", "env"},     {"environment", "env"},
                                 {"default", "defaults"},  {"tasks", "jobs"},
                                 {"steps", "jobs"},        {"services", "jobs"},
                                 {"job", "jobs"},          {"on_failure", "failure_policy"}};

/// The jobs of the file, read over their defaults.
class JobsReader {
 public:
  JobsReader(Reading& in, Plan& plan, const Draft& defaults)
      : in_(in), plan_(plan), defaults_(defaults), pool_(plan.settings) {}

  void run(NodeAt jobs) {
    std::vector<NodeAt> keys;
    for (const auto e : in_.tree.entries(jobs)) keys.push_back(e.key);
    NeedsReader needs(in_, keys);
    plan_.jobs.reserve(keys.size());
    std::vector<bool> sound;
    sound.reserve(keys.size());
    file_env_bytes_ = bytes_of(plan_.env);
    for (const auto e : in_.tree.entries(jobs)) {
      if (in_.findings.full()) return;
      const auto before = in_.findings.size();
      one(e, needs);
      sound.push_back(in_.findings.size() == before);
    }
    needs.resolve(plan_, sound);
  }

 private:
  void one(Tree::Entry e, NeedsReader& needs) {
    Draft draft = defaults_;
    auto& job = draft.job;
    job.line = in_.place(e.key).line;
    if (auto id = Name::parse(in_.tree.text(e.key))) {
      job.id = std::move(*id);
    } else {
      in_.report(e.key, fmt::format("job '{}': {}", text::escape_terminal(in_.tree.text(e.key).substr(0, 80)),
                                    id.error().what));
    }
    if (in_.is(e.value, Kind::map)) {
      read_job_fields(in_, e.value, false, plan_.settings.front(), draft);
      settle(in_, e.key, defaults_, draft.settings ? *draft.settings : plan_.settings.front(), file_env_bytes_, draft);
    } else {
      in_.wrong(e.value, in_.tree.text(e.key), "a map of fields such as {run: echo hello}");
    }
    if (draft.needs != kNoNode) needs.read(static_cast<JobIndex>(plan_.jobs.size()), draft.needs, job.needs);
    if (draft.settings) job.settings = pool_.intern(std::move(*draft.settings));
    plan_.jobs.push_back(std::move(job));
  }

  Reading& in_;
  Plan& plan_;
  const Draft& defaults_;
  SettingsPool pool_;
  std::size_t file_env_bytes_ = 0;
};

Draft read_defaults(Reading& in, NodeAt at, Plan& plan) {
  Draft draft;
  auto& first = plan.settings.emplace_back();
  first.working_dir = in.directory();
  if (at == kNoNode) return draft;
  if (!in.is(at, Kind::map)) return in.wrong(at, "defaults", "a map of job fields"), draft;
  read_job_fields(in, at, true, first, draft);
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
  read_fields(in, in.tree.root, kTopFields, {.inside = {}, .own_keys = true, .synonyms = kSynonyms}, top);
  for (const auto& [name, value] : options.env) in.scope.set_env(name, value);
  plan.params = read_params(in, top.params, options.params);
  if (top.env != kNoNode) read_environment(in, top.env, true, plan.env);
  const auto defaults = read_defaults(in, top.defaults, plan);
  if (top.jobs == kNoNode) {
    in.findings.add({}, "the file has no 'jobs:'", "a small one: jobs: {hello: {run: echo hello}}");
  } else if (!in.is(top.jobs, Kind::map) || in.tree[top.jobs].count == 0) {
    in.wrong(top.jobs, "jobs", "a map with at least one job, such as {hello: {run: echo hello}}");
  } else {
    JobsReader(in, plan, defaults).run(top.jobs);
  }
  return plan;
}

}  // namespace rota::jobs
