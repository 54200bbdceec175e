// Choosing the jobs of a retry.
#include "scheduler/daemon/api/again.h"

#include <algorithm>

#include "shared/text/text.h"

namespace rota::daemon {
namespace {

using Set = std::vector<bool>;  // by job

bool is_good(Outcome o) { return o == Outcome::succeeded || o == Outcome::skipped; }
bool failed_itself(Outcome o) {
  return !is_good(o) && o != Outcome::cancelled && o != Outcome::upstream_failed;
}

template <class Test>
bool any_task(const core::JobView& job, Test&& test) {
  return std::any_of(job.tasks.begin(), job.tasks.end(),
                     [&](const core::TaskView& t) { return test(t.outcome.value_or(Outcome::lost)); });
}

/// Which jobs of a plan need which.
class Graph {
 public:
  explicit Graph(const jobs::Plan& plan) : plan_(plan), consumers_(plan.jobs.size()) {
    for (JobIndex j = 0; j < plan.jobs.size(); ++j)
      for (const auto& need : plan.jobs[j].needs) consumers_[need.job].push_back(j);
  }
  const std::vector<JobIndex>& consumers(JobIndex job) const { return consumers_[job]; }

  /// Adds what needs the members, and what needs those, as long as `may` allows it.
  template <class May>
  void spread(Set& set, May&& may) const {
    std::vector<JobIndex> news;
    for (JobIndex j = 0; j < set.size(); ++j)
      if (set[j]) news.push_back(j);
    while (!news.empty()) {
      const JobIndex job = news.back();
      news.pop_back();
      for (const JobIndex c : consumers_[job]) {
        if (set[c] || !may(c)) continue;
        set[c] = true;
        news.push_back(c);
      }
    }
  }

  /// A daemon serves again when a job that needs it runs again; one that nobody needs, when any other job does.
  void wake_daemons(Set& set) const {
    const auto works = [&](JobIndex j) { return set[j] && !plan_.jobs[j].daemon; };
    bool any = false;
    for (JobIndex j = 0; j < set.size(); ++j) any = any || works(j);
    for (bool changed = true; changed;) {  // a daemon may need a daemon: as many rounds as they are deep
      changed = false;
      for (JobIndex j = 0; j < set.size(); ++j) {
        if (!plan_.jobs[j].daemon || set[j]) continue;
        const auto& users = consumers_[j];
        const bool used = std::any_of(users.begin(), users.end(), [&](JobIndex c) { return set[c]; });
        if (!used && !(users.empty() && any)) continue;
        set[j] = changed = true;
      }
    }
  }

 private:
  const jobs::Plan& plan_;
  std::vector<std::vector<JobIndex>> consumers_;
};

/// Jobs that failed, and those that were never reached because of them. One that also lacks what was cancelled cannot
/// run.
Set failed_jobs(const jobs::Plan& plan, const core::RunView& view, const Graph& graph) {
  Set set(plan.jobs.size());
  for (JobIndex j = 0; j < set.size(); ++j) set[j] = any_task(view.jobs[j], failed_itself);
  graph.spread(set, [&](JobIndex c) {
    if (!any_task(view.jobs[c], [](Outcome o) { return o == Outcome::upstream_failed; })) return false;
    const auto& needs = plan.jobs[c].needs;
    return std::all_of(needs.begin(), needs.end(), [&](const jobs::Need& n) {
      return set[n.job] || !any_task(view.jobs[n.job], [](Outcome o) { return !is_good(o); });
    });
  });
  return set;
}

Set undone_jobs(const core::RunView& view) {
  Set set(view.jobs.size());
  for (JobIndex j = 0; j < set.size(); ++j) set[j] = any_task(view.jobs[j], [](Outcome o) { return !is_good(o); });
  return set;
}

Result<Set> named_jobs(const jobs::Plan& plan, const Graph& graph, const control::ask::Retry& what) {
  Set set(plan.jobs.size());
  std::vector<std::string_view> ids;
  for (JobIndex j = 0; j < set.size(); ++j) {
    ids.push_back(plan.jobs[j].id.text());
    set[j] = ids.back() == what.job;
  }
  if (std::find(set.begin(), set.end(), true) == set.end()) {
    const auto near = text::nearest(what.job, ids);
    const auto run = std::to_string(what.run);
    return fail(Code::not_found, "run " + run + " has no job '" + text::escape_terminal(what.job) + "': " +
                                     (near.empty() ? "`rota show " + run + "` lists its jobs"
                                                   : "did you mean '" + near + "'?"));
  }
  if (what.downstream) graph.spread(set, [](JobIndex) { return true; });
  return set;
}

}  // namespace

Result<std::vector<JobIndex>> jobs_done(const jobs::Plan& plan, const core::RunView& view,
                                        const control::ask::Retry& what) {
  if (view.jobs.size() != plan.jobs.size())
    return fail(Code::corrupt, "run " + std::to_string(what.run) + " and its plan do not have the same jobs");
  const Graph graph(plan);
  Set again = what.failed_only ? failed_jobs(plan, view, graph) : undone_jobs(view);
  if (!what.job.empty()) {
    auto named = named_jobs(plan, graph, what);
    if (!named) return named.error();
    if (what.failed_only)
      for (JobIndex j = 0; j < again.size(); ++j) again[j] = again[j] && (*named)[j];
    else again = std::move(*named);
  }
  if (std::find(again.begin(), again.end(), true) == again.end())
    return fail(Code::refused, "nothing to retry in run " + std::to_string(what.run) +
                                   (what.failed_only ? ": no job of it failed" : ": all its jobs are done"));
  graph.wake_daemons(again);
  std::vector<JobIndex> done;
  for (JobIndex j = 0; j < again.size(); ++j)
    if (!again[j]) done.push_back(j);
  return done;
}

}  // namespace rota::daemon
