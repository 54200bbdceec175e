// Waiting for runs and jobs, by their records.
#include "scheduler/daemon/api/wait.h"

#include <algorithm>

#include "scheduler/control/selector.h"
#include "scheduler/daemon/api/open_tasks.h"

namespace rota::daemon {
namespace {

using control::ask::Until;

bool is_good(Outcome o) { return o == Outcome::succeeded || o == Outcome::skipped; }

/// Of several tasks the worst counts.
int badness(Outcome o) {
  static constexpr Outcome order[] = {Outcome::succeeded, Outcome::skipped,   Outcome::upstream_failed,
                                      Outcome::cancelled, Outcome::timed_out, Outcome::failed,
                                      Outcome::crashed,   Outcome::oom,       Outcome::lost};
  return static_cast<int>(std::find(std::begin(order), std::end(order), o) - std::begin(order));
}

enum class Verdict : std::uint8_t { open, yes, no };

/// One run, or some tasks of one.
class Item {
 public:
  explicit Item(const Target& target)
      : run_(target.run), whole_(target.whole), spans_(target.tasks), telling_(control::that_tell(target.tasks)) {}

  RunId run() const { return run_; }
  std::optional<Outcome> outcome() const { return ended_ ? std::optional(outcome_) : std::nullopt; }

  /// What was so before the wait began.
  void look(const core::Scheduler& scheduler, const core::RunView& view) {
    for (const auto& job : view.jobs)
      for (const auto& task : job.tasks) look(job, task);
    if (whole_) {
      if (view.summary.outcome) end(*view.summary.outcome);
      return;
    }
    const bool here = scheduler.summary(run_).has_value();
    for (const auto& span : telling_) {
      if (!here) continue;  // folded: what ended badly is in the view
      open_.add(scheduler, run_, span);
      for (TaskIndex i = span.first; i < span.first + span.count; ++i)
        if (const auto o = scheduler.outcome({run_, span.job, i})) take_end(*o);
    }
    ended_ = open_.left() == 0;
  }

  void note(const core::Record& record) {
    const auto* start = std::get_if<core::record::Started>(&record.fact);
    begun_ = begun_ || (start && has(start->attempt.task));
    if (whole_ && std::holds_alternative<core::record::TasksEnded>(record.fact)) return;  // none of them has begun
    each_task_end(record, [&](const TaskEnd& end) {
      if (!has(end.task)) return;
      begun_ = begun_ || (end.attempt && end.attempt->report.started.ns != 0);
      if (!open_.has(end.task)) return;
      take_end(end.outcome);
      ended_ = open_.close(end.task) && open_.left() == 0;
    });
    if (const auto* end_of = std::get_if<core::record::RunEnded>(&record.fact); end_of && whole_) end(end_of->outcome);
  }

  Verdict verdict(Until until) const {
    if (until == Until::running && begun_) return Verdict::yes;
    if (!ended_) return Verdict::open;
    if (until == Until::running) return Verdict::no;
    return until == Until::done || is_good(outcome_) ? Verdict::yes : Verdict::no;
  }

 private:
  bool has(TaskId task) const {
    return whole_ || open_.has(task) ||
           (spans_.size() > telling_.size() && control::contains(spans_, task.job, task.task));
  }
  void look(const core::JobView& job, const core::TaskView& task) {
    if (!whole_ && !control::contains(spans_, job.index, task.index)) return;
    const auto began = [](const core::AttemptView& a) { return a.started.ns != 0; };
    begun_ = begun_ || std::any_of(task.attempts.begin(), task.attempts.end(), began);
    if (task.outcome && !whole_ && control::contains(telling_, job.index, task.index)) take_end(*task.outcome);
  }
  void take_end(Outcome o) {
    begun_ = begun_ || o == Outcome::succeeded;
    if (badness(o) > badness(outcome_)) outcome_ = o;
  }
  void end(Outcome o) {
    ended_ = true;
    outcome_ = o;
  }

  RunId run_;
  bool whole_;
  std::vector<core::TaskSpan> spans_, telling_;  // when not whole: all that is meant, and what its end is the end of
  OpenTasks open_;
  bool begun_ = false;
  bool ended_ = false;
  Outcome outcome_ = Outcome::succeeded;
};

class Wait final : public Pending {
 public:
  Wait(bool any, Until until, std::vector<Item> items) : any_(any), until_(until), items_(std::move(items)) {
    for (std::size_t i = 0; i < items_.size(); ++i) by_run_[items_[i].run()].push_back(i);
  }

  std::vector<RunId> runs() const override {
    std::vector<RunId> out;
    for (const auto& [run, _] : by_run_) out.push_back(run);
    return out;
  }

  void note(const core::Record& record) override {
    const auto found = by_run_.find(run_of(record));
    if (found == by_run_.end()) return;
    for (const auto i : found->second) items_[i].note(record);
  }

  std::optional<control::Reply> answer(Desk& desk) override {
    const auto count = [&](Verdict v) {
      return std::count_if(items_.begin(), items_.end(), [&](const Item& i) { return i.verdict(until_) == v; });
    };
    const auto yes = count(Verdict::yes), no = count(Verdict::no);
    const auto all = static_cast<std::ptrdiff_t>(items_.size());
    const bool enough = any_ && all > 0 ? yes > 0 : yes == all;
    const bool hopeless = any_ ? no == all && all > 0 : no > 0;
    if (!enough && !hopeless) return std::nullopt;
    control::answer::Waited out;
    out.satisfied = enough;
    for (const auto& item : items_)
      if (const auto o = item.outcome()) out.outcomes.push_back(*o);
    for (const auto& [run, _] : by_run_)
      if (auto summary = summary_of(desk, run)) out.runs.push_back(std::move(*summary));
    return out;
  }

 private:
  bool any_;
  Until until_;
  std::vector<Item> items_;
  std::map<RunId, std::vector<std::size_t>> by_run_;
};

}  // namespace

Result<std::unique_ptr<Pending>> make_wait(Desk& desk, const control::ask::Wait& what) {
  Views views(desk);
  const auto targets = targets_of(desk, views, what.selectors);
  if (!targets) return targets.error();
  std::vector<Item> items;
  for (const auto& target : *targets) {
    const auto view = views.of(target.run);
    if (!view) return view.error();
    items.emplace_back(target).look(desk.scheduler(), **view);
  }
  return std::unique_ptr<Pending>(std::make_unique<Wait>(what.any, what.until, std::move(items)));
}

}  // namespace rota::daemon
