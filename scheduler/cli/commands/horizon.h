// All that a command can see of runs: the files of the state root, and the service where it answers. What lives in the
// service is asked for there; the rest is read from files. One thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "scheduler/cli/args.h"
#include "scheduler/cli/commands/contact.h"
#include "scheduler/cli/commands/surroundings.h"
#include "scheduler/control/selector.h"
#include "scheduler/store/history.h"
#include "shared/result.h"

namespace rota::cli {

/// One run, wherever it is.
struct Seen {
  store::Sight sight;                  // `live`: somebody has it in hand and it has not ended
  bool of_service = false;             // else of a `rota run`
  control::answer::Recovery recovery;  // of the service, where it told
  bool ended() const { return sight.view.summary.outcome.has_value(); }
};

/// The runs there are, newest first.
struct Vista {
  std::vector<core::RunSummary> runs;
  std::vector<std::string> warnings;             // for stderr, a line each
  std::vector<RunId> stopped;                    // those of a service that is not running
  std::optional<control::answer::Runs> service;  // what it said of itself; none: it does not answer
};

class Horizon {
 public:
  /// Finds the state root and looks for the service. An error only where no state root can be had, or where the service
  /// that was pointed at keeps its runs elsewhere than was said: a service that does not answer is no error here.
  static Result<Horizon> look(const Invocation& call, const Surroundings& world);

  const std::string& root() const { return root_; }
  const std::string& socket() const { return socket_; }
  const std::string& service_directory() const { return service_directory_; }
  const Surroundings& world() const { return *world_; }

  /// Null: it does not answer.
  Contact* service() const { return service_.get(); }
  /// Why it does not: Code::unreachable with what to do about it.
  const Error& absence() const { return absence_; }
  Result<Contact*> need_service() const;
  /// For stderr where files have to do: a line when a coordinator is there and should have answered; else empty.
  std::string silence() const;
  /// Another connection, for what takes its time.
  Result<std::unique_ptr<Contact>> dial() const { return dial(socket_); }
  Result<std::unique_ptr<Contact>> dial(const std::string& socket) const { return world_->dial(socket); }
  /// Connects again after the service went away.
  Status redial();

  /// Code::not_found in words that say how to find what there is. Of a large run what matters, or what is wanted.
  Result<Seen> see(RunId run, const core::Wanted& wanted = {}) const;
  Result<Vista> survey(store::HistoryFilter filter) const;
  /// The run with the highest number.
  Result<RunId> last() const;
  /// The runs of a selector, oldest first. `all`: every run, or those that have not ended.
  Result<std::vector<RunId>> runs_of(const control::Selector& selector, bool active_only = false) const;

 private:
  explicit Horizon(const Surroundings& world) : world_(&world) {}
  void connect();
  bool runs_here() const;  // somebody holds the service's lock
  Result<Seen> ask_for(RunId run, const core::Wanted& wanted) const;

  const Surroundings* world_;
  std::string root_, socket_, service_directory_;
  std::unique_ptr<Contact> service_;
  Error absence_;
};

/// "no such run 99: `rota ps -a` lists them".
Error no_such_run(RunId run);

}  // namespace rota::cli
