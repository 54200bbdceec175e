// The failpoints that a test has set for this process.
#include "shared/failpoint.h"

#include <string_view>

#ifdef ROTA_FAILPOINTS
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#endif

namespace rota::failpoint {
namespace {

constexpr std::string_view kOwn = "ROTA_FAILPOINTS=";
constexpr std::string_view kLauncher = "ROTA_FAILPOINTS_LAUNCHER=";

#ifdef ROTA_FAILPOINTS

enum class Act { kill, stop, delay, error };

struct Point {
  char name[64] = {};
  Act act = Act::kill;
  std::uint32_t delay_ms = 0;
  std::uint32_t nth = 1;
  std::atomic<std::uint32_t> passed{0};
};

constexpr std::size_t kMost = 16;
Point points[kMost];
std::size_t count = 0;
std::once_flag once;

[[noreturn]] void give_up(std::string_view text) {
  std::fprintf(stderr, "ROTA_FAILPOINTS: cannot read '%.*s': name:kill|stop|error|delay=MS[:nth], at most %zu\n",
               static_cast<int>(text.size()), text.data(), kMost);
  std::_Exit(2);
}

bool number(std::string_view text, std::uint32_t& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return !text.empty() && error == std::errc() && end == text.data() + text.size();
}

/// Cuts off and returns what stands before the mark.
std::string_view before(std::string_view& rest, char mark) {
  const auto at = rest.find(mark);
  const auto first = rest.substr(0, at);
  rest = at == std::string_view::npos ? std::string_view() : rest.substr(at + 1);
  return first;
}

bool read_action(std::string_view text, Point& point) {
  if (text.starts_with("delay=")) {
    point.act = Act::delay;
    return number(text.substr(6), point.delay_ms);
  }
  point.act = text == "kill" ? Act::kill : text == "stop" ? Act::stop : Act::error;
  return text == "kill" || text == "stop" || text == "error";
}

void read_points() {
  const char* variable = std::getenv("ROTA_FAILPOINTS");
  std::string_view rest = variable != nullptr ? variable : "";
  while (!rest.empty()) {
    const auto whole = before(rest, ',');
    auto parts = whole;
    const auto name = before(parts, ':');
    const auto action = before(parts, ':');
    if (count == kMost) give_up(whole);
    auto& point = points[count];
    if (name.empty() || name.size() >= sizeof point.name || !read_action(action, point)) give_up(whole);
    if (!parts.empty() && !number(parts, point.nth)) give_up(whole);
    std::memcpy(point.name, name.data(), name.size());
    ++count;
  }
  mood.store(count > 0 ? Mood::armed : Mood::quiet, std::memory_order_release);
}

void wait_ms(std::uint32_t ms) {
  timespec left{ms / 1000, static_cast<long>(ms % 1000) * 1'000'000};
  while (::clock_nanosleep(CLOCK_MONOTONIC, 0, &left, &left) == EINTR) continue;
}

/// True: an error is wanted.
bool act_on(const Point& point) {
  switch (point.act) {
    case Act::kill:
      for (;;) ::kill(::getpid(), SIGKILL);
    case Act::stop: ::kill(::getpid(), SIGSTOP); return false;
    case Act::delay: wait_ms(point.delay_ms); return false;
    case Act::error: return true;
  }
  return false;
}

#endif

}  // namespace

#ifdef ROTA_FAILPOINTS

std::atomic<Mood> mood{Mood::unknown};

bool pass(const char* name) {
  if (mood.load(std::memory_order_acquire) == Mood::unknown) std::call_once(once, read_points);
  bool error = false;
  for (std::size_t i = 0; i < count; ++i) {
    if (std::strcmp(points[i].name, name) != 0) continue;
    const auto times = points[i].passed.fetch_add(1, std::memory_order_relaxed) + 1;
    if (points[i].nth == 0 || points[i].nth == times) error = act_on(points[i]) || error;
  }
  return error;
}

#endif

void strip(std::vector<std::string>& env) {
  std::erase_if(env, [](const std::string& e) { return e.starts_with(kOwn) || e.starts_with(kLauncher); });
}

void hand_to_launcher(std::vector<std::string>& env) {
  std::string wanted;
  for (const auto& e : env) {
    if (e.starts_with(kLauncher)) wanted = e.substr(kLauncher.size());
  }
  strip(env);
  if (!wanted.empty()) env.push_back(std::string(kOwn) + wanted);
}

}  // namespace rota::failpoint
