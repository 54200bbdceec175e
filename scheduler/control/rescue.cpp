// Cutting a plan down to what is left, with values in place of what is done.
#include <algorithm>
#include <optional>

#include "jobs/model/content_hash.h"
#include "jobs/model/graph.h"
#include "scheduler/control/rest.h"
#include "shared/limits.h"

namespace rota::control {
namespace {

using jobs::Formula;
using jobs::LateName;

Error cannot(const core::RunView& view, const std::string& job, const std::string& why) {
  return fail(Code::refused, "a job file cannot say what is left of run " + std::to_string(view.summary.run) +
                                 ": job '" + job + "' " + why);
}

/// Nobody asks it: what is computed has no names.
class NoNames : public jobs::LateNames {
 public:
  Result<Value> value(const LateName&) const override { return fail(Code::internal, "a constant has no late names"); }
  bool needs_succeeded() const override { return true; }
  bool need_failed() const override { return false; }
};

/// As whoever reads the file computes at once what is constant. What cannot be computed stands as it is.
void compute_known(Formula& f) {
  if (f.kind == Formula::Kind::constant) return;
  if (jobs::is_late(f)) {
    for (Formula& part : f.parts) compute_known(part);
    return;
  }
  auto value = jobs::evaluate(f, NoNames());
  if (!value) return;
  Formula constant;
  constant.constant = std::move(*value);
  f = std::move(constant);
}

/// What is known of the jobs that are left out.
class Known {
 public:
  Known(const core::RunView& view, const Done& done, const jobs::JobSet& kept)
      : view_(view), done_(done), kept_(kept) {}

  /// Puts values where the formula speaks of a job that is left out.
  void put_into(Formula& f) const {
    put_names(f);
    compute_known(f);
  }

 private:
  void put_names(Formula& f) const {
    for (Formula& part : f.parts) put_names(part);
    if (f.kind != Formula::Kind::name) return;
    const bool outcome = f.name.of == LateName::Of::need_outcome, output = f.name.of == LateName::Of::need_output;
    if ((!outcome && !output) || kept_[f.name.job]) return;
    Formula known;  // nothing of the name is left in it
    known.constant = outcome ? outcome_of(f.name.job) : output_of(f.name.job, f.name.key);
    f = std::move(known);
  }

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

/// Stretches of positions that are not among the done ones.
std::vector<core::TaskSpan> stretches_left(const jobs::Job& job, const std::vector<core::TaskSpan>& done,
                                           JobIndex index) {
  std::vector<core::TaskSpan> out;
  TaskIndex from = 0;
  const auto until = [&](TaskIndex end) {
    if (end > from) out.push_back({index, from, end - from});
  };
  for (const auto& span : done) {
    if (span.job != index) continue;
    until(span.first);
    from = span.first + span.count;
  }
  until(job.task_count());
  return out;
}

Formula operation(jobs::Operation o, std::vector<Formula> parts) {
  Formula f;
  f.kind = Formula::Kind::operation;
  f.operation = o;
  f.parts = std::move(parts);
  return f;
}

/// `array.index == 7`, or `array.index >= 7 && array.index <= 9`.
Formula is_in(const jobs::Shape& shape, const core::TaskSpan& span) {
  const auto compare = [&](jobs::Operation o, TaskIndex position) {
    Formula index, number;
    index.kind = Formula::Kind::name;
    index.name.of = LateName::Of::array_index;
    number.constant = Value(jobs::number_of(shape, position));
    return operation(o, {std::move(index), std::move(number)});
  };
  const TaskIndex last = span.first + span.count - 1;
  if (span.count == 1) return compare(jobs::Operation::equal, last);
  return operation(jobs::Operation::both, {compare(jobs::Operation::greater_equal, span.first),
                                           compare(jobs::Operation::less_equal, last)});
}

/// The array stays as it is, and its condition tells which of its tasks are left: the others are skipped, which whoever
/// needs them takes for done.
Status leave_by_condition(jobs::Job& job, const std::vector<core::TaskSpan>& left, const core::RunView& view) {
  if (left.size() > limits::kMatrixIncluded)
    return cannot(view, job.id.text(), "has tasks left in " + std::to_string(left.size()) +
                                           " places, more than a list of " + std::to_string(limits::kMatrixIncluded) +
                                           " (matrix_included)");
  std::vector<Formula> parts;
  for (const auto& span : left) parts.push_back(is_in(job.shape, span));
  auto condition = parts.size() == 1 ? std::move(parts.front()) : operation(jobs::Operation::either, std::move(parts));
  if (job.condition) condition = operation(jobs::Operation::both, {std::move(*job.condition), std::move(condition)});
  job.condition = std::move(condition);
  return {};
}

/// Of a matrix: the combinations that are left by their values, or, where these are many, all but those that are done.
Status leave_combinations(jobs::Job& job, const std::vector<core::TaskSpan>& left, const core::RunView& view) {
  const auto& old = std::get<jobs::Matrix>(job.shape);
  jobs::Matrix m;
  for (const auto& span : left) m.count += span.count;
  if (m.count <= limits::kMatrixIncluded) {
    for (const auto& span : left)
      for (TaskIndex i = span.first; i < span.first + span.count; ++i)
        m.included.push_back({jobs::matrix_values(job.shape, i), true});
    job.shape = std::move(m);
    return {};
  }
  if (!old.included.empty())
    return cannot(view, job.id.text(), "is a matrix with `include`, of which some tasks are done and more than " +
                                           std::to_string(limits::kMatrixIncluded) + " are left");
  m.axes = old.axes;
  std::vector<bool> is_left(old.count);
  for (const auto& span : left) std::fill_n(is_left.begin() + span.first, span.count, true);
  std::uint32_t position = 0;  // in the product
  auto gone = old.excluded.begin();
  for (TaskIndex i = 0; i < old.count; ++i, ++position) {
    for (; gone != old.excluded.end() && *gone == position; ++gone) m.excluded.push_back(position++);
    if (!is_left[i]) m.excluded.push_back(position);
  }
  m.excluded.insert(m.excluded.end(), gone, old.excluded.end());
  job.shape = std::move(m);
  return {};
}

/// Task by task, and of a job that is left, or of this one.
bool needs_each(const jobs::Job& job, const jobs::JobSet& kept, std::optional<JobIndex> of = {}) {
  return std::any_of(job.needs.begin(), job.needs.end(), [&](const jobs::Need& n) {
    return n.kind == jobs::NeedKind::each && kept[n.job] && (!of || n.job == *of);
  });
}

/// Leaves of an array or a matrix the tasks that are not done.
Status cut_down(jobs::Plan& plan, JobIndex index, const jobs::JobSet& kept, const core::RunView& view,
                const Done& done) {
  jobs::Job& job = plan.jobs[index];
  const bool partly = std::any_of(done.tasks.begin(), done.tasks.end(), [&](const auto& s) { return s.job == index; });
  if (!partly) return {};
  bool by_task = needs_each(job, kept);
  for (JobIndex j = 0; j < plan.jobs.size(); ++j) {
    const jobs::Job& other = plan.jobs[j];
    if (!kept[j]) continue;
    if (speaks_of(other, LateName::Of::need_output, index))
      return cannot(view, other.id.text(), "wants the outputs of all tasks of '" + job.id.text() +
                                               "', of which some are done");
    by_task = by_task || needs_each(other, kept, index);
  }
  const auto left = stretches_left(job, done.tasks, index);
  if (const auto* array = std::get_if<jobs::Array>(&job.shape)) {
    const auto range = left_of(*array, done.tasks, index);
    const bool by_count = speaks_of(job, LateName::Of::array_count) ||
                          (job.max_failures && job.max_failures->percent >= 0);
    if (!range || by_task || by_count) return leave_by_condition(job, left, view);
    job.shape = *range;
    return {};
  }
  if (by_task)
    return cannot(view, job.id.text(), "is a matrix of which some tasks are done, and is needed or needs task by task");
  return leave_combinations(job, left, view);
}

/// Of a job that is left out, one needs what its own task left: a file has no word for that.
Status check_each(const jobs::Job& job, const jobs::JobSet& kept, const jobs::Plan& plan, const core::RunView& view) {
  for (const auto& need : job.needs)
    if (need.kind == jobs::NeedKind::each && !kept[need.job] && speaks_of(job, LateName::Of::need_output, need.job))
      return cannot(view, job.id.text(), "wants in each task what the same task of '" + plan.jobs[need.job].id.text() +
                                             "' left, which is done");
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
    if (auto s = check_each(job, kept, run.plan, run.view); !s) return s.error();
    if (job.condition) known.put_into(*job.condition);
    for (auto& part : job.late) known.put_into(part.value);
    if (auto s = cut_down(rest, j, kept, run.view, *done); !s) return s.error();
  }
  rest = jobs::part_of(rest, kept);
  jobs::hash_contents(rest);
  return rest;
}

}  // namespace rota::control
