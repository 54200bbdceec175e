// What the supervisor starts, and how it hears and tells of its end.
#include <algorithm>
#include <utility>

#include "shared/failpoint.h"
#include "shared/limits.h"
#include "worker/launcher/supervisor.h"

namespace rota::worker {
namespace {

constexpr Duration kShortageFirst = std::chrono::milliseconds(10);
constexpr Duration kShortageLongest = std::chrono::seconds(1);

std::string capped(std::string text) {
  if (text.size() > limits::kMessageBytes) text.resize(limits::kMessageBytes);
  return text;
}

}  // namespace

bool Supervisor::take_back(const AttemptId& id) {
  for (auto* queue : {&granted_, &granted_daemons_}) {
    const auto found = std::find_if(queue->begin(), queue->end(), [&](const auto& a) { return a.id == id; });
    if (found == queue->end()) continue;
    queue->erase(found);
    return true;
  }
  return false;
}

/// Not in a shortage, and not while nobody takes the ends that there are.
bool Supervisor::may_start(Instant now) {
  if (shortage_until_ && now < *shortage_until_) return false;
  shortage_until_.reset();
  if (account_.unacked() < limits::kLauncherUnacked) {
    told_of_unacked_ = false;
    return true;
  }
  const bool waits = !granted_.empty() || !granted_daemons_.empty();
  if (waits && !std::exchange(told_of_unacked_, true)) {
    uplink_.say(lane::up::Note{{}, "starts nothing more: the coordinator has not taken " +
                                       std::to_string(account_.unacked()) + " ends of attempts"});
  }
  return false;
}

void Supervisor::start_granted(Instant now) {
  if (told_of_shortage_ && granted_.empty() && granted_daemons_.empty()) end_shortage();
  const auto start_first = [&](std::deque<lane::Assignment>& queue) {
    auto assignment = std::move(queue.front());
    queue.pop_front();
    return start(std::move(assignment), now);
  };
  while (!granted_daemons_.empty() && may_start(now)) {
    if (!start_first(granted_daemons_)) return;
  }
  while (!granted_.empty() && running_.size() - running_daemons_ < width_ && may_start(now)) {
    if (!start_first(granted_)) return;
  }
}

/// False: nothing can be started until the shortage has passed.
bool Supervisor::start(lane::Assignment assignment, Instant now) {
  const auto id = assignment.id;
  const auto run = runs_.find(id.task.run);
  const bool daemon = assignment.daemon;
  AttemptReport refused;
  refused.ended = now;
  if (!run) {
    refused.ending.kind = Ending::Kind::bad_call;
    refused.message = "its run was not opened at this launcher";
    tell_end(id, refused, now);
    return true;
  }
  bool no_journal = false, journalled = false;
  const auto write_down = [&]() -> Status {
    auto written = account_.begin(id);
    (written ? journalled : no_journal) = true;
    if (!written) return written;
    ROTA_FAILPOINT("launcher.begun");
    return {};
  };
  // Takes the assignment if it succeeds.
  auto started = ProcessAttempt::start(assignment, next_key_, run, trees_, poll_, write_down);
  if (started) {
    ROTA_FAILPOINT("launcher.forked");
    const lane::up::Started word{id, (*started)->pid(), (*started)->started()};
    account_.started(word);
    uplink_.say(word);
    running_.emplace(next_key_++, std::move(*started));
    running_daemons_ += daemon;
    end_shortage();
    return true;
  }
  if (no_journal || process::is_shortage(started.error())) {
    if (journalled) account_.withdraw(id);
    wait_out_shortage(std::move(assignment), started.error(), now);
    return false;
  }
  refused.ending.kind = Ending::Kind::spawn_failed;
  refused.ending.value = started.error().os_errno;
  refused.message = capped("could not be started: " + to_text(started.error()));
  tell_end(id, refused, now);
  return true;
}

/// Too many processes or descriptors, or no room for the journal, is not the job's fault: it keeps its place and is
/// tried again later.
void Supervisor::wait_out_shortage(lane::Assignment assignment, const Error& why, Instant now) {
  if (shortage_pause_ == Duration::zero()) {
    uplink_.say(lane::up::Note{assignment.id, "waiting to be started: " + to_text(why)});
    told_of_shortage_ = process::is_shortage(why);
    if (told_of_shortage_) uplink_.say(lane::up::Shortage{why.os_errno});
  }
  shortage_pause_ = std::clamp(shortage_pause_ * 2, kShortageFirst, kShortageLongest);
  shortage_until_ = now + shortage_pause_;
  (assignment.daemon ? granted_daemons_ : granted_).push_front(std::move(assignment));
}

/// Something could be started, or nothing waits any more.
void Supervisor::end_shortage() {
  shortage_pause_ = Duration::zero();
  if (std::exchange(told_of_shortage_, false)) uplink_.say(lane::up::Shortage{});
}

void Supervisor::settle(Instant now) {
  bool any_over = false;
  for (auto at = running_.begin(); at != running_.end();) {
    at->second->step(now, buffer_);
    if (!at->second->over()) {
      ++at;
      continue;
    }
    report(*at->second, now);
    running_daemons_ -= at->second->assignment().daemon;
    at = running_.erase(at);
    any_over = true;
  }
  if (any_over && trees_.level() == process::TreeLevel::proc) kill_strays();
}

void Supervisor::report(ProcessAttempt& attempt, Instant now) {
  const auto end = attempt.end();
  const auto id = attempt.assignment().id;
  if (!end.note.empty()) uplink_.say(lane::up::Note{id, capped(end.note)});
  if (const auto news = attempt.run().news()) uplink_.say(*news);
  tell_end(id, end.report, now);
}

void Supervisor::tell_end(const AttemptId& id, const AttemptReport& report, Instant now) {
  ROTA_FAILPOINT("launcher.end");
  account_.end(id, report, now);
  ROTA_FAILPOINT("launcher.ended");
  uplink_.say(lane::up::Finished{id, report});
}

/// Of one that was never started: nothing to answer for.
void Supervisor::revoke(const AttemptId& id, StopCause cause) {
  AttemptReport report;
  report.ending.kind = Ending::Kind::revoked;
  report.ending.stopped_by = cause;
  report.ended = monotonic_now();
  uplink_.say(lane::up::Finished{id, report});
}

/// Orphans that no attempt can be named for: told once, killed when nothing runs that they could belong to.
void Supervisor::kill_strays() {
  const auto strays = trees_.strays();
  for (const int pid : strays) {
    if (strays_told_.insert(pid).second)
      uplink_.say(lane::up::Note{{}, "process " + std::to_string(pid) + " escaped from its job"});
  }
  if (strays.empty()) strays_told_.clear();
  if (running_.empty() && !strays.empty()) process::kill_children_except({});
}

}  // namespace rota::worker
