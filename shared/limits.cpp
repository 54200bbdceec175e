// The table that `rota limits` prints.
#include "shared/limits.h"

#include <iterator>

namespace rota::limits {

namespace {

constexpr Limit kTable[] = {
    {"job_file_bytes", kJobFileBytes, "bytes", "size of one job file"},
    {"job_file_nodes", kJobFileNodes, "nodes", "scalars, lists and maps in one job file"},
    {"job_file_depth", kJobFileDepth, "levels", "nesting of one job file"},
    {"job_file_flow_bytes", kJobFileFlowBytes, "bytes", "one [list], {map} or text of a job file"},
    {"alias_nodes", kAliasNodes, "nodes", "nodes that aliases may add"},
    {"alias_factor", kAliasFactor, "times", "growth of a job file by aliases"},
    {"alias_free", kAliasFree, "nodes", "added by aliases before the factor counts"},
    {"config_bytes", kConfigBytes, "bytes", "the service's configuration file"},
    {"name_bytes", kNameBytes, "bytes", "length of a job's or run's name"},
    {"tasks_per_run", kTasksPerRun, "tasks", "tasks of one run"},
    {"argv_bytes", kArgvBytes, "bytes", "arguments and environment of one attempt"},
    {"arg_bytes", kArgBytes, "bytes", "one argument or environment variable"},
    {"stdin_bytes", kStdinBytes, "bytes", "a stdin text written in the job file"},
    {"ready_text_bytes", kReadyTextBytes, "bytes", "the text that ready.log waits for"},
    {"retries", kRetries, "tries", "retry.limit"},
    {"log_bytes_per_attempt", kLogBytesPerAttempt, "bytes", "captured output of one attempt (log.max_bytes)"},
    {"log_tail_bytes", kLogTailBytes, "bytes", "the end of the output, kept beyond the cap"},
    {"message_bytes", kMessageBytes, "bytes", "error text of one attempt"},
    {"output_bytes", kOutputBytes, "bytes", "outputs of one task, names and values together"},
    {"expression_depth", kExpressionDepth, "levels", "operations within operations of one ${{ }}"},
    {"expression_bytes", kExpressionBytes, "bytes", "the value of one ${{ }}, as text"},
    {"frame_bytes", kFrameBytes, "bytes", "one frame between coordinator and worker"},
    {"lane_message_bytes", kLaneMessageBytes, "bytes", "one message between coordinator and worker"},
    {"lane_ring_bytes", kLaneRingBytes, "bytes", "frames under way in one direction of a lane"},
    {"lane_ledger_entries", kLaneLedgerEntries, "attempts", "begun in one pool worker and not yet reported"},
    {"thread_slots", kThreadSlots, "threads", "threads of one pool worker"},
    {"daemon_threads", kDaemonThreads, "threads", "extra threads of one pool worker, for daemons"},
    {"pool_workers", kPoolWorkers, "processes", "pool workers of one fleet"},
    {"async_slots", kAsyncSlots, "coroutines", "async attempts at once in one pool worker"},
    {"process_slots", kProcessSlots, "processes", "process attempts at once"},
    {"command_slots", kCommandSlots, "commands", "commands under thread and async at once"},
    {"launcher_attempts", kLauncherAttempts, "processes", "process attempts at once under one launcher"},
    {"launcher_ahead", kLauncherAhead, "attempts", "granted to one launcher and not started"},
    {"launcher_unacked", kLauncherUnacked, "attempts", "ended under one launcher and not yet known to be durable"},
    {"launcher_callers", kLauncherCallers, "connections", "at a launcher's door and not yet heard"},
    {"launcher_caller_ms", kLauncherCallerMs, "ms", "for the first word of one of them"},
    {"launcher_journal_slack", kLauncherJournalSlack, "bytes", "of a launcher's journal that no longer count"},
    {"launcher_journal_bytes", kLauncherJournalBytes, "bytes", "a launcher's journal that is read after its death"},
    {"interruptions", kInterruptions, "tries", "free re-runs of a task whose worker died"},
    {"http_body_bytes", kHttpBodyBytes, "bytes", "answer that the target http_get takes"},
    {"schedules", kSchedules, "entries", "of `schedule` in one job file"},
    {"coming", kComing, "times", "that `rota next` prints"},
    {"runs_kept", kRunsKept, "runs", "finished foreground runs in the state directory"},
    {"control_frame_bytes", kControlFrameBytes, "bytes", "one frame between a client and a coordinator"},
    {"control_message_bytes", kControlMessageBytes, "bytes", "one answer to a client, over its frames"},
    {"control_ask_bytes", kControlAskBytes, "bytes", "one question to a coordinator, without its job file"},
    {"clients", kClients, "connections", "clients of one coordinator at once"},
    {"client_backlog_bytes", kClientBacklogBytes, "bytes",
     "of an answer that a client does not read, beyond one answer"},
    {"client_handshake_ms", kClientHandshakeMs, "ms",
     "for a client's first word, and for the rest of a frame once begun"},
    {"client_stall_ms", kClientStallMs, "ms", "for a client to take client_stall_bytes of its answer"},
    {"client_stall_bytes", kClientStallBytes, "bytes", "that a client takes of its answer within client_stall_ms"},
    {"selectors", kSelectors, "selectors", "in one list of them, and runs in one --after"},
    {"large_view_tasks", kLargeViewTasks, "tasks", "a view of a run with more is a large one"},
    {"large_views", kLargeViews, "views", "large views on their way to clients at once; others wait"},
    {"idempotency_key_bytes", kIdempotencyKeyBytes, "bytes", "length of an idempotency key"},
    {"idempotency_hours", kIdempotencyHours, "hours", "an idempotency key is remembered"},
    {"service_return_seconds", kServiceReturnSeconds, "s", "a client that waits expects a service that went away back"},
    {"service_stop_seconds", kServiceStopSeconds, "s", "`daemon stop` waits for the service to be gone"},
    {"free_space_bytes", kFreeSpaceBytes, "bytes", "with less in the state directory nothing new is recorded safely"},
    {"runs_queued", kRunsQueued, "runs", "alive in one service"},
    {"event_bytes", kEventBytes, "bytes", "of the service's past that `rota events` can tell"},
    {"display_line_bytes", kDisplayLineBytes, "bytes", "a line of output on the screen; longer ones come in pieces"},
    {"display_held_bytes", kDisplayHeldBytes, "bytes", "unfinished lines of all jobs that the display holds"},
    {"display_queue_bytes", kDisplayQueueBytes, "bytes", "output of a run that waits for a slow terminal or pipe"},
    {"display_tail_lines", kDisplayTailLines, "lines", "the end of stderr that is shown with a failure"},
    {"display_tail_bytes", kDisplayTailBytes, "bytes", "the same, in bytes"},
};

}  // namespace

LimitTable all() { return {std::begin(kTable), std::end(kTable)}; }

}  // namespace rota::limits
