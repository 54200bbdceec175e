// Words of refusal.
#include "scheduler/daemon/api/refusals.h"

#include "shared/text/text.h"

namespace rota::daemon {

control::answer::Refused other_protocol(const control::Hello& client) {
  const auto version = client.version.empty() ? "" : " (version " + text::escape_terminal(client.version) + ")";
  return {fail(Code::refused, "this client" + version + " speaks protocol " + std::to_string(client.protocol) +
                                  ", the coordinator protocol " + std::to_string(control::kControlProtocol)),
          "use programs of one version, or restart rotad"};
}

Error no_such_run(RunId run) {
  return fail(Code::not_found, "no such run " + std::to_string(run) + ": `rota ps -a` lists them");
}

}  // namespace rota::daemon
