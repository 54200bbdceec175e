// What a launcher must answer for: every attempt that it has started, until its end is acknowledged. With a journal, so
// that it can be told by others when the launcher is dead. A launcher without a home remembers nothing: who could ask
// dies with it. One thread.
#pragma once

#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "shared/clock.h"
#include "shared/lane/launcher_home.h"
#include "shared/lane/message.h"

namespace rota::worker {

class Account {
 public:
  explicit Account(std::optional<lane::LauncherJournal> journal) : journal_(std::move(journal)) {}

  /// Before the fork. An error: it may not be started now.
  Status begin(const AttemptId& attempt);
  /// The fork did not happen, for a reason that passes.
  void withdraw(const AttemptId& attempt);
  void started(const lane::up::Started& word);
  void ready(const AttemptId& attempt);
  /// Before anybody is told. Also of what could not be started.
  void end(const AttemptId& attempt, const AttemptReport& report, Instant now);
  /// What has not ended yet stays.
  void ack(const AttemptId& attempt);

  std::size_t unacked() const { return unacked_; }
  std::vector<AttemptId> attempts() const;
  /// Everything that was said of them, in an order that makes sense, again.
  template <class Say>
  void repeat(Say say) const;

  /// The disk did not take an end: tries again when due. All ends are in the journal when it is whole().
  void step(Instant now);
  std::optional<Instant> due() const { return retry_; }
  bool whole() const { return !retry_; }
  /// The first error of the journal since it was last whole; told once.
  std::optional<Error> take_trouble() { return std::exchange(trouble_, std::nullopt); }

 private:
  struct Entry {
    std::optional<lane::up::Started> started;
    bool ready = false;
    std::optional<AttemptReport> report;
    bool written = true;
  };
  bool write(const AttemptId& attempt, Entry& entry);

  std::optional<lane::LauncherJournal> journal_;
  std::map<AttemptId, Entry> entries_;
  std::size_t unacked_ = 0;
  std::optional<Instant> retry_;
  std::optional<Error> trouble_;
};

template <class Say>
void Account::repeat(Say say) const {
  for (const auto& [attempt, entry] : entries_) {
    if (entry.started) say(*entry.started);
    if (entry.ready) say(lane::up::Ready{attempt});
    if (entry.report) say(lane::up::Finished{attempt, *entry.report});
  }
}

}  // namespace rota::worker
