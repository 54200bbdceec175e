// The other direction of read/load.h: a plan as the job file that would be read as it. Pure.
#pragma once

#include <string>
#include <string_view>

#include "jobs/model/plan.h"

namespace rota::jobs {

/// Parameters and places are resolved in it, as they are in the plan. `above`: lines of comment at its top. Whoever
/// writes it loads it again and compares: not all that a plan can hold can be said in a file.
std::string job_file_text(const Plan& plan, std::string_view above);

/// The first job that is not the same work under the same conditions in both, or in one of them only, and what of it:
/// "'a' would not have the same needs"; empty: there is none. What is written in a field whose value only a task knows
/// does not count, but its expressions do.
std::string first_difference(Plan a, Plan b);

}  // namespace rota::jobs
