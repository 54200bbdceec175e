// Where every job of a run stands, kept up to date by its records: O(1) a record, so that 100,000 jobs cost no more a
// turn than what happened in it. Pure; one thread.
#pragma once

#include <cstdint>
#include <vector>

#include "scheduler/core/record.h"
#include "scheduler/core/view.h"
#include "shared/progress.h"

namespace rota::cli {

class Board {
 public:
  enum class Phase : std::uint8_t { waiting, starting, running, stopping, backoff, ended };
  struct Place {
    Phase phase = Phase::waiting;
    Outcome outcome = Outcome::succeeded;  // when ended
    bool superseded = false;               // an earlier attempt really ran
    Reason reason;                         // when ended
    Instant started, ended;                // of the latest attempt; 0: not
    Instant due;                           // of a backoff
    std::uint32_t attempt = 0;
    Progress progress = kProgressUnknown;  // of that attempt; of many tasks it is not told
    std::uint32_t taken_back = 0;  // attempts so far that never started, and are no tries to anybody
    // Of an array or matrix the phase is that of all its tasks together, and these count them.
    std::uint32_t tasks = 1, ended_tasks = 0, failed_tasks = 0, running_tasks = 0;
  };

  /// So many jobs of one task each.
  explicit Board(std::size_t jobs) : Board(std::vector<std::uint32_t>(jobs, 1)) {}
  explicit Board(const std::vector<std::uint32_t>& tasks);

  void apply(const core::Record& record);

  const Place& operator[](JobIndex job) const { return places_[job]; }
  std::size_t size() const { return places_.size(); }  // jobs
  std::size_t tasks() const { return counts_.total; }
  std::size_t ended() const { return counts_.ended(); }  // tasks
  std::size_t running() const { return running_; }
  /// Ended badly: failed, timed out, crashed, out of memory, lost.
  std::size_t failed() const;
  const core::Counts& counts() const { return counts_; }
  bool stopping() const { return stopping_; }
  /// Jobs with a live attempt, the longest running first, at most `n`. O(running).
  std::vector<JobIndex> longest_running(std::size_t n) const;

 private:
  static constexpr std::uint32_t kNowhere = ~0u;
  void begin(const TaskId& task, Phase phase, std::uint32_t attempt, Instant at);
  void end(const TaskId& task, std::uint32_t count, Outcome outcome, Reason reason, Instant at);
  void leave(JobIndex job);
  void enter(JobIndex job);
  void on(const core::record::Granted& r);
  void on(const core::record::Started& r);
  void on(const core::record::Progressed& r);
  void on(const core::record::StopAsked& r);
  void on(const core::record::AttemptEnded& r);
  void on(const core::record::BackoffOver& r);
  void on(const core::record::TaskEnded& r);
  void on(const core::record::RunStopping& r);
  template <class R>
  void on(const R& r) {
    if constexpr (requires { r.tasks.count; r.outcome; })  // tasks that lie side by side
      end({r.run, r.tasks.job, r.tasks.first}, r.tasks.count, r.outcome, r.reason, r.at);
  }

  std::vector<Place> places_;
  std::vector<std::uint32_t> alive_at_;  // position in alive_, or kNowhere
  std::vector<JobIndex> alive_;
  core::Counts counts_;  // only what has ended is kept here
  std::size_t running_ = 0;
  bool stopping_ = false;
};

/// Whether an outcome is a failure of the job itself (not for want of others, not by a wish).
inline bool is_failure(Outcome o) {
  return o == Outcome::failed || o == Outcome::timed_out || o == Outcome::crashed || o == Outcome::oom ||
         o == Outcome::lost;
}

}  // namespace rota::cli
