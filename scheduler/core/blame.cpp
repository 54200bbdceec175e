// Accusations and convictions.
#include "scheduler/core/blame.h"

#include <algorithm>
#include <cstring>

namespace rota::core {
namespace {

std::string signal_text(std::int32_t signal) {
  const char* name = sigabbrev_np(signal);
  return name ? std::string("SIG") + name : "signal " + std::to_string(signal);
}

bool was_accused(const Run& run, TaskSlot slot) {
  bool accused = false;
  run.each_past(slot, [&](const PastAttempt& p) { accused = accused || p.end.reason.kind == ReasonKind::accused; });
  return accused;
}

std::string deed(const Accusation& a) {
  const bool is_known = a.named || a.alone;  // the worker may have found it out before the thread of the task did
  if (is_known && a.signal == 0 && a.exit == kExitDeaf) return "closed descriptors that its worker lives on";
  const std::string exited = "exit status " + std::to_string(a.exit);
  if (a.named && a.signal != 0) return signal_text(a.signal) + " on its thread";
  if (a.named) return "called exit(" + std::to_string(a.exit) + ")";
  return "its worker ended " + (a.signal != 0 ? "by " + signal_text(a.signal) : "with " + exited) + " while it ran";
}

}  // namespace

std::optional<Accusation> accusation_of(const event::WorkerDown& e, AttemptId attempt, bool alone) {
  if (e.guilty && e.guilty->attempt == attempt) return Accusation{true, alone, e.guilty->signal, e.exit};
  const bool suspect = std::binary_search(e.suspects.begin(), e.suspects.end(), attempt);
  // With others named or suspect, this had come to its end before; only nobody has heard of that.
  if (!suspect && (!alone || e.guilty || !e.suspects.empty())) return std::nullopt;
  return Accusation{false, alone, e.signal, e.exit};
}

Verdict judge_accused(const Run& run, TaskSlot slot, const Accusation& a, const std::string& trace,
                      AttemptReport& report) {
  const bool convicted = a.alone || run.nodes[run.task(slot).job].quarantine == kNone;
  report.ending = a.signal != 0 ? Ending{Ending::Kind::signalled, a.signal} : Ending{Ending::Kind::exited, a.exit};
  report.message = deed(a);
  if (!convicted) report.message += "; it runs again alone";
  else if (a.alone && was_accused(run, slot)) report.message += "; it crashed again alone in a worker of its own";
  else if (a.alone) report.message += ", alone in a worker of its own";
  if (!trace.empty()) report.message += "\n" + trace;
  if (report.message.size() > limits::kMessageBytes) report.message.resize(limits::kMessageBytes);
  if (!convicted)
    return {Outcome::interrupted, {ReasonKind::accused, a.signal != 0 ? a.signal : kAccusedExit + a.exit}};
  if (a.signal != 0) return {Outcome::crashed, {ReasonKind::signal, a.signal}};
  return {Outcome::crashed, {ReasonKind::exit, a.exit}};
}

}  // namespace rota::core
