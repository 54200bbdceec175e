// Names of signals in job files: TERM, SIGTERM or 15.
#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace rota::jobs {

/// 1..64; nothing for a name or number that is none.
std::optional<int> signal_number(std::string_view text);
/// For suggestions, without SIG.
std::span<const std::string_view> signal_names();

}  // namespace rota::jobs
