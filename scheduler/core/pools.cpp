// Slots, rates and stands of pools.
#include "scheduler/core/pools.h"

#include <algorithm>

#include "scheduler/core/deadlines.h"

namespace rota::core {
namespace {

/// Rounded up: rather too few than too many.
Duration interval(const jobs::Pool& pace) {
  const std::int64_t per = std::max<std::int64_t>(pace.per.count(), 1);
  return Duration{per / pace.rate + (per % pace.rate != 0 ? 1 : 0)};
}
/// How far ahead of the clock `paced` may be for the first token to be there.
Duration tolerance(const jobs::Pool& pace) {
  return interval(pace) * static_cast<std::int64_t>(Pools::burst(pace) - 1);
}
/// When so many tokens are there, were none used meanwhile; none: there are never so many at once.
std::optional<Instant> when_there(const Pool& pool, std::uint64_t tokens) {
  if (tokens > Pools::burst(pool.pace)) return std::nullopt;
  return Instant{pool.paced.ns - tolerance(pool.pace).count() +
                 interval(pool.pace).count() * static_cast<std::int64_t>(tokens - 1)};
}
/// With no token left.
Instant spent(const jobs::Pool& pace, Instant at) { return after(after(at, tolerance(pace)), interval(pace)); }

}  // namespace

std::uint64_t Pools::burst(const jobs::Pool& pace) {
  const double second = static_cast<double>(std::chrono::nanoseconds(std::chrono::seconds(1)).count());
  const double per = static_cast<double>(std::max<std::int64_t>(pace.per.count(), 1));
  return std::max<std::uint64_t>(1, static_cast<std::uint64_t>(pace.rate * second / per));
}

std::uint64_t Pools::tokens(const Pool& pool, Instant now) {
  if (pool.pace.rate == 0) return kUnbounded;
  const std::int64_t behind = now.ns + tolerance(pool.pace).count() - pool.paced.ns;
  if (behind < 0) return 0;
  const auto tokens = static_cast<std::uint64_t>(behind / interval(pool.pace).count()) + 1;
  return std::min(tokens, burst(pool.pace));
}

std::optional<Instant> Pools::next_start(const Pool& pool, Instant now) {
  if (pool.pace.rate == 0) return std::nullopt;
  return std::max(now, when_there(pool, 1).value_or(now));
}

Pools::Pools() : pools_(2) {
  pools_[kCpus].name = "cpus";
  pools_[kMemory].name = "memory";
}

void Pools::bound(std::uint64_t cpus_milli, std::uint64_t memory) {
  pools_[kCpus].slots = cpus_milli;
  pools_[kMemory].slots = memory;
  change(kCpus);
  change(kMemory);
}

std::uint32_t Pools::index(const std::string& name) {
  const auto known = by_name_.find(name);
  if (known != by_name_.end()) return known->second;
  std::uint32_t i = kMemory + 1;
  while (i < pools_.size() && !pools_[i].name.empty()) ++i;
  if (i == pools_.size()) pools_.emplace_back();
  pools_[i].name = name;
  by_name_.emplace(name, i);
  return i;
}

void Pools::redeclare(Pool& pool, Instant at) {
  const jobs::Pool& newest = pool.declared.rbegin()->second;
  pool.slots = newest.slots == 0 ? kUnbounded : newest.slots;
  pool.pace = newest;
  if (pool.pace.rate > 0) pool.paced = std::min(pool.paced, spent(pool.pace, at));
}

void Pools::declare(RunId run, const std::vector<jobs::Pool>& pools, Instant at) {
  if (pools.empty()) return;
  sweep(at);
  for (const jobs::Pool& declared : pools) {
    const std::uint32_t i = index(declared.name);
    pools_[i].declared.insert_or_assign(run, declared);
    redeclare(pools_[i], at);
    change(i);
  }
}

void Pools::retire(RunId run, const std::vector<jobs::Pool>& pools) {
  for (const jobs::Pool& declared : pools) {
    const auto known = by_name_.find(declared.name);
    if (known == by_name_.end() || pools_[known->second].declared.erase(run) == 0) continue;
    Pool& pool = pools_[known->second];
    if (!pool.declared.empty()) redeclare(pool, pool.paced);
    change(known->second);
  }
}

/// Of pools that nobody speaks of any more nothing is kept, once it makes no difference how fast they were used.
void Pools::sweep(Instant now) {
  for (std::uint32_t i = kMemory + 1; i < pools_.size(); ++i) {
    Pool& pool = pools_[i];
    if (pool.name.empty() || !pool.declared.empty() || pool.users > 0) continue;
    if (pool.pace.rate > 0 && tokens(pool, now) < burst(pool.pace)) continue;
    by_name_.erase(pool.name);
    pool = Pool{};
  }
}

void Pools::resolve(Claim& claim) {
  claim.shares.clear();
  const auto add = [&](std::uint32_t pool, std::uint64_t amount) {
    const auto same = std::find_if(claim.shares.begin(), claim.shares.end(),
                                   [&](const PoolShare& s) { return s.pool == pool; });
    if (same != claim.shares.end()) same->amount += amount;
    else if (amount > 0) claim.shares.push_back({pool, amount});
  };
  for (const jobs::PoolUse& use : claim.uses) add(index(use.pool), use.slots);
  add(kCpus, claim.cpus_milli);
  add(kMemory, claim.memory);
  for (const PoolShare& share : claim.shares) ++pools_[share.pool].users;
}

void Pools::release(const Claim& claim) {
  for (const PoolShare& share : claim.shares) --pools_[share.pool].users;
}

void Pools::change(std::uint32_t i) {
  if (pools_[i].changed || pools_[i].stands.empty()) return;
  pools_[i].changed = true;
  changed_.push_back(i);
}

bool Pools::is_paced(const Claim& claim) const {
  return std::any_of(claim.shares.begin(), claim.shares.end(),
                     [&](const PoolShare& share) { return pools_[share.pool].pace.rate > 0; });
}

void Pools::hold(const Claim& claim, bool more) {
  for (const PoolShare& share : claim.shares) {
    Pool& pool = pools_[share.pool];
    if (more) {
      pool.held += share.amount;
    } else {
      pool.held -= share.amount;
      change(share.pool);
    }
  }
}

void Pools::start(const Claim& claim, Instant at) {
  for (const PoolShare& share : claim.shares) {
    Pool& pool = pools_[share.pool];
    if (pool.pace.rate > 0) pool.paced = after(std::max(pool.paced, at), interval(pool.pace));
  }
}

void Pools::restore(const jobs::Pool& told, Instant paced) {
  Pool& pool = pools_[index(told.name)];
  if (pool.declared.empty()) {
    pool.pace = told;
    pool.slots = told.slots == 0 ? kUnbounded : told.slots;
  }
  pool.paced = paced;
}

void Pools::begin_epoch(Instant at) {
  for (Pool& pool : pools_)
    if (pool.pace.rate > 0) pool.paced = std::min(pool.paced, spent(pool.pace, at));
}

std::optional<Pools::Lack> Pools::lacks(const Claim& claim, const Turn& turn, Instant now) const {
  for (std::uint32_t s = 0; s < claim.shares.size(); ++s)
    if (auto lack = lacks(claim, s, turn, now)) return lack;
  return std::nullopt;
}

std::optional<Pools::Lack> Pools::lacks(const Claim& claim, std::uint32_t s, const Turn& turn, Instant now) const {
  const PoolShare& share = claim.shares[s];
  const Pool& pool = pools_[share.pool];
  const ReasonKind kind = share.pool == kCpus     ? ReasonKind::res_cpus
                          : share.pool == kMemory ? ReasonKind::res_memory
                                                  : ReasonKind::pool;
  const std::uint64_t need = pool.need(share.amount);
  if (pool.free() < need) return Lack{s, kind, {}};
  std::uint64_t left = pool.free() - need;
  const std::uint64_t allowed = tokens(pool, now);
  std::uint64_t used = 1;
  // Each step uses up some of what is free: what stands before it is few, or it is soon clear that nothing is left.
  for (auto it = pool.stands.begin(); it != pool.stands.end() && it->first < turn && used <= allowed; ++it) {
    const std::uint64_t before = pool.need(it->second.amount);
    if (before > left) return Lack{s, kind, {}};
    left -= before;
    ++used;
  }
  if (used > allowed) return Lack{s, ReasonKind::rate, when_there(pool, used)};
  return std::nullopt;
}

void Pools::park(const Claim& claim, const Turn& turn, const Lack& lack) {
  const PoolShare& share = claim.shares[lack.share];
  pools_[share.pool].stands.insert_or_assign(turn, Pool::Stand{share.amount, true});
  if (lack.until) tokens_due_.insert({*lack.until, share.pool});
}

void Pools::leave(const Claim& claim, const Turn& turn) {
  for (const PoolShare& share : claim.shares)
    if (pools_[share.pool].stands.erase(turn) > 0) change(share.pool);
}

void Pools::look_at(std::uint32_t i, Instant now, std::vector<Turn>& hopeful) {
  Pool& pool = pools_[i];
  pool.changed = false;
  std::uint64_t left = pool.free(), used = 0;
  const std::uint64_t allowed = tokens(pool, now);
  for (auto& [turn, stand] : pool.stands) {
    const std::uint64_t need = pool.need(stand.amount);
    if (need > left) return;
    if (++used > allowed) {
      if (const auto due = when_there(pool, used)) tokens_due_.insert({*due, i});
      return;
    }
    left -= need;
    if (stand.parked) hopeful.push_back(turn);
    stand.parked = false;
  }
}

std::vector<Turn> Pools::take_hopeful(Instant now) {
  while (!tokens_due_.empty() && tokens_due_.begin()->first <= now) {
    change(tokens_due_.begin()->second);
    tokens_due_.erase(tokens_due_.begin());
  }
  std::vector<Turn> hopeful;
  for (const std::uint32_t pool : std::exchange(changed_, {})) look_at(pool, now, hopeful);
  return hopeful;
}

std::vector<Turn> Pools::clear_stands() {
  std::vector<Turn> parked;
  for (Pool& pool : pools_) {
    for (const auto& [turn, stand] : pool.stands)
      if (stand.parked) parked.push_back(turn);
    pool.stands.clear();
    pool.changed = false;
  }
  changed_.clear();
  tokens_due_.clear();
  return parked;
}

std::optional<Instant> Pools::next_token() const {
  if (tokens_due_.empty()) return std::nullopt;
  return tokens_due_.begin()->first;
}

}  // namespace rota::core
