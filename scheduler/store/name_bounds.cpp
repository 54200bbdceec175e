// Bounds of names: read, counted against, and dropped with the last run.
#include "scheduler/store/name_bounds.h"

#include <algorithm>
#include <limits>

#include "scheduler/store/folding.h"
#include "scheduler/store/queries.h"

namespace rota::store {
namespace {

constexpr std::int64_t kNone = -1;  // in a column: no bound

template <class T>
std::int64_t column_of(const std::optional<T>& bound) {
  return bound ? static_cast<std::int64_t>(*bound) : kNone;
}
std::int64_t column_of(const std::optional<Duration>& bound) { return bound ? bound->count() : kNone; }

template <class T>
std::optional<T> bound_of(std::int64_t column) {
  return column < 0 ? std::nullopt : std::optional(static_cast<T>(column));
}

}  // namespace

Status NameBounds::prepare(sqlite::Database& db) {
  const Prepared statements[] = {{&put_, query::kPutBounds}, {&drop_, query::kDropBounds}};
  return prepare_all(db, statements);
}

Status NameBounds::submitted(const std::string& name, const jobs::History& bounds) {
  std::erase(unused_, name);
  const auto known = names_.find(name);
  if (!bounds.any()) {
    if (known != names_.end()) {
      no_longer_due(*known);
      for (const RunId run : known->second.counted) of_run_.erase(run);
      awake_.erase(name);
      names_.erase(known);
    }
    drop_.bind_text(1, name);
    return drop_.run();
  }
  if (known != names_.end() && known->second.bounds == bounds) return {};
  auto& named = known != names_.end() ? *known : *names_.try_emplace(name).first;
  named.second.bounds = bounds;
  awake_.insert(name);
  put_.bind_text(1, name);
  put_.bind(2, column_of(bounds.keep_runs));
  put_.bind(3, column_of(bounds.keep_for));
  put_.bind(4, column_of(bounds.max_log_bytes));
  return put_.run();
}

void NameBounds::folded(const std::string& name, RunId run) {
  const auto named = names_.find(name);
  if (named == names_.end()) return;
  named->second.fresh.push_back(run);
  awake_.insert(name);
}

void NameBounds::forgot(RunId run, const Weights& weights) {
  const auto at = of_run_.find(run);
  if (at == of_run_.end()) return;
  auto& [name, runs] = *at->second;
  runs.counted.erase(run);
  runs.bytes -= weights.of(run).value_or(0);
  awake_.insert(name);  // it may have been the last, and another is the oldest now
  of_run_.erase(at);
}

void NameBounds::no_longer_due(Named& named) {
  if (named.second.due.ns) due_.erase({named.second.due.ns, named.first});
  named.second.due = {};
}

void NameBounds::wake(WallTime now) {
  while (!due_.empty() && due_.begin()->first <= now.ns) {
    const auto named = names_.find(due_.begin()->second);
    awake_.insert(named->first);
    no_longer_due(*named);
  }
}

Result<bool> NameBounds::load(sqlite::Database& db, std::size_t& looks) {
  if (loaded_) return true;
  auto rows = db.prepare(query::kBoundsFrom);
  if (!rows) return rows.error();
  rows->bind_text(1, loaded_up_to_);
  std::string up_to = loaded_up_to_;  // what is bound must stay
  for (;; --looks) {
    auto row = rows->step();
    if (!row) return row.error();
    if (!*row) break;
    if (looks == 0) {
      loaded_up_to_ = up_to;
      return false;
    }
    up_to = rows->bytes(0);
    const auto [named, is_new] = names_.try_emplace(up_to);
    if (!is_new) continue;  // what was said in this life is newer
    named->second.bounds = {bound_of<std::uint32_t>(rows->integer(1)), bound_of<Duration>(rows->integer(2)),
                            bound_of<std::uint64_t>(rows->integer(3))};
    awake_.insert(up_to);
  }
  return loaded_ = true;
}

void NameBounds::add(Named& named, RunId run, const Weights& weights) {
  const auto bytes = weights.of(run);
  if (!bytes || !named.second.counted.insert(run).second) return;  // it has gone, or is counted
  named.second.bytes += *bytes;
  of_run_.emplace(run, &named);
}

Result<bool> NameBounds::count(sqlite::Database& db, Named& named, std::size_t& looks, const Weights& weights) {
  auto& runs = named.second;
  for (const RunId run : std::exchange(runs.fresh, {})) add(named, run, weights);
  if (runs.whole) return true;
  auto rows = db.prepare(query::kNamedFrom);
  if (!rows) return rows.error();
  rows->bind_text(1, named.first);
  rows->bind(2, runs.run ? runs.ended_ns : std::numeric_limits<std::int64_t>::min());
  rows->bind(3, runs.run);
  for (;; --looks) {
    auto row = rows->step();
    if (!row) return row.error();
    if (!*row) return runs.whole = true;
    if (looks == 0) return false;
    runs.ended_ns = rows->integer(0);
    runs.run = static_cast<RunId>(rows->integer(1));
    add(named, runs.run, weights);
  }
}

Result<bool> NameBounds::name_those(sqlite::Database& db, const Named& named, const Order& order,
                                    const Weights& weights, std::set<RunId>& out) const {
  const auto& [name, runs] = named;
  const auto& bounds = runs.bounds;
  std::size_t beyond = bounds.keep_runs && runs.counted.size() > *bounds.keep_runs
                           ? runs.counted.size() - *bounds.keep_runs : 0;
  std::uint64_t from_here_on = runs.bytes;
  bool any = false;
  std::size_t left = order.runs;
  for (const RunId run : runs.counted) {
    if (left-- == 0 || (beyond == 0 && (!bounds.max_log_bytes || from_here_on <= *bounds.max_log_bytes))) break;
    any = true;
    out.insert(run);
    if (beyond) --beyond;
    from_here_on -= weights.of(run).value_or(0);
  }
  if (!bounds.keep_for) return any;
  auto old = db.prepare(query::kNamedEndedBefore);
  if (!old) return old.error();
  old->bind_text(1, name);
  old->bind(2, order.now.ns - bounds.keep_for->count());
  old->bind(3, static_cast<std::int64_t>(order.runs));
  for (;;) {
    auto row = old->step();
    if (!row) return row.error();
    if (!*row) return any;
    any = true;
    out.insert(static_cast<RunId>(old->integer(0)));
  }
}

Status NameBounds::set_due(sqlite::Database& db, Named& named) {
  no_longer_due(named);
  const auto& keep_for = named.second.bounds.keep_for;
  if (!keep_for) return {};
  auto oldest = db.prepare(query::kNamedFrom);
  if (!oldest) return oldest.error();
  oldest->bind_text(1, named.first);
  oldest->bind(2, std::numeric_limits<std::int64_t>::min());
  oldest->bind(3, 0);
  auto row = oldest->step();
  if (!row) return row.error();
  if (!*row || keep_for->count() >= std::numeric_limits<std::int64_t>::max() - oldest->integer(0)) return {};
  named.second.due = {oldest->integer(0) + keep_for->count() + 1};
  due_.emplace(named.second.due.ns, named.first);
  return {};
}

/// True: it is done with.
Result<bool> NameBounds::look(sqlite::Database& db, Named& named, const Order& order, std::size_t& looks,
                              const Weights& weights, std::set<RunId>& out) {
  auto whole = count(db, named, looks, weights);
  if (!whole || !*whole) return whole;
  auto some = name_those(db, named, order, weights, out);
  if (!some) return some.error();
  if (*some) return false;  // when they are gone, once more
  if (auto s = set_due(db, named); !s) return s.error();
  return true;
}

Result<bool> NameBounds::choose(sqlite::Database& db, const Order& order, const Weights& weights,
                                std::set<RunId>& out) {
  std::size_t looks = order.looks;
  auto all = load(db, looks);
  if (!all) return all.error();
  wake(order.now);
  for (auto at = awake_.begin(); at != awake_.end() && looks > 0 && out.size() < order.runs;) {
    --looks;
    const auto named = names_.find(*at);
    auto done = look(db, *named, order, looks, weights, out);
    if (!done) return done.error();
    if (!*done) {
      ++at;
      continue;
    }
    at = awake_.erase(at);
    if (!named->second.counted.empty() || order.is_open(named->first)) continue;
    unused_.push_back(named->first);
    no_longer_due(*named);
    names_.erase(named);
  }
  return !*all || !awake_.empty();
}

Status NameBounds::drop_unused() {
  for (const auto& name : std::exchange(unused_, {})) {
    drop_.bind_text(1, name);
    if (auto s = drop_.run(); !s) return s;
  }
  return {};
}

}  // namespace rota::store
