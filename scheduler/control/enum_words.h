// The words by which enums travel in control messages. A word is a promise: one may be added, none changed.
#pragma once

#include <array>
#include <string_view>

#include "scheduler/control/protocol.h"

namespace rota::control {

/// Words<E>::list[static_cast<std::size_t>(e)] is the word of e.
template <class E>
struct Words;

template <>
struct Words<Mode> {
  static constexpr std::array<std::string_view, 3> list{"thread", "process", "async"};
};
template <>
struct Words<Outcome> {
  static constexpr std::array<std::string_view, 11> list{
      "succeeded", "failed", "timed_out", "cancelled", "crashed", "oom", "lost", "skipped", "upstream_failed",
      "revoked", "interrupted"};
};
template <>
struct Words<core::TaskState> {
  static constexpr std::array<std::string_view, core::kTaskStates> list{
      "pending", "queued", "starting", "running", "paused", "backoff", "stopping", "finished"};
};
template <>
struct Words<ReasonKind> {
  static constexpr std::array<std::string_view, 52> list{
      "none",        "exit",          "signal",     "oom",         "timeout",          "run_timeout",
      "cancel_user", "cancel_policy", "stop_policy", "dep",        "spawn",            "exception",
      "bad_call",    "worker_lost",   "coordinator_lost", "not_needed", "output",      "hold",
      "begin",       "after",         "slots",      "max_parallel", "recovering",      "drained",
      "safe_mode",   "done",          "shut_down",  "condition",   "expression",       "bad_output",
      "fail_fast",   "max_failures",  "secret",     "job_parallel", "command_slots",
      "overlap",     "missed",        "start_deadline", "runs_queued",
      "accused",     "initializer", "pool",        "rate",        "res_cpus",        "res_memory",
      "concurrency", "replaced",  "group_full",      "not_live",   "not_ready",
      "processes",   "paused"};
};
template <>
struct Words<Ending::Kind> {
  static constexpr std::array<std::string_view, 11> list{"returned", "exited",   "signalled", "spawn_failed",
                                                        "threw",    "bad_call", "revoked",
                                                        "bad_output", "bad_value", "no_secret", "unprepared"};
};
template <>
struct Words<StopCause> {
  static constexpr std::array<std::string_view, 11> list{"none",          "timeout",    "run_timeout", "cancel_user",
                                                        "cancel_policy", "not_needed", "shutdown", "fail_fast",
                                                         "replaced",      "not_live",   "not_ready"};
};
template <>
struct Words<jobs::Hook> {
  static constexpr std::array<std::string_view, 4> list{"on_success", "on_failure", "on_cancel", "on_exit"};
};
template <>
struct Words<ask::Reschedule::To> {
  static constexpr std::array<std::string_view, 3> list{"enable", "disable", "remove"};
};
template <>
struct Words<ask::Until> {
  static constexpr std::array<std::string_view, 3> list{"running", "done", "success"};
};
template <>
struct Words<Code> {
  static constexpr std::array<std::string_view, 7> list{"invalid", "not_found", "refused", "unreachable",
                                                        "system",  "corrupt",   "internal"};
};

template <class E>
constexpr bool all_have_words() {
  return Words<E>::list.size() == static_cast<std::size_t>(E::last_) + 1;
}
static_assert(all_have_words<Mode>() && all_have_words<Outcome>() && all_have_words<core::TaskState>());
static_assert(all_have_words<ReasonKind>() && all_have_words<Ending::Kind>() && all_have_words<StopCause>());
static_assert(all_have_words<ask::Until>() && all_have_words<jobs::Hook>());
static_assert(Words<Code>::list.size() == static_cast<std::size_t>(Code::internal) + 1);

}  // namespace rota::control
