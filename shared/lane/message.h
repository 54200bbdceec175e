// The words that coordinator and workers exchange. One protocol over two carriers: lanes in shared memory (pool
// workers) and a SOCK_SEQPACKET socket (launchers). This is the only header where scheduler/ and worker/ meet.
//
// A message is encoded by wire::encode(Down) or wire::encode(Up) and may be as long as limits::kLaneMessageBytes; the
// carriers cut it into frames of at most limits::kFrameBytes and join it again. Every attempt that was sent in a Start
// gets exactly one Finished (a Retract or Stop of one that never began gets Ending::revoked), unless its worker dies.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "shared/ids.h"
#include "shared/outcome.h"
#include "shared/progress.h"
#include "shared/value.h"

namespace rota::lane {

inline constexpr std::uint32_t kProtocol = 7;

struct LogPlan {
  std::string stdout_path;  // absolute; empty: captured in the segment
  std::string stderr_path;
  bool merge = false;       // stderr goes where stdout goes
  std::uint64_t max_bytes = 0;
};

struct StdinPlan {
  enum class Kind : std::uint8_t { empty, text, file, last_ = file };
  Kind kind = Kind::empty;
  std::string text;  // the text, or the absolute path of the file
};

/// What an attempt may leave. Where `path` is given the worker creates that file (O_CREAT | O_EXCL, 0600), names it in
/// ROTA_OUTPUT, reads it after the end and removes it; a target returns them instead, or sets them by its context.
struct OutputPlan {
  std::string path;  // absolute; empty: it leaves nothing
  std::vector<DeclaredValue> fields;
  std::vector<std::uint8_t> good_exits{0};  // statuses of a command that ended well: only then faults of outputs count
};

/// What a process may use; 0 everywhere: nothing is said.
struct ProcessLimits {
  std::uint64_t memory = 0;  // bytes
  std::int32_t nice = 0;
  std::uint32_t open_files = 0;
  std::int64_t cpu_time_ns = 0;
  std::uint64_t file_size = 0;  // bytes
  bool operator==(const ProcessLimits&) const = default;
};

/// Everything an executor needs to know of one attempt. Nothing in it is parsed any further by the worker.
struct Assignment {
  AttemptId id;
  Mode mode = Mode::process;
  std::string job;           // the job's id: ROTA_JOB
  std::string name;          // display name; the OS thread bears its first 15 bytes
  std::vector<std::string> argv;  // a command: argv[0] is looked up in the attempt's PATH. Empty: a target
  std::string target;        // catalogue name; empty for a command
  std::vector<std::string> interpreter;  // words that start the one that runs the target, under process; else empty
  ValueList args;
  ValueMap kwargs;
  std::vector<std::string> env;   // "K=V" over the run's environment; the ROTA_* variables are in it
  std::string working_dir;   // absolute
  StdinPlan stdin_plan;
  LogPlan log;
  std::int64_t timeout_ns = 0;    // enforced by a launcher; 0: none. Thread and async: the coordinator's deadline
  std::int32_t stop_signal = 15;
  std::int64_t grace_ns = 0;      // TERM to KILL
  std::string ready_text;         // report Ready when the output contains this; empty: no
  bool daemon = false;            // takes no slot of the mode: gets an extra thread
  OutputPlan outputs;
  std::vector<std::string> masks;  // secret bytes: replaced by *** in whatever is captured of it
  std::uint64_t max_rss = 0;       // of a warm process: with more bytes of memory it takes no other task; 0: any
  std::string initializer;         // of a warm process: a target that is called before its first task; empty: none
  ValueList initializer_args;
  ProcessLimits limits;            // of the process of an attempt under process
};

/// One of the attempts of a StartMany, and the numbers that tell it apart.
struct Member {
  TaskIndex task = 0;
  std::uint32_t attempt = 0;     // of AttemptId
  std::uint32_t try_number = 0;  // as users count
  std::int64_t number = 0;       // of the task, as users see it
};

/// An entry of a member's environment: the text, and then one of its numbers.
struct OwnVariable {
  enum class Of : std::uint8_t { task, number, try_number, last_ = try_number };
  std::string text;  // "ROTA_JOB_ID=12/render."
  Of of = Of::task;
};

/// How the coordinator starts a worker: descriptors at fixed numbers, the rest by flags (see worker/main.cpp).
///   rota-worker pool --seat N --generation G --threads T   3 lane A, 4 lane B, 5 bell to worker, 6 bell to coordinator
///     and, where the coordinator may have a next life: 7 a lock that is held as long as the worker lives
///     8 a file of fixed size for the crash handler: where the thread was
///     or, with the same flags, an interpreter of Python that runs rota_worker
///   rota-worker launcher --seat N --generation G --width W 3 socket
///     and, for one that outlives its coordinator: --home DIR --epoch E, 4 lock of DIR, 5 listening socket in DIR
///     (launcher_home.h tells what is in DIR)
namespace descriptor {
inline constexpr int kLaneToWorker = 3, kLaneToCoordinator = 4, kBellToWorker = 5, kBellToCoordinator = 6;
inline constexpr int kPoolLock = 7, kCrashNote = 8;
inline constexpr int kLauncherSocket = 3, kLauncherLock = 4, kLauncherListener = 5;
}  // namespace descriptor

/// Coordinator to worker.
namespace down {
/// Once per run and before its first Start: the base environment, "K=V", and where this worker's output of it goes.
/// The worker creates the segment file (O_CREAT | O_EXCL | O_APPEND, 0600) when it has the first byte for it.
struct OpenRun {
  RunId run = 0;
  std::vector<std::string> env;
  std::uint32_t segment = 0;
  std::string segment_path;  // absolute
};
/// The worker may forget the run.
struct CloseRun {
  RunId run = 0;
};
struct Start {
  Assignment assignment;
};
/// To a pool worker: targets of one job under thread that differ in nothing but their numbers. Each is an attempt like
/// any other, as if it had come in a Start of its own, in this order.
struct StartMany {
  Assignment common;  // its id is the first member's; no argv, no daemon
  std::vector<OwnVariable> own;
  std::vector<Member> members;
};
/// End this attempt: not begun -> revoked; else the mode's ladder. `now`: skip the grace.
struct Stop {
  AttemptId attempt;
  StopCause cause = StopCause::cancel_user;
  std::int64_t grace_ns = 0;
  bool now = false;
};
/// Give it back if it has not begun: Finished(revoked), or nothing at all when it has.
struct Retract {
  AttemptId attempt;
};
/// First word on a connection that a new coordinator has opened to a launcher that outlived the last one. A higher
/// epoch closes the older connection unread: what was granted and not started is forgotten. Answered by up::Hello,
/// up::Holds, and then Started, Ready and Finished of all that it holds, again.
struct Hello {
  std::uint32_t protocol = kProtocol;
  std::uint32_t epoch = 0;
};
/// The end of this attempt is durable: a launcher with a home may forget it.
struct Ack {
  AttemptId attempt;
};
/// Send a signal to the process group of an attempt that runs (process mode). No answer; one that has ended is past it.
struct Signal {
  AttemptId attempt;
  std::int32_t signal = 0;
};
/// To a launcher: let the whole tree of an attempt stand still, or go on again. Answered by up::Frozen once it is so;
/// one that is not running, or is being stopped, gets no answer.
struct Freeze {
  AttemptId attempt;
  bool freeze = true;
};
/// Orderly end: no Start will follow; leave when nothing runs. (EOF or death of the coordinator without it: kill all.)
struct End {};
}  // namespace down
using Down = std::variant<down::OpenRun, down::CloseRun, down::Start, down::Stop, down::Retract, down::End, down::Hello,
                          down::Ack, down::Signal, down::StartMany, down::Freeze>;

/// Worker to coordinator.
namespace up {
/// First word of a worker.
struct Hello {
  std::uint32_t protocol = kProtocol;
  WorkerId worker;
  std::int32_t pid = 0;
  std::string tree_level;  // launcher: "cgroup" or "proc"
};
struct Started {
  AttemptId attempt;
  std::int32_t pid = 0;  // of the job's own process, 0 where it has none
  Instant at;
};
struct Ready {
  AttemptId attempt;
};
struct Finished {
  AttemptId attempt;
  AttemptReport report;
};
/// Of a pool worker: ends of targets that came back without error and left nothing. Each is as a Finished, and before
/// it a Started where there was none. CoordinatorEnd takes them apart: nobody behind it sees this word.
struct FinishedMany {
  struct End {
    AttemptId attempt;
    std::int64_t started_after_ns = 0;  // the start of the one before; of the first: `from`
    std::int64_t took_ns = 0;
    Usage usage;
  };
  Instant from;
  std::vector<End> ends;
};
/// The segment has grown to `end`; at most every 50 ms, and before every Finished that has output.
struct Output {
  std::uint32_t segment = 0;
  std::uint64_t end = 0;
};
/// Of a pool worker: it is worn, and starts nothing more; what it has not begun it gives back. It goes when it is told.
struct Worn {
  std::string why;  // "its memory is 312 MiB, more than max_rss"
};
/// How far an attempt is, as it says itself: at most every 100 ms, and only what is news (shared/progress.h).
struct Progressed {
  AttemptId attempt;
  Progress progress = 0;
};
/// Of a launcher: the attempt stands still since then, its clock too; or it goes on. A new coordinator is told of those
/// that stand still, after up::Holds.
struct Frozen {
  AttemptId attempt;
  bool frozen = true;
  Instant at;
};
/// What a launcher has, as an answer to down::Hello: every attempt that it has started and whose end was not acked, and
/// every run that is open at it with its segment.
struct Holds {
  struct Segment {
    RunId run = 0;
    std::uint32_t segment = 0;
    std::string path;
    std::uint64_t end = 0;
  };
  std::uint32_t width = 0;
  std::vector<AttemptId> attempts;
  std::vector<Segment> segments;
};
/// Something a person should read: a process that escaped, a tree kill that fell back. One line.
struct Note {
  std::optional<AttemptId> attempt;
  std::string text;
};
/// It cannot start processes or threads just now, and tries again: what it was granted waits, and no try is used up.
/// `error` is the errno; 0: that is over.
struct Shortage {
  std::int32_t error = 0;
};
}  // namespace up
using Up = std::variant<up::Hello, up::Started, up::Ready, up::Finished, up::Output, up::Note, up::Holds,
                        up::FinishedMany, up::Progressed, up::Worn, up::Shortage, up::Frozen>;

template <class A>
void fields(A& a, LogPlan& x) { a(x.stdout_path, x.stderr_path, x.merge, x.max_bytes); }
template <class A>
void fields(A& a, StdinPlan& x) { a(x.kind, x.text); }
template <class A>
void fields(A& a, OutputPlan& x) { a(x.path, x.fields, x.good_exits); }
template <class A>
void fields(A& a, ProcessLimits& x) { a(x.memory, x.nice, x.open_files, x.cpu_time_ns, x.file_size); }
template <class A>
void fields(A& a, Assignment& x) {
  a(x.id, x.mode, x.job, x.name, x.argv, x.target, x.interpreter, x.args, x.kwargs, x.env, x.working_dir, x.stdin_plan,
    x.log, x.timeout_ns, x.stop_signal, x.grace_ns, x.ready_text, x.daemon, x.outputs, x.masks, x.max_rss,
    x.initializer, x.initializer_args, x.limits);
}
template <class A>
void fields(A& a, Member& x) { a(x.task, x.attempt, x.try_number, x.number); }
template <class A>
void fields(A& a, OwnVariable& x) { a(x.text, x.of); }
namespace down {
template <class A>
void fields(A& a, OpenRun& x) { a(x.run, x.env, x.segment, x.segment_path); }
template <class A>
void fields(A& a, CloseRun& x) { a(x.run); }
template <class A>
void fields(A& a, Start& x) { a(x.assignment); }
template <class A>
void fields(A& a, StartMany& x) { a(x.common, x.own, x.members); }
template <class A>
void fields(A& a, Stop& x) { a(x.attempt, x.cause, x.grace_ns, x.now); }
template <class A>
void fields(A& a, Retract& x) { a(x.attempt); }
template <class A>
void fields(A&, End&) {}
template <class A>
void fields(A& a, Hello& x) { a(x.protocol, x.epoch); }
template <class A>
void fields(A& a, Ack& x) { a(x.attempt); }
template <class A>
void fields(A& a, Signal& x) { a(x.attempt, x.signal); }
template <class A>
void fields(A& a, Freeze& x) { a(x.attempt, x.freeze); }
}  // namespace down
namespace up {
template <class A>
void fields(A& a, Hello& x) { a(x.protocol, x.worker, x.pid, x.tree_level); }
template <class A>
void fields(A& a, Started& x) { a(x.attempt, x.pid, x.at); }
template <class A>
void fields(A& a, Ready& x) { a(x.attempt); }
template <class A>
void fields(A& a, Finished& x) { a(x.attempt, x.report); }
template <class A>
void fields(A& a, FinishedMany::End& x) { a(x.attempt, x.started_after_ns, x.took_ns, x.usage); }
template <class A>
void fields(A& a, FinishedMany& x) { a(x.from, x.ends); }
template <class A>
void fields(A& a, Worn& x) { a(x.why); }
template <class A>
void fields(A& a, Shortage& x) { a(x.error); }
template <class A>
void fields(A& a, Progressed& x) { a(x.attempt, x.progress); }
template <class A>
void fields(A& a, Output& x) { a(x.segment, x.end); }
template <class A>
void fields(A& a, Note& x) { a(x.attempt, x.text); }
template <class A>
void fields(A& a, Frozen& x) { a(x.attempt, x.frozen, x.at); }
template <class A>
void fields(A& a, Holds::Segment& x) { a(x.run, x.segment, x.path, x.end); }
template <class A>
void fields(A& a, Holds& x) { a(x.width, x.attempts, x.segments); }
}  // namespace up

}  // namespace rota::lane
