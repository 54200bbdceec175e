// Choosing runs to forget, and their output directories.
#include "scheduler/store/service_prune.h"

#include <limits>
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

/// Bytes of a run's rows and output, each run looked at once.
class Scales {
 public:
  /// `at_most`: how many runs that were not known before may be looked at.
  static Result<Scales> open(sqlite::Database& db, const std::string& instance_directory, Weights& known,
                             std::uint64_t at_most) {
    auto folder = outputs_of(instance_directory);
    if (!folder) return folder.error();
    auto rows = db.prepare(
        "SELECT (SELECT sum(length(summary)) FROM runs WHERE run = ?1)"
        " + (SELECT coalesce(sum(length(body)), 0) FROM views WHERE id >= ?1 << 16 AND id < (?1 + 1) << 16)"
        " + (SELECT coalesce(sum(length(body)), 0) FROM submissions WHERE id >= ?1 << 16 AND id < (?1 + 1) << 16)");
    if (!rows) return rows.error();
    return Scales(std::move(*folder), std::move(*rows), known, at_most);
  }
  /// None: no more may be looked at.
  Result<std::optional<std::uint64_t>> weigh(RunId run) {
    if (const auto found = known_.find(run); found != known_.end()) return std::optional(found->second);
    if (left_ == 0) return std::optional<std::uint64_t>();
    --left_;
    rows_.bind(1, run);
    auto row = rows_.step();
    if (!row) return row.error();
    const auto stored = static_cast<std::uint64_t>(rows_.integer(0));
    rows_.reset();
    return std::optional(known_[run] = stored + (folder_ ? folder_->bytes_of(run) : 0));
  }

 private:
  Scales(std::optional<NumberedFolder> folder, sqlite::Statement rows, Weights& known, std::uint64_t at_most)
      : folder_(std::move(folder)), rows_(std::move(rows)), known_(known), left_(at_most) {}
  std::optional<NumberedFolder> folder_;
  sqlite::Statement rows_;
  Weights& known_;
  std::uint64_t left_;
};

/// Those that the order names, newest first; none: the scales must be used again before that can be said.
Result<std::optional<std::vector<RunId>>> named_by(sqlite::Database& db, const PruneOrder& order, Scales& scales) {
  auto runs = db.prepare("SELECT run, ended_ns FROM runs ORDER BY run DESC");
  if (!runs) return runs.error();
  std::vector<RunId> out;
  Choice choice(order);
  for (;;) {
    auto row = runs->step();
    if (!row) return row.error();
    if (!*row) return std::optional(std::move(out));
    const auto run = static_cast<RunId>(runs->integer(0));
    auto bytes = order.keep_bytes ? scales.weigh(run) : std::optional<std::uint64_t>(0);
    if (!bytes) return bytes.error();
    if (!*bytes) return std::optional<std::vector<RunId>>();
    if (choice.goes({runs->integer(1)}, **bytes)) out.push_back(run);
  }
}

}  // namespace

Result<Pruned> choose_pruned(sqlite::Database& db, const std::string& instance_directory, const PruneOrder& order,
                             Weights& weights) {
  const auto looks = order.at_most ? std::uint64_t{order.at_most} * kWeighedForEach
                                   : std::numeric_limits<std::uint64_t>::max();
  auto scales = Scales::open(db, instance_directory, weights, looks);
  if (!scales) return scales.error();
  auto named = named_by(db, order, *scales);
  if (!named) return named.error();
  Pruned out;
  out.more = !*named;
  if (out.more) return out;
  out.runs = std::move(**named);
  if (!order.dry_run && order.at_most && out.runs.size() > order.at_most) {
    out.runs.erase(out.runs.begin(), out.runs.end() - order.at_most);
    out.more = true;
  }
  for (const RunId run : out.runs) {
    auto bytes = scales->weigh(run);
    if (!bytes) return bytes.error();
    if (!*bytes) return Pruned{{}, 0, true};
    out.bytes += **bytes;
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
