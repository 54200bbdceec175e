// Concurrency groups: who of a group may begin, and whom the others wait for. Pure questions; gates.cpp decides.
#pragma once

#include <optional>
#include <vector>

#include "scheduler/core/state.h"

namespace rota::core {

/// It waits for a place in its group, and for nothing else. Only such runs stand in the line: one that is held, or
/// whose `begin` or `after` is not met, keeps no place in it.
bool stands_in_line(const State& state, const Run& run);

/// Of a run of a group that has no place yet: the run that it waits for, which is one that has a place, or stands in
/// the line before it. None: it may take a place.
std::optional<RunId> before_in_group(const State& state, const Run& run);

/// It waits for a place; or its jobs are over, and it takes none any more.
bool waits_in_group(const State& state, const Run& run);

/// The first in the line of the group; none: nobody stands there.
std::optional<RunId> first_in_line(const State& state, const Group& group);

/// The runs that are to end so that this one finds a place: of those before it, the oldest, as far as they are not
/// ending already.
std::vector<RunId> to_replace(const State& state, const Run& run);

/// A run of this plan that is submitted now would find its group full: one that is in its way. None: it would not.
std::optional<RunId> fills_group(const State& state, const jobs::Plan& plan);

/// The groups as they are kept are those of the runs.
bool groups_are_right(const State& state);

}  // namespace rota::core
