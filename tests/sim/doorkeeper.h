// The observer at the door: whatever is granted must have been allowed to start. Sees the records of every turn, in
// order, and the wishes of users; what a wish has ended for good stays ended, through any number of restarts.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "scheduler/core/event.h"
#include "scheduler/core/record.h"

namespace rota::sim {

class Doorkeeper {
 public:
  /// A wish that the core took, of a run that was alive. It counts once its turn is committed.
  void asked(const core::Event& wish);
  void turn_committed();
  void turn_lost() { asked_.clear(); }

  /// Every record as it is made, durable or not.
  void told(const core::Record& record, Now now);
  /// A new life: what is durable is all that happened.
  void restart(const std::vector<core::Record>& journal);
  /// Nothing may be granted from now on, or everything again.
  void close(bool closed) { closed_ = closed; }

  /// The first broken promise; empty: none.
  const std::string& broken() const { return broken_; }

 private:
  struct Door {
    core::Terms terms;
    bool held = false;
    bool opened = false;   // at least once
    bool over = false;
    std::set<JobIndex> held_jobs;
    bool paused = false;
    std::set<JobIndex> paused_jobs;
    std::set<JobIndex> hooks;
    bool judged = false;
  };
  void broke(const std::string& what) {
    if (broken_.empty() && !replaying_) broken_ = what;
  }
  void on_submitted(const core::record::Submitted& r);
  void on_granted(const core::record::Granted& r);
  void on_paused(const core::record::PauseChanged& r);
  void on_opened(const core::record::GateOpened& r, Now now);

  std::map<RunId, Door> doors_;
  std::set<AttemptId> granted_;
  std::set<TaskId> asked_, final_;  // job kWholeRun: all of the run
  bool closed_ = false;
  bool replaying_ = false;
  std::string broken_;
};

}  // namespace rota::sim
