// Waiting for something to become true, with a deadline: the only way tests wait for what they cannot be told of.
#pragma once

#include <chrono>
#include <functional>

namespace rota::test {

/// Asks `condition` again and again until it holds or `within` has passed; true when it came to hold. The condition is
/// asked at least twice, the last time after the deadline, so a slow machine does not fail what has in fact happened.
bool eventually(std::chrono::milliseconds within, const std::function<bool()>& condition);

/// For events that surely come on a healthy machine, however loaded.
inline constexpr std::chrono::milliseconds kPatience{30'000};

}  // namespace rota::test
