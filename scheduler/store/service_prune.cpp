// Choosing runs to forget, and their output directories.
#include "scheduler/store/service_prune.h"

#include <optional>
#include <utility>

#include "scheduler/store/aside.h"
#include "scheduler/store/instances.h"

namespace rota::store {
namespace {

/// No output directory yet is like an empty one.
Result<std::optional<NumberedFolder>> outputs_of(const std::string& instance_directory) {
  auto folder = NumberedFolder::open(output_directory(instance_directory));
  if (folder) return std::optional(std::move(*folder));
  if (folder.error().code == Code::not_found) return std::optional<NumberedFolder>();
  return folder.error();
}

class Choice {
 public:
  explicit Choice(const PruneOrder& order) : order_(order) {}
  /// Whether the next older run goes.
  bool goes(WallTime ended, std::uint64_t bytes) {
    ++runs_;
    bytes_ += bytes;
    return (order_.keep_runs && runs_ > *order_.keep_runs) || (order_.keep_bytes && bytes_ > *order_.keep_bytes) ||
           (order_.ended_before && ended < *order_.ended_before);
  }

 private:
  const PruneOrder& order_;
  std::uint64_t runs_ = 0, bytes_ = 0;
};

/// Bytes of a run's rows and output.
class Sizes {
 public:
  static Result<Sizes> open(sqlite::Database& db, const std::string& instance_directory) {
    auto folder = outputs_of(instance_directory);
    if (!folder) return folder.error();
    auto rows = db.prepare(
        "SELECT (SELECT sum(length(summary)) FROM runs WHERE run = ?1)"
        " + (SELECT coalesce(sum(length(body)), 0) FROM views WHERE id >= ?1 << 16 AND id < (?1 + 1) << 16)"
        " + (SELECT coalesce(sum(length(body)), 0) FROM submissions WHERE id >= ?1 << 16 AND id < (?1 + 1) << 16)");
    if (!rows) return rows.error();
    return Sizes(std::move(*folder), std::move(*rows));
  }
  Result<std::uint64_t> of(RunId run) {
    rows_.bind(1, run);
    auto row = rows_.step();
    if (!row) return row.error();
    const auto stored = static_cast<std::uint64_t>(rows_.integer(0));
    rows_.reset();
    return stored + (folder_ ? folder_->bytes_of(run) : 0);
  }

 private:
  Sizes(std::optional<NumberedFolder> folder, sqlite::Statement rows)
      : folder_(std::move(folder)), rows_(std::move(rows)) {}
  std::optional<NumberedFolder> folder_;
  sqlite::Statement rows_;
};

}  // namespace

Result<Pruned> choose_pruned(sqlite::Database& db, const std::string& instance_directory, const PruneOrder& order) {
  auto sizes = Sizes::open(db, instance_directory);
  if (!sizes) return sizes.error();
  auto runs = db.prepare("SELECT run, ended_ns FROM runs ORDER BY run DESC");
  if (!runs) return runs.error();
  Pruned out;
  Choice choice(order);
  for (;;) {
    auto row = runs->step();
    if (!row) return row.error();
    if (!*row) break;
    const auto run = static_cast<RunId>(runs->integer(0));
    auto bytes = order.keep_bytes ? sizes->of(run) : Result<std::uint64_t>(0);
    if (!bytes) return bytes.error();
    if (choice.goes({runs->integer(1)}, *bytes)) out.runs.push_back(run);
  }
  if (order.at_most && out.runs.size() > order.at_most)
    out.runs.erase(out.runs.begin(), out.runs.end() - order.at_most);
  for (const RunId run : out.runs) {
    auto bytes = sizes->of(run);
    if (!bytes) return bytes.error();
    out.bytes += *bytes;
  }
  return out;
}

Result<bool> has_keys_before(sqlite::Database& db, WallTime before) {
  if (before.ns == 0) return false;
  auto row = db.prepare("SELECT 1 FROM keys WHERE at_ns < ? LIMIT 1");
  if (!row) return row.error();
  row->bind(1, before.ns);
  return row->step();
}

Result<std::vector<RunId>> unknown_outputs(sqlite::Database& db, const std::string& instance_directory,
                                           const std::set<RunId>& open) {
  std::vector<RunId> out;
  auto folder = outputs_of(instance_directory);
  if (!folder) return folder.error();
  if (!*folder) return out;
  auto numbers = (*folder)->numbers();
  if (!numbers) return numbers.error();
  auto known = db.prepare("SELECT 1 FROM runs WHERE run = ?");
  if (!known) return known.error();
  for (const RunId run : *numbers) {
    if (open.contains(run)) continue;
    known->bind(1, run);
    auto row = known->step();
    if (!row) return row.error();
    if (!*row) out.push_back(run);
    known->reset();
  }
  return out;
}

Status set_outputs_aside(const std::string& instance_directory, const std::vector<RunId>& runs) {
  if (runs.empty()) return {};
  auto folder = outputs_of(instance_directory);
  if (!folder) return folder.error();
  if (!*folder) return {};
  for (const RunId run : runs) {
    if (auto s = (*folder)->set_aside(run); !s) return s;
  }
  return (*folder)->sync();
}

}  // namespace rota::store
