// How a report says that output could not be kept, for readers who tell that from output beyond its cap.
#pragma once

#include <string>
#include <string_view>

#include "shared/outcome.h"

namespace rota::output {

inline constexpr std::string_view kLost = "output was lost: ";

/// Where the report has nothing else to say.
inline void report_loss(AttemptReport& report, const std::string& note) {
  if (report.message.empty()) report.message = note;
}

/// Why output is missing: the cap, unless the report knows better.
inline std::string why_dropped(const AttemptReport& report) {
  const std::string_view message = report.message;
  return message.starts_with(kLost) ? "lost: " + std::string(message.substr(kLost.size())) : "dropped by log.max_bytes";
}

}  // namespace rota::output
