// Expressions in `run:`. Their values are data: each becomes an environment variable, and the text reads that.
#pragma once

#include <string>
#include <vector>

#include "jobs/model/plan.h"
#include "jobs/read/reading.h"

namespace rota::jobs {

/// "ROTA_X1", "ROTA_X2": names that no `env` may use.
bool is_script_variable(std::string_view name);

/// The text of the scalar with a variable for each expression; a LatePart for each goes to `late`, also where its value
/// is known. Where an expression could be read as shell text it is refused at its place, with what to do instead.
void read_script(Reading& in, NodeAt at, const std::vector<std::string>& shell, RunText& out,
                 std::vector<LatePart>& late);

}  // namespace rota::jobs
