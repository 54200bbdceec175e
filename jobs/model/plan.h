// A validated job file as values: what the loader makes, the core schedules, the journal stores and nobody changes.
// Everything is resolved: parameters substituted, defaults applied, needs turned into indices, paths made absolute.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "jobs/model/formula.h"
#include "jobs/model/schedule.h"
#include "jobs/model/shape.h"
#include "shared/clock.h"
#include "shared/ids.h"
#include "shared/limits.h"
#include "shared/name.h"
#include "shared/outcome.h"
#include "shared/value.h"

namespace rota::jobs {

struct RunText {  // `run:` shell text; args become "$@"
  std::string text;
};
struct CommandLine {  // `command:` argv without a shell
  std::vector<std::string> argv;
};
/// Whose code a target is: it decides which pool workers run it.
enum class Runtime : std::uint8_t {
  builtin,  // of the catalogue
  plugin,   // of a shared library of the user's
  python,
  last_ = python
};
struct TargetCall {  // `target:` a function of the catalogue, or of the user's own
  std::string target;
  Runtime runtime = Runtime::builtin;
};
using Action = std::variant<RunText, CommandLine, TargetCall>;

/// `each`: element i after element i of a job with as many tasks, which must succeed. A plain need where `if` speaks of
/// success(), failure() or always() is `completed`: the expression decides.
enum class NeedKind : std::uint8_t { success, completed, failed, started, ready, each, last_ = each };
std::string_view to_text(NeedKind k);

struct Need {
  JobIndex job = 0;
  NeedKind kind = NeedKind::success;
  bool operator==(const Need&) const = default;
};

/// Bits of Retry::on.
namespace retry_on {
inline constexpr std::uint8_t kExit = 1, kSignal = 2, kTimeout = 4, kLost = 8, kSpawn = 16;
inline constexpr std::uint8_t kDefault = kExit | kSignal | kTimeout | kLost;
}  // namespace retry_on

struct Retry {
  std::uint32_t limit = 0;  // tries after the first
  Duration delay = std::chrono::seconds(1);
  double backoff = 2.0;  // factor per charged try
  Duration max_delay = std::chrono::seconds(60);
  double jitter = 0.1;  // +- this part of the delay, from a hash of the attempt (no random source in the core)
  std::uint8_t on = retry_on::kDefault;
  bool operator==(const Retry&) const = default;
};

/// How it is asked whether an attempt serves. Ready: one of log, exec, tcp, http, file, or none of them; live: one of
/// exec, tcp, http, file.
struct Probe {
  std::string log;                          // fixed text in the output
  std::string tcp;                          // "host:port" that accepts a connection
  std::string http;                         // a URL that answers 200 to 399
  std::string file;                         // a path that exists; not absolute: in the working directory
  std::vector<std::string> exec;            // a command that exits with 0; empty: none
  Duration delay{0};                        // before the first look
  Duration interval = std::chrono::seconds(1);
  Duration timeout = std::chrono::seconds(1);  // of one look
  std::uint32_t failures = 3;               // live: in a row, after which it is not; ready: looks in all, 0: any number
  std::optional<Duration> within;           // ready: after it the attempt has failed; none: it may take for ever
  bool operator==(const Probe&) const = default;
};

/// What a daemon does when it ends by itself. (What else runs again is `retry`.)
struct Restart {
  enum class When : std::uint8_t { no, on_failure, always, last_ = always };
  When when = When::no;
  Retry pace;  // limit 0: without end
  bool operator==(const Restart&) const = default;
};

/// What a task is counted with while it is alive. Under process mode nice, open_files, cpu_time and file_size are
/// enforced, and memory is.
struct Resources {
  std::uint32_t cpus_milli = 0;  // thousandths of a core
  std::uint64_t memory = 0;      // bytes
  std::int32_t nice = 0;
  std::uint32_t open_files = 0;  // descriptors; 0: as the coordinator may have
  Duration cpu_time{0};          // 0: no limit
  std::uint64_t file_size = 0;   // bytes; 0: no limit
  bool operator==(const Resources&) const = default;
};

/// So many slots of a pool that a task holds while it is alive.
struct PoolUse {
  std::string pool;
  std::uint32_t slots = 1;
  bool operator==(const PoolUse&) const = default;
};

/// Slots that tasks of all runs share, under one name, and how many of them may start in a while.
struct Pool {
  std::string name;
  std::uint32_t slots = 0;     // 0: no bound
  std::uint32_t rate = 0;      // starts per `per`; 0: no bound
  Duration per = std::chrono::seconds(1);
  bool operator==(const Pool&) const = default;
};

/// How many runs of a group may be alive at once, and what becomes of one more.
struct Concurrency {
  enum class WhenFull : std::uint8_t { queue, skip, replace, fail, last_ = fail };
  std::string group;  // empty: none
  std::uint32_t limit = 1;
  WhenFull when_full = WhenFull::queue;
  bool operator==(const Concurrency&) const = default;
};

/// How much is kept of the finished runs of one name, besides what is kept of all runs. None: no bound of its own.
struct History {
  std::optional<std::uint32_t> keep_runs;      // the newest so many
  std::optional<Duration> keep_for;            // those that ended no longer ago
  std::optional<std::uint64_t> max_log_bytes;  // the newest that take no more together: output, and rows in the journal
  bool any() const { return keep_runs || keep_for || max_log_bytes; }
  bool operator==(const History&) const = default;
};

struct Log {
  std::string stdout_path;  // absolute; empty: captured
  std::string stderr_path;
  bool merge = false;
  std::uint64_t max_bytes = limits::kLogBytesPerAttempt;
  bool operator==(const Log&) const = default;
};

struct Stdin {
  enum class Kind : std::uint8_t { empty, text, file, last_ = file };
  Kind kind = Kind::empty;
  std::string text;  // the text, or the absolute path
  bool operator==(const Stdin&) const = default;
};

/// A value that is looked up when an attempt starts, passed to it as the environment variable `name`, and stored
/// nowhere: its bytes are replaced in captured output, and views show only where it comes from.
struct Secret {
  enum class From : std::uint8_t { env, file, command, last_ = command };
  std::string name;
  From from = From::env;
  std::string source;             // a variable of the coordinator's own environment, or an absolute path
  std::vector<std::string> argv;  // of a command: its standard output, without the last line feed, is the value
  bool operator==(const Secret&) const = default;
};

/// The fields that most jobs of a file share. Interned: equal settings are stored once per plan.
struct Settings {
  std::vector<std::string> shell{"sh", "-eu"};
  std::string working_dir;                               // absolute
  std::vector<std::pair<std::string, std::string>> env;  // the job's own, over the plan's
  Stdin stdin_plan;
  std::optional<Duration> timeout;
  std::int32_t stop_signal = 15;
  Duration stop_grace = std::chrono::seconds(10);
  Retry retry;
  bool continue_on_error = false;
  std::vector<std::uint8_t> success_exit_codes{0};
  std::optional<Probe> ready;
  std::optional<Probe> live;
  Restart restart;
  Log log;
  std::vector<Secret> secrets;
  std::int32_t priority = 0;  // -100..100; the higher goes first
  std::vector<PoolUse> pools;
  Resources resources;
  bool operator==(const Settings&) const = default;
};

/// A result that a task leaves for others: written as NAME=VALUE to $ROTA_OUTPUT, or returned by the target.
struct Output {
  std::string name;
  OutputType type = OutputType::string;
  bool operator==(const Output&) const = default;
};

/// Where in a job a value is put that only its task knows. Until then the plan holds the file's own text there, for
/// people to read.
struct LatePart {
  enum class Place : std::uint8_t {
    word,         // `command`: argv[index]
    argument,     // args[index]
    keyword,      // kwargs[index]
    variable,     // `env`: env[index] of the settings
    script,       // `run`: set as the environment variable `variable`, which the text of the plan already reads
    working_dir,  // absolute, or relative to the plan's directory
    stdin_text,
    stdin_file,
    stdout_path,
    stderr_path,
    last_ = stderr_path
  };
  Place place = Place::word;
  std::uint32_t index = 0;
  std::string variable;
  Formula value;
  bool operator==(const LatePart&) const = default;
};

/// How many tasks of a job may end badly before the rest of it is not started any more.
struct MaxFailures {
  std::uint32_t count = 0;  // more than so many; or
  double percent = -1;      // more than this part of its tasks, 0..100; below 0: `count` counts
  bool operator==(const MaxFailures&) const = default;
};

/// When a hook runs: after the run's last job, as its outcome says. `on_exit` always, after the others.
enum class Hook : std::uint8_t { on_success, on_failure, on_cancel, on_exit, last_ = on_exit };
std::string_view to_text(Hook h);

struct Job {
  Name id;
  std::string name;  // display name; empty: the id
  Action action;
  ValueList args;
  ValueMap kwargs;
  Mode mode = Mode::process;
  bool daemon = false;
  std::vector<Need> needs;     // unique, by index
  std::uint32_t settings = 0;  // index into Plan::settings
  std::uint32_t line = 0;      // in the source file, from 1
  Shape shape;
  std::uint32_t chunk = 0;                    // tasks handed over at once; 0: as seems best
  std::optional<std::uint32_t> max_parallel;  // tasks of it at once
  bool fail_fast = false;                     // the first task that fails ends the others
  std::optional<MaxFailures> max_failures;
  std::optional<Formula> condition;  // `if`; asked per task where it speaks of matrix or array, else once
  std::vector<Output> outputs;
  std::vector<LatePart> late;
  std::optional<Hook> hook;         // runs after the jobs and does not count among them; id "hook.on_failure"
  std::uint64_t content_hash = 0;   // of what its tasks do: two jobs that differ in it are not the same work
  bool fresh = true;                // of a target under process: false runs its tasks in processes that stay (warm)
  std::uint32_t max_tasks = 0;      // a warm process goes after so many; 0: it stays
  std::uint64_t max_rss = 0;        // and after a task that leaves it with more memory, in bytes; 0: whatever it has
  std::string initializer;          // a target that is called once in each warm process; empty: none
  ValueList initializer_args;
  std::uint32_t stands_for = 0;     // of a job with `uses`: how many jobs directly before it came of the other file
  std::uint32_t task_count() const { return jobs::task_count(shape); }
  const std::string& shown_name() const { return name.empty() ? id.text() : name; }
  bool is_warm() const { return mode == Mode::process && !fresh && !daemon && std::get_if<TargetCall>(&action); }
  /// A pool worker runs its tasks, in this life of the coordinator only; else a launcher starts a process for each.
  bool runs_in_pool() const { return mode != Mode::process || is_warm(); }
};

/// `workers:` of the file; 0 is "from the machine".
struct Workers {
  std::uint32_t pool = 0;           // pool workers
  std::uint32_t threads = 0;        // threads of each
  std::uint32_t process_slots = 0;  // process attempts at once
  std::uint32_t launchers = 0;
  std::uint32_t python = 0;         // interpreters at once that run targets under thread and async
};

enum class FailurePolicy : std::uint8_t { finish, stop, cancel, last_ = cancel };

struct Plan {
  Name name;
  std::string source_path;        // absolute path of the job file; empty for `rota run -- CMD`
  std::string directory;          // of the job file: default working directory
  std::uint64_t source_hash = 0;  // of the file's bytes
  std::string description;
  std::vector<std::pair<std::string, std::string>> labels;
  std::vector<std::pair<std::string, Value>> params;
  std::vector<std::pair<std::string, std::string>> env;  // file's `env`, over the caller's environment
  Workers workers;
  std::string python_interpreter;  // absolute path; empty: it has no Python targets
  std::optional<std::uint32_t> max_parallel;
  FailurePolicy failure_policy = FailurePolicy::finish;
  std::optional<Duration> timeout;
  std::vector<Schedule> schedules;
  std::vector<Pool> pools;  // declared for all runs
  Concurrency concurrency;
  History history;
  std::vector<Settings> settings;  // [0] are the file's defaults
  std::vector<Job> jobs;

  const Settings& settings_of(const Job& j) const { return settings[j.settings]; }
};

template <class A>
void fields(A& a, RunText& x) {
  a(x.text);
}
template <class A>
void fields(A& a, CommandLine& x) {
  a(x.argv);
}
template <class A>
void fields(A& a, TargetCall& x) {
  a(x.target, x.runtime);
}
template <class A>
void fields(A& a, Need& x) {
  a(x.job, x.kind);
}
template <class A>
void fields(A& a, Retry& x) {
  a(x.limit, x.delay, x.backoff, x.max_delay, x.jitter, x.on);
}
template <class A>
void fields(A& a, Probe& x) {
  a(x.log, x.tcp, x.http, x.file, x.exec, x.delay, x.interval, x.timeout, x.failures, x.within);
}
template <class A>
void fields(A& a, Restart& x) {
  a(x.when, x.pace);
}
template <class A>
void fields(A& a, Resources& x) {
  a(x.cpus_milli, x.memory, x.nice, x.open_files, x.cpu_time, x.file_size);
}
template <class A>
void fields(A& a, PoolUse& x) {
  a(x.pool, x.slots);
}
template <class A>
void fields(A& a, Pool& x) {
  a(x.name, x.slots, x.rate, x.per);
}
template <class A>
void fields(A& a, Concurrency& x) {
  a(x.group, x.limit, x.when_full);
}
template <class A>
void fields(A& a, History& x) {
  a(x.keep_runs, x.keep_for, x.max_log_bytes);
}
template <class A>
void fields(A& a, Log& x) {
  a(x.stdout_path, x.stderr_path, x.merge, x.max_bytes);
}
template <class A>
void fields(A& a, Stdin& x) {
  a(x.kind, x.text);
}
template <class A>
void fields(A& a, Settings& x) {
  a(x.shell, x.working_dir, x.env, x.stdin_plan, x.timeout, x.stop_signal, x.stop_grace, x.retry, x.continue_on_error,
    x.success_exit_codes, x.ready, x.live, x.restart, x.log, x.secrets, x.priority, x.pools, x.resources);
}
template <class A>
void fields(A& a, Secret& x) {
  a(x.name, x.from, x.source, x.argv);
}
template <class A>
void fields(A& a, Output& x) {
  a(x.name, x.type);
}
template <class A>
void fields(A& a, LatePart& x) {
  a(x.place, x.index, x.variable, x.value);
}
template <class A>
void fields(A& a, MaxFailures& x) {
  a(x.count, x.percent);
}
template <class A>
void fields(A& a, Job& x) {
  a(x.id, x.name, x.action, x.args, x.kwargs, x.mode, x.daemon, x.needs, x.settings, x.line, x.shape, x.chunk,
    x.max_parallel, x.fail_fast, x.max_failures, x.condition, x.outputs, x.late, x.hook, x.content_hash, x.fresh,
    x.max_tasks, x.max_rss, x.initializer, x.initializer_args, x.stands_for);
}
template <class A>
void fields(A& a, Workers& x) {
  a(x.pool, x.threads, x.process_slots, x.launchers, x.python);
}
template <class A>
void fields(A& a, Plan& x) {
  a(x.name, x.source_path, x.directory, x.source_hash, x.description, x.labels, x.params, x.env, x.workers,
    x.python_interpreter, x.max_parallel, x.failure_policy, x.timeout, x.schedules, x.pools, x.concurrency, x.history,
    x.settings, x.jobs);
}

}  // namespace rota::jobs
