// What the service was told to be: from flags, the configuration file, or the machine's measure. Plain values.
#pragma once

#include <cstdint>
#include <string>

#include "shared/clock.h"

namespace rota::control {

/// A setting and where it came from, for `rota doctor`: "default", "--threads", "/etc/rota/config.yaml:3".
template <class T>
struct Setting {
  T value{};
  std::string origin = "default";
};

/// 0 means: by the machine's measure (see JOBFILE's slots).
struct ServiceSettings {
  Setting<std::uint32_t> pool;            // pool workers
  Setting<std::uint32_t> threads;         // threads of each
  Setting<std::uint32_t> process_slots;   // process attempts at once
  Setting<std::uint32_t> launchers;
  Setting<std::uint32_t> command_slots;   // commands under thread and async at once; 0: 16 x cores
  Setting<std::uint32_t> async_slots;     // of each pool worker
  Setting<std::uint32_t> keep_runs{100};  // history: finished runs
  Setting<Duration> keep_for{std::chrono::hours(24 * 30)};
  Setting<std::uint64_t> max_log_bytes{1ull << 30};  // of all captured output
  Setting<std::uint64_t> log_max_bytes;   // of one attempt; 0: limits::kLogBytesPerAttempt
  Setting<Duration> stop_grace{std::chrono::seconds(10)};
  Setting<std::string> python;  // the interpreter of job files that name none; empty: python3 on the caller's PATH
};

/// Where the service's things are.
struct ServicePlaces {
  std::string state_directory;  // the state root, absolute
  std::string socket;           // absolute
  std::string config_file;      // empty: there is none
};

}  // namespace rota::control
