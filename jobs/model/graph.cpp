// Walks along needs, and cutting a plan down.
#include "jobs/model/graph.h"

#include <algorithm>

#include "shared/text/text.h"

namespace rota::jobs {
namespace {

void renumber(Formula& formula, const std::vector<JobIndex>& to) {
  if (formula.kind == Formula::Kind::name && formula.name.job < to.size()) formula.name.job = to[formula.name.job];
  for (Formula& part : formula.parts) renumber(part, to);
}

void renumber(Job& job, const std::vector<JobIndex>& to, const JobSet& keep) {
  std::erase_if(job.needs, [&](const Need& n) { return !keep[n.job]; });
  for (Need& need : job.needs) need.job = to[need.job];
  if (job.condition) renumber(*job.condition, to);
  for (LatePart& part : job.late) renumber(part.value, to);
}

std::vector<JobIndex> members(const JobSet& set) {
  std::vector<JobIndex> out;
  for (JobIndex j = 0; j < set.size(); ++j)
    if (set[j]) out.push_back(j);
  return out;
}

}  // namespace

std::vector<std::vector<JobIndex>> consumers_of(const Plan& plan) {
  std::vector<std::vector<JobIndex>> out(plan.jobs.size());
  for (JobIndex j = 0; j < plan.jobs.size(); ++j)
    for (const Need& need : plan.jobs[j].needs) out[need.job].push_back(j);
  return out;
}

// Walks from the jobs without needs: needs may point forward in the file.
std::vector<std::size_t> levels(const Plan& plan) {
  const auto n = plan.jobs.size();
  std::vector<std::size_t> level(n, 1), open(n);
  const auto consumers = consumers_of(plan);
  std::vector<JobIndex> next;
  for (JobIndex j = 0; j < n; ++j) {
    if (plan.jobs[j].hook) level[j] = 0;
    open[j] = plan.jobs[j].needs.size();
    if (open[j] == 0) next.push_back(j);
  }
  while (!next.empty()) {
    const auto done = next.back();
    next.pop_back();
    for (const auto j : consumers[done]) {
      level[j] = std::max(level[j], level[done] + 1);
      if (--open[j] == 0) next.push_back(j);
    }
  }
  return level;
}

void add_upstream(const Plan& plan, JobSet& set) {
  auto news = members(set);
  while (!news.empty()) {
    const JobIndex job = news.back();
    news.pop_back();
    for (const Need& need : plan.jobs[job].needs) {
      if (set[need.job]) continue;
      set[need.job] = true;
      news.push_back(need.job);
    }
  }
}

void add_downstream(const Plan& plan, JobSet& set) {
  const auto consumers = consumers_of(plan);
  auto news = members(set);
  while (!news.empty()) {
    const JobIndex job = news.back();
    news.pop_back();
    for (const JobIndex c : consumers[job]) {
      if (set[c]) continue;
      set[c] = true;
      news.push_back(c);
    }
  }
}

std::size_t job_count(const Plan& plan) {
  return static_cast<std::size_t>(
      std::count_if(plan.jobs.begin(), plan.jobs.end(), [](const Job& j) { return !j.hook; }));
}

std::uint64_t task_count(const Plan& plan) {
  std::uint64_t n = 0;
  for (const Job& job : plan.jobs) n += job.hook ? 0 : job.task_count();
  return n;
}

Plan part_of(const Plan& plan, const JobSet& keep) {
  Plan part = plan;
  part.jobs.clear();
  JobSet stays = keep;
  std::vector<JobIndex> to(plan.jobs.size());
  JobIndex next = 0;
  for (JobIndex j = 0; j < plan.jobs.size(); ++j) {
    stays[j] = keep[j] || plan.jobs[j].hook;
    if (stays[j]) to[j] = next++;
  }
  for (JobIndex j = 0; j < plan.jobs.size(); ++j) {
    if (!stays[j]) continue;
    part.jobs.push_back(plan.jobs[j]);
    renumber(part.jobs.back(), to, stays);
  }
  return part;
}

Result<Plan> only(const Plan& plan, const std::string& job) {
  JobSet set(plan.jobs.size());
  std::vector<std::string_view> ids;
  for (JobIndex j = 0; j < plan.jobs.size(); ++j) {
    if (plan.jobs[j].hook) continue;
    ids.push_back(plan.jobs[j].id.text());
    set[j] = ids.back() == job;
  }
  if (std::find(set.begin(), set.end(), true) == set.end()) {
    const auto near = text::nearest(job, ids);
    return fail(Code::not_found, "there is no job '" + text::escape_terminal(job) + "' in it" +
                                     (near.empty() ? "" : ": did you mean '" + near + "'?"));
  }
  add_upstream(plan, set);
  return part_of(plan, set);
}

}  // namespace rota::jobs
