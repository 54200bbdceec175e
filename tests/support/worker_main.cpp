// rota-worker with targets that only tests call: those that crash, throw, hang and look around.
#include <pthread.h>
#include <signal.h>

#include <boost/asio/awaitable.hpp>
#include <climits>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "worker/pool/pool.h"
#include "worker/run_target.h"
#include "worker/targets/functions.h"

namespace rota::worker {
namespace {

using jobs::ParameterType;
const jobs::Signature kNoArguments{"", {}, true, true, true, ""};
const jobs::Signature kOneText{"", {{"text", ParameterType::string, true, ""}}, true, true, true, ""};

Status crash(TargetContext&, const Arguments& arguments) {
  const auto how = arguments.text("text");
  if (how == "abort") std::abort();
  if (how == "segv") {
    *reinterpret_cast<volatile int*>(std::uintptr_t{64}) = 1;  // nobody's page, and nothing a compiler may reason away
  }
  ::raise(std::atoi(how.c_str()));
  return {};
}
Coroutine co_crash(TargetContext& context, const Arguments& arguments) {
  co_await pause(std::chrono::milliseconds(1));
  co_return crash(context, arguments);
}

int deeper(int depth) {
  volatile char frame[4096];
  frame[depth % 4096] = 'x';
  return depth == INT_MAX ? 0 : deeper(depth + 1) + frame[depth % 4096];
}
Status overflow(TargetContext&, const Arguments&) { return deeper(0) ? Status{} : Status{}; }

Status throws(TargetContext&, const Arguments& arguments) { throw std::runtime_error(arguments.text("text")); }
Coroutine co_throws(TargetContext&, const Arguments& arguments) {
  co_await pause(std::chrono::milliseconds(1));
  throw std::runtime_error(arguments.text("text"));
}
Status fails(TargetContext&, const Arguments& arguments) { return fail(Code::refused, arguments.text("text")); }
Status throws_seven(TargetContext&, const Arguments&) { throw 7; }

/// Deaf to stops until the process dies.
Status hangs(TargetContext& context, const Arguments&) {
  context.out("hanging\n");
  for (;;) ::pause();
}

std::int64_t thread_cpu_us() {
  timespec t{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return std::int64_t{t.tv_sec} * 1'000'000 + t.tv_nsec / 1000;
}
std::int64_t burned_us(std::int64_t us) {
  const auto before = thread_cpu_us();
  volatile unsigned work = 1;
  while (thread_cpu_us() - before < us)
    for (int i = 0; i < 100; ++i) work = work * 5 + 1;
  return thread_cpu_us() - before;
}
/// Uses so many microseconds of the processor, and writes how many it were by its own reading.
Status burn(TargetContext& context, const Arguments& arguments) {
  context.out(std::to_string(burned_us(std::atoll(arguments.text("text").c_str()))));
  return {};
}
Coroutine co_burn(TargetContext& context, const Arguments& arguments) {
  std::int64_t sum = 0;
  for (int i = 0; i < 4; ++i) {
    sum += burned_us(std::atoll(arguments.text("text").c_str()) / 4);
    co_await pause(std::chrono::milliseconds(1));
  }
  context.out(std::to_string(sum));
  co_return Status{};
}
/// The same, and says nothing: so short that what it writes would be most of it.
Status burn_silently(TargetContext&, const Arguments& arguments) {
  burned_us(std::atoll(arguments.text("text").c_str()));
  return {};
}

Status thread_name(TargetContext& context, const Arguments&) {
  char name[16] = "";
  ::pthread_getname_np(::pthread_self(), name, sizeof name);
  context.out(name);
  return {};
}

Status env(TargetContext& context, const Arguments& arguments) {
  const char* value = context.env(arguments.text("text"));
  context.out(value ? value : "(none)");
  return {};
}

std::vector<Target> all_targets() {
  std::vector<Target> all(built_in_targets().begin(), built_in_targets().end());
  all.insert(all.end(), {{"crash", crash, co_crash, &kOneText},
                         {"overflow", overflow, nullptr, &kNoArguments},
                         {"throws", throws, co_throws, &kOneText},
                         {"throws_seven", throws_seven, nullptr, &kNoArguments},
                         {"fails", fails, nullptr, &kOneText},
                         {"hangs", hangs, nullptr, &kNoArguments},
                         {"burn", burn, co_burn, &kOneText},
                         {"burn_silently", burn_silently, nullptr, &kOneText},
                         {"thread_name", thread_name, nullptr, &kNoArguments},
                         {"env", env, nullptr, &kOneText},
                         {"only_coroutine", nullptr, co_noop, &kNoArguments}});
  return all;
}

}  // namespace
}  // namespace rota::worker

int main(int argc, char** argv) {
  using namespace rota::worker;
  static const auto targets = all_targets();
  const std::string_view kind = argc > 1 ? argv[1] : "";
  if (kind == "run-target") return run_target(TargetTable(targets));
  return kind == "pool" ? run_pool(argc - 2, argv + 2, TargetTable(targets)) : 64;
}
