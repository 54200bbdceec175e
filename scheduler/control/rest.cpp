// Choosing jobs and tasks to be done again.
#include "scheduler/control/rest.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <unordered_map>

#include "jobs/model/graph.h"
#include "scheduler/control/selector.h"

namespace rota::control {
namespace {

using Set = jobs::JobSet;

bool is_good(Outcome o) { return o == Outcome::succeeded || o == Outcome::skipped; }
bool failed_itself(Outcome o) {
  return !is_good(o) && o != Outcome::cancelled && o != Outcome::upstream_failed;
}

template <class Test>
bool any_task(const core::JobView& job, Test&& test) {
  for (std::size_t o = 0; o < job.counts.by_outcome.size(); ++o)
    if (job.counts.by_outcome[o] && test(static_cast<Outcome>(o))) return true;
  return job.counts.ended() < job.task_count() && test(Outcome::lost);
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
  for (JobIndex j = 0; j < set.size(); ++j) set[j] = !view.jobs[j].hook && any_task(view.jobs[j], failed_itself);
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
  for (JobIndex j = 0; j < set.size(); ++j)
    set[j] = !view.jobs[j].hook && any_task(view.jobs[j], [](Outcome o) { return !is_good(o); });
  return set;
}

std::vector<core::TaskSpan> as_of(JobIndex job, std::vector<core::TaskSpan> spans) {
  for (auto& span : spans) span.job = job;
  return spans;
}

/// What a retry names.
struct Named {
  Set jobs;
  /// Of some of these, the only tasks that are meant; of the others all.
  std::unordered_map<JobIndex, std::vector<core::TaskSpan>> tasks;
};

/// The selector of its job, or of tasks of it.
Result<Selector> selector_of(const ask::Retry& what) {
  const auto text = std::to_string(what.run) + (what.job.empty() ? "" : "/" + what.job) + what.tasks;
  auto selectors = parse_selectors(text);
  if (!selectors) return selectors.error();
  if (selectors->size() != 1) return fail(Code::invalid, "one job at a time can be named, not '" + text + "'");
  return std::move(selectors->front());
}

Result<Named> named_by(const jobs::Plan& plan, const core::RunView& view, const ask::Retry& what) {
  const auto selector = selector_of(what);
  if (!selector) return selector.error();
  const auto spans = select_tasks(view, *selector);
  if (!spans) return spans.error();
  Named out{Set(plan.jobs.size()), {}};
  if (spans->empty()) return fail(Code::refused, "'" + what.job + "' has no tasks that could be done again");
  const JobIndex job = spans->back().job;
  if (plan.jobs[job].hook)
    return fail(Code::invalid, "'" + plan.jobs[job].id.text() + "' is a hook: it runs by itself when a run ends");
  for (const auto& span : *spans) out.jobs[span.job] = true;
  if (spans->front().job == job && tasks_in(*spans) < plan.jobs[job].task_count()) out.tasks[job] = *spans;
  return out;
}

/// Adds what needs it: of a job that needs tasks one by one only those that need what is meant.
void add_downstream(Named& named, const jobs::Plan& plan, const Graph& graph) {
  const auto is_part = [&](JobIndex j) { return named.tasks.contains(j); };
  std::vector<JobIndex> news;
  for (JobIndex j = 0; j < named.jobs.size(); ++j)
    if (named.jobs[j]) news.push_back(j);
  while (!news.empty()) {
    const JobIndex job = news.back();
    news.pop_back();
    for (const JobIndex c : graph.consumers(job)) {
      const auto& needs = plan.jobs[c].needs;
      const bool by_task = is_part(job) && std::all_of(needs.begin(), needs.end(), [&](const jobs::Need& n) {
        return n.job != job || n.kind == jobs::NeedKind::each;
      });
      const bool was = named.jobs[c], was_part = is_part(c);
      if (was && (!was_part || (by_task && named.tasks[c] == as_of(c, named.tasks[job])))) continue;
      if (by_task && !was) named.tasks[c] = as_of(c, named.tasks[job]);
      else named.tasks.erase(c);  // more than one part of it is meant: all of it
      named.jobs[c] = true;
      news.push_back(c);
    }
  }
}

/// Of a job that runs again, the tasks that do not: each for itself, or those of a job that is run again whole: none.
class DoneTasks {
 public:
  DoneTasks(const ask::Retry& what, const AllTasks& all) : what_(what), all_(all) {}

  /// `only`: of these tasks; null: of all.
  Status add(const core::JobView& job, const std::vector<core::TaskSpan>* only,
             std::vector<core::TaskSpan>& out) const {
    if (job.task_count() < 2) return {};
    const bool named = !what_.job.empty() || !what_.tasks.empty();
    if (named && !what_.failed_only) {
      if (only) add_others(job, *only, out);
      return {};
    }
    std::uint32_t good = job.counts.of(Outcome::succeeded) + job.counts.of(Outcome::skipped);
    const auto bad_seen = static_cast<std::uint32_t>(std::count_if(
        job.tasks.begin(), job.tasks.end(), [](const auto& t) { return !t.outcome || !is_good(*t.outcome); }));
    if (job.whole() || good + bad_seen == job.task_count()) return add_good(job, job.tasks, only, out);
    const auto tasks = all_(job);
    return tasks ? add_good(job, *tasks, only, out) : tasks.error();
  }

 private:
  bool runs_again(const core::TaskView& t) const {
    const auto o = t.outcome.value_or(Outcome::lost);
    if (what_.failed_only) return failed_itself(o) || o == Outcome::upstream_failed;
    return !is_good(o);
  }

  /// What is not among `tasks` is good.
  Status add_good(const core::JobView& job, const std::vector<core::TaskView>& tasks,
                  const std::vector<core::TaskSpan>* only, std::vector<core::TaskSpan>& out) const {
    std::vector<core::TaskSpan> again;
    for (const auto& t : tasks)
      if (runs_again(t) && (!only || contains(*only, job.index, t.index))) again.push_back({job.index, t.index, 1});
    add_others(job, again, out);
    return {};
  }

  /// All but these.
  static void add_others(const core::JobView& job, const std::vector<core::TaskSpan>& these,
                         std::vector<core::TaskSpan>& out) {
    TaskIndex from = 0;
    const auto until = [&](TaskIndex end) {
      if (end > from) out.push_back({job.index, from, end - from});
    };
    for (const auto& span : these) {
      until(span.first);
      from = span.first + span.count;
    }
    until(job.task_count());
  }

  const ask::Retry& what_;
  const AllTasks& all_;
};

/// Gathers what is left behind by what is done.
class OutputsOf {
 public:
  OutputsOf(const Run& run, const AllTasks& all, Done& done) : run_(run), all_(all), done_(done) {}

  Status collect() {
    for (const JobIndex j : done_.jobs)
      if (auto s = add({j, 0, run_.plan.jobs[j].task_count()}); !s) return s;
    for (const auto& span : done_.tasks)
      if (auto s = add(span); !s) return s;
    std::sort(done_.outputs.begin(), done_.outputs.end(),
              [](const auto& a, const auto& b) { return std::pair(a.job, a.task) < std::pair(b.job, b.task); });
    return {};
  }

 private:
  Status add(const core::TaskSpan& span) {
    if (run_.plan.jobs[span.job].outputs.empty()) return {};
    const auto& job = run_.view.jobs[span.job];
    const auto more = job.whole() ? Result<std::vector<core::TaskView>>(std::vector<core::TaskView>{}) : all_(job);
    if (!more) return more.error();
    for (const auto& task : job.whole() ? job.tasks : *more) {
      if (task.index < span.first || task.index - span.first >= span.count) continue;
      const auto* values = left_by(span.job, task);
      if (values && !values->empty()) done_.outputs.push_back({span.job, task.index, *values});
    }
    return {};
  }

  const ValueMap* left_by(JobIndex job, const core::TaskView& task) const {
    for (auto a = task.attempts.rbegin(); a != task.attempts.rend(); ++a)
      if (a->outcome == Outcome::succeeded) return &a->report.outputs;
    for (const auto& before : run_.terms.outputs)  // the run was a repetition itself
      if (before.job == job && before.task == task.index) return &before.values;
    return nullptr;
  }

  const Run& run_;
  const AllTasks& all_;
  Done& done_;
};

Error nothing_left(const ask::Retry& what, const core::Terms& terms) {
  const auto before = terms.retry_of ? std::to_string(terms.retry_of) : std::string();
  const auto of = std::to_string(what.run) + (what.job.empty() ? "" : "/" + what.job) + what.tasks;
  if (of == std::to_string(what.run))
    return fail(Code::refused, "nothing to retry in run " + of +
                                   (what.failed_only ? ": no job of it failed" : ": all its jobs are done") +
                                   (before.empty() ? "" : "; what it left as it was is there to be retried in run " +
                                                              before + ": `rota retry " + before + "`"));
  return fail(Code::refused, "nothing to retry: nothing of " + of + " failed; without --failed it is done again");
}

}  // namespace

Result<Done> what_is_done(const Run& run, const ask::Retry& what, const AllTasks& all_tasks) {
  const auto& [plan, terms, view] = run;
  if (view.jobs.size() != plan.jobs.size())
    return fail(Code::corrupt, "run " + std::to_string(what.run) + " and its plan do not have the same jobs");
  const Graph graph(plan);
  Set again = what.failed_only ? failed_jobs(plan, view, graph) : undone_jobs(view);
  Named named;
  if (!what.job.empty() || !what.tasks.empty()) {
    auto found = named_by(plan, view, what);
    if (!found) return found.error();
    named = std::move(*found);
    if (what.downstream) add_downstream(named, plan, graph);
    for (JobIndex j = 0; j < again.size(); ++j) again[j] = named.jobs[j] && (again[j] || !what.failed_only);
  }
  if (std::find(again.begin(), again.end(), true) == again.end() && !what.reload) return nothing_left(what, terms);
  graph.wake_daemons(again);
  Done done;
  const DoneTasks tasks(what, all_tasks);
  for (JobIndex j = 0; j < again.size(); ++j) {
    if (plan.jobs[j].hook) continue;
    const auto of_it = done.tasks.size();
    const auto only = named.tasks.find(j);
    if (again[j])
      if (auto s = tasks.add(view.jobs[j], only == named.tasks.end() ? nullptr : &only->second, done.tasks); !s)
        return s.error();
    const bool none_left = done.tasks.size() == of_it + 1 && done.tasks.back().count == plan.jobs[j].task_count();
    if (again[j] && !none_left) continue;
    done.tasks.resize(of_it);
    done.jobs.push_back(j);
  }
  if (tasks_left(plan, done) == 0 && !what.reload) return nothing_left(what, terms);
  if (auto s = OutputsOf(run, all_tasks, done).collect(); !s) return s.error();
  return done;
}

Done done_in(const jobs::Plan& other, const jobs::Plan& plan, const Done& done) {
  std::unordered_map<std::string_view, JobIndex> before;
  for (JobIndex j = 0; j < plan.jobs.size(); ++j) before[plan.jobs[j].id.text()] = j;
  const auto was = [&](JobIndex j) {
    const auto at = before.find(other.jobs[j].id.text());
    return at == before.end() ? std::nullopt : std::optional(at->second);
  };
  Set again(other.jobs.size());
  for (JobIndex j = 0; j < again.size(); ++j) {
    const auto old = was(j);
    again[j] = !other.jobs[j].hook && (!old || plan.jobs[*old].content_hash != other.jobs[j].content_hash);
  }
  jobs::add_downstream(other, again);
  Done out;
  for (JobIndex j = 0; j < again.size(); ++j) {
    if (again[j] || other.jobs[j].hook) continue;
    again[j] = !std::binary_search(done.jobs.begin(), done.jobs.end(), *was(j));
    for (const auto& span : done.tasks)
      if (span.job == *was(j)) out.tasks.push_back({j, span.first, span.count});
  }
  Graph(other).wake_daemons(again);
  for (JobIndex j = 0; j < again.size(); ++j)
    if (!again[j] && !other.jobs[j].hook) out.jobs.push_back(j);
  for (JobIndex j = 0; j < again.size(); ++j)
    for (const auto& left : done.outputs)
      if (const auto old = was(j); old && left.job == *old) out.outputs.push_back({j, left.task, left.values});
  return out;
}

void put_into(core::Terms& terms, const jobs::Plan& plan, const Done& done) {
  terms.done = done.jobs;
  terms.done_tasks = done.tasks;
  Set spoken_of(plan.jobs.size());
  const auto look = [&](const jobs::LateName& name) {
    if (name.of == jobs::LateName::Of::need_output) spoken_of[name.job] = true;
  };
  for (const auto& job : plan.jobs) {
    if (job.condition) jobs::each_name(*job.condition, look);
    for (const auto& part : job.late) jobs::each_name(part.value, look);
  }
  for (const auto& left : done.outputs)
    if (spoken_of[left.job]) terms.outputs.push_back(left);
}

std::uint32_t tasks_left(const jobs::Plan& plan, const Done& done) {
  std::uint64_t n = jobs::task_count(plan);
  for (const JobIndex j : done.jobs) n -= plan.jobs[j].task_count();
  for (const auto& span : done.tasks) n -= span.count;
  return static_cast<std::uint32_t>(n);
}

}  // namespace rota::control
