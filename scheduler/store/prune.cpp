// Deleting foreground instances, and the service's runs when it is not running.
#include "scheduler/store/prune.h"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "scheduler/store/aside.h"
#include "scheduler/store/instances.h"
#include "scheduler/store/journal.h"
#include "scheduler/store/layout.h"
#include "scheduler/store/schema.h"

namespace rota::store {
namespace {

/// When its coordinator last wrote: at the end of the run, or when it died.
WallTime last_write(const std::string& directory) {
  WallTime latest;
  const auto journal = journal_path(directory);
  for (const auto& path : {journal, journal + "-wal", directory}) {
    struct stat st {};
    if (path == directory && latest.ns != 0) continue;  // only where there is no journal
    if (::lstat(path.c_str(), &st) == 0)
      latest = std::max(latest, WallTime{std::int64_t{st.st_mtim.tv_sec} * 1'000'000'000 + st.st_mtim.tv_nsec});
  }
  return latest;
}

std::uint64_t captured_bytes(const std::string& instance_directory) {
  std::uint64_t sum = 0;
  std::error_code failed;  // then it counts for less, and stays for longer
  for (std::filesystem::directory_iterator at(output_directory(instance_directory), failed), end; !failed && at != end;
       at.increment(failed)) {
    std::error_code gone;
    if (const auto bytes = at->file_size(gone); !gone) sum += bytes;
  }
  return sum;
}

/// Those of them that the bounds of their name name. Whose journal cannot be read has no name.
Result<std::set<RunId>> named_by(const std::string& root, const NamedOrder& order) {
  auto instances = list_instances(root);
  if (!instances) return instances.error();
  const auto& [keep_runs, keep_for, max_log_bytes] = order.bounds;
  std::set<RunId> out;
  std::uint64_t runs = 0, bytes = 0;
  for (const auto& instance : *instances) {
    const bool is_own = instance.run == order.ending;
    if (instance.live && !is_own) continue;
    if (!is_own) {
      auto reader = open_reader(instance.directory);
      const auto known = reader ? (*reader)->summaries(1) : reader.error();
      if (!known || known->empty() || known->front().name != order.name) continue;
    }
    ++runs;
    if (max_log_bytes) bytes += captured_bytes(instance.directory);
    const bool goes = (keep_runs && runs > *keep_runs) || (max_log_bytes && bytes > *max_log_bytes) ||
                      (keep_for && last_write(instance.directory).ns < order.now.ns - keep_for->count());
    if (goes && !is_own) out.insert(instance.run);
  }
  return out;
}

/// Without a coordinator, newest first, and named by the order. Under the numbers' lock no instance is half made, and a
/// run's coordinator never comes back once it is gone.
Result<Pruned> choose(const std::string& root, const PruneOrder& order, const std::set<RunId>& named) {
  auto guard = lock_numbers(root);
  if (!guard) return guard.error();
  auto instances = list_instances(root);
  if (!instances) return instances.error();
  Pruned out;
  std::size_t finished = 0;
  for (const auto& instance : *instances) {
    if (instance.live) continue;
    ++finished;
    const bool goes = (order.keep_runs && finished > *order.keep_runs) ||
                      (order.ended_before && last_write(instance.directory) < *order.ended_before) ||
                      named.contains(instance.run);
    if (!goes) continue;
    out.runs.push_back(instance.run);
  }
  if (order.at_most && out.runs.size() > order.at_most)
    out.runs.erase(out.runs.begin(), out.runs.end() - order.at_most);
  return out;
}

}  // namespace

Result<Pruned> prune_finished(const std::string& state_root, const PruneOrder& order,
                              const std::optional<NamedOrder>& named) {
  auto folder = NumberedFolder::open(runs_directory(state_root));
  if (!folder) return folder.error().code == Code::not_found ? Result<Pruned>(Pruned{}) : folder.error();
  // Whoever begins a run waits for the lock that `choose` takes: not for this, nor for what comes after, which may take
  // long.
  Result<std::set<RunId>> by_name = std::set<RunId>();
  if (named && named->bounds.any()) by_name = named_by(state_root, *named);
  if (!by_name) return by_name.error();
  auto out = choose(state_root, order, *by_name);
  if (!out) return out;
  for (const RunId run : out->runs) out->bytes += folder->bytes_of(run);
  if (order.dry_run) return out;
  {
    auto guard = lock_numbers(state_root);
    if (!guard) return guard.error();
    for (const RunId run : out->runs) {
      if (auto s = folder->set_aside(run); !s) return s.error();
    }
  }
  auto gone = folder->remove_set_aside();
  if (!gone) return gone.error();
  for (const RunId run : *gone) {  // also those of a prune that was killed
    if (std::find(out->runs.begin(), out->runs.end(), run) == out->runs.end()) out->runs.push_back(run);
  }
  return out;
}

Result<Pruned> prune_service(const std::string& state_root, const PruneOrder& order) {
  auto there = find_service(state_root);
  if (!there) return there.error();
  if (!*there) return Pruned{};
  auto instance = open_service_instance(state_root);
  if (!instance) return instance.error();
  auto journal = open_service_journal(instance->directory);
  if (!journal) return journal.error();
  auto out = (*journal)->prune(order);
  if (!out || order.dry_run) return out;
  if (auto s = remove_set_aside(instance->directory); !s) return s.error();
  return out;
}

Status remove_set_aside(const std::string& instance_directory) {
  auto folder = NumberedFolder::open(output_directory(instance_directory));
  if (!folder) return folder.error().code == Code::not_found ? Status() : Status(folder.error());
  auto gone = folder->remove_set_aside();
  return gone ? Status() : Status(gone.error());
}

}  // namespace rota::store
