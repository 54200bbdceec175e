// An action in one line, for plans and tables.
#pragma once

#include <string>

#include "jobs/model/plan.h"

namespace rota::jobs {

/// "run: make all ...", "command: /bin/echo 'two words'", "target: print_numbers". Safe for a terminal, at most
/// `most_bytes` of the action's own text (and "..." behind it).
std::string describe(const Action& action, std::size_t most_bytes = 72);

}  // namespace rota::jobs
