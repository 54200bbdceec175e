// The one thread that reads and validates job files, so that the loop never does. A request goes over with its sealed
// file; what came of it comes back by a call from the loop. In the order of the requests.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <thread>
#include <variant>

#include "jobs/model/plan.h"
#include "scheduler/control/protocol.h"
#include "scheduler/daemon/loop.h"
#include "shared/posix/fd.h"

namespace rota::daemon {

/// A plan; or what is wrong with the file, as a compiler would say it; or why it could not be read.
using Loaded = std::variant<jobs::Plan, control::answer::Invalid, Error>;

class Loader {
 public:
  using Then = std::function<void(Loaded)>;

  /// `python`: the interpreter of files that name none; empty: as the PATH of their caller has it.
  static Result<std::unique_ptr<Loader>> create(Loop& loop, std::string python);
  /// Gives up the file that is being read and forgets those behind it; waits at most for a large plan's last checks.
  ~Loader();
  Loader(const Loader&) = delete;
  Loader& operator=(const Loader&) = delete;

  /// `file` was checked by control::check_sealed_file.
  void load(control::ask::Submit what, posix::Fd file, Then then);

 private:
  struct Shared;
  struct Job {
    control::ask::Submit what;
    posix::Fd file;
  };
  Loader(Loop& loop, std::unique_ptr<Shared> shared);
  static void work(Shared& shared);
  void collect();

  Loop& loop_;
  std::unique_ptr<Shared> shared_;
  std::deque<Then> waiting_;  // in the order of the requests
  std::thread thread_;
};

}  // namespace rota::daemon
