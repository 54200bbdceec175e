// Cutting a plan down to what is left, with values in place of what is done.
#include <algorithm>
#include <optional>

#include "jobs/model/content_hash.h"
#include "jobs/model/graph.h"
#include "scheduler/control/rest.h"

namespace rota::control {
namespace {

using jobs::Formula;
using jobs::LateName;

Error cannot(const core::RunView& view, const std::string& job, const std::string& why) {
  return fail(Code::refused, "a job file cannot say what is left of run " + std::to_string(view.summary.run) +
                                 ": job '" + job + "' " + why);
}

/// What is known of the jobs that are left out.
class Known {
 public:
  Known(const core::RunView& view, const Done& done, const jobs::JobSet& kept)
      : view_(view), done_(done), kept_(kept) {}

  /// Puts values where the formula speaks of a job that is left out.
  void put_into(Formula& f) const {
    for (Formula& part : f.parts) put_into(part);
    if (f.kind != Formula::Kind::name) return;
    const bool outcome = f.name.of == LateName::Of::need_outcome, output = f.name.of == LateName::Of::need_output;
    if ((!outcome && !output) || kept_[f.name.job]) return;
    f.kind = Formula::Kind::constant;
    f.constant = outcome ? outcome_of(f.name.job) : output_of(f.name.job, f.name.key);
  }

 private:
  Value outcome_of(JobIndex job) const {
    const auto& counts = view_.jobs[job].counts;
    const bool skipped =
        counts.of(Outcome::skipped) == counts.total && view_.jobs[job].tasks.front().reason.kind != ReasonKind::done;
    return Value(std::string(to_text(skipped ? Outcome::skipped : Outcome::succeeded)));
  }

  Value output_of(JobIndex index, const std::string& key) const {
    const auto& job = view_.jobs[index];
    ValueList list(job.task_count());
    for (const auto& left : done_.outputs)
      for (const auto& [name, value] : left.values)
        if (left.job == index && name == key) list[left.task] = value;
    return std::holds_alternative<std::monostate>(job.shape) ? list.front() : Value(std::move(list));
  }

  const core::RunView& view_;
  const Done& done_;
  const jobs::JobSet& kept_;
};

/// The positions of a job that are not among the done ones, as `a..b:step`; none: they do not lie so.
std::optional<jobs::Array> left_of(const jobs::Array& array, const std::vector<core::TaskSpan>& done, JobIndex job) {
  std::vector<TaskIndex> ends;  // what is left, by its first two and its last
  std::uint32_t left = 0;
  TaskIndex from = 0, step = 1;
  bool even = true;
  const auto take = [&](TaskIndex i) {
    if (left == 1) step = i - ends.back();
    if (left > 1) even = even && i - ends.back() == step;
    if (ends.empty()) ends.push_back(i);
    ends.push_back(i);
    ++left;
  };
  const auto take_until = [&](TaskIndex end) {
    for (; from < end && even; ++from) take(from);
  };
  for (const auto& span : done) {
    if (span.job != job) continue;
    take_until(span.first);
    from = span.first + span.count;
  }
  take_until(array.count);
  if (!even || left == 0) return std::nullopt;
  return jobs::Array{array.first + static_cast<std::int64_t>(ends.front()) * array.step,
                     array.step * static_cast<std::int64_t>(step), left};
}

bool speaks_of(const jobs::Job& job, LateName::Of of, std::optional<JobIndex> need = {}) {
  bool found = false;
  const auto look = [&](const LateName& name) { found = found || (name.of == of && (!need || name.job == *need)); };
  if (job.condition) jobs::each_name(*job.condition, look);
  for (const auto& part : job.late) jobs::each_name(part.value, look);
  return found;
}

/// Leaves of an array the tasks that are not done.
Status cut_down(jobs::Plan& plan, JobIndex index, const core::RunView& view, const Done& done) {
  jobs::Job& job = plan.jobs[index];
  const bool partly = std::any_of(done.tasks.begin(), done.tasks.end(), [&](const auto& s) { return s.job == index; });
  if (!partly) return {};
  const auto* array = std::get_if<jobs::Array>(&job.shape);
  if (!array)
    return cannot(view, job.id.text(), "is a matrix of which some tasks are done; `rota retry` does the rest");
  const auto left = left_of(*array, done.tasks, index);
  if (!left)
    return cannot(view, job.id.text(),
                  "has tasks left that are no even range of numbers; `rota retry` does just these");
  if (speaks_of(job, LateName::Of::array_count))
    return cannot(view, job.id.text(), "speaks of array.count, and some of its tasks are done");
  for (jobs::Job& other : plan.jobs) {
    if (speaks_of(other, LateName::Of::need_output, index))
      return cannot(view, other.id.text(), "wants the outputs of all tasks of '" + job.id.text() +
                                               "', of which some are done");
    for (const auto& need : other.needs)
      if (need.kind == jobs::NeedKind::each && (need.job == index || &other == &job))
        return cannot(view, other.id.text(), "needs another array task by task, and some of its tasks are done");
  }
  job.shape = *left;
  return {};
}

}  // namespace

Result<jobs::Plan> rest_of(const Run& run, const AllTasks& all_tasks) {
  ask::Retry what;
  what.run = run.view.summary.run;
  const auto done = what_is_done(run, what, all_tasks);
  if (!done) return done.error();
  jobs::JobSet kept(run.plan.jobs.size(), true);
  for (const JobIndex j : done->jobs) kept[j] = false;
  jobs::Plan rest = run.plan;
  const Known known(run.view, *done, kept);
  for (JobIndex j = 0; j < rest.jobs.size(); ++j) {
    if (!kept[j]) continue;
    auto& job = rest.jobs[j];
    if (job.condition) known.put_into(*job.condition);
    for (auto& part : job.late) known.put_into(part.value);
    if (auto s = cut_down(rest, j, run.view, *done); !s) return s.error();
  }
  rest = jobs::part_of(rest, kept);
  jobs::hash_contents(rest);
  return rest;
}

}  // namespace rota::control
