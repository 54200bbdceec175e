// What of a selection can stand still, and when it does.
#include "scheduler/daemon/api/pause.h"

#include <map>
#include <set>
#include <string>
#include <utility>

#include "scheduler/control/selector.h"
#include "scheduler/daemon/api/refusals.h"
#include "shared/limits.h"
#include "shared/text/text.h"

namespace rota::daemon {
namespace {

using core::TaskState;

constexpr std::size_t kNamed = 8;  // attempts that are late

/// Waits for what the workers say of attempts.
class Pause final : public Pending {
 public:
  using Names = std::map<AttemptId, std::string>;
  Pause(bool pause, Names open, control::answer::Paused paused, Duration within)
      : pause_(pause), open_(std::move(open)), paused_(paused), within_(within), due_(monotonic_now() + within) {
    for (const auto& [attempt, name] : open_) runs_.insert(attempt.task.run);
  }

  std::vector<RunId> runs() const override { return {runs_.begin(), runs_.end()}; }

  void note(const core::Record& record) override {
    namespace r = core::record;
    if (const auto* frozen = std::get_if<r::Frozen>(&record.fact); frozen && frozen->frozen == pause_) {
      paused_.attempts += static_cast<std::uint32_t>(open_.erase(frozen->attempt));
    } else if (const auto* end = std::get_if<r::AttemptEnded>(&record.fact)) {
      const auto was_meant = static_cast<std::uint32_t>(open_.erase(end->attempt));
      if (end->outcome == Outcome::revoked && pause_) paused_.waiting += was_meant;
    } else if (const auto* stop = std::get_if<r::StopAsked>(&record.fact)) {
      open_.erase(stop->attempt);
    } else if (const auto* other = std::get_if<r::PauseChanged>(&record.fact); other && other->pause != pause_) {
      // Somebody wants the contrary: what of it comes true first, nobody will say.
      std::erase_if(open_, [&](const auto& one) { return one.first.task.run == other->run; });
    }
  }

  std::optional<control::Reply> answer(Desk&) override {
    if (!open_.empty()) return std::nullopt;
    return paused_;
  }

  std::optional<Instant> due() const override { return due_; }

  /// A process that the kernel holds up, or a launcher that stands still itself: nobody waits for these for ever.
  control::Reply late_answer() const override {
    std::string late;
    std::size_t named = 0;
    for (const auto& [attempt, name] : open_) {
      if (named++ == kNamed) break;
      late += (late.empty() ? "" : ", ") + name;
    }
    if (open_.size() > kNamed) late += " and " + std::to_string(open_.size() - kNamed) + " more";
    const auto so_far = std::to_string(paused_.attempts) + " of " + std::to_string(paused_.attempts + open_.size());
    auto error = fail(Code::refused, "after " + text::format_duration(within_) + " " + so_far +
                                         (pause_ ? " attempts stand still; not yet: " : " attempts go on; not yet: ") +
                                         text::escape_terminal(late));
    return refused(std::move(error), pause_ ? "the pause stays asked for: `rota ps` shows PS once it is so, and "
                                              "`rota resume` takes it back"
                                            : "the resume stays asked for: `rota ps` shows R once it is so");
  }

 private:
  bool pause_;
  Names open_;
  std::set<RunId> runs_;
  control::answer::Paused paused_;
  const Duration within_;
  const Instant due_;
};

std::string_view where_it_runs(const jobs::Job& job) {
  return job.mode == Mode::thread ? "runs on a thread" : "runs as a coroutine";
}

class Gathering {
 public:
  Gathering(Desk& desk, const control::ask::Pause& what, Duration within)
      : desk_(desk), what_(what), within_(within) {}

  Status add(const Target& target) {
    const auto run = target.run;
    if (!target.alive)
      return fail(Code::refused, "run " + std::to_string(run) + " has ended: nothing of it can be " +
                                     (what_.pause ? "paused" : "resumed"));
    const bool few = !target.whole && control::tasks_in(target.tasks) <= limits::kLargeViewTasks;
    auto view = view_of(desk_, run, few ? target.tasks : core::Wanted{});
    if (!view) return view.error();
    if (!desk_.scheduler().plan(run)) return {};
    if (target.whole) {
      add_whole(*view);
      return {};
    }
    for (const auto& span : target.tasks) add_span(*view, span);
    return {};
  }

  /// Code::refused: nothing came together.
  Result<Pausing> done() && {
    const bool any = !open_.empty() || paused_.attempts > 0 || marks_ > 0;
    if (!any) return refusal();
    Pausing out;
    out.wishes = std::move(wishes_);
    out.at_once = paused_;
    if (!open_.empty()) out.question = std::make_unique<Pause>(what_.pause, std::move(open_), paused_, within_);
    return out;
  }

 private:
  void add_whole(const core::RunView& view) {
    const RunId run = view.summary.run;
    bool paused = view.summary.paused.has_value();
    for (const auto& job : view.jobs) paused = paused || job.paused.has_value();
    std::uint32_t waiting = 0;
    for (const auto& job : view.jobs) {
      if (!job.hook) waiting += waits_of(job);
      for (const auto& task : job.tasks) add_task(view, job, task, true);
    }
    mark(waiting, paused);
    wishes_.emplace_back(core::event::Pause{run, std::nullopt, false, what_.pause, what_.by});
  }

  void add_span(const core::RunView& view, const core::TaskSpan& span) {
    const auto& job = view.jobs.at(span.job);
    const bool whole = span.first == 0 && span.count == job.task_count();
    const std::vector<core::TaskSpan> meant{span};
    for (const auto& task : job.tasks)
      if (control::contains(meant, job.index, task.index)) add_task(view, job, task, whole);
    if (whole && !job.hook) mark(waits_of(job), job.paused.has_value());
    run_is_paused_ = run_is_paused_ || view.summary.paused.has_value();
    wishes_.emplace_back(core::event::Pause{view.summary.run, span, whole, what_.pause, what_.by});
  }

  static std::uint32_t waits_of(const core::JobView& job) {
    return job.counts.of(TaskState::pending) + job.counts.of(TaskState::queued) + job.counts.of(TaskState::backoff);
  }

  /// What is not to start, or may start again.
  void mark(std::uint32_t waiting, bool is_paused) {
    if (what_.pause ? waiting == 0 : !is_paused) return;
    ++marks_;
    paused_.waiting += waiting;
  }

  void add_task(const core::RunView& view, const core::JobView& job, const core::TaskView& task, bool whole) {
    const RunId run = view.summary.run;
    const bool alive = task.state == TaskState::starting || task.state == TaskState::running ||
                       task.state == TaskState::paused;
    const bool may_be_asked_back = what_.pause && !whole && task.state == TaskState::starting;
    if (!alive || task.attempts.empty() || may_be_asked_back) {
      if (what_.pause && !whole && !task.outcome && task.state != TaskState::stopping) {
        ++paused_.not_begun;
        not_begun_ = control::task_text(run, job, task.index);
        job_of_it_ = std::to_string(run) + "/" + job.id;
      }
      return;
    }
    const auto& plan = desk_.scheduler().plan(run)->jobs[job.index];
    if (!core::can_pause(plan)) {
      if (!what_.pause) return;
      ++paused_.running;
      if (cannot_.empty()) cannot_ = control::task_text(run, job, task.index) + " " + std::string(where_it_runs(plan));
      return;
    }
    if (!what_.pause && !task.paused_by) return;
    const bool is_so = (task.state == TaskState::paused) == what_.pause;
    if (is_so) ++paused_.attempts;
    else open_.emplace(AttemptId{{run, job.index, task.index}, task.attempts.back().number},
                       control::task_text(run, job, task.index));
  }

  Error refusal() const {
    const auto what = text::escape_terminal(what_.selectors);
    if (!what_.pause && run_is_paused_)
      return fail(Code::refused, "nothing of " + what + " is paused by itself: its whole run is, and `rota resume` of "
                                                        "the run goes on with it");
    if (!what_.pause) return fail(Code::refused, "nothing of " + what + " is paused");
    if (!cannot_.empty())
      return fail(Code::refused, text::escape_terminal(cannot_) + ": it cannot be made to stand still, only a process "
                                                                  "can (mode: process)");
    if (!not_begun_.empty())
      return fail(Code::refused, text::escape_terminal(not_begun_) +
                                     " has not begun: a single task can be paused while it runs; `rota pause " +
                                     text::escape_terminal(job_of_it_) + "` lets nothing more of its job start");
    return fail(Code::refused, "nothing of " + what + " runs, or waits to run");
  }

  Desk& desk_;
  const control::ask::Pause& what_;
  const Duration within_;
  std::vector<core::Event> wishes_;
  Pause::Names open_;
  control::answer::Paused paused_;
  std::uint32_t marks_ = 0;  // runs and jobs of which something waits
  bool run_is_paused_ = false;
  std::string cannot_, not_begun_, job_of_it_;  // the first of each kind
};

}  // namespace

Result<Pausing> make_pause(Desk& desk, const control::ask::Pause& what, Duration within) {
  Views views(desk);
  const auto targets = targets_of(desk, views, what.selectors);
  if (!targets) return targets.error();
  Gathering gathering(desk, what, within);
  for (const auto& target : *targets)
    if (auto s = gathering.add(target); !s) return s.error();
  return std::move(gathering).done();
}

}  // namespace rota::daemon
