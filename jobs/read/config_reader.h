// The configuration file of the service: its keys, their bounds, and what a file says of them. Any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "jobs/read/history_reader.h"
#include "jobs/read/load.h"
#include "shared/clock.h"
#include "shared/result.h"

namespace rota::jobs {

/// A value and the line it stands on; 0: it is from no file.
template <class T>
struct Placed {
  T value{};
  std::uint32_t line = 0;
};
template <class T>
using Given = std::optional<Placed<T>>;

/// What was said, and nothing else: defaults are the reader's.
struct ServiceConfig {
  Given<std::uint32_t> pool, threads, process_slots, launchers, command_slots, async_slots;
  Given<std::uint32_t> keep_runs;  // history.keep_runs and so on
  Given<Duration> keep_for;
  Given<std::uint64_t> max_log_bytes;
  Given<std::uint64_t> log_max_bytes;
  Given<Duration> stop_grace;
  Given<std::string> python;  // an interpreter, absolute
};

/// The keys that take a whole number, with their bounds: the same for flags.
struct CountKey {
  std::string_view name;
  std::uint32_t least, most;
  Given<std::uint32_t> ServiceConfig::*member;
};
std::span<const CountKey> count_keys();
inline constexpr std::uint64_t kConfigBytesMost = kKeepBytesMost;  // of a setting that is a size

/// Opens without following a FIFO into a hang: a regular file of at most limits::kConfigBytes.
Result<Source> read_config_file(const std::string& path);

using LoadedConfig = std::variant<ServiceConfig, std::vector<Diagnostic>>;
/// Strict like a job file: unknown and repeated keys are refused. A file without any is fine. Never throws.
LoadedConfig load_config(const Source& source);

}  // namespace rota::jobs
