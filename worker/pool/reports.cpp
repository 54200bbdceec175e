// Messages to the coordinator.
#include "worker/pool/reports.h"

#include <algorithm>
#include <optional>

namespace rota::worker {

namespace {
constexpr std::size_t kEndsAtOnce = 4096;
constexpr Duration kOutputPeriod = std::chrono::milliseconds(50);
constexpr Duration kProgressPeriod = std::chrono::milliseconds(100);
}

void Reports::started(Attempt& attempt, Instant at) {
  attempt.start_is_untold = true;
  starts_.push_back({&attempt, at});
}

void Reports::ready(const Attempt& attempt) {
  flush();
  lane_.send(lane::up::Ready{attempt.id()});
}

/// Whether the end says no more than that all is well: then it is told with others.
bool Reports::join(const Attempt& attempt) {
  const auto& r = attempt.report;
  const bool plain = r.ending == Ending{} && r.message.empty() && r.output == OutputRef{} && r.outputs.empty() &&
                     attempt.note.empty();
  if (!plain) return false;
  if (ends_.ends.empty()) ends_.from = last_start_ = r.started;
  ends_.ends.push_back({attempt.id(), (r.started - last_start_).count(), (r.ended - r.started).count(), r.usage});
  last_start_ = r.started;
  if (ends_.ends.size() >= kEndsAtOnce) send_ends();
  return true;
}

void Reports::send_ends() {
  if (ends_.ends.empty()) return;
  lane_.send(ends_);
  ends_.ends.clear();
}

void Reports::flush() {
  send_ends();
  for (const auto& start : starts_) {
    if (!start.attempt) continue;
    start.attempt->start_is_untold = false;
    lane_.send(lane::up::Started{start.attempt->id(), start.attempt->pid, start.at});
  }
  starts_.clear();
}

void Reports::finished(Attempt& attempt) {
  if (attempt.progress_waits.load(std::memory_order_acquire)) progressing_.erase(&attempt);
  if (attempt.start_is_untold) {
    // The newest starts end first, most often: looked for from the back.
    const auto own = std::find_if(starts_.rbegin(), starts_.rend(),
                                  [&](const Start& start) { return start.attempt == &attempt; });
    if (join(attempt)) {
      own->attempt = nullptr;
      return;
    }
    flush();
  } else if (join(attempt)) {
    return;
  }
  send_ends();
  const auto& output = attempt.report.output;
  // One word covers all that the segment holds by now, so a batch of ends needs one.
  if (output.bytes > 0 && output.last > attempt.run.told) tell(attempt.run);
  if (!attempt.note.empty()) lane_.send(lane::up::Note{attempt.id(), attempt.note});
  lane_.send(lane::up::Finished{attempt.id(), attempt.report});
}

void Reports::revoked(AttemptId attempt, StopCause cause) {
  AttemptReport report;
  report.ending.kind = Ending::Kind::revoked;
  report.ending.stopped_by = cause;
  lane_.send(lane::up::Finished{attempt, report});
}

void Reports::refused(AttemptId attempt, const Error& error) {
  AttemptReport report;
  report.ending.kind = Ending::Kind::bad_call;
  report.message = capped_message(to_text(error));
  lane_.send(lane::up::Finished{attempt, report});
}

void Reports::tell(Run& run) {
  const auto end = run.segment_writer.end();
  if (end == run.told) return;
  run.told = end;
  lane_.send(lane::up::Output{run.segment_writer.number(), end});
}

void Reports::grown(Run& run, Instant now) {
  if (std::find(growing_.begin(), growing_.end(), &run) == growing_.end()) growing_.push_back(&run);
  if (!due_) due_ = std::max(now, last_told_ + kOutputPeriod);
  if (*due_ <= now) tell_growth(now);
}

void Reports::tell_growth(Instant now) {
  for (auto* run : growing_) {
    run->grown.store(false, std::memory_order_release);  // before the look: what comes after it posts again
    tell(*run);
  }
  growing_.clear();
  due_.reset();
  last_told_ = now;
}

void Reports::progressed(Attempt& attempt, Instant now) {
  progressing_.insert(&attempt);
  if (!progress_due_) progress_due_ = std::max(now, last_progress_ + kProgressPeriod);
  if (*progress_due_ <= now) tell_progress(now);
}

void Reports::tell_progress(Instant now) {
  flush();  // the starts come first
  for (auto* attempt : progressing_) {
    attempt->progress_waits.store(false, std::memory_order_release);  // before the look: a later one posts again
    lane_.send(lane::up::Progressed{attempt->id(), attempt->progress.load(std::memory_order_acquire)});
  }
  progressing_.clear();
  progress_due_.reset();
  last_progress_ = now;
}

std::optional<Instant> Reports::due() const {
  return due_ && progress_due_ ? std::min(*due_, *progress_due_) : due_ ? due_ : progress_due_;
}

void Reports::tell_due(Instant now) {
  if (due_ && *due_ <= now) tell_growth(now);
  if (progress_due_ && *progress_due_ <= now) tell_progress(now);
}

void Reports::forget(const Run& run) { std::erase(growing_, &run); }

}  // namespace rota::worker
