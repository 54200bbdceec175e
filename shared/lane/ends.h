// The two ends of a pool worker's lanes: what the coordinator holds and what the worker holds. Both are used by one
// thread of their process; nothing here blocks. README.md tells the bytes and the protocol.
//
// A turn with an end: awake(); receive() until false; send() what there is to say; flush(); and when about_to_sleep()
// says true, wait until bell() is readable. A send that the ring cannot take waits in a private outbox; the bell rings
// when there is room again, and the next flush() goes on.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "shared/ids.h"
#include "shared/lane/blame.h"
#include "shared/lane/duplex.h"
#include "shared/lane/message.h"
#include "shared/lane/region.h"
#include "shared/result.h"

namespace rota::lane {

/// One per pool worker. The coordinator's thread only.
class CoordinatorEnd {
 public:
  /// Code::system with ENOSPC, EFBIG, ENOMEM or EMFILE when the machine has no room for another worker.
  static Result<CoordinatorEnd> create(WorkerId worker, std::uint32_t threads);

  /// {ours, number in the child} for the spawn of the worker; see lane::descriptor.
  std::vector<std::pair<int, int>> descriptors() const;
  /// The child has its descriptors: closes what only it needs.
  void spawned();

  /// Never fails and never blocks. A Start that is longer than limits::kLaneMessageBytes is not sent: it comes back
  /// from receive() as Finished(bad_call).
  void send(const Down& m);
  void flush();
  /// False: nothing now. Code::corrupt for good: kill the worker. Besides bad bytes that is any word about an attempt
  /// that is not in flight at this worker, a second Started or Finished, or a first word that is not a fitting Hello.
  Result<bool> receive(Up& m);

  int bell() const { return lanes_->duplex.bell(); }
  bool about_to_sleep() { return refused_.empty() && apart_.empty() && lanes_->duplex.about_to_sleep(); }
  void awake() { lanes_->duplex.awake(); }
  bool has_message() { return !refused_.empty() || !apart_.empty() || lanes_->duplex.has_message(); }
  bool wants_flush() const { return lanes_->duplex.wants_flush(); }

  /// After the worker's death and after receive() has said false: attempts that had begun and not ended. What was sent
  /// and is neither here nor finished has never begun.
  std::vector<AttemptId> begun() const;
  /// The attempt whose code took a deadly signal, if the crash handler could write it down.
  std::optional<Guilty> guilty() const;
  /// Likewise, of a worker that ended by itself: what was running.
  std::vector<AttemptId> suspects() const;
  /// Where the thread was that took the signal, line by line; not to be trusted. Empty: nothing was written down.
  std::string trace() const;
  /// What a living worker's loop is at; none: no attempt's code is on it now.
  std::optional<OnLoop> on_loop() const;
  /// Sent and not finished.
  std::size_t in_flight() const { return in_flight_.size(); }

 private:
  struct Lanes {
    Region a, b;
    Duplex duplex;
    posix::Fd note;  // for the crash handler
  };
  enum class Heard : std::uint8_t { nothing, started };
  CoordinatorEnd(WorkerId worker, std::unique_ptr<Lanes> lanes) : worker_(worker), lanes_(std::move(lanes)) {}
  Result<bool> receive_checked(Up& m);
  Status check_identity() const;
  Status check(const Up& m);
  Status check_started(AttemptId attempt);
  Status take_apart(const up::FinishedMany& many);
  void take_back(const up::FinishedMany& many, const up::FinishedMany::End& lie);
  bool next_apart(Up& m);
  WorkerId worker_;
  std::unique_ptr<Lanes> lanes_;
  boost::unordered_flat_map<AttemptId, Heard, std::hash<AttemptId>> in_flight_;
  std::vector<Up> refused_;
  std::vector<Up> apart_;     // of a FinishedMany, oldest first
  std::size_t apart_at_ = 0;  // the next of them
  std::string scratch_;
  bool greeted_ = false;
  std::optional<Error> breach_;
};

/// The worker's side. The loop's thread only, except where said.
class WorkerEnd {
 public:
  /// Descriptors as received, owned from here on.
  struct Descriptors {
    posix::Fd lane_to_worker, lane_to_coordinator, bell_to_worker, bell_to_coordinator;
  };
  /// Descriptors at the numbers of lane::descriptor.
  static Descriptors inherited();
  /// Checks seals, sizes, magic, layout and identity before anything is used (Code::corrupt), and signs the own region.
  static Result<WorkerEnd> attach(WorkerId worker, Descriptors fds);

  std::int32_t coordinator_pid() const { return coordinator_pid_; }

  /// At most limits::kLaneMessageBytes; every message of a worker is far below.
  void send(const Up& m);
  void flush();
  Result<bool> receive(Down& m);

  int bell() const { return lanes_->duplex.bell(); }
  bool about_to_sleep() { return lanes_->duplex.about_to_sleep(); }
  void awake() { lanes_->duplex.awake(); }
  bool has_message() { return lanes_->duplex.has_message(); }
  bool wants_flush() const { return lanes_->duplex.wants_flush(); }

  /// A ledger entry for an attempt that may begin; empty: full, start nothing more now.
  std::optional<std::uint32_t> claim() { return lanes_->ledger.claim(); }
  /// By the thread that is about to run the attempt's code.
  void begun(std::uint32_t entry, AttemptId attempt) { lanes_->ledger.write(entry, attempt); }
  /// After send() of the attempt's Finished: the entry is released once that can be seen.
  void ended(std::uint32_t entry) { ended_.push_back(entry); }
  /// Slot 0 is the loop's; at most kSlots.
  Blame blame(std::uint32_t slot) const;

 private:
  struct Lanes {
    Region a, b;
    Duplex duplex;
    Ledger ledger;
  };
  WorkerEnd(std::unique_ptr<Lanes> lanes, std::int32_t coordinator)
      : lanes_(std::move(lanes)), coordinator_pid_(coordinator) {}
  std::unique_ptr<Lanes> lanes_;
  std::int32_t coordinator_pid_;
  std::vector<std::uint32_t> ended_;
  std::string scratch_;
};

}  // namespace rota::lane
