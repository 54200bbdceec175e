// `history`: how much is kept of finished runs. The same words in a job file and in the configuration of the service.
#pragma once

#include <cstdint>

#include "jobs/model/plan.h"
#include "jobs/read/reading.h"

namespace rota::jobs {

inline constexpr std::uint32_t kKeepRunsMost = 1'000'000;
inline constexpr std::uint64_t kKeepBytesMost = 1ull << 50;

/// The line that each value stands on; 0: it was not given.
struct HistoryLines {
  std::uint32_t keep_runs = 0, keep_for = 0, max_log_bytes = 0;
};

HistoryLines read_history(Reading& in, NodeAt at, History& out);

}  // namespace rota::jobs
