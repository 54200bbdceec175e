// What a reason of waiting is about: which pool or group, how much of it, and who holds it. A projection of live state.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "shared/clock.h"
#include "shared/outcome.h"

namespace rota::core {

/// Amounts are slots of a pool, thousandths of a core, bytes of memory, or runs of a group.
struct Block {
  std::uint32_t reason = 0;          // index among the reasons that were given
  std::string name;                  // of the pool or group; "cpus" and "memory" have theirs
  std::uint64_t wanted = 0;
  std::uint64_t total = 0;           // 0: without a limit
  std::uint64_t held = 0;
  bool kept = false;                 // enough is free, but for what came before
  std::optional<Instant> next;       // of a rate: when the next may start, were nobody before it
  std::vector<std::string> holders;  // "3/train.7" of a pool, "3" of a group; the first few
  std::uint32_t more = 0;            // holders that are not named
  std::uint32_t paused = 0;          // of all holders: who gives nothing back before somebody lets it go on
};
inline constexpr std::size_t kHoldersNamed = 5;
template <class A>
void fields(A& a, Block& x) {
  a(x.reason, x.name, x.wanted, x.total, x.held, x.kept, x.next, x.holders, x.more, x.paused);
}

class State;
struct Run;

/// A place in a pool, its rate, or the machine's own: cpus and memory.
bool is_of_pool(ReasonKind kind);
/// Those of the reasons of this task that are about an amount, in their order.
std::vector<Block> blocks_of(const State& state, const Run& run, std::uint32_t slot,
                             const std::vector<Reason>& reasons, Now now);
/// The same in few words for tables: "gpu: 1 wanted, 0 of 2 free". Empty: the reason is not of a pool.
std::string pool_words(const State& state, const Run& run, std::uint32_t slot, const Reason& reason);
/// An amount of that kind, as people write it: "1.5", "2 GiB".
std::string amount_text(ReasonKind kind, std::uint64_t amount);

}  // namespace rota::core
