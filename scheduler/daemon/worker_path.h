// Where the worker binary is: beside this program, else in libexecdir, else what ROTA_WORKER names.
#pragma once

#include <string>
#include <vector>

#include "jobs/model/plan.h"
#include "shared/result.h"

namespace rota::daemon {

Result<std::string> find_worker_binary();

/// The words that start this run's interpreter of Python as a worker. Where this installation has no part for it, the
/// words fail by themselves: the program that they name is not there.
std::vector<std::string> python_of(const jobs::Plan& plan);

/// Number of processors this process may run on (its affinity mask), at least 1.
std::uint32_t available_cores();

}  // namespace rota::daemon
