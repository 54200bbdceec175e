// A checked expression as it would be written in a job file, without the `${{ }}` around it. Pure.
#pragma once

#include <string>

#include "jobs/model/plan.h"

namespace rota::jobs {

/// Of a job of this plan. Read again in its place it is the same expression.
std::string formula_text(const Formula& formula, const Plan& plan);

/// The text of a `run` with its expressions in it, as it was in the file.
std::string script_text(const Job& job, const Plan& plan);

}  // namespace rota::jobs
