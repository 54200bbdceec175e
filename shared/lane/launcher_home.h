// The home of a launcher that outlives its coordinator: <instance>/launchers/<seat>.<generation>/ with
//   lock     held (open file description) for the launcher's life: taken by the coordinator before the spawn and passed
//   socket   SOCK_SEQPACKET, bound and listening before the spawn, and passed: a later coordinator connects to it
//   journal  what the launcher started and what ended: written before the fork and before telling anybody, not synced
//            (it outlives processes, not power)
// Homes are made, listed and removed by coordinators; a journal has one writer, the launcher.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "shared/ids.h"
#include "shared/outcome.h"
#include "shared/posix/fd.h"
#include "shared/result.h"

namespace rota::lane {

struct LauncherHome {
  WorkerId worker;
  std::string directory;
  posix::Fd lock, listener;  // whoever spawned the launcher closes both: while any copy is open it counts as alive
};
/// Makes <parent>/<seat>.<generation> (0700), takes its lock and listens on its socket. Whatever its path's length.
/// Makes the parent too. Code::refused: that home exists.
Result<LauncherHome> make_launcher_home(const std::string& parent, WorkerId worker);

struct LauncherHomeEntry {
  WorkerId worker;
  std::string directory;
  bool alive = false;  // its lock is held
};
/// By seat and generation. No parent is an empty list. What is not named like a home is passed over.
Result<std::vector<LauncherHomeEntry>> list_launcher_homes(const std::string& parent);

/// A connection to a living launcher, non-blocking. Code::unreachable when nobody listens; Code::refused when too many
/// wait at its door already: try again.
Result<posix::Fd> connect_to_launcher(const std::string& directory);

/// One that is not there is removed already.
Status remove_launcher_home(const std::string& directory);

/// The launcher's side of its journal. One thread. A call that fails has written nothing, and may be made again.
class LauncherJournal {
 public:
  /// Code::system with EEXIST: there is one already.
  static Result<LauncherJournal> create(const std::string& directory);
  /// Before the fork. An error: do not start it.
  Status started(AttemptId attempt);
  /// It could not be started after all, and may be later.
  Status withdrawn(AttemptId attempt);
  /// Before anybody is told. The report is kept until it is acked. Also of one that was never started.
  Status ended(AttemptId attempt, const AttemptReport& report, bool was_ready = false);
  /// Known for good elsewhere. The file is rewritten without what was acked when that pays.
  Status acked(AttemptId attempt);

 private:
  LauncherJournal(posix::Fd directory, posix::Fd file, std::string path, std::uint64_t size);
  Status append(const std::string& frame);
  Status rewrite();
  void keep(AttemptId attempt, std::string frame);
  void forget(AttemptId attempt);

  posix::Fd directory_, file_;
  std::string path_;
  std::uint64_t size_;                      // of whole frames
  bool torn_ = false;                       // a write failed half way: to be cut off before the next
  std::map<AttemptId, std::string> alive_;  // the frames that still count
  std::uint64_t alive_bytes_ = 0;
  std::uint64_t rewrite_past_;  // bytes that no longer count
};

/// What a launcher left in its journal; a torn tail is what was never told.
struct LauncherAccount {
  std::vector<AttemptId> begun;                           // started, no end known; ascending
  std::vector<std::pair<AttemptId, AttemptReport>> ended;  // oldest first; may have been told and acked already
  std::vector<AttemptId> ready;                            // those of `ended` that had become ready; ascending
};
/// Of a launcher that is dead. No home or no journal: it did nothing. Code::corrupt: what it started cannot be known
/// from this file, so everything that it was granted must count as begun.
Result<LauncherAccount> read_launcher_account(const std::string& directory);

}  // namespace rota::lane
