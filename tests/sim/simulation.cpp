// The turns of a story. Phase 1: faults. Phase 2: none, and everything must end.
#include "tests/sim/simulation.h"

#include <algorithm>
#include <utility>

#include "tests/sim/describe.h"
#include "tests/sim/random_plan.h"

namespace rota::sim {
namespace {

using namespace core;

constexpr std::uint32_t kFaultyTurns = 120;   // then the nemesis rests
constexpr std::uint32_t kPatientTurns = 4000;  // and this many turns must do
constexpr std::size_t kTail = 120;

}  // namespace

Simulation::Simulation(const Script& script)
    : script_(script), dice_(script.seed), around_{dice_, witness_, {1'000'000'000}, script.faults} {
  runs_ = dice_.between(1, 5);
  pools_ = dice_.between(1, 3);
  launchers_ = dice_.between(1, 2);
  threads_ = dice_.between(1, 3);
  width_ = dice_.between(1, 3);
  ahead_ = dice_.pick(std::vector<std::uint32_t>{0, 1, 4, 64});
  command_slots_ = dice_.pick(std::vector<std::uint32_t>{1, 2, 3, 100});
  process_slots_ = launchers_ * width_;
  Effects out;
  bound(out);
  staff();
}

void Simulation::bound(Effects& out) {
  witness_.bound_commands(command_slots_);
  witness_.bound_processes(process_slots_);
  step(event::Bounds{command_slots_, process_slots_, kCpusMilli, kMemory}, out);
}

Story Simulation::tell() {
  while (story_.broken.empty() && turn()) {
    if (story_.turns == kFaultyTurns && !script_.crash_turn) around_.faults = false;
    if (story_.turns > kFaultyTurns + kPatientTurns) broke("the world does not come to an end");
  }
  if (story_.broken.empty() && !all_over()) broke("the world stands still before its end" + what_is_left());
  if (story_.broken.empty() && !scheduler_.recovery().over()) broke("everything has ended, and recovery has not");
  if (!story_.broken.empty())
    for (const std::string& line : tail_) story_.broken += "\n  " + line;
  return story_;
}

/// "; 3/9.0 running" of each task that has not ended.
std::string Simulation::what_is_left() const {
  std::string out;
  for (const RunId run : scheduler_.runs()) {
    const auto view = scheduler_.view(run);
    for (const auto& job : view->jobs)
      for (const auto& task : job.tasks)
        if (task.state != TaskState::finished)
          out += "; " + std::to_string(run) + "/" + std::to_string(job.index) + "." + std::to_string(task.index) + " " +
                 std::string(to_text(task.state)) + " " + to_text(task.reason);
  }
  return out;
}

bool Simulation::all_over() const {
  if (submitted_ < runs_) return false;
  for (RunId r = 1; r <= submitted_; ++r)
    if (!witness_.run_ended(r)) return false;
  return true;
}

/// To the next instant at which anything happens; the same one again as long as something is left of it.
bool Simulation::advance_clock() {
  Instant next{INT64_MAX};
  if (submitted_ < runs_) next = around_.now;
  for (const auto& w : workers_) next = std::min(next, w->next().value_or(next));
  next = std::min(next, scheduler_.next_deadline().value_or(next));
  still_ = next.ns == INT64_MAX;
  if (still_ && (shutting_down_ || !what_to_lift().empty())) next = around_.now;
  if (next.ns == INT64_MAX) return false;
  around_.now = std::max(around_.now, next);
  if (around_.faults && dice_.percent(5)) around_.now = around_.now + dice_.below(5) * kTick;  // a slow turn
  return true;
}

bool Simulation::turn() {
  if (all_over() || !advance_clock()) return false;
  ++story_.turns;
  for (const auto& w : workers_) w->advance();
  Effects out;
  downs_.clear();
  for (Event& e : gather()) step(std::move(e), out);
  scheduler_.settle(now(), out);
  check("settle");
  doorkeeper_.close(scheduler_.admission_closed() != ReasonKind::none);
  if (dice_.percent(5)) check_reasons();
  for (const Record& r : out.records) doorkeeper_.told(r, now());
  story_.trace = hash_of(out, story_.trace);
  for (const Record& r : out.records) note(describe(r));
  for (const Action& a : out.actions) note(describe(a));
  tally(out);
  if (const auto point = choose_crash()) crash(*point, out);
  else finish_turn(out);
  if (shutting_down_ && (still_ || !around_.faults || dice_.percent(15))) {
    ++story_.seen["restart after a shutdown"];
    restart();
  }
  if (story_.broken.empty() && !witness_.broken().empty()) broke(witness_.broken());
  if (story_.broken.empty() && !doorkeeper_.broken().empty()) broke(doorkeeper_.broken());
  return true;
}

std::vector<Event> Simulation::gather() {
  std::vector<Event> events;
  for (const auto& w : workers_) {
    std::vector<Event> said;
    w->speak(said);
    // Between workers any order; what one of them says of one attempt stays in order.
    std::size_t at = 0;
    for (Event& e : said) {
      at += dice_.below(static_cast<std::uint32_t>(events.size() - at + 1));
      events.insert(events.begin() + static_cast<std::ptrdiff_t>(at++), std::move(e));
    }
  }
  const auto insert = [&](Event e) {
    const auto at = dice_.below(static_cast<std::uint32_t>(events.size() + 1));
    events.insert(events.begin() + at, std::move(e));
  };
  if (submitted_ < runs_ && (submitted_ == 0 || dice_.percent(10) || !around_.faults))
    insert(next_submit());
  if (const auto due = scheduler_.next_deadline(); due && *due <= around_.now) insert(event::Wake{});
  if (still_)
    for (Event& e : what_to_lift()) insert(std::move(e));
  if (around_.faults) add_nemesis(events);
  return events;
}

void Simulation::add_nemesis(std::vector<Event>& events) {
  const auto anywhere = [&] { return events.begin() + dice_.below(static_cast<std::uint32_t>(events.size() + 1)); };
  add_wishes(events);
  if (dice_.permille(3))
    events.insert(anywhere(), event::NoWorker{dice_.percent(50) ? Mode::thread : Mode::process, 11});
  if (const auto demand = scheduler_.demand(); !demand.crews.empty() && dice_.permille(3))
    events.insert(anywhere(), event::NoWorker{dice_.percent(50) ? Mode::thread : Mode::process, 11,
                                              dice_.pick(demand.crews).crew});
  add_lies(events);
  if (dice_.permille(40)) strike_worker();
}

/// Reports that are stale or were never true, and can be known to be: an end that was told before, a worker that is no
/// more, an attempt that never was.
void Simulation::add_lies(std::vector<Event>& events) {
  if (!heard_.empty() && dice_.percent(10)) events.push_back(dice_.pick(heard_));
  if (heard_.empty() || !dice_.percent(5)) return;
  Event forged = dice_.pick(heard_);
  const std::uint32_t how = dice_.below(3);
  const auto forge = [&](auto& e) {
    if (how == 0) e.worker.generation += 1000;
    if (how == 1) e.attempt.number += 1000;
    if (how == 2) e.attempt.task.job += 1000;
  };
  if (auto* f = std::get_if<event::Finished>(&forged)) forge(*f);
  if (auto* s = std::get_if<event::Started>(&forged)) forge(*s);
  events.insert(events.begin(), std::move(forged));
}

void Simulation::strike_worker() {
  FakeWorker& w = *workers_[dice_.below(static_cast<std::uint32_t>(workers_.size()))];
  if (!w.alive()) return;
  if (dice_.percent(40)) w.stall(dice_.between(1, 40) * kTick);
  else if (!w.is_launcher() && dice_.percent(15)) w.kill(0, true);
  else w.kill(dice_.percent(50) ? 9 : 11, !w.is_launcher() && dice_.percent(60));
}

void Simulation::step(Event e, Effects& out) {
  note(describe(e));
  ++story_.steps;
  if (const auto* d = std::get_if<event::WorkerDown>(&e)) downs_.push_back(d->worker);
  observe(e);
  if (std::holds_alternative<event::Finished>(e) || std::holds_alternative<event::Started>(e)) heard_.push_back(e);
  scheduler_.step(std::move(e), now(), out);
  check("step");
}

/// What the observer at the door has to know, before the core takes it.
void Simulation::observe(const Event& e) {
  if (const auto* wish = std::get_if<event::CancelRun>(&e); wish && scheduler_.summary(wish->run)) doorkeeper_.asked(e);
  if (const auto* wish = std::get_if<event::CancelTasks>(&e)) {
    event::CancelTasks known;
    for (const auto& t : wish->tasks)
      if (const jobs::Plan* plan = scheduler_.plan(t.run); plan && t.job < plan->jobs.size()) known.tasks.push_back(t);
    doorkeeper_.asked(known);
  }
  if (std::holds_alternative<event::ShutDown>(e)) shutting_down_ = true;
}

void Simulation::finish_turn(Effects& out) {
  commit(out);
  act(out, out.actions.size());
  staff();
}

void Simulation::commit(const Effects& out) {
  for (const Record& r : out.records) {
    if (!r.durable) continue;
    journal_.push_back(r);
    witness_.committed(r);
  }
  doorkeeper_.turn_committed();
  std::erase_if(workers_, [&](const auto& w) { return std::count(downs_.begin(), downs_.end(), w->id()) > 0; });
  if (around_.faults && dice_.percent(3)) compact();
}

void Simulation::act(const Effects& out, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    if (const auto* start = std::get_if<action::StartAttempt>(&out.actions[i])) witness_.sent(start->attempt);
    for (const auto& w : workers_)
      std::visit([&](const auto& a) {
        if constexpr (requires { a.worker; })
          if (a.worker == w->id()) w->take(a);
      }, out.actions[i]);
  }
  for (const Record& r : out.records)
    if (const auto* end = std::get_if<record::AttemptEnded>(&r.fact))
      for (const auto& w : workers_)
        if (w->id() == end->worker) w->acknowledge(end->attempt);
}

void Simulation::staff() {
  const auto alive = [&](bool launcher) {
    return std::count_if(workers_.begin(), workers_.end(), [&](const auto& w) {
      return w->alive() && w->crew().is_common() && w->is_launcher() == launcher;
    });
  };
  while (alive(false) < pools_) spawn({threads_, ahead_, 8, 0, 0}, {});
  while (alive(true) < launchers_) spawn({0, 0, 0, width_, ahead_}, {});
  staff_crews();
}

/// What is wanted of crews of single runs, more or less of it; and now and then one that nobody wants any more goes.
void Simulation::staff_crews() {
  std::map<CrewId, std::uint32_t> there;
  for (const auto& w : workers_)
    if (w->alive()) ++there[w->crew()];
  for (const auto& of : scheduler_.demand().crews) {
    const bool alone = is_quarantine(of.crew), warm = is_warm(of.crew);
    const std::uint32_t most = alone ? 1 : warm ? process_slots_ : pools_;
    event::Capacity capacity{threads_, ahead_, 8, 0, 0};
    if (alone) capacity = {1, 0, 1, 1, 0, 1};
    if (warm) capacity = {1, 0, 0, 1, ahead_, witness_.plans().at(of.crew.run).jobs[warm_job(of.crew)].max_tasks};
    while (there[of.crew] < most && (there[of.crew] == 0 || dice_.percent(60))) {
      spawn(capacity, of.crew);
      ++there[of.crew];
    }
  }
  for (const auto& w : workers_)
    if (w->alive() && !w->crew().is_common() && !scheduler_.summary(w->crew().run)) w->kill(0, false);
}

void Simulation::spawn(event::Capacity capacity, CrewId crew) {
  WorkerId id{1, ++generation_};
  const auto taken = [&] {
    return std::any_of(workers_.begin(), workers_.end(), [&](const auto& w) { return w->id().seat == id.seat; });
  };
  while (taken()) ++id.seat;
  workers_.push_back(std::make_unique<FakeWorker>(id, capacity, crew, around_));
  workers_.back()->hello();
}

/// What happens in these worlds at all: a promise about something that never happens is not tested.
void Simulation::tally(const Effects& out) {
  static constexpr const char* kActions[] = {"start", "stop", "retract", "kill", "fold", "retire", "drain", "freeze"};
  static_assert(std::size(kActions) == std::variant_size_v<Action>);
  for (const Action& a : out.actions) ++story_.seen[kActions[a.index()]];
  for (const Record& r : out.records) {
    if (const auto* end = std::get_if<record::AttemptEnded>(&r.fact)) {
      ++story_.seen["attempt " + std::string(to_text(end->outcome))];
      if (end->next == record::Next::backoff) ++story_.seen["retry"];
      if (end->next == record::Next::backoff && end->outcome == Outcome::succeeded)
        ++story_.seen["restart after a good end"];
      if (end->reason.kind == ReasonKind::not_live) ++story_.seen["not live"];
      if (end->reason.kind == ReasonKind::not_ready) ++story_.seen["not ready"];
      if (end->reason.kind == ReasonKind::accused) ++story_.seen["attempt accused"];
      if (end->reason.kind == ReasonKind::shut_down) ++story_.seen["attempt interrupted by a shutdown"];
    }
    if (std::holds_alternative<record::GateOpened>(r.fact)) ++story_.seen["gate opened"];
    if (const auto* f = std::get_if<record::Frozen>(&r.fact)) {
      ++story_.seen[f->frozen ? "paused" : "resumed"];
      const auto* plan = scheduler_.plan(f->attempt.task.run);
      if (plan && plan->jobs[f->attempt.task.job].is_warm()) ++story_.seen[f->frozen ? "warm paused" : "warm resumed"];
    }
    if (const auto* p = std::get_if<record::PauseChanged>(&r.fact)) ++story_.seen[p->pause ? "to pause" : "to resume"];
    if (const auto* hold = std::get_if<record::HoldChanged>(&r.fact)) ++story_.seen[hold->hold ? "held" : "released"];
    if (const auto* end = std::get_if<record::TaskEnded>(&r.fact)) {
      ++story_.seen["task " + std::string(to_text(end->outcome))];
      if (end->reason.kind == ReasonKind::condition) ++story_.seen["condition false"];
    }
    if (const auto* end = std::get_if<record::TasksEnded>(&r.fact)) {
      story_.seen["task " + std::string(to_text(end->outcome))] += end->tasks.count;
      if (end->reason.kind == ReasonKind::fail_fast) ++story_.seen["fail fast"];
      if (end->reason.kind == ReasonKind::max_failures) ++story_.seen["max failures"];
      if (end->reason.kind == ReasonKind::condition) ++story_.seen["condition false"];
    }
    if (std::holds_alternative<record::Updated>(r.fact)) ++story_.seen["updated"];
    if (const auto* stop = std::get_if<record::RunStopping>(&r.fact); stop && stop->cause == StopCause::replaced)
      ++story_.seen["replaced"];
    if (std::holds_alternative<record::ConditionMet>(r.fact)) ++story_.seen["condition true"];
    if (std::holds_alternative<record::RunJudged>(r.fact)) ++story_.seen["hooks"];
    if (const auto* end = std::get_if<record::RunEnded>(&r.fact))
      ++story_.seen["run " + std::string(to_text(end->outcome))];
  }
  story_.seen["stale"] = scheduler_.stale_reports();
}

void Simulation::check(const char* when) {
  if (!story_.broken.empty()) return;
  if (const std::string found = scheduler_.check(); !found.empty()) broke(std::string("after ") + when + ": " + found);
}

void Simulation::broke(const std::string& what) {
  if (story_.broken.empty())
    story_.broken = "seed " + std::to_string(script_.seed) + ", turn " + std::to_string(story_.turns) + ": " + what;
}

void Simulation::note(const std::string& line) {
  tail_.push_back(std::to_string(story_.turns) + " t=" + std::to_string(around_.now.ns / 1'000'000) + " " + line);
  if (tail_.size() > kTail) tail_.pop_front();
}

}  // namespace rota::sim
