// One look of a probe, each bounded by an instant. They block: for threads of Probes.
#pragma once

#include <string>
#include <vector>

#include "shared/clock.h"
#include "shared/process/spawn.h"
#include "shared/result.h"

namespace rota::daemon {

/// `over`: a descriptor that becomes readable when nobody wants to know any more; below 0: none.
Status look_at_tcp(const std::string& address, Instant until, int over);
/// One GET by HTTP/1.1, without TLS; what answers 200 to 399 serves.
Status look_at_http(const std::string& url, Instant until, int over);
Status look_at_file(const std::string& path, const std::string& working_dir);

/// `exec`: a command in a session of its own, whose output goes nowhere.
class ProbeCommand {
 public:
  Status start(const std::vector<std::string>& argv, const std::vector<std::string>& env,
               const std::string& working_dir);
  int pid() const { return child_.pid; }
  /// False: it has not ended by then. In either case nothing of its session lives on.
  bool wait(Instant until, int over);
  /// Once, after wait(): reaps it. Its number is its own until then.
  Status end(bool in_time);

 private:
  void clear_session();

  process::Child child_;
};

}  // namespace rota::daemon
