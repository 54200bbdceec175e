// Facts of the journal as JSON.
#include <array>
#include <boost/json.hpp>

#include "scheduler/control/answers_json.h"
#include "scheduler/control/json_parts.h"
#include "shared/text/text.h"

namespace rota::control {
namespace {

namespace json = boost::json;
namespace record = core::record;

json::value word(std::string_view s) { return json::value(json::string_view(s.data(), s.size())); }

std::string_view to_word(record::Next next) {
  switch (next) {
    case record::Next::finished: return "finished";
    case record::Next::backoff: return "backoff";
    case record::Next::requeue: return "requeue";
  }
  return "finished";
}

// A fact's members, written into the event's object. What is called "kind" never changes.
class Members {
 public:
  Members(json::object& out, std::string_view job) : out_(out), job_(job) {}

  void operator()(const record::Submitted& r) const {
    run("submitted", r.run);
    out_["name"] = clean(r.plan->name.text());
    out_["jobs"] = r.plan->jobs.size();
    out_["held"] = r.terms->hold;
    if (r.terms->retry_of) out_["retry_of"] = r.terms->retry_of;
    if (!r.terms->schedule.empty()) out_["schedule"] = clean(r.terms->schedule);
  }
  void operator()(const record::Granted& r) const { attempt("granted", r.attempt, r.worker); }
  void operator()(const record::Started& r) const {
    attempt("started", r.attempt, r.worker);
    out_["pid"] = r.pid ? json::value(r.pid) : json::value();
  }
  void operator()(const record::BecameReady& r) const { attempt("ready", r.attempt); }
  void operator()(const record::Progressed& r) const { attempt("progressed", r.attempt); }  // (in no journal)
  void operator()(const record::StopAsked& r) const {
    attempt("stop_asked", r.attempt);
    out_["cause"] = cause(r.cause);
    out_["now"] = r.now;
    grace(r.at, r.due);
  }
  void operator()(const record::AttemptEnded& r) const {
    attempt("attempt_ended", r.attempt, r.worker);
    ending(r.outcome, r.reason);
    out_["message"] = text_or_null(r.report.message);
    out_["next"] = word(to_word(r.next));
    if (r.report.started.ns != 0 && r.report.ended.ns != 0)
      out_["seconds"] = static_cast<double>((r.report.ended - r.report.started).count()) / 1e9;
    if (!(r.report.usage == Usage{})) out_["usage"] = usage_object(r.report.usage);
  }
  void operator()(const record::BackoffOver& r) const { task("backoff_over", r.task); }
  void operator()(const record::TaskEnded& r) const {
    task("task_ended", r.task);
    ending(r.outcome, r.reason);
  }
  void operator()(const record::RunStopping& r) const {
    run("run_stopping", r.run);
    out_["cause"] = cause(r.cause);
    out_["now"] = r.now;
    if (r.by) out_["by"] = r.by;
    grace(r.at, r.due);
  }
  void operator()(const record::HoldChanged& r) const {
    run(r.hold ? "held" : "released", r.run);
    if (r.job && !job_.empty()) out_["job"] = clean(job_);
  }
  void operator()(const record::PauseChanged& r) const {
    run(r.pause ? "pause_asked" : "resume_asked", r.run);
    if (r.tasks) out_["job"] = text_or_null(job_);
    if (r.tasks && !r.job) {
      out_["task"] = r.tasks->first;
      out_["count"] = r.tasks->count;
    }
    out_["by"] = text_or_null(r.by);
  }
  void operator()(const record::Frozen& r) const { attempt(r.frozen ? "paused" : "resumed", r.attempt); }
  void operator()(const record::Updated& r) const {
    run("updated", r.run);
    if (r.job && !job_.empty()) out_["job"] = clean(job_);
    if (r.priority) out_["priority"] = *r.priority;
    if (r.max_parallel) out_["max_parallel"] = *r.max_parallel > 0 ? json::value(*r.max_parallel) : json::value();
  }
  void operator()(const record::RunEnded& r) const {
    run("run_ended", r.run);
    ending(r.outcome, r.reason);
  }
  void operator()(const record::GateOpened& r) const { run("gate_opened", r.run); }
  void operator()(const record::TasksEnded& r) const {
    run("tasks_ended", r.run);
    out_["job"] = text_or_null(job_);
    out_["task"] = r.tasks.first;
    out_["count"] = r.tasks.count;
    ending(r.outcome, r.reason);
    out_["message"] = text_or_null(r.message);
  }
  void operator()(const record::TasksPacked& r) const { run("tasks_packed", r.run); }  // (in snapshots only)
  void operator()(const record::PoolPaced&) const { run("pool_paced", 0); }  // (likewise)
  void operator()(const record::ConditionMet& r) const {
    run("condition_met", r.run);
    out_["job"] = text_or_null(job_);
  }
  void operator()(const record::RunJudged& r) const {
    run("run_judged", r.run);
    ending(r.outcome, r.reason);
  }
  void operator()(const record::Registered& r) const {
    out_["kind"] = "schedule_registered";
    out_["name"] = clean(r.plan->name.text());
    out_["schedules"] = r.plan->schedules.size();
  }
  void operator()(const record::Unregistered& r) const {
    out_["kind"] = "schedule_removed";
    out_["name"] = clean(r.name);
  }
  void operator()(const record::ScheduleEnabled& r) const {
    out_["kind"] = r.enabled ? "schedule_enabled" : "schedule_disabled";
    out_["name"] = clean(r.name);
  }
  void operator()(const record::Occurred& r) const {
    out_["kind"] = "occurred";
    out_["name"] = clean(r.name);
    out_["entry"] = r.entry;
    out_["occurrence"] = text::format_utc(r.occurrence);
    out_["became"] = r.became ? json::value(r.became) : json::value();
    out_["passed"] = text_or_null(to_text(r.passed));
  }
  void operator()(const record::CancelNoted& r) const {
    run("cancel_noted", r.run);
    std::uint64_t tasks = 0;
    for (const auto& span : r.note.tasks) tasks += span.count;
    if (r.note.tasks.size() == 1) {
      out_["job"] = text_or_null(job_);
      out_["task"] = r.note.tasks.front().first;
    }
    if (tasks) out_["count"] = tasks;
    out_["message"] = text_or_null(r.note.reason);
  }
  void operator()(const record::EpochBegan& r) const {
    out_["kind"] = "epoch_began";
    out_["epoch"] = r.epoch;
  }

 private:
  static json::value cause(StopCause c) {
    static constexpr std::array<std::string_view, static_cast<std::size_t>(StopCause::last_) + 1> kWords{
        "none",     "timeout",          "timeout:run",     "cancel:user", "cancel:policy", "not-needed",
        "shutdown", "cancel:fail_fast", "cancel:replaced", "not-live",    "not-ready"};
    return c == StopCause::none ? json::value() : word(kWords[static_cast<std::size_t>(c)]);
  }
  void run(std::string_view kind, RunId number) const {
    out_["kind"] = word(kind);
    out_["run"] = number;
  }
  void task(std::string_view kind, const TaskId& id) const {
    run(kind, id.run);
    out_["job"] = text_or_null(job_);
    out_["task"] = id.task;
  }
  void attempt(std::string_view kind, const AttemptId& id) const {
    task(kind, id.task);
    out_["attempt_id"] = id.number;
  }
  void attempt(std::string_view kind, const AttemptId& id, const WorkerId& worker) const {
    attempt(kind, id);
    out_["worker"] = json::object{{"seat", worker.seat}, {"generation", worker.generation}};
  }
  void grace(Instant asked, Instant due) const {
    if (due.ns) out_["grace_seconds"] = static_cast<double>((due - asked).count()) / 1e9;
  }
  void ending(Outcome outcome, Reason reason) const {
    out_["outcome"] = word(to_text(outcome));
    out_["reason"] = text_or_null(to_text(reason));
  }

  json::object& out_;
  std::string_view job_;
};

}  // namespace

std::string event_json(std::uint64_t number, WallTime at, const core::Fact& fact, std::string_view job) {
  json::object event{{"number", number}, {"at", at.ns ? json::value(text::format_utc(at)) : json::value()}};
  std::visit(Members(event, job), fact);
  return printed(json::object{{"schema", kSchema}, {"event", std::move(event)}});
}

}  // namespace rota::control
