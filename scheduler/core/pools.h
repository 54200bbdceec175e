// Pools that all runs share: how many slots each has, what of them is held, how many may start in a while, and who
// stands at one that lacks what it wants. What is held follows from the live attempts (State keeps it).
//
// Whoever found a pool wanting stands there until one of its tasks is granted, it has nothing queued, or it lacks
// something else: what comes later takes only what is left beyond those before it. So one that wants much is not passed
// for ever.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "jobs/model/plan.h"
#include "scheduler/core/claim.h"
#include "shared/clock.h"
#include "shared/outcome.h"

namespace rota::core {

inline constexpr std::uint64_t kUnbounded = UINT64_MAX;

struct Pool {
  /// What waits here, or keeps its place here while it waits for something else (`parked`: elsewhere, or not at all).
  struct Stand {
    std::uint64_t amount = 0;
    bool parked = false;
  };
  std::string name;  // empty: not in use
  std::uint64_t slots = kUnbounded;
  std::uint64_t held = 0;
  jobs::Pool pace;  // rate and per of the newest declaration
  Instant paced;    // how far its starts have used up what the rate allows; see Pools::tokens
  std::map<RunId, jobs::Pool> declared;  // by runs that are alive
  std::uint32_t users = 0;               // claims of runs that are alive
  std::map<Turn, Stand> stands;
  bool changed = false;  // there may be room for one that stands

  std::uint64_t free() const { return slots > held ? slots - held : 0; }
  /// One that wants more than there is (the pool was declared anew, and smaller) goes when it has the pool for itself.
  std::uint64_t need(std::uint64_t amount) const { return amount < slots ? amount : slots; }
};

class Pools {
 public:
  /// The two that every machine has.
  static constexpr std::uint32_t kCpus = 0, kMemory = 1;
  Pools();

  const Pool& at(std::uint32_t pool) const { return pools_[pool]; }
  std::uint32_t size() const { return static_cast<std::uint32_t>(pools_.size()); }
  /// kUnbounded: as much as you like.
  void bound(std::uint64_t cpus_milli, std::uint64_t memory);
  /// Of the runs that are alive the newest says what a pool is.
  void declare(RunId run, const std::vector<jobs::Pool>& pools, Instant at);
  void retire(RunId run, const std::vector<jobs::Pool>& pools);
  /// Fills in `shares`, which are good until the claim is released.
  void resolve(Claim& claim);
  void release(const Claim& claim);

  bool is_paced(const Claim& claim) const;
  void hold(const Claim& claim, bool more);
  /// An attempt is granted.
  void start(const Claim& claim, Instant at);
  /// As a snapshot tells it, of a pool that no run may declare any more.
  void restore(const jobs::Pool& pool, Instant paced);
  /// Nothing before counts for more than this: rates are as if all that they allow had just been used.
  void begin_epoch(Instant at);

  struct Lack {
    std::uint32_t share = 0;  // index into Claim::shares
    ReasonKind kind = ReasonKind::none;
    std::optional<Instant> until;  // of a rate
  };
  /// What keeps a task with this claim, whose turn this is, from being granted now.
  std::optional<Lack> lacks(const Claim& claim, const Turn& turn, Instant now) const;
  /// The same of one share of the claim.
  std::optional<Lack> lacks(const Claim& claim, std::uint32_t share, const Turn& turn, Instant now) const;

  /// The turn waits for this share; it keeps its place at the others where it stood already.
  void park(const Claim& claim, const Turn& turn, const Lack& lack);
  void leave(const Claim& claim, const Turn& turn);
  /// Those that may find what they lacked, to be looked at again; they keep their places.
  std::vector<Turn> take_hopeful(Instant now);
  /// All that are parked; nobody stands anywhere after it.
  std::vector<Turn> clear_stands();
  /// When the next start comes to be allowed that somebody waits for.
  std::optional<Instant> next_token() const;

  /// Starts that the rate allows now, at most a burst of them: what it allows in a second, and at least one.
  static std::uint64_t tokens(const Pool& pool, Instant now);
  static std::uint64_t burst(const jobs::Pool& pace);
  /// When the next one may start, as far as the rate goes and were nobody before it; none: it has no rate.
  static std::optional<Instant> next_start(const Pool& pool, Instant now);

 private:
  std::uint32_t index(const std::string& name);
  void redeclare(Pool& pool, Instant at);
  void change(std::uint32_t pool);
  void sweep(Instant now);
  void look_at(std::uint32_t pool, Instant now, std::vector<Turn>& hopeful);

  std::vector<Pool> pools_;
  std::map<std::string, std::uint32_t, std::less<>> by_name_;
  std::vector<std::uint32_t> changed_;
  std::set<std::pair<Instant, std::uint32_t>> tokens_due_;
};

}  // namespace rota::core
