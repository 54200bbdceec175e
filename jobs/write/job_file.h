// The other direction of read/load.h: a plan as the job file that would be read as it. Pure.
#pragma once

#include <string>
#include <string_view>

#include "jobs/model/plan.h"

namespace rota::jobs {

/// Parameters and places are resolved in it, as they are in the plan. `above`: lines of comment at its top. Whoever
/// writes it loads it again and compares: not all that a plan can hold can be said in a file.
std::string job_file_text(const Plan& plan, std::string_view above);

/// Whether a job of one plan and one of another do the same, under the same conditions, wherever their files are.
bool same_work(const Plan& a, const Job& x, const Plan& b, const Job& y);

}  // namespace rota::jobs
