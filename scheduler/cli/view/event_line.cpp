// Facts in words.
#include "scheduler/cli/view/event_line.h"

#include <fmt/format.h>

#include <algorithm>

#include "scheduler/cli/view/runs.h"
#include "scheduler/cli/words.h"
#include "shared/text/text.h"

namespace rota::cli {
namespace {

namespace record = core::record;

std::string because(StopCause cause) {
  switch (cause) {
    case StopCause::none: return "nothing new is started (failure_policy: stop)";
    case StopCause::timeout: return "its time is up";
    case StopCause::run_timeout: return "the time of the whole run is up";
    case StopCause::cancel_user: return "the user asked for it";
    case StopCause::cancel_policy: return "another job failed (failure_policy: cancel)";
    case StopCause::not_needed: return "it is no longer needed";
    case StopCause::shutdown: return "the coordinator stops";
    case StopCause::fail_fast: return "another task of its job failed (fail_fast)";
    case StopCause::replaced: return "a newer run of its concurrency group takes its place";
    case StopCause::not_live: return "it does not answer its probe any more (live)";
    case StopCause::not_ready: return "it did not come to serve in time (ready)";
  }
  return "for a reason without a name";
}

std::string worker_text(const WorkerId& w) { return fmt::format("w{}", w.seat); }

std::string within(Instant asked, Instant due) {
  return due.ns ? ", killed in " + text::short_duration(due - asked) : std::string();
}

// What happened, without to whom.
class Words {
 public:
  explicit Words(bool colour) : colour_(colour) {}

  std::string operator()(const record::Submitted& r) const {
    auto text = fmt::format("submitted: {}, {}", one_line(r.plan->name.text()), number_of(r.plan->jobs.size(), "job"));
    if (!r.terms->schedule.empty()) text += ", by its schedule";
    if (r.terms->retry_of) text += fmt::format(", what is left of run {}", r.terms->retry_of);
    return r.terms->hold ? text + ", held" : text;
  }
  std::string operator()(const record::Granted& r) const { return "given to " + worker_text(r.worker); }
  std::string operator()(const record::Started& r) const {
    return "started on " + worker_text(r.worker) + (r.pid ? fmt::format(", pid {}", r.pid) : "");
  }
  std::string operator()(const record::BecameReady&) const { return "is ready"; }
  std::string operator()(const record::Progressed& r) const { return "is at " + percent(r.progress); }
  std::string operator()(const record::StopAsked& r) const {
    return "asked to stop: " + because(r.cause) + within(r.at, r.due);
  }
  std::string operator()(const record::AttemptEnded& r) const {
    if (r.outcome == Outcome::revoked) return paint("not started: given back to the queue", Style::dim, colour_);
    auto text = verdict({r.outcome, r.reason, r.report.message, r.report.ending.forced, std::nullopt});
    if (r.report.started.ns) text += ", after " + text::short_duration(r.report.ended - r.report.started);
    text = paint(text, style_of(r.outcome), colour_);
    if (r.next == record::Next::requeue) return text + "; it starts again";
    if (r.next == record::Next::backoff)
      text += "; again in " + text::short_duration(std::max(Duration::zero(), r.due - r.report.ended));
    return text;
  }
  std::string operator()(const record::BackoffOver&) const { return "is tried again"; }
  std::string operator()(const record::TaskEnded& r) const {
    return paint(verdict({.outcome = r.outcome, .reason = r.reason}), style_of(r.outcome), colour_);
  }
  std::string operator()(const record::RunStopping& r) const {
    if (r.cause == StopCause::none) return because(r.cause);
    const auto whom = r.by ? fmt::format(" (run {})", r.by) : std::string();
    return fmt::format("is being {}: {}", r.now ? "killed" : "stopped", because(r.cause)) + whom + within(r.at, r.due);
  }
  std::string operator()(const record::CancelNoted& r) const {
    std::uint64_t tasks = 0;
    for (const auto& span : r.note.tasks) tasks += span.count;
    const auto what = tasks > 1 ? fmt::format("cancel of {}: ", number_of(tasks, "task")) : std::string("cancel: ");
    return what + one_line(r.note.reason);
  }
  std::string operator()(const record::HoldChanged& r) const { return r.hold ? "held" : "released"; }
  std::string operator()(const record::PauseChanged& r) const {
    auto text = std::string(r.pause ? "is to be paused" : "is to be resumed");
    if (r.tasks && !r.job && r.tasks->count > 1) text = number_of(r.tasks->count, "task") + " of it: " + text;
    return r.by.empty() ? text : text + ", by " + one_line(r.by);
  }
  std::string operator()(const record::Frozen& r) const { return r.frozen ? "paused" : "resumed"; }
  std::string operator()(const record::Updated& r) const {
    return "goes on with " + new_terms(r.priority, r.max_parallel);
  }
  std::string operator()(const record::RunEnded& r) const {
    return paint(verdict({.outcome = r.outcome, .reason = r.reason}), style_of(r.outcome), colour_);
  }
  std::string operator()(const record::GateOpened&) const { return "may start"; }
  std::string operator()(const record::TasksEnded& r) const {
    return paint(fmt::format("{}: {}", number_of(r.tasks.count, "task"),
                             verdict({.outcome = r.outcome, .reason = r.reason, .message = r.message})),
                 style_of(r.outcome), colour_);
  }
  std::string operator()(const record::TasksPacked&) const { return "ended tasks"; }
  std::string operator()(const record::PoolPaced&) const { return "starts in a pool"; }
  std::string operator()(const record::ConditionMet&) const { return "its condition is true"; }
  std::string operator()(const record::RunJudged& r) const {
    return "its jobs are over: " +
           paint(verdict({.outcome = r.outcome, .reason = r.reason}), style_of(r.outcome), colour_);
  }
  std::string operator()(const record::Registered& r) const {
    return fmt::format("{} registered: {}", one_line(r.plan->name.text()),
                       number_of(r.plan->schedules.size(), "schedule"));
  }
  std::string operator()(const record::Unregistered& r) const {
    return one_line(r.name) + " removed from the schedules";
  }
  std::string operator()(const record::ScheduleEnabled& r) const {
    return one_line(r.name) + (r.enabled ? " enabled" : " disabled");
  }
  std::string operator()(const record::Occurred& r) const {
    const auto what = fmt::format("{} of {}", one_line(r.name), text::format_utc(r.occurrence));
    if (r.became) return what + fmt::format(" became run {}", r.became);
    return what + " passed over: " + why({.reason = r.passed});
  }
  std::string operator()(const record::EpochBegan& r) const {
    return fmt::format("the service began its life {}", r.epoch);
  }

 private:
  bool colour_;
};

TaskId whole(RunId run) { return {run, kNoJob, 0}; }
TaskId whole(RunId run, std::optional<JobIndex> job) { return job ? TaskId{run, *job, kNoTask} : whole(run); }
TaskId those(RunId run, const core::TaskSpan& tasks) {
  return {run, tasks.job, tasks.count == 1 ? tasks.first : kNoTask};
}

struct Subject {
  TaskId operator()(const record::Submitted& r) const { return whole(r.run); }
  TaskId operator()(const record::Granted& r) const { return r.attempt.task; }
  TaskId operator()(const record::Started& r) const { return r.attempt.task; }
  TaskId operator()(const record::BecameReady& r) const { return r.attempt.task; }
  TaskId operator()(const record::Progressed& r) const { return r.attempt.task; }
  TaskId operator()(const record::StopAsked& r) const { return r.attempt.task; }
  TaskId operator()(const record::AttemptEnded& r) const { return r.attempt.task; }
  TaskId operator()(const record::BackoffOver& r) const { return r.task; }
  TaskId operator()(const record::TaskEnded& r) const { return r.task; }
  TaskId operator()(const record::RunStopping& r) const { return whole(r.run); }
  TaskId operator()(const record::HoldChanged& r) const { return whole(r.run, r.job); }
  TaskId operator()(const record::Updated& r) const { return whole(r.run, r.job); }
  TaskId operator()(const record::PauseChanged& r) const {
    if (!r.tasks) return whole(r.run);
    return r.job ? whole(r.run, r.tasks->job) : those(r.run, *r.tasks);
  }
  TaskId operator()(const record::Frozen& r) const { return r.attempt.task; }
  TaskId operator()(const record::RunEnded& r) const { return whole(r.run); }
  TaskId operator()(const record::GateOpened& r) const { return whole(r.run); }
  TaskId operator()(const record::TasksEnded& r) const { return those(r.run, r.tasks); }
  TaskId operator()(const record::TasksPacked& r) const { return whole(r.run); }
  TaskId operator()(const record::PoolPaced&) const { return {}; }
  TaskId operator()(const record::ConditionMet& r) const { return whole(r.run, r.job); }
  TaskId operator()(const record::RunJudged& r) const { return whole(r.run); }
  TaskId operator()(const record::CancelNoted& r) const {
    return r.note.tasks.size() == 1 ? those(r.run, r.note.tasks.front()) : whole(r.run);
  }
  TaskId operator()(const record::EpochBegan&) const { return {}; }
  TaskId operator()(const record::Registered&) const { return {}; }
  TaskId operator()(const record::Unregistered&) const { return {}; }
  TaskId operator()(const record::ScheduleEnabled&) const { return {}; }
  TaskId operator()(const record::Occurred&) const { return {}; }
};

std::string label_of(const TaskId& id, const EventSubject& subject) {
  if (id.run == 0) return {};
  if (id.job == kNoJob) return fmt::format("run {} ", id.run);
  auto label = fmt::format("{}/{}", id.run, subject.job.empty() ? fmt::format("#{}", id.job) : one_line(subject.job));
  if (id.task != kNoTask && !std::holds_alternative<std::monostate>(subject.shape))
    label += fmt::format(".{}", jobs::number_of(subject.shape, id.task));
  return label + " ";
}

}  // namespace

TaskId task_in(const core::Fact& fact) { return std::visit(Subject{}, fact); }

std::string event_line(std::uint64_t number, WallTime at, const core::Fact& fact, const EventSubject& subject,
                       const Look& look) {
  const auto when = at.ns ? text::format_local(at) : std::string("                   ");
  return paint(fmt::format("{:>6}  {}", number, when), Style::dim, look.colour) + "  " +
         paint(label_of(task_in(fact), subject), Style::bold, look.colour) + std::visit(Words(look.colour), fact) +
         "\n";
}

}  // namespace rota::cli
