// From errors and outcomes to exit codes.
#include "scheduler/cli/exit_code.h"

#include <cerrno>

namespace rota::cli {
namespace {

// A full disk, a quota, a read-only or foreign directory: the system refused, and says what to change.
bool is_refusal(int os_errno) {
  switch (os_errno) {
    case EACCES:
    case EPERM:
    case EROFS:
    case ENOSPC:
    case EDQUOT:
    case EMFILE:
    case ENFILE:
    case ENOMEM: return true;
    default: return false;
  }
}

}  // namespace

int exit_code(const Error& error) {
  switch (error.code) {
    case Code::invalid: return kExitUsage;
    case Code::not_found: return kExitNotFound;
    case Code::refused: return kExitRefused;
    case Code::unreachable: return kExitUnreachable;
    case Code::system: return is_refusal(error.os_errno) ? kExitRefused : kExitFailed;
    case Code::corrupt:
    case Code::internal: return kExitFailed;
  }
  return kExitFailed;
}

int exit_code(Outcome run_outcome) {
  return run_outcome == Outcome::succeeded || run_outcome == Outcome::skipped ? kExitSuccess : kExitFailed;
}

}  // namespace rota::cli
