// `rota run -- CMD ARGS`: one command as a plan of one job.
#pragma once

#include <string>
#include <vector>

#include "jobs/model/plan.h"
#include "shared/result.h"

namespace rota::cli {

/// The job is named after the command ("/usr/bin/make" is "make"; what a name cannot hold becomes '_'), runs in
/// `directory` in process mode, argv as it is. Code::invalid when `name` (of the run; may be empty) is no name.
Result<jobs::Plan> plan_of_command(const std::vector<std::string>& argv, const std::string& directory,
                                   const std::string& name);

/// The nearest valid name to any text: "make" to "make", "7" to "job-7", "" to "command".
Name name_like(std::string_view text);

}  // namespace rota::cli
