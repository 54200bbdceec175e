// What clients ask of a coordinator and what it answers. One connection is a sequence of frames over a unix stream
// socket: u32 little-endian (low 31 bits: length of this frame, at most limits::kControlFrameBytes; top bit: this
// message goes on in the next frame) and that many bytes of JSON. The first frame of each side is Hello. A client asks,
// one question at a time, and gets exactly one Reply, except that it may close the connection instead of waiting.
// A job file's bytes travel as a sealed memfd that is sent with the frame (SCM_RIGHTS): they never pass the loop.
//
// protocol.cpp maps these to and from JSON ("ask": "submit", ...); unknown members are passed over, missing ones have
// their defaults, so that an older client and a newer coordinator understand each other within one protocol number.
// Text that is not UTF-8 travels as {"hex":"..."}, so that paths and environments arrive as they are. A coordinator
// that will not talk to a client at all says Refused instead of, or after, its Hello, and closes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "scheduler/core/block.h"
#include "scheduler/core/view.h"
#include "shared/clock.h"
#include "shared/ids.h"
#include "shared/outcome.h"
#include "shared/result.h"

namespace rota::control {

inline constexpr std::uint32_t kControlProtocol = 1;

struct Hello {
  std::uint32_t protocol = kControlProtocol;
  std::string version;  // of the program, for people
  std::int32_t pid = 0;
  std::string instance_directory;  // from the coordinator only
};

namespace ask {

/// A job file (its bytes by memfd). One with schedules is registered instead of run.
struct Submit {
  std::string file;           // as the user wrote it, for messages; "-" for standard input
  std::string absolute_path;  // empty: it has none
  std::string directory;      // the file's folder: working directory and base of relative paths
  std::vector<std::pair<std::string, std::string>> params;
  std::vector<std::string> env;  // what the jobs get of the caller's environment, "K=V"
  std::string name;              // of the run; empty: the file's
  bool hold = false;
  WallTime begin;                // 0: at once
  std::vector<RunId> after;
  std::string key;               // idempotency: the same key within 24 h gives the same run
  bool dry_run = false;          // validate only
  std::int32_t priority = 0;     // of the run
};
/// A new run of what run R did not get done: jobs that succeeded (or were skipped) there count as done.
struct Retry {
  RunId run = 0;
  bool failed_only = false;  // not what was cancelled or never reached for another reason than a failure
  std::string job;           // only this job (and with downstream, what needs it); empty: all
  bool downstream = false;
  std::string key;
  /// The file comes along (by memfd) and takes the place of what was submitted: a job that it does not do as before
  /// runs again, with all that needs it. Its place and parameters as of Submit.
  bool reload = false;
  std::string file, absolute_path, directory;
  std::vector<std::pair<std::string, std::string>> params;
  std::string tasks;  // only these of the job's tasks, as a selector has them: "[17-99]"; empty: all
};
/// The runs that this coordinator has in its hands: alive, or ended and not yet folded.
struct List {};
struct View {
  RunId run = 0;
  core::Wanted wanted;  // empty: all of a small run, what matters of a large one
};
/// Selectors as of selector.h. Answered when nothing of it is alive any more.
struct Cancel {
  std::string selectors;
  std::optional<Duration> grace;  // shorter than the job's own
  bool now = false;
  std::string reason;  // for people
};
struct Kill {
  std::string selectors;
  std::int32_t signal = 15;
};
struct Hold {
  std::string selectors;
  bool hold = true;
};
/// What runs as a process of runs, jobs or tasks stands still, and nothing more of the runs and jobs starts; or all
/// that goes on. Answered when it is so.
struct Pause {
  std::string selectors;
  bool pause = true;  // false: resume
  std::string by;     // who asks, for people
};
/// Runs or jobs that are alive go on under other terms; none: as they were.
struct Update {
  std::string selectors;
  std::optional<std::int32_t> priority;
  std::optional<std::uint32_t> max_parallel;  // 0: no bound
};
enum class Until : std::uint8_t { running, done, success, last_ = success };
/// Answered when it is true of all (any: of one) of the runs or jobs. success: also when it can no longer be.
struct Wait {
  std::string selectors;
  bool any = false;
  Until until = Until::done;
};
/// Why a task waits.
struct Explain {
  RunId run = 0;
  std::string job;
  TaskIndex task = 0;
};
struct Workers {};
struct Status {};
/// The coordinator takes up nothing new (drain: true) or again (false).
struct Drain {
  bool drain = true;
};
/// Answered before it goes. all: cancel everything first; else process attempts stay with their launchers.
struct Stop {
  bool all = false;
};
/// Forget finished runs, with their output: beyond the newest `keep_runs`, or ended before `older_than` ago.
struct Prune {
  std::optional<std::uint32_t> keep_runs;
  std::optional<Duration> older_than;
  bool dry_run = false;
};

/// The files that are registered to run by the calendar.
struct Schedules {
  std::string name;  // empty: all
};
/// Something is to become of a registered file.
struct Reschedule {
  enum class To : std::uint8_t { enable, disable, remove, last_ = remove };
  std::string name;
  To to = To::enable;
};
/// A run of a registered file, now.
struct Trigger {
  std::string name;
  std::string key;  // as of Submit
};

}  // namespace ask

using Ask = std::variant<ask::Submit, ask::Retry, ask::List, ask::View, ask::Cancel, ask::Kill, ask::Hold, ask::Wait,
                         ask::Explain, ask::Workers, ask::Status, ask::Drain, ask::Stop, ask::Prune, ask::Schedules,
                         ask::Reschedule, ask::Trigger, ask::Update, ask::Pause>;

namespace answer {

struct Submitted {
  RunId run = 0;      // 0: a dry run
  std::string name;
  std::uint32_t tasks = 0;
  bool known = false;  // the key was used before: nothing new was submitted
  std::uint32_t jobs = 0;  // that the tasks are of; 0: was not said
};
/// The job file is wrong: exit code 2.
struct Invalid {
  std::string rendered;  // as a compiler would say it, with its newline
};
/// How much of an older life's work is accounted for.
struct Recovery {
  std::uint32_t known = 0;
  std::uint32_t total = 0;
};
struct Runs {
  std::vector<core::RunSummary> runs;  // newest first
  Recovery recovery;
  std::string closed;  // "", "limit:drain", "limit:safe-mode"
};
struct View {
  core::RunView view;
  std::string output_directory;  // of this run's segments
  Recovery recovery;
};
/// What became of each task that was to end, in the order of the selectors; of many, limits::kTasksTold one by one and
/// the others counted.
struct Stopped {
  struct Task {
    TaskId task;
    std::string id;  // "42/render.17"
    std::string job;
    Outcome outcome = Outcome::cancelled;
    std::string rung;  // "not started", "asked" (token, coroutine cancel or the stop signal), "killed",
                       // "worker replaced"; "ended first": by itself, before the stop reached it
    std::string note;  // what survived; empty: nothing
  };
  struct Others {
    std::string job;
    Outcome outcome = Outcome::cancelled;
    std::string rung;
    std::uint32_t count = 0;
  };
  std::vector<Task> tasks;
  std::vector<Others> others;
};
/// How many tasks or attempts it was done to.
struct Done {
  std::uint32_t count = 0;
};
/// What a pause has come to, or what undid it.
struct Paused {
  std::uint32_t attempts = 0;   // that stand still now, or go on again
  std::uint32_t running = 0;    // that cannot stand still, and go on: on threads, as coroutines
  std::uint32_t waiting = 0;    // tasks that do not start until it is resumed, or may start again
  std::uint32_t not_begun = 0;  // tasks that were named one by one and do not run: nothing was done to them
};
struct Waited {
  bool satisfied = true;                     // false: success can no longer be
  std::vector<core::RunSummary> runs;        // of the selectors, each once
  std::vector<Outcome> outcomes;             // one for each selector that has ended: run or job (its worst task)
};
struct Explained {
  core::TaskState state = core::TaskState::pending;
  std::vector<Reason> reasons;  // the outermost first
  std::vector<core::Block> blocks;  // of some of them, what they are about
};
struct Workers {
  struct Worker {
    WorkerId worker;
    std::string kind;   // "pool", "launcher"
    std::string state;  // "starting", "up", "condemned", "recovering"
    std::int32_t pid = 0;
    std::uint32_t slots = 0;      // threads or processes
    std::uint32_t busy = 0;       // attempts it holds, those that wait for a slot too; not coroutines
    std::uint32_t coroutines = 0;  // attempts under async that it holds
    Instant since;
    std::string tree_level;       // launcher
    std::string note;             // what is the matter with it; empty: nothing
    std::string crew;             // pool worker: "common", or "12/plugin" and the like
  };
  std::vector<Worker> workers;
  std::uint32_t commands = 0, command_slots = 0;  // under thread and async: that run, and may run, at once
};
struct Status {
  std::string version;
  std::int32_t pid = 0;
  std::uint32_t epoch = 0;
  WallTime since;
  std::string state_directory, instance_directory, socket;
  std::string closed;  // as of Runs
  Recovery recovery;
  std::uint32_t runs = 0, tasks_waiting = 0, tasks_running = 0;
  std::uint32_t clients = 0;
  std::vector<std::pair<std::string, std::string>> settings;  // "threads" -> "2 (default)"
};
struct Pruned {
  std::vector<RunId> runs;
  std::uint64_t bytes = 0;
};
/// What was submitted has schedules: it runs when they say.
struct Registered {
  std::string name;
  std::uint32_t jobs = 0, tasks = 0;
  std::uint32_t entries = 0;  // schedules of it
  bool replaced = false;      // something of this name was registered before
  bool enabled = true;        // false: somebody disabled what was registered before
  bool dry_run = false;       // nothing was registered
  WallTime next;              // 0: none comes
};
struct Schedules {
  struct Entry {
    std::string text;      // "30 2 * * *"
    std::string timezone;
    bool enabled = true;
    WallTime next;         // 0: none comes
    RunId run = 0;         // the newest run of it; 0: none yet
    WallTime occurrence;   // that it was for
    WallTime looked_at;    // the newest occurrence that was decided upon
    Reason passed;         // why that one did not become a run; none: it did
  };
  struct File {
    std::string name;
    std::string source;    // path of the job file
    bool enabled = true;
    WallTime registered;
    std::vector<RunId> alive;
    std::vector<Entry> entries;
  };
  std::vector<File> files;  // by name
};
/// It could not be done; nothing was changed.
struct Refused {
  Error error;
  std::string hint;
};

}  // namespace answer

using Reply = std::variant<answer::Submitted, answer::Invalid, answer::Runs, answer::View, answer::Stopped,
                           answer::Done, answer::Waited, answer::Explained, answer::Workers, answer::Status,
                           answer::Pruned, answer::Registered, answer::Schedules, answer::Refused,
                           answer::Paused>;

std::string to_json(const Hello& hello);
std::string to_json(const Ask& ask);
std::string to_json(const Reply& reply);
/// Code::invalid with what is wrong and where; never throws, whatever the bytes.
Result<Hello> hello_from_json(std::string_view json);
Result<Ask> ask_from_json(std::string_view json);
Result<Reply> reply_from_json(std::string_view json);

}  // namespace rota::control
