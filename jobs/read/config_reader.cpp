// The keys of the configuration file.
#include "jobs/read/config_reader.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <array>
#include <filesystem>

#include "jobs/read/bytes.h"
#include "jobs/read/fields.h"
#include "jobs/read/findings.h"
#include "jobs/read/history_reader.h"
#include "jobs/read/python_reader.h"
#include "jobs/read/reading.h"
#include "jobs/read/yaml_tree.h"
#include "shared/limits.h"
#include "shared/posix/fd.h"

namespace rota::jobs {
namespace {

using Kind = Node::Kind;

constexpr auto kCounts = std::to_array<CountKey>({
    {"pool", 1, limits::kPoolWorkers, &ServiceConfig::pool},
    {"threads", 1, limits::kThreadSlots, &ServiceConfig::threads},
    {"process_slots", 1, limits::kProcessSlots, &ServiceConfig::process_slots},
    {"launchers", 1, limits::kProcessSlots / limits::kLauncherAttempts, &ServiceConfig::launchers},
    {"command_slots", 1, limits::kCommandSlots, &ServiceConfig::command_slots},
    {"async_slots", 1, limits::kAsyncSlots, &ServiceConfig::async_slots},
});

struct ConfigReader {
  Reading& in;
  ServiceConfig& out;
};

template <class T, class From>
void put(ConfigReader& r, NodeAt at, Given<T>& into, const std::optional<From>& value) {
  if (value) into = Placed<T>{static_cast<T>(*value), r.in.place(at).line};
}

template <std::size_t I>
void read_count(ConfigReader& r, NodeAt n) {
  const auto& key = kCounts[I];
  put(r, n, r.out.*key.member, r.in.integer(n, key.name, key.least, key.most));
}

template <class T>
void put_kept(Given<T>& into, const std::optional<T>& value, std::uint32_t line) {
  if (value) into = Placed<T>{*value, line};
}

void read_history_of_all(ConfigReader& r, NodeAt n) {
  History kept;
  const auto lines = read_history(r.in, n, kept);
  put_kept(r.out.keep_runs, kept.keep_runs, lines.keep_runs);
  put_kept(r.out.keep_for, kept.keep_for, lines.keep_for);
  put_kept(r.out.max_log_bytes, kept.max_log_bytes, lines.max_log_bytes);
}

const Field<ConfigReader> kFields[] = {
    {kCounts[0].name, read_count<0>},
    {kCounts[1].name, read_count<1>},
    {kCounts[2].name, read_count<2>},
    {kCounts[3].name, read_count<3>},
    {kCounts[4].name, read_count<4>},
    {kCounts[5].name, read_count<5>},
    {"history", read_history_of_all},
    {"log_max_bytes",
     [](ConfigReader& r, NodeAt n) {
       put(r, n, r.out.log_max_bytes, r.in.size(n, "log_max_bytes", 1, kConfigBytesMost));
     }},
    {"stop_grace",
     [](ConfigReader& r, NodeAt n) { put(r, n, r.out.stop_grace, r.in.duration(n, "stop_grace", Duration::zero())); }},
    {"python",
     [](ConfigReader& r, NodeAt n) {
       if (auto found = read_python(r.in, n); !found.empty()) r.out.python = {std::move(found), r.in.place(n).line};
     }},
};
static_assert(kCounts.size() == 6, "one line of kFields each");

/// Of a file: where its relative paths begin.
std::string folder_of(const std::string& path) {
  std::error_code error;
  return std::filesystem::absolute(path, error).parent_path().string();
}

}  // namespace

std::span<const CountKey> count_keys() { return kCounts; }

Result<Source> read_config_file(const std::string& path) {
  auto fd = posix::open_file(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
  if (!fd) return fd.error();
  struct stat about {};
  if (::fstat(fd->get(), &about) != 0) return system_error("cannot look at the configuration file", path);
  if (!S_ISREG(about.st_mode)) return fail(Code::invalid, "this is not a regular file; give the path of one", path);
  auto bytes = posix::read_all(fd->get(), limits::kConfigBytes, path);
  if (!bytes) return bytes.error();
  return Source{path, std::move(*bytes)};
}

LoadedConfig load_config(const Source& source) {
  Findings findings;
  ServiceConfig config;
  if (check_bytes(source.bytes, findings)) {
    if (const auto tree = parse_yaml(source.bytes, findings, kConfigWords)) {
      Reading reading(*tree, source.bytes, folder_of(source.path), findings);
      ConfigReader reader{reading, config};
      read_fields(reading, tree->root, kFields, {.inside = {}, .own_keys = true}, reader);
    }
  }
  if (!findings.empty()) return std::move(findings).finish(source.bytes);
  return config;
}

}  // namespace rota::jobs
