// Where the worker binary is: beside this program, else in libexecdir, else what ROTA_WORKER names.
#pragma once

#include <string>
#include <vector>

#include "shared/result.h"

namespace rota::daemon {

Result<std::string> find_worker_binary();

/// Number of processors this process may run on (its affinity mask), at least 1.
std::uint32_t available_cores();

}  // namespace rota::daemon
