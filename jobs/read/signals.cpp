// The signals a job may be stopped with.
#include "jobs/read/signals.h"

#include <algorithm>
#include <charconv>
#include <csignal>
#include <iterator>

namespace rota::jobs {
namespace {

constexpr std::string_view kNames[] = {"HUP",  "INT",  "QUIT", "ABRT",  "ALRM",   "TERM", "USR1",
                                       "USR2", "KILL", "PIPE", "WINCH", "VTALRM", "PROF", "XCPU"};
constexpr int kNumbers[] = {SIGHUP,  SIGINT,  SIGQUIT, SIGABRT,  SIGALRM,   SIGTERM, SIGUSR1,
                            SIGUSR2, SIGKILL, SIGPIPE, SIGWINCH, SIGVTALRM, SIGPROF, SIGXCPU};
static_assert(std::size(kNames) == std::size(kNumbers));
constexpr int kLast = 64;

}  // namespace

std::optional<int> signal_number(std::string_view text) {
  int number = 0;
  const auto* end = text.data() + text.size();
  if (const auto [stop, error] = std::from_chars(text.data(), end, number); error == std::errc{} && stop == end)
    return number >= 1 && number <= kLast ? std::optional(number) : std::nullopt;
  if (text.starts_with("SIG")) text.remove_prefix(3);
  const auto found = std::find(std::begin(kNames), std::end(kNames), text);
  if (found == std::end(kNames)) return {};
  return kNumbers[found - std::begin(kNames)];
}

std::span<const std::string_view> signal_names() { return kNames; }

}  // namespace rota::jobs
