// Messages to the coordinator.
#include "worker/pool/reports.h"

#include <algorithm>
#include <optional>

namespace rota::worker {

namespace {
constexpr Duration kOutputPeriod = std::chrono::milliseconds(50);
}

void Reports::started(const Attempt& attempt, Instant at) {
  lane_.send(lane::up::Started{attempt.id(), attempt.pid, at});
}
void Reports::ready(const Attempt& attempt) { lane_.send(lane::up::Ready{attempt.id()}); }

void Reports::finished(const Attempt& attempt) {
  const auto& output = attempt.report.output;
  // One word covers all that the segment holds by now, so a batch of ends needs one.
  if (output.bytes > 0 && output.last > attempt.run.told) tell(attempt.run);
  if (!attempt.note.empty()) lane_.send(lane::up::Note{attempt.id(), attempt.note});
  lane_.send(lane::up::Finished{attempt.id(), attempt.report});
}

void Reports::revoked(const Attempt& attempt, StopCause cause) {
  AttemptReport report;
  report.ending.kind = Ending::Kind::revoked;
  report.ending.stopped_by = cause;
  lane_.send(lane::up::Finished{attempt.id(), report});
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

void Reports::forget(const Run& run) { std::erase(growing_, &run); }

}  // namespace rota::worker
