// A mask of what is unusual, the times, and then what the mask names.
#include "scheduler/core/end_code.h"

namespace rota::core {
namespace {

/// Set where the end is not as the comment says.
enum Unusual : std::uint32_t {
  kTask = 1,       // the next task of the same job
  kNumber = 2,     // its first attempt
  kWorker = 4,     // on the same worker
  kUsage = 8,      // what it used is not known
  kEnding = 16,    // as the one before
  kVerdict = 32,   // succeeded, and that was the end of its task
  kOutput = 64,    // none
  kMessage = 128,  // none
  kValues = 256,   // none
  kTimes = 512,    // both times are known
  kAll = 1023
};

/// Wraps round: the two may be further apart than a signed number can tell.
std::int64_t less(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) - static_cast<std::uint64_t>(b));
}
std::int64_t plus(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}

TaskId next_task(TaskId t) { return {t.run, t.job, t.task + 1}; }

std::uint32_t mask_of(const record::AttemptEnded& e, const record::AttemptEnded& last) {
  const AttemptReport& r = e.report;
  const bool plain = e.outcome == Outcome::succeeded && e.reason == Reason{} && e.next == record::Next::finished &&
                     e.due == Instant{};
  std::uint32_t mask = 0;
  if (e.attempt.task != next_task(last.attempt.task)) mask |= kTask;
  if (e.attempt.number != 1) mask |= kNumber;
  if (e.worker != last.worker) mask |= kWorker;
  if (!(r.usage == Usage{})) mask |= kUsage;
  if (!(r.ending == last.report.ending)) mask |= kEnding;
  if (!plain) mask |= kVerdict;
  if (!(r.output == OutputRef{})) mask |= kOutput;
  if (!r.message.empty()) mask |= kMessage;
  if (!r.outputs.empty()) mask |= kValues;
  if (r.started.ns == 0 || r.ended.ns == 0) mask |= kTimes;
  return mask;
}

}  // namespace

void EndWriter::put(const record::AttemptEnded& end) {
  record::AttemptEnded& e = const_cast<record::AttemptEnded&>(end);  // the codec takes it so, and only reads
  AttemptReport& r = e.report;
  wire::Writer out(out_);
  const std::uint32_t mask = mask_of(e, last_);
  out.varint(mask);
  if (mask & kTimes) {
    out(r.started, r.ended);
  } else {
    std::int64_t began = less(r.started.ns, last_.report.started.ns), took = less(r.ended.ns, r.started.ns);
    out(began, took);
  }
  if (mask & kTask) out(e.attempt.task);
  if (mask & kNumber) out(e.attempt.number);
  if (mask & kWorker) out(e.worker);
  if (mask & kUsage) out(r.usage);
  if (mask & kEnding) out(r.ending);
  if (mask & kVerdict) out(e.outcome, e.reason, e.next, e.due);
  if (mask & kOutput) out(r.output);
  if (mask & kMessage) out(r.message);
  if (mask & kValues) out(r.outputs);
  last_.attempt = e.attempt;
  last_.worker = e.worker;
  last_.report.ending = r.ending;
  if (r.started.ns != 0) last_.report.started = r.started;
}

void EndReader::take(wire::Reader& in, record::AttemptEnded& e) {
  e = {};
  AttemptReport& r = e.report;
  const std::uint64_t mask = in.varint();
  if (mask > kAll) in.fail();
  e.attempt.task = next_task(last_.attempt.task);
  e.attempt.number = 1;
  e.worker = last_.worker;
  r.ending = last_.report.ending;
  if (mask & kTimes) {
    in(r.started, r.ended);
  } else {
    std::int64_t began = 0, took = 0;
    in(began, took);
    r.started.ns = plus(last_.report.started.ns, began);
    r.ended.ns = plus(r.started.ns, took);
  }
  if (mask & kTask) in(e.attempt.task);
  if (mask & kNumber) in(e.attempt.number);
  if (mask & kWorker) in(e.worker);
  if (mask & kUsage) in(r.usage);
  if (mask & kEnding) in(r.ending);
  if (mask & kVerdict) in(e.outcome, e.reason, e.next, e.due);
  if (mask & kOutput) in(r.output);
  if (mask & kMessage) in(r.message);
  if (mask & kValues) in(r.outputs);
  last_.attempt = e.attempt;
  last_.worker = e.worker;
  last_.report.ending = r.ending;
  if (r.started.ns != 0) last_.report.started = r.started;
}

}  // namespace rota::core
