// A worker as far as the core can tell: takes grants, starts them when a slot is free, ends them, obeys stops or does
// not, dies. A pool worker dies with its coordinator; a launcher goes on, and tells its news again.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "scheduler/core/effect.h"
#include "scheduler/core/event.h"
#include "tests/sim/dice.h"
#include "tests/sim/witness.h"

namespace rota::sim {

/// What all workers of a world share.
struct Surroundings {
  Dice& dice;
  Witness& witness;
  Instant now;
  bool faults = true;
};

struct Mail {
  Instant due;
  core::Event event;
};

class FakeWorker {
 public:
  FakeWorker(WorkerId id, core::event::Capacity capacity, core::CrewId crew, Surroundings& world)
      : id_(id), capacity_(capacity), crew_(crew), world_(world) {}

  WorkerId id() const { return id_; }
  const core::event::Capacity& capacity() const { return capacity_; }
  core::CrewId crew() const { return crew_; }
  bool is_launcher() const { return capacity_.processes > 0 && crew_.is_common(); }
  /// It was told that it has had all its attempts: it leaves once nothing is left of them.
  bool retires() const { return retires_; }
  bool alive() const { return alive_; }
  bool connected() const { return connected_; }
  std::size_t running() const { return running_.size(); }

  /// From the coordinator. What a dead or disconnected worker gets is lost.
  void take(const core::Action& action);
  /// Carries out all that is due, in some order.
  void advance();
  /// The next instant at which it has something to do or to say; none: idle.
  std::optional<Instant> next() const;
  /// Moves what is due out of the outbox. A worker's death is the last that is heard of it.
  void speak(std::vector<core::Event>& out);

  void hello();  // says WorkerUp; a launcher that is known already tells what it holds
  void kill(int signal, bool guilty);
  void stall(Duration d) { stalled_until_ = world_.now + d; }

  /// The coordinator died. False: so did this worker.
  bool survive_coordinator();
  /// The end of this attempt is on record: no need to tell it again.
  void acknowledge(AttemptId attempt);

 private:
  struct Live {
    AttemptId id;
    Mode mode = Mode::process;
    bool daemon = false;
    Instant began;
    Instant ends;
    Ending ending;
    bool ready = false;
    std::optional<Instant> ready_at;
    std::optional<Instant> times_out;
    std::optional<StopCause> stopped_by;
    std::optional<Instant> forced_at;
    std::optional<Instant> frozen_at;
  };
  struct Ended {
    AttemptId id;
    core::event::Finished news;
    bool began = false;
  };

  const jobs::Plan& plan_of(AttemptId a) const { return world_.witness.plans().at(a.task.run); }
  const jobs::Job& job_of(AttemptId a) const { return plan_of(a).jobs[a.task.job]; }
  const jobs::Settings& settings_of(AttemptId a) const { return plan_of(a).settings_of(job_of(a)); }

  bool is_deaf_to(const core::Action& action) const;
  void obey(const core::Action& action);
  void obey_stop(const core::action::StopAttempt& stop);
  void obey_freeze(const core::action::FreezeAttempt& freeze);
  void move_on(Live& live);
  /// When anything of it happens next; never: while it stands still nothing does but its hard stop.
  static Instant next_of(const Live& live);
  bool give_back(AttemptId attempt);
  void stop(Live& live, StopCause cause, Duration grace, bool now);
  void start_what_fits();
  bool fits(AttemptId attempt) const;
  void start(AttemptId attempt);
  void choose_fate(Live& live);
  void end(std::size_t index);
  void refuse(AttemptId attempt, Ending::Kind kind, int value);
  bool meet_one_due();
  void meet(Live& live, std::size_t index);
  void say(core::Event event, AttemptId about);
  void say_end(const core::event::Finished& news);

  WorkerId id_;
  core::event::Capacity capacity_;
  core::CrewId crew_;
  bool retires_ = false;
  std::uint32_t taken_ = 0;  // grants
  Surroundings& world_;
  bool alive_ = true;
  bool connected_ = false;
  Instant stalled_until_;
  std::deque<std::pair<Instant, core::Action>> inbox_;
  std::vector<core::Action> unheard_;  // while it stands still
  std::deque<AttemptId> unstarted_;
  std::vector<Live> running_;
  std::vector<Ended> unacknowledged_;  // launchers only
  std::vector<std::pair<AttemptId, Mail>> outbox_;
  Instant last_word_;
  std::optional<core::event::WorkerDown> death_;
};

}  // namespace rota::sim
