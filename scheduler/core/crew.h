// Crews: pool workers of one sort that are kept together. The common crew serves what is ours, for all runs; code of
// users runs in crews that belong to one run. (A library that was changed between two runs is never stale, two
// projects' modules never meet, and what a run brings down is its own.) Plain values.
#pragma once

#include <compare>
#include <cstdint>
#include <string>

#include "jobs/model/plan.h"
#include "shared/ids.h"

namespace rota::core {

struct CrewId {
  RunId run = 0;             // 0: the common crew
  std::uint32_t number = 0;  // within the run, see crew_number
  bool is_common() const { return run == 0; }
  auto operator<=>(const CrewId&) const = default;
};

/// Numbers within a run.
namespace crew_number {
inline constexpr std::uint32_t kPlugin = 0;
inline constexpr std::uint32_t kPython = 1;
inline constexpr std::uint32_t kQuarantineNative = 2;  // suspects, each alone
inline constexpr std::uint32_t kQuarantinePython = 3;
inline constexpr std::uint32_t kWarm = 4;  // of the job 0; the others behind it
}  // namespace crew_number

inline bool is_quarantine(CrewId c) {
  return !c.is_common() &&
         (c.number == crew_number::kQuarantineNative || c.number == crew_number::kQuarantinePython);
}
inline bool is_warm(CrewId c) { return !c.is_common() && c.number >= crew_number::kWarm; }
/// The job of a warm crew.
inline JobIndex warm_job(CrewId c) { return c.number - crew_number::kWarm; }

/// Of the job in its run, where no task of it is suspect.
CrewId crew_of_job(RunId run, const jobs::Plan& plan, JobIndex job);
/// Where a suspect task of the job runs.
CrewId quarantine_of_job(RunId run, const jobs::Plan& plan, JobIndex job);
/// Whether it is not at once clear which of its tasks has brought down a worker. (A command is a process of its own, a
/// warm process has one task. A daemon would keep a quarantine worker from those that it is there for.)
bool can_be_suspect(const jobs::Job& job);

/// "common", "12/plugin", "12/python", "12/quarantine", "12/warm:4".
std::string to_text(CrewId c);

}  // namespace rota::core
