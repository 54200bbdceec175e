// Stable words for modes, outcomes and reasons.
#include "shared/outcome.h"

#include <cstring>

namespace rota {

std::string_view to_text(Mode m) {
  switch (m) {
    case Mode::thread: return "thread";
    case Mode::process: return "process";
    case Mode::async: return "async";
  }
  return "?";
}

std::string_view to_text(Outcome o) {
  switch (o) {
    case Outcome::succeeded: return "succeeded";
    case Outcome::failed: return "failed";
    case Outcome::timed_out: return "timed_out";
    case Outcome::cancelled: return "cancelled";
    case Outcome::crashed: return "crashed";
    case Outcome::oom: return "oom";
    case Outcome::lost: return "lost";
    case Outcome::skipped: return "skipped";
    case Outcome::upstream_failed: return "upstream_failed";
    case Outcome::revoked: return "revoked";
    case Outcome::interrupted: return "interrupted";
  }
  return "?";
}

std::string_view short_code(Outcome o) {
  switch (o) {
    case Outcome::succeeded: return "CD";
    case Outcome::failed: return "F";
    case Outcome::timed_out: return "TO";
    case Outcome::cancelled: return "CA";
    case Outcome::crashed: return "CR";
    case Outcome::oom: return "OOM";
    case Outcome::lost: return "LO";
    case Outcome::skipped: return "SK";
    case Outcome::upstream_failed: return "UF";
    case Outcome::revoked: return "RV";
    case Outcome::interrupted: return "IN";
  }
  return "?";
}

namespace {

/// Of a kind that has no number in its code.
std::string_view code_of(ReasonKind kind) {
  switch (kind) {
    case ReasonKind::none: return "";
    case ReasonKind::oom: return "oom";
    case ReasonKind::timeout: return "timeout";
    case ReasonKind::run_timeout: return "timeout:run";
    case ReasonKind::cancel_user: return "cancel:user";
    case ReasonKind::cancel_policy: return "cancel:policy";
    case ReasonKind::stop_policy: return "stop:policy";
    case ReasonKind::dep: return "dep";
    case ReasonKind::exception: return "exception";
    case ReasonKind::bad_call: return "bad-call";
    case ReasonKind::worker_lost: return "worker-lost";
    case ReasonKind::coordinator_lost: return "coordinator-lost";
    case ReasonKind::not_needed: return "not-needed";
    case ReasonKind::output: return "output";
    case ReasonKind::hold: return "hold:user";
    case ReasonKind::begin: return "begin";
    case ReasonKind::slots: return "limit:slots";
    case ReasonKind::max_parallel: return "limit:max_parallel";
    case ReasonKind::recovering: return "recovering";
    case ReasonKind::drained: return "limit:drain";
    case ReasonKind::safe_mode: return "limit:safe-mode";
    case ReasonKind::shut_down: return "shutdown";
    case ReasonKind::condition: return "if";
    case ReasonKind::expression: return "expression";
    case ReasonKind::bad_output: return "output-value";
    case ReasonKind::fail_fast: return "cancel:fail_fast";
    case ReasonKind::max_failures: return "stop:max_failures";
    case ReasonKind::secret: return "secret";
    case ReasonKind::initializer: return "initializer";
    case ReasonKind::job_parallel: return "limit:job_parallel";
    case ReasonKind::pool: return "limit:pool";
    case ReasonKind::rate: return "rate";
    case ReasonKind::res_cpus: return "res:cpus";
    case ReasonKind::res_memory: return "res:mem";
    case ReasonKind::concurrency: return "limit:concurrency";
    case ReasonKind::not_live: return "not-live";
    case ReasonKind::not_ready: return "not-ready";
    case ReasonKind::paused: return "paused:user";
    case ReasonKind::command_slots: return "limit:command_slots";
    case ReasonKind::processes: return "limit:processes";
    case ReasonKind::overlap: return "overlap";
    case ReasonKind::missed: return "missed";
    case ReasonKind::start_deadline: return "missed:start_deadline";
    case ReasonKind::runs_queued: return "limit:runs";
    case ReasonKind::exit:
    case ReasonKind::signal:
    case ReasonKind::spawn:
    case ReasonKind::after:
    case ReasonKind::done:
    case ReasonKind::group_full:
    case ReasonKind::replaced:
    case ReasonKind::accused: break;
  }
  return "?";
}

}  // namespace

std::string to_text(Reason r) {
  const auto with = [&](const char* head) { return std::string(head) + std::to_string(r.value); };
  switch (r.kind) {
    case ReasonKind::exit: return with("exit:");
    case ReasonKind::signal: return with("signal:");
    case ReasonKind::after: return with("after:");
    case ReasonKind::done: return with("done:");
    case ReasonKind::group_full: return with("group-full:");
    case ReasonKind::replaced: return with("cancel:replaced:");
    case ReasonKind::spawn: {
      const char* name = strerrorname_np(r.value);
      return name ? std::string("spawn:") + name : with("spawn:");
    }
    case ReasonKind::accused:
      return r.value < kAccusedExit ? with("accused:") : "accused:exit:" + std::to_string(r.value - kAccusedExit);
    default: return std::string(code_of(r.kind));
  }
}

}  // namespace rota
