// What comes back for a Start that no message can hold. Used by both carriers, on the coordinator's side.
#pragma once

#include <cstddef>

#include "shared/lane/message.h"

namespace rota::lane {

/// The attempt was not sent: it ends as Ending::bad_call, with a message that names its bytes and the limit.
up::Finished too_long(const AttemptId& attempt, std::size_t bytes);

}  // namespace rota::lane
