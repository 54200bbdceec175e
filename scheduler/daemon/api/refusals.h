// Refusals that several files make, in the same words.
#pragma once

#include <string>

#include "scheduler/control/protocol.h"

namespace rota::daemon {

/// A client of another time; says both versions and what to do.
control::answer::Refused other_protocol(const control::Hello& client);
/// "no such run 99: `rota ps -a` lists them".
Error no_such_run(RunId run);

inline control::Reply refused(Error error, std::string hint = {}) {
  return control::answer::Refused{std::move(error), std::move(hint)};
}

}  // namespace rota::daemon
