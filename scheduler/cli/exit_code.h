// Exit codes of `rota`: tested, never changed.
#pragma once

#include "shared/outcome.h"
#include "shared/result.h"

namespace rota::cli {

inline constexpr int kExitSuccess = 0;   // all succeeded; a query that answered
inline constexpr int kExitFailed = 1;    // something failed, was cancelled or timed out; or Rota itself could not go on
inline constexpr int kExitUsage = 2;     // usage, or an invalid file
inline constexpr int kExitNotFound = 3;  // no such run, job or file
inline constexpr int kExitUnreachable = 4;  // no coordinator answers
inline constexpr int kExitRefused = 5;      // permission, a limit, a full queue
inline constexpr int kExitWaitTimeout = 124;

int exit_code(const Error& error);
/// Of a run by how it ended: skipped and continue_on_error are already part of its outcome.
int exit_code(Outcome run_outcome);

}  // namespace rota::cli
