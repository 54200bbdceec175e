// Readers of settings: types, ranges, and what does not go together.
#include "jobs/read/settings_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <bitset>

#include "jobs/read/environment.h"
#include "jobs/read/fields.h"
#include "jobs/read/signals.h"
#include "shared/limits.h"

namespace rota::jobs {
namespace {

using Kind = Node::Kind;
using namespace std::chrono_literals;

constexpr Duration kNoTime = Duration::zero();
constexpr std::uint64_t kLogBytesMost = 1ull << 40;
constexpr double kBackoffMost = 1000;

template <class Reader, std::size_t N>
bool read_map(Reading& in, NodeAt at, std::string_view field, std::string_view expected,
              const Field<Reader> (&table)[N], Reader& reader) {
  if (!in.is(at, Kind::map)) return in.wrong(at, field, expected), false;
  read_fields(in, at, table, {.inside = field}, reader);
  return true;
}

template <class T>
void assign(T& to, std::optional<T> from) {
  if (from) to = std::move(*from);
}

using LatePlace = LatePart::Place;

/// A text or path whose late part, if it has one, is for `place`.
void put(std::string& to, LateParts& late, LatePlace place, std::optional<Reading::Late<std::string>> from) {
  if (!from) return;
  to = std::move(from->now);
  if (from->late) late.push_back({place, 0, {}, std::move(*from->late)});
}

struct StdinReader {
  Reading& in;
  Stdin& out;
  LateParts& late;
};
const Field<StdinReader> kStdinFields[] = {{"file", [](StdinReader& r, NodeAt n) {
                                              r.out.kind = Stdin::Kind::file;
                                              put(r.out.text, r.late, LatePlace::stdin_file,
                                                  r.in.late_path(n, "stdin.file"));
                                            }}};

struct StopReader {
  Reading& in;
  Settings& out;
};
const Field<StopReader> kStopFields[] = {
    {"signal",
     [](StopReader& r, NodeAt n) {
       const auto text = r.in.text(n, "stop.signal", "a signal such as TERM or INT");
       if (!text) return;
       const auto number = signal_number(*text);
       if (number) r.out.stop_signal = *number;
       if (number) return;
       r.in.findings.add_unknown(
           r.in.place(n), fmt::format("'stop.signal' takes a signal such as TERM or INT, got {}", shown(r.in.tree, n)),
           *text, signal_names());
     }},
    {"grace", [](StopReader& r, NodeAt n) { assign(r.out.stop_grace, r.in.duration(n, "stop.grace", kNoTime)); }},
};

struct RetryReader {
  Reading& in;
  Retry& out;
  NodeAt limit = kNoNode, delay = kNoNode, max_delay = kNoNode;
};
constexpr std::string_view kCauses[] = {"exit", "signal", "timeout", "lost", "spawn"};  // bits in this order

void read_limit(RetryReader& r, NodeAt n, std::string_view field) {
  r.limit = n;
  if (const auto limit = r.in.integer(n, field, 0, limits::kRetries)) r.out.limit = static_cast<std::uint32_t>(*limit);
}
void read_causes(RetryReader& r, NodeAt n) {
  std::uint8_t bits = 0;
  const auto one = [&](NodeAt cause) {
    if (const auto i = r.in.choice(cause, "retry.on", kCauses)) bits = static_cast<std::uint8_t>(bits | 1u << *i);
  };
  if (!r.in.is(n, Kind::list)) {
    one(n);
  } else if (r.in.tree[n].count == 0) {
    r.in.wrong(n, "retry.on", "at least one of exit, signal, timeout, lost and spawn");
  }
  for (const auto item : r.in.tree.items(n)) one(item);
  r.out.on = bits;
}
const Field<RetryReader> kRetryFields[] = {
    {"limit", [](RetryReader& r, NodeAt n) { read_limit(r, n, "retry.limit"); }},
    {"delay",
     [](RetryReader& r, NodeAt n) { r.delay = n, assign(r.out.delay, r.in.duration(n, "retry.delay", kNoTime)); }},
    {"backoff",
     [](RetryReader& r, NodeAt n) { assign(r.out.backoff, r.in.number(n, "retry.backoff", 1, kBackoffMost)); }},
    {"max_delay",
     [](RetryReader& r, NodeAt n) {
       r.max_delay = n, assign(r.out.max_delay, r.in.duration(n, "retry.max_delay", kNoTime));
     }},
    {"jitter", [](RetryReader& r, NodeAt n) { assign(r.out.jitter, r.in.number(n, "retry.jitter", 0, 1)); }},
    {"on", read_causes},
};

struct LogReader {
  Reading& in;
  Log& out;
  LateParts& late;
  NodeAt stderr_at = kNoNode;
};
const Field<LogReader> kLogFields[] = {
    {"stdout",
     [](LogReader& r, NodeAt n) {
       put(r.out.stdout_path, r.late, LatePlace::stdout_path, r.in.late_path(n, "log.stdout"));
     }},
    {"stderr",
     [](LogReader& r, NodeAt n) {
       r.stderr_at = n;
       put(r.out.stderr_path, r.late, LatePlace::stderr_path, r.in.late_path(n, "log.stderr"));
     }},
    {"merge", [](LogReader& r, NodeAt n) { assign(r.out.merge, r.in.boolean(n, "log.merge")); }},
    {"max_bytes",
     [](LogReader& r, NodeAt n) { assign(r.out.max_bytes, r.in.size(n, "log.max_bytes", 1, kLogBytesMost)); }},
};

}  // namespace

void read_shell(Reading& in, NodeAt at, Settings& out) { assign(out.shell, in.words(at, "shell", true)); }

void forget_late(LateParts& late, std::initializer_list<LatePlace> places) {
  std::erase_if(late,
                [&](const LatePart& p) { return std::find(places.begin(), places.end(), p.place) != places.end(); });
}

void read_working_dir(Reading& in, NodeAt at, Settings& out, LateParts& late) {
  forget_late(late, {LatePlace::working_dir});
  put(out.working_dir, late, LatePlace::working_dir, in.late_path(at, "working_dir"));
}

void read_env(Reading& in, NodeAt at, Settings& out, LateParts& late) { read_job_environment(in, at, out.env, late); }

void read_stdin(Reading& in, NodeAt at, Settings& out, LateParts& late) {
  out.stdin_plan = {};
  forget_late(late, {LatePlace::stdin_text, LatePlace::stdin_file});
  if (in.is(at, Kind::map)) {
    StdinReader reader{in, out.stdin_plan, late};
    read_map(in, at, "stdin", "a text, or {file: PATH}", kStdinFields, reader);
    if (in.tree[at].count == 0) in.wrong(at, "stdin", "a text, or {file: PATH}");
    return;
  }
  std::string text;
  put(text, late, LatePlace::stdin_text, in.late_text(at, "stdin", "a text, or {file: PATH}"));
  if (text.size() > limits::kStdinBytes)
    in.report(at,
              fmt::format("'stdin' has {} bytes; at most {} (stdin_bytes) may stand in the file", text.size(),
                          limits::kStdinBytes),
              "put the text in a file of its own and write stdin: {file: PATH}");
  if (!text.empty()) out.stdin_plan = {Stdin::Kind::text, std::move(text)};
}

void read_time_limit(Reading& in, NodeAt at, std::optional<Duration>& out) {
  if (in.tree.text(at) == "none") {
    out.reset();
  } else if (const auto limit = in.duration(at, "timeout", 1ms)) {
    out = *limit;
  }
}

void read_timeout(Reading& in, NodeAt at, Settings& out) { read_time_limit(in, at, out.timeout); }

void read_stop(Reading& in, NodeAt at, Settings& out) {
  const Settings fresh;
  out.stop_signal = fresh.stop_signal;
  out.stop_grace = fresh.stop_grace;
  StopReader reader{in, out};
  read_map(in, at, "stop", "a map such as {signal: TERM, grace: 10s}", kStopFields, reader);
}

void read_retry(Reading& in, NodeAt at, Settings& out) {
  out.retry = {};
  RetryReader r{in, out.retry};
  if (in.is(at, Kind::scalar)) return read_limit(r, at, "retry");
  if (!read_map(in, at, "retry", fmt::format("a whole number from 0 to {}, or a map with 'limit'", limits::kRetries),
                kRetryFields, r))
    return;
  if (r.limit == kNoNode) in.report(at, "'retry' has no 'limit': the number of tries after the first");
  if (out.retry.delay <= out.retry.max_delay) return;
  if (r.max_delay != kNoNode) {
    in.report(r.max_delay, "'retry.max_delay' is shorter than 'retry.delay'");
  } else {
    out.retry.max_delay = out.retry.delay;  // a long delay means what it says
  }
}

void read_continue_on_error(Reading& in, NodeAt at, Settings& out) {
  assign(out.continue_on_error, in.boolean(at, "continue_on_error"));
}

void read_success_exit_codes(Reading& in, NodeAt at, Settings& out) {
  std::bitset<256> codes;
  const auto one = [&](NodeAt n) {
    if (const auto code = in.integer(n, "success_exit_codes", 0, 255)) codes.set(static_cast<std::size_t>(*code));
  };
  if (!in.is(at, Kind::list)) {
    one(at);
  } else if (in.tree[at].count == 0) {
    in.wrong(at, "success_exit_codes", "at least one status from 0 to 255");
  }
  for (const auto item : in.tree.items(at)) one(item);
  out.success_exit_codes.clear();
  for (std::size_t code = 0; code < codes.size(); ++code) {
    if (codes.test(code)) out.success_exit_codes.push_back(static_cast<std::uint8_t>(code));
  }
}

void read_log(Reading& in, NodeAt at, Settings& out, LateParts& late) {
  out.log = {};
  forget_late(late, {LatePlace::stdout_path, LatePlace::stderr_path});
  LogReader r{in, out.log, late};
  if (!read_map(in, at, "log", "a map such as {stdout: PATH, max_bytes: 1MiB}", kLogFields, r)) return;
  if (out.log.merge && r.stderr_at != kNoNode)
    in.report(r.stderr_at,
              "'log.stderr' and 'log.merge: true' exclude each other: merged, stderr goes where stdout goes");
}

}  // namespace rota::jobs
