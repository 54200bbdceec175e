// A coordinator in miniature: one real pool worker process at the other end of real lanes.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "shared/lane/ends.h"
#include "shared/process/spawn.h"

namespace rota::test {

/// An attempt's words, in the order they came.
struct Story {
  bool started = false, ready = false;
  std::int32_t pid = 0;
  std::optional<AttemptReport> report;
};

class PoolDriver {
 public:
  /// Starts `binary pool` with this many threads and waits for its Hello.
  PoolDriver(const std::string& binary, std::uint32_t threads,
             const std::string& segment_path = "/nonexistent/segment");
  ~PoolDriver();
  PoolDriver(const PoolDriver&) = delete;
  PoolDriver& operator=(const PoolDriver&) = delete;

  /// Builders of assignments of run 1, job `n`.
  static lane::Assignment target(std::uint32_t n, Mode mode, const std::string& name, ValueList args = {});
  static lane::Assignment command(std::uint32_t n, Mode mode, std::vector<std::string> argv);

  void start(const lane::Assignment& a);
  void stop(std::uint32_t n, StopCause cause, Duration grace = std::chrono::seconds(10), bool now = false);
  void retract(std::uint32_t n);
  void send(const lane::Down& m) { end_->send(m); }
  void flush() { end_->flush(); }

  /// Serves the lane until the condition holds; false after the deadline or when the worker has died first.
  bool wait(const std::function<bool()>& condition, std::chrono::seconds deadline = std::chrono::seconds(60));
  bool wait_started(std::uint32_t n);
  /// The report of job n; fails the test if it does not come.
  AttemptReport wait_finished(std::uint32_t n);
  /// Waits for the worker's death and drains what it said before.
  process::Exit wait_death();
  void kill(int signo) { process::signal(child_, signo); }

  const Story& story(std::uint32_t n) { return stories_[n]; }
  std::size_t finished() const { return finished_; }
  std::uint64_t output_end() const { return output_end_; }
  const std::vector<std::string>& notes() const { return notes_; }
  /// Each errno for which it could start nothing, and 0 where that was over.
  const std::vector<std::int32_t>& shortages() const { return shortages_; }
  lane::CoordinatorEnd& end() { return *end_; }
  int pid() const { return child_.pid; }

 private:
  bool drain();
  void take(lane::Up& m);
  std::optional<lane::CoordinatorEnd> end_;
  process::Child child_;
  std::vector<Story> stories_;
  std::vector<std::string> notes_;
  std::vector<std::int32_t> shortages_;
  std::size_t finished_ = 0;
  std::uint64_t output_end_ = 0;
  bool greeted_ = false, dead_ = false;
};

}  // namespace rota::test
