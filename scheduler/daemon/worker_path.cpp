// The search for rota-worker.
#include "scheduler/daemon/worker_path.h"

#include <sched.h>
#include <unistd.h>

#include <climits>
#include <cstdlib>

#include "jobs/catalogue/ask_python.h"

namespace rota::daemon {
namespace {

std::string own_directory() {
  char path[PATH_MAX];
  const auto n = ::readlink("/proc/self/exe", path, sizeof path);
  if (n <= 0) return ".";
  const std::string exe(path, static_cast<std::size_t>(n));
  return exe.substr(0, exe.rfind('/'));
}

bool is_program(const std::string& path) { return ::access(path.c_str(), X_OK) == 0; }

}  // namespace

Result<std::string> find_worker_binary() {
  const auto here = own_directory();
  for (const auto& path :
       {here + "/rota-worker", here + "/../libexec/rota/rota-worker", here + "/../lib/rota/rota-worker"}) {
    if (is_program(path)) return path;
  }
  const char* named = std::getenv("ROTA_WORKER");
  if (named && is_program(named)) return std::string(named);
  return fail(Code::not_found, "cannot find the program rota-worker beside " + here +
                                   "/rota or in libexec; reinstall Rota, or name it in "
                                   "the environment variable ROTA_WORKER");
}

std::vector<std::string> python_of(const jobs::Plan& plan) {
  static const std::string program = [] {
    const auto worker = find_worker_binary();
    const auto found = worker ? jobs::find_python_program(*worker) : Result<std::string>(worker.error());
    return found ? *found : std::string("rota_worker/__main__.py");
  }();
  return jobs::python_words(plan.python_interpreter, program, plan.directory);
}

std::uint32_t available_cores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (::sched_getaffinity(0, sizeof set, &set)) return 1;
  const int n = CPU_COUNT(&set);
  return n > 0 ? static_cast<std::uint32_t>(n) : 1;
}

}  // namespace rota::daemon
