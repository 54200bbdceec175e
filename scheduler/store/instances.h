// The state root and the instance directories in it: who owns which number, who is alive, what is old enough to go.
//   <root>/next       the next run number, under a short lock
//   <root>/runs/R/    one foreground run: lock, journal.db, out/ (segments), sockets
//   <root>/service/   the service: lock, journal.db, out/R/ (segments of run R), launchers/ (see lane/launcher_home.h)
// Any process, any thread; every call stands alone.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "scheduler/store/prune.h"
#include "shared/ids.h"
#include "shared/posix/fd.h"
#include "shared/result.h"

namespace rota::store {

/// An instance directory that this process owns for as long as it keeps `lock` open.
struct Instance {
  RunId run = 0;
  std::string directory;  // absolute
  posix::Fd lock;
};

/// An instance directory as others see it.
struct InstanceEntry {
  RunId run = 0;
  std::string directory;
  bool live = false;  // its lock is held
};

/// Where the state is: `flag` if not empty, else ROTA_STATE_DIR, else $XDG_STATE_HOME/rota, else ~/.local/state/rota,
/// looked up in `env` ("K=V", the caller's environment). Absolute; created with mode 0700. Code::refused when it
/// belongs to another user or when others may write to it.
Result<std::string> state_root(std::string_view flag, std::span<const std::string> env);

/// Takes the next number, makes `<root>/runs/R` and `out/` in it, and holds its lock. A number is never given twice,
/// also across crashes and pruning.
Result<Instance> create_run_instance(const std::string& state_root);

/// Takes the service's instance: makes <root>/service with what lies in it where it is missing, and holds its lock for
/// life, before anything in it is read. `run` is 0. Code::refused "already running, pid N since T", and when a part of
/// it is not ours: a link, a FIFO, another owner, writable by others.
Result<Instance> open_service_instance(const std::string& state_root);

/// The service's instance directory, whether or not there is one.
std::string service_directory(const std::string& state_root);

/// A run number that nobody else has, for a run of the service: durable, never given twice, whoever takes at once.
/// Higher than `above`: what the service's journal knows (Journal::highest_run), should the counter be lost.
Result<RunId> take_run_number(const std::string& state_root, RunId above = 0);
/// The same for who must not wait. None: another process has the lock just now.
Result<std::optional<RunId>> try_take_run_number(const std::string& state_root, RunId above = 0);

/// The service's instance; none when there is none.
Result<std::optional<InstanceEntry>> find_service(const std::string& state_root);

/// Takes an instance's lock for life. Code::refused "already running, pid N since T" when another coordinator has it.
Result<posix::Fd> lock_instance(const std::string& directory);

/// Foreground instances, newest first. No state at all is an empty list.
Result<std::vector<InstanceEntry>> list_instances(const std::string& state_root);

/// The instance of a run, its own or the service's, or Code::not_found with the way to list what there is.
Result<InstanceEntry> find_instance(const std::string& state_root, RunId run);

/// Where an instance's output segments lie.
std::string output_directory(const std::string& instance_directory);
/// Where the segments of a run lie: <service>/out/R for the service's directory, <runs/R>/out for a foreground run's.
std::string output_directory(const std::string& instance_directory, RunId run);
/// Makes that directory, mode 0700; one that is there and ours is fine. Returns its path.
Result<std::string> make_output_directory(const std::string& instance_directory, RunId run);

}  // namespace rota::store
