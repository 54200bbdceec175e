// Two passes over the jobs: first what other jobs and the texts of a job build upon, then the rest.
#include "jobs/read/jobs_reader.h"

#include <fmt/format.h>

#include <optional>

#include "jobs/model/content_hash.h"
#include "jobs/read/environment.h"
#include "jobs/read/needs.h"
#include "jobs/read/settings_pool.h"
#include "jobs/read/uses.h"
#include "shared/text/text.h"

namespace rota::jobs {
namespace {

using Kind = Node::Kind;

class JobsReader {
 public:
  JobsReader(Reading& in, Plan& plan, const Draft& defaults)
      : in_(in), plan_(plan), defaults_(defaults), pool_(plan.settings), file_env_bytes_(bytes_of(plan.env)) {}

  void run(NodeAt jobs, const std::vector<HookAt>& hooks) {
    std::vector<NodeAt> keys;
    for (const auto e : in_.tree.entries(jobs)) keys.push_back(e.key);
    for (const auto key : keys) names_.push_back(in_.tree.text(key));
    NeedsReader needs(in_, keys);
    plan_.jobs.reserve(keys.size() + hooks.size());
    for (const auto e : in_.tree.entries(jobs)) {
      if (in_.findings.full()) return;
      first(e, &needs, {});
    }
    for (const auto& hook : hooks) first({hook.key, hook.value}, nullptr, hook.hook);
    JobIndex at = 0;
    for (const auto e : in_.tree.entries(jobs)) {
      if (in_.findings.full()) return;
      second(e, at++, {});
    }
    for (const auto& hook : hooks) second({hook.key, hook.value}, at++, hook.hook);
    needs.resolve(plan_, sound_);
    check_task_sum(in_, plan_, keys);
    hash_contents(plan_);
  }

 private:
  void first(Tree::Entry e, NeedsReader* needs, std::optional<Hook> hook) {
    const auto before = in_.findings.size();
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
      read_job_fields(in_, e.value, false, Pass::first, plan_.settings.front(), draft);
      settle_tasks(in_, defaults_, draft);
    }
    if (hook) settle_hook(*hook, job);
    if (is_hook_id(job.id.text()) && !hook)
      in_.report(e.key, fmt::format("'{}' is the name of a hook, and cannot be a job's", job.id.text()));
    if (draft.needs != kNoNode && needs) needs->read(static_cast<JobIndex>(plan_.jobs.size()), draft.needs, job.needs);
    plan_.jobs.push_back(std::move(job));
    sound_.push_back(in_.findings.size() == before);
  }

  void second(Tree::Entry e, JobIndex at, std::optional<Hook> hook) {
    const auto before = in_.findings.size();
    Draft draft = defaults_;
    draft.job = std::move(plan_.jobs[at]);
    if (hook) std::erase_if(draft.deferred, [](const Draft::Deferred& d) { return d.field == "if"; });
    const auto late = late_scope(draft.job);
    in_.scope.late = &late;
    if (in_.is(e.value, Kind::map)) {
      read_job_fields(in_, e.value, false, Pass::second, plan_.settings.front(), draft);
      check_secrets(in_, draft);
      settle(in_, e.key, defaults_, draft.settings ? *draft.settings : plan_.settings.front(), file_env_bytes_, draft);
    } else {
      in_.wrong(e.value, in_.tree.text(e.key), "a map of fields such as {run: echo hello}");
    }
    in_.scope.late = nullptr;
    if (draft.uses != kNoNode)
      read_uses(in_, e.value, draft, at);
    else if (draft.with != kNoNode)
      in_.report(draft.with, "'with' is for a job with 'uses'", "a target takes 'args' and 'kwargs'");
    if (hook) settle_hook(*hook, draft.job);
    if (draft.settings) draft.job.settings = pool_.intern(std::move(*draft.settings));
    plan_.jobs[at] = std::move(draft.job);
    sound_[at] = sound_[at] && in_.findings.size() == before;
  }

  LateScope late_scope(const Job& job) const {
    LateScope late;
    late.job = job.id.text();
    late.shape = &job.shape;
    late.jobs = &names_;
    late.in_hook = job.hook.has_value();
    for (const auto& need : job.needs) {
      const auto& other = plan_.jobs[need.job];
      const bool many = !std::holds_alternative<std::monostate>(other.shape);
      late.needs.push_back({names_[need.job], need.job, need.kind == NeedKind::each, many, &other.outputs});
    }
    return late;
  }

  Reading& in_;
  Plan& plan_;
  const Draft& defaults_;
  SettingsPool pool_;
  std::size_t file_env_bytes_;
  std::vector<std::string_view> names_;
  std::vector<bool> sound_;
};

}  // namespace

void read_jobs(Reading& in, NodeAt jobs, const std::vector<HookAt>& hooks, const Draft& defaults, Plan& plan) {
  JobsReader(in, plan, defaults).run(jobs, hooks);
}

}  // namespace rota::jobs
