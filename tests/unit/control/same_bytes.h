// Every field of the control protocol once more, for the byte codec: an independent way to say that two are equal.
#pragma once

#include "scheduler/control/protocol.h"
#include "shared/wire/codec.h"

namespace rota {
template <class A>
void fields(A& a, Error& x) {
  auto code = static_cast<std::uint32_t>(x.code);
  a(code, x.what, x.where, x.os_errno);
}
}  // namespace rota

namespace rota::control {

template <class A>
void fields(A& a, Hello& x) { a(x.protocol, x.version, x.pid, x.instance_directory); }

namespace ask {
template <class A>
void fields(A& a, Submit& x) {
  a(x.file, x.absolute_path, x.directory, x.params, x.env, x.name, x.hold, x.begin, x.after, x.key, x.dry_run,
    x.priority);
}
template <class A>
void fields(A& a, Retry& x) { 
  a(x.run, x.failed_only, x.job, x.downstream, x.key, x.reload, x.file, x.absolute_path, x.directory, x.params);
}
template <class A>
void fields(A&, List&) {}
template <class A>
void fields(A& a, View& x) { a(x.run, x.wanted); }
template <class A>
void fields(A& a, Cancel& x) { a(x.selectors, x.grace, x.now, x.reason); }
template <class A>
void fields(A& a, Kill& x) { a(x.selectors, x.signal); }
template <class A>
void fields(A& a, Hold& x) { a(x.selectors, x.hold); }
template <class A>
void fields(A& a, Pause& x) { a(x.selectors, x.pause, x.by); }
template <class A>
void fields(A& a, Update& x) { a(x.selectors, x.priority, x.max_parallel); }
template <class A>
void fields(A& a, Wait& x) { a(x.selectors, x.any, x.until); }
template <class A>
void fields(A& a, Explain& x) { a(x.run, x.job, x.task); }
template <class A>
void fields(A&, Workers&) {}
template <class A>
void fields(A&, Status&) {}
template <class A>
void fields(A& a, Drain& x) { a(x.drain); }
template <class A>
void fields(A& a, Stop& x) { a(x.all); }
template <class A>
void fields(A& a, Prune& x) { a(x.keep_runs, x.older_than, x.dry_run); }
template <class A>
void fields(A& a, Schedules& x) { a(x.name); }
template <class A>
void fields(A& a, Reschedule& x) { a(x.name, x.to); }
template <class A>
void fields(A& a, Trigger& x) { a(x.name, x.key); }
}  // namespace ask

namespace answer {
template <class A>
void fields(A& a, Submitted& x) { a(x.run, x.name, x.tasks, x.known, x.jobs); }
template <class A>
void fields(A& a, Invalid& x) { a(x.rendered); }
template <class A>
void fields(A& a, Recovery& x) { a(x.known, x.total); }
template <class A>
void fields(A& a, Runs& x) { a(x.runs, x.recovery, x.closed); }
template <class A>
void fields(A& a, View& x) { a(x.view, x.output_directory, x.recovery); }
template <class A>
void fields(A& a, Stopped::Task& x) { a(x.task, x.id, x.job, x.outcome, x.rung, x.note); }
template <class A>
void fields(A& a, Stopped::Others& x) { a(x.job, x.outcome, x.rung, x.count); }
template <class A>
void fields(A& a, Stopped& x) { a(x.tasks, x.others); }
template <class A>
void fields(A& a, Done& x) { a(x.count); }
template <class A>
void fields(A& a, Paused& x) { a(x.attempts, x.running, x.waiting, x.not_begun); }
template <class A>
void fields(A& a, Waited& x) { a(x.satisfied, x.runs, x.outcomes); }
template <class A>
void fields(A& a, Explained& x) { a(x.state, x.reasons, x.blocks); }
template <class A>
void fields(A& a, Workers::Worker& x) {
  a(x.worker, x.kind, x.state, x.pid, x.slots, x.busy, x.coroutines, x.since, x.tree_level);
}
template <class A>
void fields(A& a, Workers& x) { a(x.workers, x.commands, x.command_slots); }
template <class A>
void fields(A& a, Status& x) {
  a(x.version, x.pid, x.epoch, x.since, x.state_directory, x.instance_directory, x.socket, x.closed, x.recovery,
    x.runs, x.tasks_waiting, x.tasks_running, x.clients, x.settings);
}
template <class A>
void fields(A& a, Pruned& x) { a(x.runs, x.bytes); }
template <class A>
void fields(A& a, Registered& x) {
  a(x.name, x.jobs, x.tasks, x.entries, x.replaced, x.enabled, x.dry_run, x.next);
}
template <class A>
void fields(A& a, Schedules::Entry& x) {
  a(x.text, x.timezone, x.enabled, x.next, x.run, x.occurrence, x.looked_at, x.passed);
}
template <class A>
void fields(A& a, Schedules::File& x) { a(x.name, x.source, x.enabled, x.registered, x.alive, x.entries); }
template <class A>
void fields(A& a, Schedules& x) { a(x.files); }
template <class A>
void fields(A& a, Refused& x) { a(x.error, x.hint); }
}  // namespace answer

template <class T>
bool same(const T& a, const T& b) {
  return wire::encoded(a) == wire::encoded(b);
}

}  // namespace rota::control
