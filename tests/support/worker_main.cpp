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
  if (kind == "run-target") return run_target(targets);
  return kind == "pool" ? run_pool(argc - 2, argv + 2, targets) : 64;
}
