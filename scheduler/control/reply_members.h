// The members of replies and of the views in them, for json_writer.h and json_reader.h. What may be long comes last.
#pragma once

#include "scheduler/control/protocol.h"

namespace rota::control {

template <class A>
void members(A& a, Reason& x) {
  a("kind", x.kind, ReasonKind::none);
  a("value", x.value);
}
template <class A>
void members(A& a, Ending& x) {
  a("kind", x.kind, Ending::Kind::returned);
  a("value", x.value);
  a("stopped_by", x.stopped_by, StopCause::none);
  a("forced", x.forced);
  a("oom", x.oom);
}
template <class A>
void members(A& a, Usage& x) {
  a("cpu_us", x.cpu_us, -1);
  a("cpu_system_us", x.cpu_system_us, -1);
  a("max_rss_kib", x.max_rss_kib, -1);
  a("voluntary_switches", x.voluntary_switches, -1);
  a("involuntary_switches", x.involuntary_switches, -1);
  a("loop_us", x.loop_us, -1);
}
template <class A>
void members(A& a, OutputRef& x) {
  a("segment", x.segment);
  a("first", x.first);
  a("last", x.last);
  a("bytes", x.bytes);
  a("dropped", x.dropped);
}
template <class A>
void members(A& a, AttemptReport& x) {
  a("ending", x.ending);
  a("message", x.message);
  a("usage", x.usage);
  a("output", x.output);
  a("started", x.started);
  a("ended", x.ended);
  a("outputs", x.outputs);
}
template <class A>
void members(A& a, core::AttemptView& x) {
  a("attempt", x.number);
  a("worker", x.worker);
  a("pid", x.pid);
  a("granted", x.granted);
  a("started", x.started);
  a("ended", x.ended);
  a("outcome", x.outcome);
  a("reason", x.reason);
  a("ready", x.ready);
  a("progress", x.progress);
  a("report", x.report);
}
template <class A>
void members(A& a, core::TaskView& x) {
  a("task", x.index);
  a("state", x.state);
  a("outcome", x.outcome);
  a("reason", x.reason);
  a("lack", x.lack);
  a("since", x.since);
  a("due", x.due);
  a("paused_by", x.paused_by);
  a("attempts", x.attempts);
}
template <class A>
void members(A& a, core::PauseNote& x) {
  a("since", x.since);
  a("by", x.by);
}
template <class A>
void members(A& a, core::Counts& x) {
  a("total", x.total);
  a("states", x.by_state);
  a("outcomes", x.by_outcome);
}
template <class A>
void members(A& a, core::Totals& x) {
  a("attempts", x.attempts);
  a("measured", x.measured);
  a("cpu_us", x.cpu_us);
  a("max_rss_kib", x.max_rss_kib, -1);
  a("first", x.first);
  a("last", x.last);
}
template <class A>
void members(A& a, jobs::Array& x) {
  a("first", x.first);
  a("step", x.step, 1);
  a("count", x.count);
}
template <class A>
void members(A& a, jobs::Axis& x) {
  a("name", x.name);
  a("first", x.first);
  a("step", x.step, 1);
  a("count", x.count);
  a("values", x.values);
}
template <class A>
void members(A& a, jobs::Included& x) {
  a("alone", x.alone);
  a("values", x.values);
}
template <class A>
void members(A& a, jobs::Matrix& x) {
  a("count", x.count);
  a("axes", x.axes);
  a("excluded", x.excluded);
  a("included", x.included);
}
template <class A>
void members(A& a, core::JobView& x) {
  a("index", x.index);
  a("job", x.id);
  a("name", x.name);
  a("mode", x.mode, Mode::process);
  a("daemon", x.daemon);
  a("held", x.held);
  a("paused", x.paused);
  a("continue_on_error", x.forgiven);
  a("action", x.action);
  a("needs", x.needs);
  a("stands_for", x.stands_for, 0u);
  a("hook", x.hook);
  a("shape", x.shape);
  a("counts", x.counts);
  a("totals", x.totals);
  a("message", x.message);
  a("tasks", x.tasks);
}
template <class A>
void members(A& a, core::CancelNote& x) {
  a("at", x.at);
  a("reason", x.reason);
  a("tasks", x.tasks);
}
template <class A>
void members(A& a, core::RunSummary& x) {
  a("run", x.run);
  a("name", x.name);
  a("source", x.source_path);
  a("submitted", x.submitted);
  a("ended", x.ended);
  a("outcome", x.outcome);
  a("reason", x.reason);
  a("lack", x.lack);
  a("stopping", x.stopping);
  a("held", x.held);
  a("paused", x.paused);
  a("begin", x.begin);
  a("retry_of", x.retry_of);
  a("schedule", x.schedule);
  a("occurrence", x.occurrence);
  a("tasks", x.counts);
  a("totals", x.totals);
  a("progress", x.progress);
  a("modes", x.modes);
  a("cancels", x.cancels);
  a("priority", x.priority);
  a("max_parallel", x.max_parallel);
  a("group", x.group);
}

template <class A>
void members(A& a, answer::Submitted& x) {
  a("run", x.run);
  a("name", x.name);
  a("tasks", x.tasks);
  a("known", x.known);
  a("jobs", x.jobs);
}
template <class A>
void members(A& a, answer::Invalid& x) {
  a("rendered", x.rendered);
}
template <class A>
void members(A& a, answer::Recovery& x) {
  a("known", x.known);
  a("total", x.total);
}
template <class A>
void members(A& a, answer::Runs& x) {
  a("recovery", x.recovery);
  a("closed", x.closed);
  a("runs", x.runs);
}
template <class A>
void members(A& a, answer::View& x) {
  a("summary", x.view.summary);
  a("output_directory", x.output_directory);
  a("recovery", x.recovery);
  a("jobs", x.view.jobs);
}
template <class A>
void members(A& a, answer::Stopped::Task& x) {
  a("task", x.task);
  a("id", x.id);
  a("job", x.job);
  a("outcome", x.outcome, Outcome::cancelled);
  a("rung", x.rung);
  a("note", x.note);
}
template <class A>
void members(A& a, answer::Stopped::Others& x) {
  a("job", x.job);
  a("outcome", x.outcome, Outcome::cancelled);
  a("rung", x.rung);
  a("count", x.count);
}
template <class A>
void members(A& a, answer::Stopped& x) {
  a("others", x.others);
  a("tasks", x.tasks);
}
template <class A>
void members(A& a, answer::Done& x) {
  a("count", x.count);
}
template <class A>
void members(A& a, answer::Paused& x) {
  a("attempts", x.attempts);
  a("running", x.running);
  a("waiting", x.waiting);
  a("not_begun", x.not_begun);
}
template <class A>
void members(A& a, answer::Waited& x) {
  a("satisfied", x.satisfied, true);
  a("outcomes", x.outcomes);
  a("runs", x.runs);
}
template <class A>
void members(A& a, core::Block& x) {
  a("reason", x.reason);
  a("name", x.name);
  a("wanted", x.wanted);
  a("total", x.total);
  a("held", x.held);
  a("kept", x.kept);
  a("next", x.next);
  a("more", x.more);
  a("paused", x.paused, 0u);
  a("holders", x.holders);
}
template <class A>
void members(A& a, answer::Explained& x) {
  a("state", x.state);
  a("reasons", x.reasons);
  a("blocks", x.blocks);
}
template <class A>
void members(A& a, answer::Workers::Worker& x) {
  a("worker", x.worker);
  a("kind", x.kind);
  a("state", x.state);
  a("pid", x.pid);
  a("slots", x.slots);
  a("busy", x.busy);
  a("coroutines", x.coroutines);
  a("since", x.since);
  a("tree_level", x.tree_level);
  a("crew", x.crew);
  a("note", x.note);
}
template <class A>
void members(A& a, answer::Workers& x) {
  a("workers", x.workers);
  a("commands", x.commands);
  a("command_slots", x.command_slots);
}
template <class A>
void members(A& a, answer::Status& x) {
  a("version", x.version);
  a("pid", x.pid);
  a("epoch", x.epoch);
  a("since", x.since);
  a("state_directory", x.state_directory);
  a("instance_directory", x.instance_directory);
  a("socket", x.socket);
  a("closed", x.closed);
  a("recovery", x.recovery);
  a("runs", x.runs);
  a("tasks_waiting", x.tasks_waiting);
  a("tasks_running", x.tasks_running);
  a("clients", x.clients);
  a("settings", x.settings);
}
template <class A>
void members(A& a, answer::Pruned& x) {
  a("runs", x.runs);
  a("bytes", x.bytes);
}
template <class A>
void members(A& a, answer::Registered& x) {
  a("name", x.name);
  a("jobs", x.jobs);
  a("tasks", x.tasks);
  a("entries", x.entries);
  a("replaced", x.replaced);
  a("enabled", x.enabled, true);
  a("dry_run", x.dry_run);
  a("next", x.next);
}
template <class A>
void members(A& a, answer::Schedules::Entry& x) {
  a("schedule", x.text);
  a("timezone", x.timezone);
  a("enabled", x.enabled, true);
  a("next", x.next);
  a("run", x.run);
  a("occurrence", x.occurrence);
  a("looked_at", x.looked_at);
  a("passed", x.passed);
}
template <class A>
void members(A& a, answer::Schedules::File& x) {
  a("name", x.name);
  a("source", x.source);
  a("enabled", x.enabled, true);
  a("registered", x.registered);
  a("alive", x.alive);
  a("entries", x.entries);
}
template <class A>
void members(A& a, answer::Schedules& x) {
  a("files", x.files);
}
template <class A>
void members(A& a, Error& x) {
  a("code", x.code, Code::internal);
  a("what", x.what);
  a("where", x.where);
  a("errno", x.os_errno);
}
template <class A>
void members(A& a, answer::Refused& x) {
  a("error", x.error);
  a("hint", x.hint);
}

}  // namespace rota::control
