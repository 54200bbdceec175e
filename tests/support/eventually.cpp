// Polling a condition until a deadline.
#include "tests/support/eventually.h"

#include <poll.h>

#include <algorithm>

namespace rota::test {

bool eventually(std::chrono::milliseconds within, const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + within;
  int pause_ms = 1;
  while (std::chrono::steady_clock::now() < deadline) {
    if (condition()) return true;
    ::poll(nullptr, 0, pause_ms);
    pause_ms = std::min(pause_ms * 2, 20);
  }
  return condition();
}

}  // namespace rota::test
