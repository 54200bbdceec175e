// A real `rota-worker launcher` on a socketpair, driven as a coordinator drives it. Fails the test when a deadline
// passes.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "shared/lane/launcher_home.h"
#include "shared/lane/message.h"
#include "shared/lane/packet.h"
#include "shared/output/read.h"
#include "shared/process/spawn.h"
#include "tests/support/scratch.h"

namespace rota::test {

struct LauncherOptions {
  std::uint32_t seat = 1;
  std::uint32_t width = 1;
  std::string tree;  // ROTA_TREE; "none" forces level proc
  std::vector<std::string> env;
  std::uint32_t epoch = 0;  // with one it has a home, and outlives its coordinator
  std::string failpoints;   // see shared/failpoint.h
  int stderr_fd = 2;
};

class LauncherDriver {
 public:
  explicit LauncherDriver(LauncherOptions options = {});
  /// Ends the launcher in order if the test has not, and checks that it left no process behind.
  ~LauncherDriver();

  const lane::up::Hello& hello();
  int pid() const { return child_.pid; }
  bool at_cgroup_level() { return hello().tree_level == "cgroup"; }

  /// An assignment of run 1 that runs the scripted child with these steps. Job n has index n.
  lane::Assignment job(JobIndex n, std::vector<std::string> steps) const;
  void start(lane::Assignment assignment);
  void send(const lane::Down& message);
  void send_raw(std::string_view bytes);
  void hang_up();  // the coordinator is gone
  /// Its next life, with a home: connects, says Hello, and has forgotten all it was told. Does not wait for the answer.
  void reconnect(std::uint32_t epoch);
  const lane::up::Holds& holds();
  void ack(JobIndex n);
  /// Everything that was sent so far has been read when this returns: the answer to a grant that is taken back at once.
  void settle();
  /// The launcher stands still: nothing is read or done until it goes on.
  void freeze();
  void thaw();
  /// Waits until the launcher has closed the connection.
  void wait_cut_off();
  std::string homes() const { return scratch_.path("launchers"); }
  const std::string& home() const { return home_; }
  lane::LauncherAccount account() const;  // as its journal tells it by now
  void end();      // End, and wait for the process to leave

  /// Waits for the word.
  lane::up::Started started(JobIndex n);
  AttemptReport finished(JobIndex n);
  lane::up::Ready ready(JobIndex n);
  /// Waits until the launcher's process has ended.
  process::Exit wait_gone();
  /// Takes what has arrived by now.
  void take_words(int timeout_ms = 0);
  bool is_finished(JobIndex n) const { return finished_.count(n) > 0; }
  bool is_ready(JobIndex n) const { return ready_.count(n) > 0; }
  const std::vector<lane::up::Note>& notes() const { return notes_; }
  const std::vector<lane::up::Output>& outputs() const { return outputs_; }
  /// Each errno that it met, and 0 where that was over.
  const std::vector<std::int32_t>& shortages() const { return shortages_; }
  /// Every word of that kind so far; waits until there are so many.
  const std::vector<lane::up::Frozen>& frozen_words(std::size_t count);
  std::size_t finished_count() const { return finished_.size(); }

  std::string output(const AttemptReport& report, JobIndex n, std::optional<output::Stream> only = {}) const;
  const Scratch& scratch() const { return scratch_; }
  std::string segment() const { return scratch_.path("run.seg"); }

 private:
  void until(const std::function<bool()>& condition, const char* what);
  void note(const lane::up::Hello& m);
  static void note(const lane::up::Progressed&) {}
  static void note(const lane::up::Worn&) {}
  void note(const lane::up::Shortage& m) { shortages_.push_back(m.error); }
  void note(const lane::up::Started& m);
  void note(const lane::up::Ready& m);
  void note(const lane::up::Finished& m);
  void note(const lane::up::Output& m);
  void note(const lane::up::Note& m);
  void note(const lane::up::Frozen& m) { frozen_words_.push_back(m); }
  void note(const lane::up::FinishedMany&) {}
  void note(const lane::up::Holds& m) { holds_ = m; }
  void drop_link();
  Scratch scratch_;
  std::optional<lane::PacketLink> link_;
  process::Child child_;
  bool gone_ = false;
  bool frozen_ = false;
  std::string home_;
  JobIndex next_settler_ = 1'000'000;
  std::optional<lane::up::Holds> holds_;
  std::optional<lane::up::Hello> hello_;
  std::map<JobIndex, lane::up::Started> started_;
  std::map<JobIndex, AttemptReport> finished_;
  std::map<JobIndex, lane::up::Ready> ready_;
  std::vector<lane::up::Note> notes_;
  std::vector<std::int32_t> shortages_;
  std::vector<lane::up::Output> outputs_;
  std::vector<lane::up::Frozen> frozen_words_;
};

AttemptId attempt_of(JobIndex n);

}  // namespace rota::test
