// The message of an attempt that is too large to be told.
#include "shared/lane/too_long.h"

#include "shared/limits.h"

namespace rota::lane {

up::Finished too_long(const AttemptId& attempt, std::size_t bytes) {
  up::Finished f{attempt, {}};
  f.report.ending.kind = Ending::Kind::bad_call;
  f.report.message = "arguments, environment, input and secrets (which count twice) take " + std::to_string(bytes) +
                     " bytes together, the limit is " + std::to_string(limits::kLaneMessageBytes) +
                     " (lane_message_bytes); pass large data by a file";
  return f;
}

}  // namespace rota::lane
