// Places where tests make a process fail: killed, stopped, late, or told of an error. Only in builds with tests; others
// have nothing of it but the two functions on environments. One relaxed load where no failpoint is set.
//
//   ROTA_FAILPOINTS=name:action[:nth][,...]   of this process alone: it never reaches a worker or a job
//   ROTA_FAILPOINTS_LAUNCHER=...              what launchers get as their ROTA_FAILPOINTS
// Actions: `kill` (SIGKILL to itself), `stop` (SIGSTOP to itself), `delay=MS`, `error` (only what is written as
// ROTA_FAILPOINT_ERROR hears of it). nth: the nth time it is passed acts, 1 if left out; 0: each time. The variable is
// read when a failpoint is first passed; a text that cannot be read ends the process with status 2 and says so.
// Any thread; also in a child between clone and exec, once the parent has passed any failpoint.
#pragma once

#include <string>
#include <vector>

#ifdef ROTA_FAILPOINTS
#include <atomic>

namespace rota::failpoint {

enum class Mood : int { unknown, quiet, armed };
extern std::atomic<Mood> mood;
/// Whether an error is asked for; does not return from `kill`.
bool pass(const char* name);

}  // namespace rota::failpoint

#define ROTA_FAILPOINT_ERROR(name)                                                           \
  (::rota::failpoint::mood.load(std::memory_order_relaxed) != ::rota::failpoint::Mood::quiet && \
   ::rota::failpoint::pass(name))
#define ROTA_FAILPOINT(name) static_cast<void>(ROTA_FAILPOINT_ERROR(name))
#else
#define ROTA_FAILPOINT_ERROR(name) false
#define ROTA_FAILPOINT(name) static_cast<void>(0)
#endif

namespace rota::failpoint {

/// An environment ("K=V") without any word of failpoints: for pool workers and jobs.
void strip(std::vector<std::string>& env);
/// The same for a launcher: what was ROTA_FAILPOINTS_LAUNCHER is its ROTA_FAILPOINTS.
void hand_to_launcher(std::vector<std::string>& env);

}  // namespace rota::failpoint
