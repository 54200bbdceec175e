// A place is taken when the gate opens for the first time, and kept until the run ends. All follows from records.
#include "scheduler/core/group.h"

#include <algorithm>

namespace rota::core {
namespace {

bool waits_for_others(const State& state, const Run& run) {
  const auto& after = run.terms.after;
  return std::any_of(after.begin() + run.gate.after_over, after.end(), [&](RunId id) {
    const Run* another = state.find(id);
    return another && !another->end;
  });
}

}  // namespace

bool stands_in_line(const State& state, const Run& run) {
  return !run.gate.cleared && !run.gate.held && !run.gate.look && !run.stop && !is_ending(run) &&
         !waits_for_others(state, run);
}

std::optional<RunId> first_in_line(const State& state, const Group& group) {
  for (const RunId id : group.outside)
    if (stands_in_line(state, *state.find(id))) return id;
  return std::nullopt;
}

std::optional<RunId> before_in_group(const State& state, const Run& run) {
  const Group* group = state.group_of(run);
  if (!group) return std::nullopt;
  if (group->inside.size() >= run.plan.concurrency.limit) return *group->inside.begin();
  const auto first = first_in_line(state, *group);
  return first && *first < run.id ? first : std::nullopt;
}

bool waits_in_group(const State& state, const Run& run) {
  return is_grouped(run) && (run.verdict || before_in_group(state, run));
}

std::vector<RunId> to_replace(const State& state, const Run& run) {
  const Group* group = state.group_of(run);
  if (!group) return {};
  std::vector<RunId> before;
  for (const RunId id : group->inside)
    if (!is_ending(*state.find(id))) before.push_back(id);
  for (const RunId id : group->outside)
    if (id < run.id && stands_in_line(state, *state.find(id))) before.push_back(id);
  std::sort(before.begin(), before.end());
  const std::size_t may_stay = run.plan.concurrency.limit - 1;
  before.resize(before.size() - std::min(before.size(), may_stay));
  return before;
}

std::optional<RunId> fills_group(const State& state, const jobs::Plan& plan) {
  const auto found = state.groups().find(plan.concurrency.group);
  if (plan.concurrency.group.empty() || found == state.groups().end()) return std::nullopt;
  const Group& group = found->second;
  if (group.inside.size() >= plan.concurrency.limit) return *group.inside.begin();
  return first_in_line(state, group);
}

bool groups_are_right(const State& state) {
  std::size_t alive = 0, kept = 0;
  for (const auto& [name, group] : state.groups()) kept += group.inside.size() + group.outside.size();
  for (const auto& [id, run] : state.runs()) {
    if (!is_grouped(run) || run.end) continue;
    ++alive;
    const Group* group = state.group_of(run);
    if (!group || !(run.gate.cleared ? group->inside : group->outside).contains(id)) return false;
  }
  return alive == kept;
}

}  // namespace rota::core
