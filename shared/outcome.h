// How work ends: what an executor saw (Ending), what it means (Outcome) and why (Reason). Plain values for every side.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "shared/clock.h"
#include "shared/value.h"

namespace rota {

/// Where a job runs.
enum class Mode : std::uint8_t { thread, process, async, last_ = async };
std::string_view to_text(Mode m);

/// The data of a finished task. `revoked` (proved never started) and `interrupted` (a bystander of a dead worker) end
/// an attempt only: the task goes back to the queue and no retry is charged.
enum class Outcome : std::uint8_t {
  succeeded,
  failed,
  timed_out,
  cancelled,
  crashed,
  oom,
  lost,
  skipped,
  upstream_failed,
  revoked,
  interrupted,
  last_ = interrupted
};
std::string_view to_text(Outcome o);     // "succeeded", "timed_out", ...
std::string_view short_code(Outcome o);  // CLI.md's column ST: CD F TO CA CR OOM LO SK UF, RV, IN
inline bool ends_task(Outcome o) { return o != Outcome::revoked && o != Outcome::interrupted; }

/// The stable code of a cause. `value` is an exit status, a signal number or an errno where the kind has one.
enum class ReasonKind : std::uint8_t {
  none,              // it succeeded
  exit,              // exit:7
  signal,            // signal:11 (a signal that Rota did not send)
  oom,               // oom
  timeout,           // timeout
  run_timeout,       // timeout:run
  cancel_user,       // cancel:user
  cancel_policy,     // cancel:policy (failure_policy: cancel)
  stop_policy,       // stop:policy (failure_policy: stop: never started)
  dep,               // dep: a need can no longer be met
  spawn,             // spawn:ENOENT: could not be started
  exception,         // exception: the target threw, or returned an error
  bad_call,          // bad-call: wrong arguments, or a mode that the target does not have
  worker_lost,       // worker-lost
  coordinator_lost,  // coordinator-lost
  not_needed,        // not-needed: a daemon stopped after its last consumer
  output,            // output: its log file could not be opened or written
  // Of waiting:
  hold,          // hold:user: held until it is released
  begin,         // begin: not before its time
  after,         // after:41: another run must end first; value = its number
  slots,         // limit:slots: all slots of its mode are taken
  max_parallel,  // limit:max_parallel: its run may have no more at once
  recovering,    // recovering: its launcher has not said yet what became of it
  drained,       // limit:drain: the coordinator takes up nothing new
  safe_mode,     // limit:safe-mode: the coordinator died too often, scheduling is paused
  // Of ends:
  done,       // done: succeeded in the run that this one retries; value = that run
  shut_down,  // shutdown: interrupted because its coordinator stopped
  condition,     // if: its condition was false
  expression,    // expression: one of its values could not be computed; the message says where and why
  bad_output,    // output-value: what it left in $ROTA_OUTPUT is not what it declares
  fail_fast,     // cancel:fail_fast: another task of its job failed
  max_failures,  // stop:max_failures: too many tasks of its job failed
  secret,        // secret: one of its secrets could not be had
  // Of waiting:
  job_parallel,  // limit:job_parallel: its job may have no more tasks at once
  command_slots,  // limit:command_slots: all slots for commands under thread and async are taken
  // Of an occurrence that became no run:
  overlap,         // overlap: the run before it was not over
  missed,          // missed: nobody was there at its time, and it is not caught up with
  start_deadline,  // missed:start_deadline: it could not be begun in time
  runs_queued,     // limit:runs: the service takes no more runs
  // Of ends:
  accused,  // accused:11: its worker seems to have died by it; value = signal, or kAccusedExit + status
  // Of ends:
  initializer,  // initializer: what prepares its warm process failed
  // Of waiting:
  pool,         // limit:pool: a pool of it has no slot free
  rate,         // rate: a pool of it has let as many start as it may
  res_cpus,     // res:cpus: what is alive has declared the others
  res_memory,   // res:mem: likewise
  concurrency,  // limit:concurrency: its group has as many runs as it may; value = one of them
  // Of ends:
  replaced,     // cancel:replaced:44: a newer run of its group took its place; value = that run
  group_full,   // group-full:41: its group had as many runs as it may; value = one of them
  not_live,     // not-live: it did not answer its probe any more
  not_ready,    // not-ready: it did not come to serve in time
  // Of waiting:
  processes,  // limit:processes: no process can be started for it just now; value = errno
  paused,       // paused:user: it stands still, or is not to start, until somebody resumes it
  last_ = paused
};
/// Added to an exit status where an accusation is of an exit.
inline constexpr std::int32_t kAccusedExit = 256;
struct Reason {
  ReasonKind kind = ReasonKind::none;
  std::int32_t value = 0;
  bool operator==(const Reason&) const = default;
};
std::string to_text(Reason r);  // the stable code, such as "exit:7"

/// Why an attempt was told to stop.
enum class StopCause : std::uint8_t {
  none,
  timeout,
  run_timeout,
  cancel_user,
  cancel_policy,
  not_needed,
  shutdown,  // the coordinator stops; what is interrupted by it runs again
  fail_fast,  // another task of the job failed
  replaced,   // a newer run of its group takes its place
  not_live,   // it does not answer its probe any more
  not_ready,  // it did not come to serve in time
  last_ = not_ready
};

/// What the executor saw, unjudged. Exactly one per attempt.
struct Ending {
  enum class Kind : std::uint8_t {
    returned,      // a target came back without error
    exited,        // wait status: exit; value = status
    signalled,     // wait status: signal; value = signal
    spawn_failed,  // exec, chdir, open of stdin or log failed; value = errno
    threw,         // the target threw or returned an error; `message` of the report says what
    bad_call,      // refused before user code ran
    revoked,       // proved never started
    bad_output,    // ended well, but its outputs are not as declared; `message` says which
    bad_value,     // an expression of it could not be computed; never started
    no_secret,     // one of its secrets could not be had; never started
    unprepared,    // the initializer of its warm process failed; never started
    last_ = unprepared
  };
  Kind kind = Kind::returned;
  std::int32_t value = 0;
  StopCause stopped_by = StopCause::none;  // Rota asked it to stop before it ended
  bool forced = false;                     // the stop went as far as SIGKILL
  bool oom = false;                        // the kernel's memory killer took it
  bool operator==(const Ending&) const = default;
};

/// Resources of one attempt. A value below zero is unknown in that mode.
struct Usage {
  std::int64_t cpu_us = -1;         // in user code and in the kernel
  std::int64_t cpu_system_us = -1;  // of that, in the kernel
  std::int64_t max_rss_kib = -1;
  std::int64_t voluntary_switches = -1;    // it waited
  std::int64_t involuntary_switches = -1;  // it was made to wait
  std::int64_t loop_us = -1;               // of a coroutine: the loop was held by it
  std::int64_t cpu_user_us() const { return cpu_us < 0 || cpu_system_us < 0 ? -1 : cpu_us - cpu_system_us; }
  bool operator==(const Usage&) const = default;
};

/// Where the captured output of one attempt lies: segment file number, offset of its first chunk, offset past its last
/// chunk; payload bytes kept and bytes dropped beyond the cap. `bytes == 0 && dropped == 0`: it wrote nothing.
struct OutputRef {
  std::uint32_t segment = 0;
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  std::uint64_t bytes = 0;
  std::uint64_t dropped = 0;
  bool operator==(const OutputRef&) const = default;
};

/// What a worker reports of a finished attempt.
struct AttemptReport {
  Ending ending;
  std::string message;  // error text for people, capped by the worker at 4 KiB; may be empty
  Usage usage;
  OutputRef output;
  Instant started;  // 0 when it never started
  Instant ended;
  ValueMap outputs;  // declared ones only, with their types; at most limits::kOutputBytes
  bool operator==(const AttemptReport&) const = default;
};

template <class Archive>
void fields(Archive& a, Reason& x) {
  a(x.kind, x.value);
}
template <class Archive>
void fields(Archive& a, Ending& x) {
  a(x.kind, x.value, x.stopped_by, x.forced, x.oom);
}
template <class Archive>
void fields(Archive& a, Usage& x) {
  a(x.cpu_us, x.cpu_system_us, x.max_rss_kib, x.voluntary_switches, x.involuntary_switches, x.loop_us);
}
template <class Archive>
void fields(Archive& a, OutputRef& x) {
  a(x.segment, x.first, x.last, x.bytes, x.dropped);
}
template <class Archive>
void fields(Archive& a, AttemptReport& x) {
  a(x.ending, x.message, x.usage, x.output, x.started, x.ended, x.outputs);
}

}  // namespace rota
