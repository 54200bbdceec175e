// Choosing runs to forget, and their output directories.
#include "scheduler/store/service_prune.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "scheduler/store/aside.h"
#include "scheduler/store/instances.h"
#include "scheduler/store/queries.h"

namespace rota::store {
namespace {

/// No output directory yet is like an empty one.
Result<std::optional<NumberedFolder>> outputs_of(const std::string& instance_directory) {
  auto folder = NumberedFolder::open(output_directory(instance_directory));
  if (folder) return std::optional(std::move(*folder));
  if (folder.error().code == Code::not_found) return std::optional<NumberedFolder>();
  return folder.error();
}

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
    if (const auto known = known_.of(run)) return known;
    if (left_ == 0) return std::optional<std::uint64_t>();
    --left_;
    rows_.bind(1, run);
    auto row = rows_.step();
    if (!row) return row.error();
    const auto bytes = static_cast<std::uint64_t>(rows_.integer(0)) + (folder_ ? folder_->bytes_of(run) : 0);
    rows_.reset();
    known_.set(run, bytes);
    return std::optional(bytes);
  }
  /// Whether all are weighed; else it is to be called again.
  Result<bool> weigh_all(sqlite::Database& db) {
    while (!known_.fresh.empty()) {
      auto bytes = weigh(known_.fresh.back());
      if (!bytes) return bytes.error();
      if (!*bytes) return false;
      known_.fresh.pop_back();
    }
    if (known_.whole) return true;
    auto next = db.prepare(query::kRunsFrom);
    if (!next) return next.error();
    next->bind(1, known_.looked_up_to);
    for (;;) {
      auto row = next->step();
      if (!row) return row.error();
      if (!*row) return known_.whole = true;
      const auto run = static_cast<RunId>(next->integer(0));
      auto bytes = weigh(run);
      if (!bytes) return bytes.error();
      if (!*bytes) return false;
      known_.looked_up_to = run;
    }
  }

 private:
  Scales(std::optional<NumberedFolder> folder, sqlite::Statement rows, Weights& known, std::uint64_t at_most)
      : folder_(std::move(folder)), rows_(std::move(rows)), known_(known), left_(at_most) {}
  std::optional<NumberedFolder> folder_;
  sqlite::Statement rows_;
  Weights& known_;
  std::uint64_t left_;
};

/// The first column of what a statement gives.
Result<std::vector<RunId>> runs_of(sqlite::Database& db, const char* sql, std::int64_t bound, std::int64_t most) {
  auto rows = db.prepare(sql);
  if (!rows) return rows.error();
  rows->bind(1, bound);
  rows->bind(2, most);
  std::vector<RunId> out;
  for (;;) {
    auto row = rows->step();
    if (!row) return row.error();
    if (!*row) return out;
    out.push_back(static_cast<RunId>(rows->integer(0)));
  }
}

Status add_beyond_count(sqlite::Database& db, std::uint64_t keep, std::int64_t most, Weights& weights,
                        std::set<RunId>& out) {
  if (!weights.count) {
    auto all = db.integer(query::kCount);
    if (!all) return all.error();
    weights.count = static_cast<std::uint64_t>(*all);
  }
  if (*weights.count <= keep) return {};
  const auto beyond = static_cast<std::int64_t>(*weights.count - keep);
  auto oldest = runs_of(db, query::kOldest, 0, most < 0 ? beyond : std::min(beyond, most));
  if (!oldest) return oldest.error();
  out.insert(oldest->begin(), oldest->end());
  return {};
}

/// A run goes when it and those after it take more than is to be kept.
void add_beyond_bytes(const Weights& weights, std::uint64_t keep, std::int64_t most, std::set<RunId>& out) {
  std::uint64_t from_here_on = weights.total();
  for (const auto& [run, bytes] : weights.by_run()) {
    if (from_here_on <= keep || most-- == 0) return;
    out.insert(run);
    from_here_on -= bytes;
  }
}

/// Those that the order names, the oldest of each sort up to one more than `most`; below 0: all.
Result<std::set<RunId>> named_by(sqlite::Database& db, const PruneOrder& order, std::int64_t most, Weights& weights) {
  std::set<RunId> out;
  const auto bound = most < 0 ? most : most + 1;
  if (order.ended_before) {
    auto old = runs_of(db, query::kEndedBefore, order.ended_before->ns, bound);
    if (!old) return old.error();
    out.insert(old->begin(), old->end());
  }
  if (order.keep_runs) {
    if (auto s = add_beyond_count(db, *order.keep_runs, bound, weights, out); !s) return s.error();
  }
  if (order.keep_bytes) add_beyond_bytes(weights, *order.keep_bytes, bound, out);
  return out;
}

}  // namespace

void Weights::folded(RunId run, bool is_new) {
  if (is_new && count) ++*count;
  if (!known_.contains(run)) fresh.push_back(run);
}

void Weights::forgot(RunId run) {
  if (count) --*count;
  std::erase(fresh, run);
  const auto at = known_.find(run);
  if (at == known_.end()) return;
  total_ -= at->second;
  known_.erase(at);
}

void Weights::set(RunId run, std::uint64_t bytes) {
  if (known_.emplace(run, bytes).second) total_ += bytes;
}

std::optional<std::uint64_t> Weights::of(RunId run) const {
  const auto at = known_.find(run);
  return at == known_.end() ? std::nullopt : std::optional(at->second);
}

Result<Pruned> choose_pruned(sqlite::Database& db, const std::string& instance_directory, const PruneOrder& order,
                             Weights& weights, const NameMore& name_more) {
  const bool by_name = order.named_at.ns != 0 && !order.dry_run;
  const auto looks = order.at_most ? std::uint64_t{order.at_most} * kWeighedForEach
                                   : std::numeric_limits<std::uint64_t>::max();
  auto scales = Scales::open(db, instance_directory, weights, looks);
  if (!scales) return scales.error();
  if (order.keep_bytes || by_name) {
    auto all = scales->weigh_all(db);
    if (!all) return all.error();
    if (!*all) return Pruned{{}, 0, true};
  }
  const std::int64_t most = !order.dry_run && order.at_most ? std::int64_t{order.at_most} : -1;
  auto named = named_by(db, order, most, weights);
  if (!named) return named.error();
  Result<bool> more = false;
  const auto at_once = most < 0 ? std::numeric_limits<std::size_t>::max() : static_cast<std::size_t>(most);
  if (by_name && named->size() <= at_once) {
    more = name_more(at_once, looks, *named);
    if (!more) return more.error();
  }
  Pruned out{{named->rbegin(), named->rend()}, 0, *more};  // newest first
  if (most >= 0 && out.runs.size() > static_cast<std::size_t>(most)) {
    out.runs.erase(out.runs.begin(), out.runs.end() - most);
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
  auto row = db.prepare(query::kKeysBefore);
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
  std::erase_if(*numbers, [&](RunId run) { return open.contains(run); });
  if (numbers->empty()) return out;
  // An entry of an index for each run in history: none of their rows is read.
  auto known = runs_of(db, query::kKnown, 0, -1);
  if (!known) return known.error();
  std::sort(known->begin(), known->end());
  for (const RunId run : *numbers)
    if (!std::binary_search(known->begin(), known->end(), run)) out.push_back(run);
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
