// Hello and questions as JSON.
#include "scheduler/control/protocol.h"

#include "scheduler/control/tagged_json.h"

namespace rota::control {
namespace {

constexpr CaseWords<Ask> kAsks{"submit", "retry", "list",    "view",    "cancel", "kill", "hold",
                               "wait",   "explain", "workers", "status", "drain",  "stop", "prune",
                               "schedules", "reschedule", "trigger", "update", "pause"};

}  // namespace

// Not in an anonymous namespace: JsonWriter and JsonReader find them by their argument.
template <class A>
void members(A& a, Hello& x) {
  a.always("protocol", x.protocol);
  a("version", x.version);
  a("pid", x.pid);
  a("instance_directory", x.instance_directory);
}
template <class A>
void members(A& a, ask::Submit& x) {
  a("file", x.file);
  a("absolute_path", x.absolute_path);
  a("directory", x.directory);
  a("params", x.params);
  a("env", x.env);
  a("name", x.name);
  a("hold", x.hold);
  a("begin", x.begin);
  a("after", x.after);
  a("key", x.key);
  a("dry_run", x.dry_run);
  a("priority", x.priority);
}
template <class A>
void members(A& a, ask::Retry& x) {
  a("run", x.run);
  a("failed_only", x.failed_only);
  a("job", x.job);
  a("tasks", x.tasks);
  a("downstream", x.downstream);
  a("key", x.key);
  a("reload", x.reload);
  a("file", x.file);
  a("absolute_path", x.absolute_path);
  a("directory", x.directory);
  a("params", x.params);
}
template <class A>
void members(A&, ask::List&) {}
template <class A>
void members(A& a, ask::View& x) {
  a("run", x.run);
  a("wanted", x.wanted);
}
template <class A>
void members(A& a, ask::Cancel& x) {
  a("selectors", x.selectors);
  a("grace", x.grace);
  a("now", x.now);
  a("reason", x.reason);
}
template <class A>
void members(A& a, ask::Kill& x) {
  a("selectors", x.selectors);
  a("signal", x.signal, 15);
}
template <class A>
void members(A& a, ask::Hold& x) {
  a("selectors", x.selectors);
  a("hold", x.hold, true);
}
template <class A>
void members(A& a, ask::Pause& x) {
  a("selectors", x.selectors);
  a("pause", x.pause, true);
  a("by", x.by);
}
template <class A>
void members(A& a, ask::Update& x) {
  a("selectors", x.selectors);
  a("priority", x.priority);
  a("max_parallel", x.max_parallel);
}
template <class A>
void members(A& a, ask::Wait& x) {
  a("selectors", x.selectors);
  a("any", x.any);
  a("until", x.until, ask::Until::done);
}
template <class A>
void members(A& a, ask::Explain& x) {
  a("run", x.run);
  a("job", x.job);
  a("task", x.task);
}
template <class A>
void members(A&, ask::Workers&) {}
template <class A>
void members(A&, ask::Status&) {}
template <class A>
void members(A& a, ask::Drain& x) {
  a("drain", x.drain, true);
}
template <class A>
void members(A& a, ask::Stop& x) {
  a("all", x.all);
}
template <class A>
void members(A& a, ask::Prune& x) {
  a("keep_runs", x.keep_runs);
  a("older_than", x.older_than);
  a("dry_run", x.dry_run);
}

template <class A>
void members(A& a, ask::Schedules& x) {
  a("name", x.name);
}
template <class A>
void members(A& a, ask::Reschedule& x) {
  a("name", x.name);
  a("to", x.to);
}
template <class A>
void members(A& a, ask::Trigger& x) {
  a("name", x.name);
  a("key", x.key);
}

std::string to_json(const Hello& hello) {
  std::string out;
  JsonWriter(out).object(hello);
  return out;
}

std::string to_json(const Ask& ask) { return tagged_json(ask, "ask", kAsks); }

Result<Hello> hello_from_json(std::string_view json) {
  if (json.size() > limits::kControlFrameBytes) return fail(Code::invalid, "the message is too long");
  const auto tree = JsonTree::parse(json);
  if (!tree) return tree.error();
  if (!tree->root().member("protocol")) return fail(Code::invalid, "the message has no 'protocol'");
  Hello out;
  JsonReader reader;
  if (!reader.object(tree->root(), out)) return reader.error();
  return out;
}

Result<Ask> ask_from_json(std::string_view json) { return from_tagged_json<Ask>(json, "ask", kAsks); }

}  // namespace rota::control
