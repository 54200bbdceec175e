// Probes, and what a daemon does when it ends.
#include "jobs/read/service_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "shared/limits.h"

namespace rota::jobs {
namespace {

using Kind = Node::Kind;
using namespace std::chrono_literals;

constexpr Duration kProbeLongest = 24h;
constexpr Duration kLookLongest = std::chrono::seconds(limits::kProbeSeconds);
constexpr std::string_view kConditions = "log, tcp, http, file and exec";
constexpr std::string_view kLiveConditions = "tcp, http, file and exec";

template <class T>
void assign(T& to, std::optional<T> from) {
  if (from) to = std::move(*from);
}

struct ProbeReader {
  Reading& in;
  Probe& out;
  std::string_view field;  // "ready" or "live"
  std::uint32_t conditions = 0;
  NodeAt pace = kNoNode;  // the first field that is about looks
  std::string name(std::string_view of) const { return fmt::format("{}.{}", field, of); }
};

bool is_port(std::string_view port) {
  const bool digits =
      !port.empty() && port.size() <= 5 && port.find_first_not_of("0123456789") == std::string_view::npos;
  const auto number = digits ? std::stoul(std::string(port)) : 0;
  return number >= 1 && number <= 65535;
}

/// host:port, [v6]:port
bool is_address(std::string_view s) {
  const auto colon = s.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return false;
  return is_port(s.substr(colon + 1)) && s.find_first_of(" \t\n") == std::string_view::npos;
}

bool is_url(std::string_view s) {
  constexpr std::string_view kScheme = "http://";
  if (!s.starts_with(kScheme)) return false;
  for (const char c : s)
    if (static_cast<unsigned char>(c) <= ' ' || c == '\x7f') return false;
  s.remove_prefix(kScheme.size());
  const auto authority = s.substr(0, s.find_first_of("/?#"));
  if (authority.empty() || authority.front() == ':' || authority.find('@') != std::string_view::npos) return false;
  const auto colon = authority.rfind(':');
  const bool has_port = colon != std::string_view::npos && authority.find(']', colon) == std::string_view::npos;
  return !has_port || is_port(authority.substr(colon + 1));
}

void read_log_text(ProbeReader& r, NodeAt n) {
  ++r.conditions;
  assign(r.out.log, r.in.text(n, "ready.log", "the text to wait for in the output"));
  if (r.in.is(n, Kind::scalar) && (r.in.tree[n].count == 0 || r.in.tree[n].count > limits::kReadyTextBytes))
    r.in.report(n, fmt::format("'ready.log' takes 1 to {} bytes (ready_text_bytes), got {}", limits::kReadyTextBytes,
                               r.in.tree[n].count));
}

void read_tcp(ProbeReader& r, NodeAt n) {
  ++r.conditions;
  constexpr std::string_view expected = "an address such as 127.0.0.1:8080";
  assign(r.out.tcp, r.in.text(n, r.name("tcp"), expected));
  if (!r.out.tcp.empty() && !is_address(r.out.tcp)) r.in.wrong(n, r.name("tcp"), expected);
}

void read_http(ProbeReader& r, NodeAt n) {
  ++r.conditions;
  constexpr std::string_view expected = "a URL such as http://127.0.0.1:8080/health";
  assign(r.out.http, r.in.text(n, r.name("http"), expected));
  if (r.out.http.empty()) return;
  if (r.out.http.starts_with("https:"))
    return r.in.report(n,
                       fmt::format("'{}' takes a URL that begins with http://: it is asked without TLS",
                                   r.name("http")),
                       fmt::format("for https use {}: {{exec: [curl, -fsS, URL]}}", r.field));
  if (!is_url(r.out.http)) r.in.wrong(n, r.name("http"), expected);
}

void read_file(ProbeReader& r, NodeAt n) {
  ++r.conditions;
  assign(r.out.file, r.in.text(n, r.name("file"), "a path"));
  if (r.in.is(n, Kind::scalar) && r.in.tree[n].count == 0) r.in.wrong(n, r.name("file"), "a path");
}

/// A list of words, or shell text, in which nothing is replaced.
void read_exec(ProbeReader& r, NodeAt n) {
  ++r.conditions;
  const auto field = r.name("exec");
  constexpr std::string_view expected = "a list of words such as [pg_isready, -q], or shell text";
  if (!r.in.is(n, Kind::scalar)) {
    assign(r.out.exec, r.in.words(n, field, false));
    if (r.in.is(n, Kind::list) && (r.in.tree[n].count == 0 || (!r.out.exec.empty() && r.out.exec.front().empty())))
      r.in.wrong(n, field, expected);
    return;
  }
  if (r.in.refuse_expression(n, fmt::format("'${{{{ }}}}' is not replaced in the shell text of '{}'", field),
                             "give the command as a list of words"))
    return;
  const auto text = r.in.text(n, field, expected);
  if (!text) return;
  if (text->find_first_not_of(" \t\n") == std::string::npos) return r.in.wrong(n, field, expected);
  r.out.exec = {"sh", "-c", *text};
}

void take_time(ProbeReader& r, NodeAt n, std::string_view of, Duration least, Duration most, Duration& out) {
  const auto time = r.in.duration(n, r.name(of), least);
  if (!time) return;
  if (*time <= most) out = *time;
  else
    r.in.report(n, fmt::format("'{}' is more than {} s", r.name(of),
                               std::chrono::duration_cast<std::chrono::seconds>(most).count()));
}

void read_delay(ProbeReader& r, NodeAt n) { r.pace = n, take_time(r, n, "delay", 0ms, kProbeLongest, r.out.delay); }
void read_interval(ProbeReader& r, NodeAt n) {
  r.pace = n, take_time(r, n, "interval", 10ms, kProbeLongest, r.out.interval);
}
void read_look_time(ProbeReader& r, NodeAt n) {
  r.pace = n, take_time(r, n, "timeout", 1ms, kLookLongest, r.out.timeout);
}
void read_failures(ProbeReader& r, NodeAt n) {
  r.pace = n;
  if (const auto count = r.in.integer(n, r.name("failures"), 1, limits::kRetries))
    r.out.failures = static_cast<std::uint32_t>(*count);
}
void read_within(ProbeReader& r, NodeAt n) {
  Duration within{};
  take_time(r, n, "within", 1ms, kProbeLongest, within);
  if (within > 0ms) r.out.within = within;
}

const Field<ProbeReader> kReadyFields[] = {
    {"log", read_log_text},    {"tcp", read_tcp},           {"http", read_http},       {"file", read_file},
    {"exec", read_exec},       {"delay", read_delay},       {"interval", read_interval}, {"timeout", read_look_time},
    {"failures", read_failures}, {"within", read_within},
};
const Field<ProbeReader> kLiveFields[] = {
    {"tcp", read_tcp},     {"http", read_http},         {"file", read_file},         {"exec", read_exec},
    {"delay", read_delay}, {"interval", read_interval}, {"timeout", read_look_time}, {"failures", read_failures},
};

template <std::size_t N>
bool read_probe(ProbeReader& r, NodeAt at, std::string_view conditions, std::string_view example,
                const Field<ProbeReader> (&table)[N]) {
  if (!r.in.is(at, Kind::map)) return r.in.wrong(at, r.field, example), false;
  read_fields(r.in, at, table, {.inside = r.field}, r);
  if (r.in.tree[at].count == 0) return r.in.wrong(at, r.field, example), false;
  if (r.conditions != 1)
    r.in.report(at, fmt::format("'{}' takes exactly one condition of {}", r.field, conditions));
  return true;
}

struct RestartReader {
  Reading& in;
  Restart& out;
  NodeAt delay = kNoNode, max_delay = kNoNode;
};
constexpr std::array<std::string_view, 3> kWhen{"no", "on_failure", "always"};

void read_when(RestartReader& r, NodeAt n, std::string_view field) {
  if (const auto i = r.in.choice(n, field, kWhen)) r.out.when = static_cast<Restart::When>(*i);
}
const Field<RestartReader> kRestartFields[] = {
    {"when", [](RestartReader& r, NodeAt n) { read_when(r, n, "restart.when"); }},
    {"limit",
     [](RestartReader& r, NodeAt n) {
       if (const auto limit = r.in.integer(n, "restart.limit", 0, limits::kRetries))
         r.out.pace.limit = static_cast<std::uint32_t>(*limit);
     }},
    {"delay",
     [](RestartReader& r, NodeAt n) {
       r.delay = n, assign(r.out.pace.delay, r.in.duration(n, "restart.delay", 10ms));
     }},
    {"backoff",
     [](RestartReader& r, NodeAt n) { assign(r.out.pace.backoff, r.in.number(n, "restart.backoff", 1, 1000)); }},
    {"max_delay",
     [](RestartReader& r, NodeAt n) {
       r.max_delay = n, assign(r.out.pace.max_delay, r.in.duration(n, "restart.max_delay", 10ms));
     }},
    {"jitter", [](RestartReader& r, NodeAt n) { assign(r.out.pace.jitter, r.in.number(n, "restart.jitter", 0, 1)); }},
};
constexpr Synonym kRestartSynonyms[] = {{"policy", "when"}, {"condition", "when"}, {"max_attempts", "limit"}};

}  // namespace

void read_ready(Reading& in, NodeAt at, Settings& out) {
  out.ready.emplace();
  out.ready->failures = 0;
  ProbeReader r{in, *out.ready, "ready"};
  if (!read_probe(r, at, kConditions, "a map such as {log: TEXT} or {tcp: HOST:PORT}", kReadyFields)) return;
  if (!out.ready->log.empty() && r.conditions == 1 && r.pace != kNoNode)
    in.report(r.pace, "'ready.log' waits for its text, and looks at nothing again and again",
              "beside 'log' only 'within' is of use");
}

void read_live(Reading& in, NodeAt at, Settings& out) {
  out.live.emplace();
  ProbeReader r{in, *out.live, "live"};
  read_probe(r, at, kLiveConditions, "a map such as {tcp: HOST:PORT} or {exec: COMMAND}", kLiveFields);
}

void read_restart(Reading& in, NodeAt at, Settings& out) {
  out.restart = {};
  RestartReader r{in, out.restart};
  if (in.is(at, Kind::scalar)) return read_when(r, at, "restart");
  if (!in.is(at, Kind::map))
    return in.wrong(at, "restart", "no, on_failure or always, or a map such as {when: always, delay: 1s}");
  out.restart.when = Restart::When::on_failure;
  read_fields(in, at, kRestartFields, {.inside = "restart", .synonyms = kRestartSynonyms}, r);
  auto& pace = out.restart.pace;
  if (pace.delay <= pace.max_delay) return;
  if (r.max_delay != kNoNode) in.report(r.max_delay, "'restart.max_delay' is shorter than 'restart.delay'");
  else pace.max_delay = pace.delay;  // a long delay means what it says
}

void settle_service(Reading& in, const Draft& defaults, const Draft& draft) {
  if (draft.job.daemon) return;
  const auto refuse = [&](NodeAt at, NodeAt of_defaults, std::string_view field, std::string_view hint) {
    if (at == of_defaults) return;
    in.report(at, fmt::format("'{}' is for a daemon, and this job ends by itself", field), std::string(hint));
  };
  refuse(draft.live, defaults.live, "live", "give it daemon: true");
  refuse(draft.restart, defaults.restart, "restart", "give it daemon: true, or use 'retry'");
}

}  // namespace rota::jobs
