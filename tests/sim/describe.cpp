// Words for the tail of a story.
#include "tests/sim/describe.h"

#include "shared/wire/codec.h"
#include "tests/sim/witness.h"

namespace rota::sim {
namespace {

namespace event = core::event;
namespace record = core::record;
namespace action = core::action;

std::string at(WorkerId w) { return " @" + std::to_string(w.seat) + "." + std::to_string(w.generation); }

struct EventWords {
  std::string operator()(const event::Submit& e) const { return "submit " + std::to_string(e.run); }
  std::string operator()(const event::WorkerUp& e) const {
    std::string s = "up" + at(e.worker) + (e.crew.is_common() ? "" : " of " + to_text(e.crew));
    if (e.holds)
      for (const AttemptId a : *e.holds) s += " " + to_text(a);
    return s;
  }
  std::string operator()(const event::WorkerDown& e) const {
    std::string s = "down" + at(e.worker) + " begun";
    for (const AttemptId a : e.begun) s += " " + to_text(a);
    if (e.guilty) s += " guilty " + to_text(e.guilty->attempt);
    return s;
  }
  std::string operator()(const event::Started& e) const { return "started " + to_text(e.attempt) + at(e.worker); }
  std::string operator()(const event::BecameReady& e) const { return "ready " + to_text(e.attempt) + at(e.worker); }
  std::string operator()(const event::ProbeFailed& e) const {
    return "probe failed " + to_text(e.attempt) + at(e.worker);
  }
  std::string operator()(const event::Shortage& e) const {
    return "shortage" + (e.worker ? at(*e.worker) : std::string(e.of_pool ? " of pool" : " of launchers")) + " " +
           std::to_string(e.error);
  }
  std::string operator()(const event::WorkerWorn& e) const { return "worn" + at(e.worker); }
  std::string operator()(const event::Progressed& e) const { return "progressed " + to_text(e.attempt) + at(e.worker); }
  std::string operator()(const event::Finished& e) const {
    const Ending& x = e.report.ending;
    return "finished " + to_text(e.attempt) + at(e.worker) + " kind " + std::to_string(static_cast<int>(x.kind)) +
           " value " + std::to_string(x.value) + " stopped_by " + std::to_string(static_cast<int>(x.stopped_by));
  }
  std::string operator()(const event::CancelRun& e) const {
    return "cancel " + std::to_string(e.run) + (e.now ? " now" : "");
  }
  std::string operator()(const event::CancelTasks& e) const {
    std::string s = "cancel tasks" + std::string(e.now ? " now" : "");
    for (const auto& t : e.tasks) s += " " + to_text({{t.run, t.job, t.first}, 0}) + "+" + std::to_string(t.count);
    return s;
  }
  std::string operator()(const event::Hold& e) const {
    return (e.hold ? "hold " : "release ") + std::to_string(e.run) + (e.job ? "/" + std::to_string(*e.job) : "");
  }
  std::string operator()(const event::Pause& e) const {
    return (e.pause ? "pause " : "resume ") + std::to_string(e.run) +
           (e.tasks ? "/" + std::to_string(e.tasks->job) + (e.job ? "" : "." + std::to_string(e.tasks->first)) : "");
  }
  std::string operator()(const event::Frozen& e) const {
    return (e.frozen ? "frozen " : "thawed ") + to_text(e.attempt) + at(e.worker);
  }
  std::string operator()(const event::Update& e) const {
    return "update " + std::to_string(e.run) + (e.job ? "/" + std::to_string(*e.job) : "");
  }
  std::string operator()(const event::Admission& e) const { return "admission " + rota::to_text({e.closed, 0}); }
  std::string operator()(const event::Register& e) const { return "register " + e.plan->name.text(); }
  std::string operator()(const event::Unregister& e) const { return "unregister " + e.name; }
  std::string operator()(const event::EnableSchedule& e) const { return "enable " + e.name; }
  std::string operator()(const event::Occur& e) const { return "occur " + e.name + " " + std::to_string(e.run); }
  std::string operator()(const event::Bounds& e) const {
    return "at most " + std::to_string(e.command_slots) + " commands and " + std::to_string(e.process_slots) +
           " processes at once";
  }
  std::string operator()(const event::ShutDown&) const { return "shut down"; }
  std::string operator()(const event::NoWorker& e) const { 
    return "no worker for " + std::string(to_text(e.mode)) + " of " + to_text(e.crew);
  }
  std::string operator()(const event::Wake&) const { return "wake"; }
  std::string operator()(const event::Recovered& e) const { return "recovered " + std::to_string(e.epoch); }
};

struct RecordWords {
  std::string operator()(const record::Submitted& r) const { return "Submitted " + std::to_string(r.run); }
  std::string operator()(const record::Granted& r) const { return "Granted " + to_text(r.attempt) + at(r.worker); }
  std::string operator()(const record::Started& r) const { return "Started " + to_text(r.attempt); }
  std::string operator()(const record::BecameReady& r) const { return "BecameReady " + to_text(r.attempt); }
  std::string operator()(const record::Progressed& r) const { return "Progressed " + to_text(r.attempt); }
  std::string operator()(const record::StopAsked& r) const { return "StopAsked " + to_text(r.attempt); }
  std::string operator()(const record::AttemptEnded& r) const {
    return "AttemptEnded " + to_text(r.attempt) + " " + std::string(to_text(r.outcome)) + " next " +
           std::to_string(static_cast<int>(r.next));
  }
  std::string operator()(const record::BackoffOver& r) const { return "BackoffOver " + to_text({r.task, 0}); }
  std::string operator()(const record::TaskEnded& r) const {
    return "TaskEnded " + to_text({r.task, 0}) + " " + std::string(to_text(r.outcome)) + " " + to_text(r.reason);
  }
  std::string operator()(const record::RunStopping& r) const {
    return "RunStopping " + std::to_string(r.run) + " cause " + std::to_string(static_cast<int>(r.cause));
  }
  std::string operator()(const record::HoldChanged& r) const {
    return (r.hold ? "Held " : "Released ") + std::to_string(r.run) + (r.job ? "/" + std::to_string(*r.job) : "");
  }
  std::string operator()(const record::PauseChanged& r) const {
    return (r.pause ? "PauseChanged on " : "PauseChanged off ") + std::to_string(r.run) +
           (r.tasks ? "/" + std::to_string(r.tasks->job) + (r.job ? "" : "." + std::to_string(r.tasks->first)) : "");
  }
  std::string operator()(const record::Frozen& r) const {
    return (r.frozen ? "Frozen " : "Thawed ") + to_text(r.attempt);
  }
  std::string operator()(const record::Updated& r) const {
    return "Updated " + std::to_string(r.run) + (r.job ? "/" + std::to_string(*r.job) : "") +
           (r.max_parallel ? " max_parallel " + std::to_string(*r.max_parallel) : "");
  }
  std::string operator()(const record::GateOpened& r) const { return "GateOpened " + std::to_string(r.run); }
  std::string operator()(const record::TasksEnded& r) const {
    return "TasksEnded " + to_text({{r.run, r.tasks.job, r.tasks.first}, 0}) + " +" + std::to_string(r.tasks.count) +
           " " + std::string(to_text(r.outcome)) + " " + to_text(r.reason);
  }
  std::string operator()(const record::TasksPacked& r) const {
    return "TasksPacked " + std::to_string(r.run) + " from " + std::to_string(r.first);
  }
  std::string operator()(const record::PoolPaced& r) const {
    return "PoolPaced " + r.pool.name + " to " + std::to_string(r.paced.ns / 1'000'000);
  }
  std::string operator()(const record::ConditionMet& r) const {
    return "ConditionMet " + std::to_string(r.run) + "/" + std::to_string(r.job);
  }
  std::string operator()(const record::RunJudged& r) const {
    return "RunJudged " + std::to_string(r.run) + " " + std::string(to_text(r.outcome));
  }
  std::string operator()(const record::RunEnded& r) const {
    return "RunEnded " + std::to_string(r.run) + " " + std::string(to_text(r.outcome));
  }
  std::string operator()(const record::CancelNoted& r) const {
    return "CancelNoted " + std::to_string(r.run) + " " + r.note.reason;
  }
  std::string operator()(const record::Registered& r) const { return "Registered " + r.plan->name.text(); }
  std::string operator()(const record::Unregistered& r) const { return "Unregistered " + r.name; }
  std::string operator()(const record::ScheduleEnabled& r) const {
    return "ScheduleEnabled " + r.name + (r.enabled ? " on" : " off");
  }
  std::string operator()(const record::Occurred& r) const {
    return "Occurred " + r.name + " became " + std::to_string(r.became) + " " + to_text(r.passed);
  }
  std::string operator()(const record::EpochBegan& r) const { return "EpochBegan " + std::to_string(r.epoch); }
};

struct ActionWords {
  std::string operator()(const action::StartAttempt& a) const { return "start " + to_text(a.attempt) + at(a.worker); }
  std::string operator()(const action::StopAttempt& a) const {
    return "stop " + to_text(a.attempt) + at(a.worker) + (a.now ? " now" : "");
  }
  std::string operator()(const action::RetractAttempt& a) const {
    return "retract " + to_text(a.attempt) + at(a.worker);
  }
  std::string operator()(const action::FreezeAttempt& a) const {
    return (a.freeze ? "freeze " : "thaw ") + to_text(a.attempt) + at(a.worker);
  }
  std::string operator()(const action::KillWorker& a) const { return "kill" + at(a.worker); }
  std::string operator()(const action::DrainWorker& a) const { return "drain" + at(a.worker); }
  std::string operator()(const action::RetireWorker& a) const { return "retire" + at(a.worker); }
  std::string operator()(const action::FoldRun& a) const { return "fold " + std::to_string(a.run); }
};

std::uint64_t mixed(std::uint64_t h, std::string_view bytes) {
  for (const char c : bytes) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001B3ull;
  return h;
}

}  // namespace

std::string describe(const core::Event& e) { return "< " + std::visit(EventWords{}, e); }
std::string describe(const core::Record& r) {
  return (r.durable ? "    = " : "    ~ ") + std::visit(RecordWords{}, r.fact);
}
std::string describe(const core::Action& a) { return "    > " + std::visit(ActionWords{}, a); }

std::uint64_t hash_of(const core::Effects& effects, std::uint64_t h) {
  for (core::Record r : effects.records) h = mixed(h, wire::encoded(r.fact));
  for (const core::Action& a : effects.actions) h = mixed(h, describe(a));
  return h;
}

}  // namespace rota::sim
