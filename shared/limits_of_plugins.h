// The limits of plugins: libraries with targets of the user's own. Shown with all others.
#pragma once

#include <cstdint>

namespace rota::limits {

inline constexpr std::uint64_t kPluginTargets = 1000;         // of one plugin
inline constexpr std::uint64_t kPluginParameters = 64;        // of one of its targets
inline constexpr std::uint64_t kPluginWordBytes = 64;         // the name of a target or parameter
inline constexpr std::uint64_t kPluginTableBytes = 4u << 20;  // what a plugin tells of its targets, as JSON
inline constexpr std::uint64_t kPluginSeconds = 10;           // to load one and to be told what it offers
inline constexpr std::uint64_t kPythonResultBytes = 1u << 20;  // one value that a function in Python leaves

}  // namespace rota::limits
