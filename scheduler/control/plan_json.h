// Plans and their graphs as JSON for scripts. Conventions as in view_json.h.
#pragma once

#include <string>

#include "jobs/model/plan.h"

namespace rota::control {

/// What a plan can hold at once on a machine.
struct Slots {
  std::uint32_t pool = 0, threads = 0, processes = 0, coroutines = 0;  // threads, coroutines: of each pool worker
};
/// `cores` of the machine decide where the file does not.
Slots slots_of(const jobs::Plan& plan, unsigned cores);

/// Tasks of an array or matrix that are shown as an example.
inline constexpr std::uint32_t kSampleTasks = 3;

/// {"plan":{"name","source","steps","tasks","slots":{...},"params",...,
///   "jobs":[{"job","step","mode","tasks","array","matrix","samples","needs":[{"job","on"}],"if",...}],
///   "hooks":[...]}}. Secrets by reference only.
std::string plan_json(const jobs::Plan& plan, unsigned cores);

/// {"graph":{"name","nodes":[{"job","step","tasks","mode","daemon","hook"}],"edges":[{"from","to","on"}]}}
std::string graph_json(const jobs::Plan& plan);

}  // namespace rota::control
