// Every limit by name, in one table: what `rota limits` shows, what the checks use, what the tests try at the bound.
#pragma once

#include <cstdint>
#include <string_view>

namespace rota::limits {

inline constexpr std::uint64_t kJobFileBytes = 64ull << 20;
inline constexpr std::uint64_t kJobFileNodes = 4'000'000;
inline constexpr std::uint64_t kJobFileDepth = 64;
inline constexpr std::uint64_t kUsesDepth = 8;  // files that use each other, one within the other
inline constexpr std::uint64_t kJobFileFlowBytes = 8ull << 20;  // one outermost [list] or {map}, or one text
inline constexpr std::uint64_t kAliasNodes = 1'000'000;         // nodes that aliases may add
inline constexpr std::uint64_t kAliasFactor = 10;               // and at most this many times the nodes of the source
inline constexpr std::uint64_t kAliasFree = 10'000;             // nodes that aliases may add before the factor counts
inline constexpr std::uint64_t kConfigBytes = 1u << 20;  // the service's configuration file
inline constexpr std::uint64_t kNameBytes = 64;
inline constexpr std::uint64_t kTasksPerRun = 10'000'000;
inline constexpr std::uint64_t kArgvBytes = 512u << 10;       // argv and env of one attempt, together (ARG_MAX / 4)
inline constexpr std::uint64_t kArgBytes = (128u << 10) - 1;  // one word of argv or env: the kernel takes no more
inline constexpr std::uint64_t kStdinBytes = 64u << 10;       // an inline stdin text
inline constexpr std::uint64_t kReadyTextBytes = 1024;
inline constexpr std::uint64_t kRetries = 1000;
inline constexpr std::uint64_t kRestarts = 100'000;  // attempts of one daemon in one run
inline constexpr std::uint64_t kProbesAtOnce = 16;   // looks at daemons that are under way
inline constexpr std::uint64_t kProbeSeconds = 300;  // one look may take
inline constexpr std::uint64_t kPoolsOfFile = 1000;
inline constexpr std::uint64_t kPoolsOfJob = 16;
inline constexpr std::uint64_t kPoolSlots = 1'000'000;  // of one pool
inline constexpr std::uint64_t kPoolRate = 1'000'000;   // starts in the while of one rate
inline constexpr std::uint64_t kLogBytesPerAttempt = 64ull << 20;  // default of log.max_bytes
inline constexpr std::uint64_t kLogTailBytes = 64u << 10;          // kept from past the cap
inline constexpr std::uint64_t kMessageBytes = 4096;               // error text of one attempt
inline constexpr std::uint64_t kOutputBytes = 64u << 10;           // outputs of one task, names and values together
inline constexpr std::uint64_t kSecretBytes = 64u << 10;           // the value of one secret
inline constexpr std::uint64_t kSecretsBytes = 256u << 10;         // all secrets of one attempt
inline constexpr std::uint64_t kSecretSeconds = 30;                // a secret's command may take
inline constexpr std::uint64_t kSecretCommands = 8;                // secrets that are fetched at once
inline constexpr std::uint64_t kExpressionDepth = 32;              // operations within operations of one ${{ }}
inline constexpr std::uint64_t kExpressionBytes = 1u << 20;        // the value of one ${{ }}, as text
inline constexpr std::uint64_t kMatrixAxes = 32;
inline constexpr std::uint64_t kMatrixExcluded = 1'000'000;  // combinations that `exclude` of one matrix takes away
inline constexpr std::uint64_t kMatrixIncluded = 256;        // entries of `include` of one matrix
inline constexpr std::uint64_t kOutputsPerJob = 256;
inline constexpr std::uint64_t kSecretsPerJob = 64;
inline constexpr std::uint64_t kEnvFileBytes = 1u << 20;
inline constexpr std::uint64_t kEnvFiles = 64;           // of one file or job
inline constexpr std::uint64_t kDescriptionBytes = 4096;  // of a file
inline constexpr std::uint64_t kLabels = 64;
inline constexpr std::uint64_t kLabelBytes = 256;                  // the value of one label
inline constexpr std::uint64_t kFrameBytes = 16u << 10;            // payload of one frame of a lane or launcher socket
inline constexpr std::uint64_t kLaneMessageBytes = 1u << 20;       // one message, over its frames
inline constexpr std::uint64_t kLaneRingBytes = 256u << 10;        // frames under way in one direction of a lane
inline constexpr std::uint64_t kLaneLedgerEntries = 16'384;  // attempts begun in one pool worker and not yet reported
inline constexpr std::uint64_t kThreadSlots = 256;           // threads of one pool worker
inline constexpr std::uint64_t kDaemonThreads = 256;         // extra threads of one pool worker, for daemons
inline constexpr std::uint64_t kPoolWorkers = 64;
inline constexpr std::uint64_t kThreadsLeft = 32;      // by tasks in a warm process; with more it is replaced
inline constexpr std::uint64_t kDescriptorsLeft = 256;  // likewise
inline constexpr std::uint64_t kAsyncSlots = 10'000;  // coroutines of one pool worker
inline constexpr std::uint64_t kProcessSlots = 4096;
inline constexpr std::uint64_t kCommandSlots = 65'536;  // commands under thread and async at once
inline constexpr std::uint64_t kCommandSlotsPerCore = 16;  // of them, unless the service is told otherwise
inline constexpr std::uint64_t kLauncherAttempts = 32;            // running at once under one launcher
inline constexpr std::uint64_t kLauncherAhead = 64;               // granted to one launcher and not started
inline constexpr std::uint64_t kLauncherUnacked = 4096;           // ended under one launcher, not known to be durable
inline constexpr std::uint64_t kLauncherCallers = 4;              // at a launcher's door and not yet heard
inline constexpr std::uint64_t kLauncherCallerMs = 5000;          // for the first word of one of them
inline constexpr std::uint64_t kLauncherJournalSlack = 1u << 20;  // of a launcher's journal that no longer counts
inline constexpr std::uint64_t kLauncherJournalBytes = 512u << 20;  // a launcher's journal that is read
inline constexpr std::uint64_t kCrashNoteBytes = 4096;             // that a crash handler may write down
inline constexpr std::uint64_t kTraceFrames = 16;                  // of them, as people see them
inline constexpr std::uint64_t kWorkerLookMs = 1000;               // between looks at pool workers that have work
inline constexpr std::uint64_t kStoppedLooks = 5;                  // in a row that find a worker stopped: it is killed
inline constexpr std::uint64_t kCrewIdleMs = 5000;                 // without work: then workers of one run go
inline constexpr std::uint64_t kStandbyMs = 10'000;               // since the last crash: then who stands by goes
inline constexpr std::uint64_t kLoadedAhead = 16;                 // libraries of a run that a worker loads ahead
inline constexpr std::uint64_t kQuarantineWorkers = 2;             // of one run at once, each for one suspect
inline constexpr std::uint64_t kDeathsBeforeQuarantine = 2;       // of workers under a bystander: then it runs alone
inline constexpr std::uint64_t kInterruptions = 8;                // free re-runs of a bystander before it is lost
inline constexpr std::uint64_t kHttpBodyBytes = 64ull << 20;      // answer that http_get takes
inline constexpr std::uint64_t kSchedules = 100;                 // entries of `schedule` in one file
inline constexpr std::uint64_t kScheduleRuns = 100;               // alive of one registered file
inline constexpr std::uint64_t kSchedulesRegistered = 1000;       // files with schedules in one service
inline constexpr std::uint64_t kComing = 10'000;                  // occurrences that `rota next` prints
inline constexpr std::uint64_t kRunsKept = 100;                   // finished foreground runs in the state directory
inline constexpr std::uint64_t kControlFrameBytes = 8ull << 20;  // one frame between a client and a coordinator
inline constexpr std::uint64_t kControlMessageBytes = 256ull << 20;  // one answer to a client, over its frames
inline constexpr std::uint64_t kControlAskBytes = 4ull << 20;  // one question, without its job file
inline constexpr std::uint64_t kClients = 256;  // clients of one coordinator at once
inline constexpr std::uint64_t kClientBacklogBytes = 4ull << 20;  // of an answer that a client does not read, beyond
                                                                  // one answer
inline constexpr std::uint64_t kClientHandshakeMs = 5000;  // for a client's first word, and for the rest of a frame
                                                           // once begun
inline constexpr std::uint64_t kClientStallMs = 10'000;       // a client takes kClientStallBytes within this time
inline constexpr std::uint64_t kClientStallBytes = 64u << 10;  // of its answer, or all of it; else it is cut
inline constexpr std::uint64_t kCancelReasonBytes = 1024;      // what a user who cancels says
inline constexpr std::uint64_t kCancelNotes = 64;              // so many such words are kept of one run
inline constexpr std::uint64_t kPausers = 64;                  // names of users who paused something of one run
inline constexpr std::uint64_t kTasksTold = 1000;              // of one answer, named one by one; others are counted
inline constexpr std::uint64_t kSelectors = 1000;              // in one list of them; and runs to come after
inline constexpr std::uint64_t kLargeViewTasks = 10'000;       // a view of a run with more tasks is large
inline constexpr std::uint64_t kLargeViews = 4;                // large views on their way to clients at once
inline constexpr std::uint64_t kIdempotencyKeyBytes = 256;
inline constexpr std::uint64_t kIdempotencyHours = 24;  // an idempotency key is remembered
inline constexpr std::uint64_t kServiceReturnSeconds = 60;  // a client that waits expects a service that went away back
inline constexpr std::uint64_t kServiceStopSeconds = 30;    // `daemon stop` waits for the service to be gone
inline constexpr std::uint64_t kFreeSpaceBytes = 64ull << 20;  // with less in the state directory nothing new is safe
inline constexpr std::uint64_t kRunsQueued = 10'000;  // alive in one service
inline constexpr std::uint64_t kEventBytes = 64ull << 20;  // of the service's past that is kept as events
inline constexpr std::uint64_t kDisplayLineBytes = 1u << 20;      // a line of output on the way to the screen
inline constexpr std::uint64_t kDisplayHeldBytes = 64ull << 20;   // unfinished lines of all jobs together
inline constexpr std::uint64_t kDisplayQueueBytes = 64ull << 20;  // output that waits for a slow reader
inline constexpr std::uint64_t kDisplayTailLines = 10;            // of stderr, shown with a failure
inline constexpr std::uint64_t kDisplayTailBytes = 4096;

struct Limit {
  std::string_view name;
  std::uint64_t value;
  std::string_view unit;
  std::string_view meaning;
};
/// All of the above in the order they are shown.
struct LimitTable {
  const Limit* first;
  const Limit* last;
  const Limit* begin() const { return first; }
  const Limit* end() const { return last; }
};
LimitTable all();

}  // namespace rota::limits
