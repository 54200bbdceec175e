// The service's log: one line a message, on stderr. On a plain stderr a line is "2026-03-01T12:00:00.123Z info text";
// where stderr goes to the journal (JOURNAL_STREAM names it) it is "<6>text", as the journal has a clock of its own.
// Writing never waits: a line that a slow reader has no room for is dropped, and the next that fits says how many were.
// Errors of writing are passed over: a service whose terminal is closed goes on. Any thread.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "shared/clock.h"

namespace rota::daemon {

class ServiceLog {
 public:
  enum class Level : std::uint8_t { info, warning, error };
  enum class Style : std::uint8_t { plain, colour, journal };

  /// On `fd`, which stays the caller's.
  ServiceLog(int fd, Style style, Clock& clock) : fd_(fd), style_(style), clock_(clock) {}

  void info(std::string_view text) { write(Level::info, text); }
  void warning(std::string_view text) { write(Level::warning, text); }
  void error(std::string_view text) { write(Level::error, text); }

 private:
  void write(Level level, std::string_view text);
  std::string line(Level level, std::string_view text);
  bool send(std::string_view line);

  const int fd_;
  const Style style_;
  Clock& clock_;
  std::mutex mutex_;
  std::uint64_t dropped_ = 0;
};

/// As the descriptor and the environment ("K=V") say: the journal, a terminal that may have colours (NO_COLOR), or
/// else.
ServiceLog::Style log_style(int fd, const std::vector<std::string>& env);

}  // namespace rota::daemon
