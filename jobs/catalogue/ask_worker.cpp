// One child, its answer in a memfd, and a limit on its time.
#include "jobs/catalogue/ask_worker.h"

#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "shared/clock.h"
#include "shared/limits_of_plugins.h"
#include "shared/posix/fd.h"
#include "shared/process/spawn.h"
#include "shared/text/json.h"
#include "shared/text/text.h"

namespace rota::jobs {
namespace {

/// False: it took too long.
bool wait_for_end(const process::Child& child) {
  const auto until = monotonic_now() + std::chrono::seconds(limits::kPluginSeconds);
  for (;;) {
    const auto left = (until - monotonic_now()).count() / 1'000'000;
    pollfd p{child.pidfd.get(), POLLIN, 0};
    const int n = ::poll(&p, 1, left > 0 ? static_cast<int>(left) + 1 : 0);
    if (n > 0) return true;
    if (n == 0 || errno != EINTR) return false;
  }
}

/// The child's `{"error": "..."}`.
std::string told_error(std::string_view json) {
  const auto value = text::parse_json(json, 8);
  const auto* map = value ? value->as<ValueMap>() : nullptr;
  if (map && map->size() == 1 && map->front().first == "error") return to_text(map->front().second);
  return {};
}

}  // namespace

Result<PluginTable> ask_child(const std::vector<std::string>& argv, const std::vector<std::string>& env,
                              const std::string& about, std::string& json) {
  auto answer = posix::make_memfd("targets", false);
  if (!answer) return answer.error();
  process::SpawnSpec spec;
  spec.argv = argv;
  spec.env = env;
  spec.working_dir = "/";
  spec.stdout_fd = answer->get();
  spec.parent_death_signal = SIGKILL;
  const auto child = process::spawn(spec);
  if (!child) return child.error();
  const bool ended = wait_for_end(*child);
  if (!ended) process::signal(*child, SIGKILL);
  const auto exit = process::reap(*child);
  if (!ended)
    return fail(Code::invalid,
                "did not tell what it offers within " + std::to_string(limits::kPluginSeconds) +
                    " s of being loaded: something hangs in it",
                about);
  if (!exit) return exit.error();
  if (exit->ending.kind == Ending::Kind::signalled)
    return fail(Code::invalid, "crashes when it is loaded, by signal " + std::to_string(exit->ending.value), about);
  ::lseek(answer->get(), 0, SEEK_SET);
  auto text = posix::read_all(answer->get(), limits::kPluginTableBytes, about);
  if (!text) return text.error();
  json = std::move(*text);
  if (auto error = told_error(json); !error.empty()) return fail(Code::invalid, std::move(error), about);
  auto table = PluginTable::from_json(json);
  if (!table)
    return fail(Code::invalid,
                "ended with status " + std::to_string(exit->ending.value) +
                    " when it was loaded, before it could tell what it offers",
                about);
  return table;
}

Result<PluginTable> ask_worker(const std::string& worker, const std::string& path,
                               const std::vector<std::string>& env) {
  struct stat s {};
  if (::stat(path.c_str(), &s) != 0) {
    auto error = system_error("cannot be loaded", path);
    error.code = Code::invalid;  // whoever named it is wrong, not the system
    return error;
  }
  std::string json;
  return ask_child({worker, "describe-plugin", path}, env, path, json);
}

}  // namespace rota::jobs
