// The home of a launcher that outlives its coordinator: <instance>/launchers/<seat>.<generation>/ with
//   lock     held (open file description) for the launcher's life: taken by the coordinator before the spawn and passed
//   socket   SOCK_SEQPACKET, bound and listening before the spawn, and passed: a later coordinator connects to it
//   journal  what the launcher started and what ended: written before the fork and before telling anybody, not synced
//            (it outlives processes, not power)
// Homes are made, listed and removed by coordinators; a journal has one writer, the launcher.
#pragma once

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
  posix::Fd lock, listener;
};
/// Makes <parent>/<seat>.<generation> (0700), takes its lock and listens on its socket. Whatever its path's length.
Result<LauncherHome> make_launcher_home(const std::string& parent, WorkerId worker);

struct LauncherHomeEntry {
  WorkerId worker;
  std::string directory;
  bool alive = false;  // its lock is held
};
/// By seat and generation. No parent is an empty list. What is not named like a home is passed over.
Result<std::vector<LauncherHomeEntry>> list_launcher_homes(const std::string& parent);

/// A connection to a living launcher, non-blocking. Code::unreachable when nobody listens.
Result<posix::Fd> connect_to_launcher(const std::string& directory);

Status remove_launcher_home(const std::string& directory);

/// The launcher's side of its journal. One thread.
class LauncherJournal {
 public:
  static Result<LauncherJournal> create(const std::string& directory);
  /// Before the fork. An error: do not start it.
  Status started(AttemptId attempt);
  /// Before anybody is told. The report is kept until it is acked.
  Status ended(AttemptId attempt, const AttemptReport& report);
  /// Known for good elsewhere. The file is rewritten without what was acked when that pays.
  Status acked(AttemptId attempt);

 private:
  explicit LauncherJournal(std::string directory) : directory_(std::move(directory)) {}
  std::string directory_;
};

/// What a launcher left in its journal; a torn tail is what was never told.
struct LauncherAccount {
  std::vector<AttemptId> begun;                           // started, no end known; ascending
  std::vector<std::pair<AttemptId, AttemptReport>> ended;  // oldest first; may have been told and acked already
};
Result<LauncherAccount> read_launcher_account(const std::string& directory);

}  // namespace rota::lane
