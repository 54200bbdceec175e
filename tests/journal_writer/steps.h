// What the writer does step by step, and what must be in the journal after each: known to the writer and to the test.
#pragma once

#include <cstddef>
#include <string>

#include "scheduler/store/journal.h"

namespace rota::test {

inline constexpr std::size_t kSteps = 10;
inline constexpr std::uint32_t kStepsCheckpointPages = 12;

/// Carries out step `number`, from 0: turns short and long, a snapshot, runs that are folded.
Status do_step(store::Journal& journal, std::size_t number);

/// What a journal holds.
struct Content {
  std::string facts;       // encoded records, in order
  std::size_t folded = 0;  // runs in the history: 1, 2, ...
  bool operator==(const Content&) const = default;
};
/// After the first `steps` steps.
Content content_after(std::size_t steps);

}  // namespace rota::test
