// What happens to the scheduler: the only input of Scheduler::step. Made by the daemon from lanes, sockets, pidfds,
// clients and deadlines; made by the simulator from a seed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "jobs/model/plan.h"
#include "scheduler/core/crew.h"
#include "scheduler/core/terms.h"
#include "shared/boxed.h"
#include "shared/ids.h"
#include "shared/outcome.h"
#include "shared/progress.h"

namespace rota::core::event {

/// A validated plan under a number nobody else has.
struct Submit {
  RunId run = 0;
  Boxed<jobs::Plan> plan;
  Boxed<Terms> terms;
};

/// What a worker can hold. A pool worker has threads and async slots; a launcher has processes. `*_ahead` is how many
/// granted attempts it may hold beyond its slots, so that the next one starts the moment a slot falls free. A pool
/// worker of a warm crew or a quarantine has a slot for process mode: its thread.
struct Capacity {
  std::uint32_t threads = 0;
  std::uint32_t thread_ahead = 0;
  std::uint32_t async = 0;
  std::uint32_t processes = 0;
  std::uint32_t process_ahead = 0;
  std::uint32_t tasks = 0;  // attempts that it is given in its life, then it goes; 0: no end
};

/// A worker said hello and can take work. `holds` is for a launcher that outlived its coordinator: every attempt it
/// has, or has ended without hearing that this is known. What the state has there and the launcher has not never
/// started. (It tells Started, BecameReady and Finished of what it has again: the records of the first time may be
/// lost.)
struct WorkerUp {
  WorkerId worker;
  Capacity capacity;
  std::optional<std::vector<AttemptId>> holds;
  CrewId crew;
};

/// A worker is dead: its pidfd said so, and everything it had sent was taken before. `begun` are the attempts that its
/// shared pages show as begun; the others were never started, unless a Started said so. (So whoever cannot know, as
/// with a launcher whose journal is gone, names all that it sent.) `guilty`: its own signal brought the worker down, or
/// its call of exit (signal 0). `suspects`: the worker ended by itself, and these were running.
struct WorkerDown {
  struct Guilty {
    AttemptId attempt;
    std::int32_t signal = 0;
  };
  WorkerId worker;
  std::int32_t signal = 0;  // that ended the worker, or 0
  std::int32_t exit = 0;    // its status, when no signal did; below 0: nobody can know
  std::vector<AttemptId> begun;
  std::optional<Guilty> guilty;
  std::vector<AttemptId> suspects;
  std::string trace;  // where it was, as the worker wrote it down; for people
};

/// Reports of a worker. One whose (attempt, worker) is not what the state expects is counted and dropped.
struct Started {
  WorkerId worker;
  AttemptId attempt;
  std::int32_t pid = 0;
  Instant at;
};
struct BecameReady {
  WorkerId worker;
  AttemptId attempt;
};

/// An attempt does not answer its probe as it should: it is stopped. `cause`: not_ready or not_live.
struct ProbeFailed {
  WorkerId worker;
  AttemptId attempt;
  StopCause cause = StopCause::not_live;
};

/// A worker takes nothing more: it is to go when what it holds has ended.
struct WorkerWorn {
  WorkerId worker;
};

/// An attempt stands still since then, its clock too; or it goes on.
struct Frozen {
  WorkerId worker;
  AttemptId attempt;
  bool frozen = true;
  Instant at;
};

struct Progressed {
  WorkerId worker;
  AttemptId attempt;
  Progress progress = 0;
};
struct Finished {
  WorkerId worker;
  AttemptId attempt;
  AttemptReport report;
};

/// A wish to end a run. `now`: no grace (a second Ctrl-C). Repeating it is harmless; a stronger one overrides.
struct CancelRun {
  RunId run = 0;
  StopCause cause = StopCause::cancel_user;
  bool now = false;
  std::optional<Duration> grace;  // what is stopped is killed after it, where its job allows more
  std::string reason;             // for people; empty: nobody said
};

/// A wish to end some tasks, and what needs them follows from that. Those that have ended or never were are passed
/// over.
struct CancelTasks {
  /// Tasks of one job that lie side by side.
  struct Span {
    RunId run = 0;
    JobIndex job = 0;
    TaskIndex first = 0;
    std::uint32_t count = 1;
  };
  std::vector<Span> tasks;
  bool now = false;
  std::optional<Duration> grace;  // as of CancelRun
  std::string reason;
};

/// Nothing of the run (or of one job of it) starts until it is released; what runs goes on. Repeating it is harmless.
struct Hold {
  RunId run = 0;
  std::optional<JobIndex> job;  // none: the whole run
  bool hold = true;             // false: release
};

/// What runs as a process of a run, or of tasks of one job, is to stand still, or to go on. `job`: they are all of
/// their job, and nothing more of it is to start; a pause of the whole run keeps all of it from starting. To resume a
/// run resumes its jobs and tasks, too. Repeating it is harmless.
struct Pause {
  RunId run = 0;
  std::optional<TaskSpan> tasks;  // none: the whole run
  bool job = false;
  bool pause = true;  // false: resume
  std::string by;     // the user's name, for people
};

/// A live run, or one job of it, is to go on under other terms: what is none stays as it is.
struct Update {
  RunId run = 0;
  std::optional<JobIndex> job;                // none: the whole run
  std::optional<std::int32_t> priority;
  std::optional<std::uint32_t> max_parallel;  // 0: no bound
};

/// Whether anything may be granted, and why not. The world's, not of any record: a new life begins open.
struct Admission {
  ReasonKind closed = ReasonKind::none;  // none: open; drained, safe_mode
};

/// What the whole of the fleet may do at once, whatever its workers can hold. The world's, not of any record.
struct Bounds {
  std::uint32_t command_slots = 0;  // commands under thread and async
  /// Process attempts that can be running, with a process of their own or in a warm one.
  std::uint32_t process_slots = UINT32_MAX;
  /// What tasks that declare `resources` may add up to: thousandths of a core, and bytes.
  std::uint64_t cpus_milli = UINT64_MAX;
  std::uint64_t memory = UINT64_MAX;
};

/// The coordinator is about to stop: thread and async attempts are asked to end with StopCause::shutdown, and are
/// queued again; process attempts go on under their launchers. Nothing is granted any more.
struct ShutDown {};

/// A worker of this kind could not be had (spawn failed, or it died before hello too often): the attempts that wait for
/// this mode and crew would wait for ever. They end as failed, reason spawn:errno.
struct NoWorker {
  Mode mode = Mode::thread;
  std::int32_t error = 0;  // errno
  CrewId crew;
};

/// No process can be started just now for want of processes, memory or descriptors: what waits for one waits, and says
/// so. `worker`: that one cannot start what it was granted. None: no further pool worker (or launcher) can be had.
struct Shortage {
  std::optional<WorkerId> worker;
  bool of_pool = false;    // without a worker: of which kind
  std::int32_t error = 0;  // errno; 0: it is over
};

/// A deadline of `Scheduler::next_deadline` has come. Carries nothing: the time is the argument of step.
struct Wake {};

/// The journal was replayed and a new life of the coordinator begins: thread and async attempts of the old one are
/// over, process attempts wait for WorkerUp (with `holds`) or WorkerDown of their launcher.
struct Recovered {
  std::uint32_t epoch = 0;
};

/// A validated plan with schedules is to be registered under its name, in the place of what has that name. Its runs
/// get these terms.
struct Register {
  Boxed<jobs::Plan> plan;
  Boxed<Terms> terms;
};
struct Unregister {
  std::string name;
};
struct EnableSchedule {
  std::string name;
  bool enabled = true;
};

/// An occurrence of a registered file has come. Told again it changes nothing.
struct Occur {
  std::string name;
  std::uint32_t entry = 0;
  WallTime occurrence;
  bool missed = false;  // it came while nobody was there to see it
  bool pass = false;    // whatever the rules say: an occurrence behind it counts
  bool full = false;    // no more runs are taken
  RunId run = 0;        // a number nobody else has, with what its terms are to be besides; unused if it is passed over
  WallTime begin;       // of the run: not before; 0: at once
  std::string run_key;
  std::vector<std::string> env;
};

}  // namespace rota::core::event

namespace rota::core {
using Event = std::variant<event::Submit, event::WorkerUp, event::WorkerDown, event::Started, event::BecameReady,
                           event::Finished, event::CancelRun, event::CancelTasks, event::Hold, event::Admission,
                           event::ShutDown, event::NoWorker, event::Wake, event::Recovered, event::Bounds,
                           event::Register, event::Unregister, event::EnableSchedule, event::Occur,
                           event::Progressed, event::WorkerWorn, event::Update, event::ProbeFailed, event::Shortage,
                           event::Pause, event::Frozen>;
}  // namespace rota::core
