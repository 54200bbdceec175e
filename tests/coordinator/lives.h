// A service's coordinator inside the test's own process, with real workers: killed by being dropped, with nothing said
// and nothing flushed, and made again over what it left.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "scheduler/daemon/coordinator.h"
#include "scheduler/daemon/pool_lock.h"
#include "scheduler/store/instances.h"
#include "tests/coordinator/world.h"
#include "tests/support/scratch.h"

namespace rota::test {

/// The real journal, which can be made to fail as a death of its process would: before a commit or right after it.
class MortalJournal final : public store::Journal {
 public:
  enum class When { before, after };
  explicit MortalJournal(std::unique_ptr<store::Journal> real) : real_(std::move(real)) {}

  /// Dies at the first commit that holds such a record.
  void die(When when, std::function<bool(const core::Record&)> at) {
    when_ = when;
    at_ = std::move(at);
  }
  /// Dies at the nth commit of this life, from 1.
  void die_at(When when, int nth) {
    when_ = when;
    nth_ = nth;
  }
  bool dead() const { return dead_; }

  Status commit(const store::Turn& turn) override;
  Status replace(std::span<const core::Record> snapshot) override { return real_->replace(snapshot); }
  Status replay(const std::function<void(const core::Record&)>& each) override { return real_->replay(each); }
  std::uint64_t bytes_since_snapshot() const override { return real_->bytes_since_snapshot(); }
  Result<std::vector<core::RunSummary>> recent(std::size_t limit) override { return real_->recent(limit); }
  Result<core::RunView> view(RunId run, const core::Wanted& wanted = {}) override {
    return real_->view(run, wanted);
  }
  Result<store::Submission> submission(RunId run) override { return real_->submission(run); }
  std::optional<RunId> find_key(std::string_view key, WallTime since) override { return real_->find_key(key, since); }
  RunId highest_run() const override { return real_->highest_run(); }
  Result<store::Pruned> prune(const store::PruneOrder& order) override { return real_->prune(order); }

 private:
  std::unique_ptr<store::Journal> real_;
  When when_ = When::before;
  std::function<bool(const core::Record&)> at_;
  int nth_ = 0, commits_ = 0;
  bool dead_ = false;
};

class Lives {
 public:
  /// Pool workers have one thread each.
  struct Shape {
    std::uint32_t pool = 1, process_slots = 4, launchers = 2;
  };
  Lives() : Lives(Shape{}) {}
  explicit Lives(Shape shape);
  /// Ends the launchers that are left, and fails the test where what the core knows is not sound.
  ~Lives();

  /// The journal of the next life dies at its nth commit.
  void die_in_next_life(MortalJournal::When when, int nth) { death_ = {when, nth}; }
  /// A new life. False: its journal died in the recovery.
  bool begin();
  void drop();
  bool is_alive() const { return life_ != nullptr; }
  void reshape(Shape shape) { shape_ = shape; }

  /// Submitted for the next turn, under the next number.
  RunId submit(const std::string& yaml);
  /// Turns until it is so. False: the time is over, or the journal died.
  bool until(const std::function<bool()>& condition);
  bool until_known();  // nothing of the last life is unaccounted for
  bool until_ended(RunId run);

  daemon::Coordinator& coordinator();
  const core::Scheduler& scheduler() { return coordinator().scheduler(); }
  MortalJournal& journal();
  RecordingObserver& seen() { return seen_; }
  /// Alive or folded.
  core::RunView view(RunId run);
  Outcome outcome(RunId run, std::size_t job = 0) { return outcome_of(view(run), job); }
  bool is_running(RunId run, std::size_t job = 0);
  /// The process of the live attempt; 0 when it does not run.
  int pid_of(RunId run, std::size_t job = 0);

  const World& world() const { return world_; }
  std::string path(const std::string& name) const { return world_.directory + "/" + name; }
  std::string instance() const { return world_.directory + "/state/service"; }
  /// Of launchers and of pool workers that are alive.
  std::vector<int> pids(const std::string& kind);
  std::size_t homes() const;
  /// The captured output of the last attempt of a folded run's job.
  std::string output(RunId run, std::size_t job = 0);

 private:
  struct Life;
  World world_;
  Shape shape_;
  RecordingObserver seen_;
  SystemClock clock_;
  RunId last_ = 0;
  std::optional<std::pair<MortalJournal::When, int>> death_;
  std::unique_ptr<Life> life_;
};

/// Makes the file that somebody waits for.
void touch(const std::string& path);
/// How often a line stands in a file.
std::size_t count_lines(const std::string& path, const std::string& line);
/// A word of YAML: a job's command that marks its start in a file, waits until another file is there, and marks its
/// end.
std::string marked_wait(const std::string& marks, const std::string& until, const std::string& then = "true");

}  // namespace rota::test
