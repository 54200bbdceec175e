// Reading back what one attempt wrote. Any process.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "shared/output/segment.h"

namespace rota::output {

/// Calls `take` for every chunk of this attempt within the range that its OutputRef names, in order; chunks of others
/// that lie between are passed over. `only`: one stream. `take` returns false to stop early.
Status read_attempt(const std::string& path, AttemptId attempt, const OutputRef& where, std::optional<Stream> only,
                    const std::function<bool(const Chunk&)>& take);

}  // namespace rota::output
