// Numbers behind reasons.
#include "scheduler/core/block.h"

#include <algorithm>
#include <charconv>

#include "scheduler/core/state.h"
#include "scheduler/core/waiting.h"
#include "shared/text/text.h"

namespace rota::core {
namespace {

/// The share of the task's claim that a reason is about; null: of none.
const PoolShare* share_of(const Run& run, TaskSlot slot, const Reason& reason) {
  if (!is_of_pool(reason.kind)) return nullptr;
  const Claim& claim = run.claims[run.nodes[run.job_at(slot)].claim];
  const auto at = static_cast<std::size_t>(reason.value);
  return at < claim.shares.size() ? &claim.shares[at] : nullptr;
}

std::string id_of(const Run& run, TaskSlot slot) {
  const JobIndex job = run.job_at(slot);
  const jobs::Job& of = run.plan.jobs[job];
  auto id = std::to_string(run.id) + "/" + of.id.text();
  if (!std::holds_alternative<std::monostate>(of.shape))
    id += "." + std::to_string(jobs::number_of(of.shape, slot - run.nodes[job].first));
  return id;
}

bool holds_of(const Run& run, TaskSlot slot, std::uint32_t pool) {
  const Claim& claim = run.claims[run.nodes[run.job_at(slot)].claim];
  return std::any_of(claim.shares.begin(), claim.shares.end(), [&](const PoolShare& s) { return s.pool == pool; });
}

void name_holders(Block& block, const State& state, std::uint32_t pool) {
  for (const Seat& seat : state.fleet().seats())
    for (const auto& line : seat.held)
      for (const TaskRef& task : line) {
        const Run& run = *state.find(task.run);
        if (!holds_of(run, task.slot, pool)) continue;
        block.paused += std::holds_alternative<Paused>(run.task(task.slot).now);
        if (block.holders.size() < kHoldersNamed) block.holders.push_back(id_of(run, task.slot));
        else ++block.more;
      }
}

Block of_share(const State& state, const PoolShare& share, ReasonKind kind, Now now) {
  const Pool& pool = state.pools().at(share.pool);
  Block block;
  block.name = pool.name;
  block.wanted = share.amount;
  block.total = pool.slots == kUnbounded ? 0 : pool.slots;
  block.held = pool.held;
  block.kept = kind != ReasonKind::rate && pool.free() >= pool.need(share.amount);
  if (kind == ReasonKind::rate) block.next = Pools::next_start(pool, now.mono);
  return block;
}

Block of_group(const State& state, const Run& run) {
  Block block;
  block.name = run.plan.concurrency.group;
  block.wanted = 1;
  block.total = run.plan.concurrency.limit;
  const Group* group = state.group_of(run);
  if (!group) return block;
  block.held = group->inside.size();
  for (const RunId id : group->inside) {
    block.paused += state.find(id)->pause.has_value();
    if (block.holders.size() < kHoldersNamed) block.holders.push_back(std::to_string(id));
    else ++block.more;
  }
  block.kept = block.held < block.total;
  return block;
}

}  // namespace

bool is_of_pool(ReasonKind kind) {
  return kind == ReasonKind::pool || kind == ReasonKind::rate || kind == ReasonKind::res_cpus ||
         kind == ReasonKind::res_memory;
}

std::string amount_text(ReasonKind kind, std::uint64_t amount) {
  if (kind == ReasonKind::res_memory) return text::format_size(amount);
  if (kind != ReasonKind::res_cpus) return std::to_string(amount);
  char text[32];
  const auto end = std::to_chars(text, text + sizeof text, static_cast<double>(amount) / 1000).ptr;
  return {text, end};
}

std::vector<Block> blocks_of(const State& state, const Run& run, TaskSlot slot, const std::vector<Reason>& reasons,
                             Now now) {
  std::vector<Block> out;
  for (std::uint32_t i = 0; i < reasons.size(); ++i) {
    if (reasons[i].kind == ReasonKind::concurrency) out.push_back(of_group(state, run));
    else if (const PoolShare* share = share_of(run, slot, reasons[i])) {
      out.push_back(of_share(state, *share, reasons[i].kind, now));
      if (reasons[i].kind != ReasonKind::rate) name_holders(out.back(), state, share->pool);
    } else {
      continue;
    }
    out.back().reason = i;
  }
  return out;
}

std::string pool_words(const State& state, const Run& run, TaskSlot slot, const Reason& reason) {
  const PoolShare* share = share_of(run, slot, reason);
  if (!share) return {};
  const Pool& pool = state.pools().at(share->pool);
  if (reason.kind == ReasonKind::rate || pool.slots == kUnbounded) return pool.name;
  return pool.name + ": " + amount_text(reason.kind, share->amount) + " wanted, " +
         amount_text(reason.kind, pool.free()) + " of " + amount_text(reason.kind, pool.slots) + " free";
}

}  // namespace rota::core
