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

/// A field of what was used, and its bit.
template <class F>
void each_field(Usage& u, F&& f) {
  std::uint32_t bit = 1;
  for (std::int64_t* field : {&u.cpu_us, &u.cpu_system_us, &u.max_rss_kib, &u.voluntary_switches,
                              &u.involuntary_switches, &u.loop_us}) {
    f(*field, bit);
    bit <<= 1;
  }
}
constexpr std::uint32_t kUsageFields = 63;
constexpr std::uint32_t kOthersKnown = 64;  // which are known is written: they are not those of the one before

/// Which are known is the same for all of a job, and many are nothing: a byte, and then those that are something.
void put_usage(wire::Writer& out, Usage u, std::uint32_t& known_before) {
  std::uint32_t known = 0, something = 0;
  each_field(u, [&](std::int64_t x, std::uint32_t bit) {
    if (x >= 0) known |= bit;
    if (x > 0) something |= bit;
  });
  out.varint(something | (known != known_before ? kOthersKnown : 0));
  if (known != known_before) out.varint(known);
  known_before = known;
  each_field(u, [&](std::int64_t x, std::uint32_t) {
    if (x > 0) out.varint(static_cast<std::uint64_t>(x));
  });
}

void take_usage(wire::Reader& in, Usage& u, std::uint32_t& known_before) {
  const std::uint64_t something = in.varint();
  if (something & kOthersKnown) {
    const std::uint64_t known = in.varint();
    if (known > kUsageFields) in.fail();
    known_before = static_cast<std::uint32_t>(known & kUsageFields);
  }
  if (something > (kUsageFields | kOthersKnown) || (something & kUsageFields & ~known_before) != 0) return in.fail();
  each_field(u, [&](std::int64_t& x, std::uint32_t bit) {
    x = known_before & bit ? 0 : -1;
    if (!(something & bit)) return;
    const std::uint64_t value = in.varint();
    if (value == 0 || value > std::uint64_t{INT64_MAX}) return in.fail();
    x = static_cast<std::int64_t>(value);
  });
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
  if (mask & kUsage) put_usage(out, r.usage, known_);
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
  if (mask & kUsage) take_usage(in, r.usage, known_);
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
