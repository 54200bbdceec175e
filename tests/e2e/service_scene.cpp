// Starting and asking a service.
#include "tests/e2e/service_scene.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <stdexcept>

#include "shared/posix/fd.h"
#include "tests/support/paths.h"

namespace rota::test {

std::string rotad_binary() { return std::filesystem::path(rota_binary()).parent_path() / "rotad"; }

bool listens(const std::string& socket_path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket_path.size() >= sizeof address.sun_path) throw std::runtime_error("too long for a test: " + socket_path);
  std::memcpy(address.sun_path, socket_path.data(), socket_path.size());
  const posix::Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  return ::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
}

Command Service::rotad(const std::vector<std::string>& flags) const {
  auto command = scene_.program(rotad_binary(), flags);
  return command.env("ROTA_SOCKET", socket()).env("XDG_CONFIG_HOME", path("config")).without_env("NOTIFY_SOCKET");
}

Running Service::up(const std::vector<std::string>& flags) const { return up(*this, rotad(flags)); }

Running Service::up(const Service& service, const Command& command) {
  auto rotad = command.start();
  const bool serves = eventually(kPatience, [&] { return rotad.ended() || listens(service.socket()); });
  if (rotad.ended() || !serves) throw std::runtime_error("rotad does not serve:\n" + rotad.err());
  return rotad;
}

Command Service::rota(std::vector<std::string> words) const {
  return scene_.rota(std::move(words)).env("ROTA_SOCKET", socket());
}

std::string Service::submit(std::string_view yaml, const std::vector<std::string>& more) const {
  std::vector<std::string> words{"submit", "-q", scene_.write("submitted.yaml", yaml)};
  words.insert(words.end(), more.begin(), more.end());
  const bool exports = std::find(more.begin(), more.end(), "--export") != more.end();
  if (!exports) words.insert(words.end(), {"--export", "ROTA_TEST_MARK"});
  const auto e = ask(words);
  if (e.status != 0) throw std::runtime_error("rota submit: " + told(e));
  return e.out.substr(0, e.out.find('\n'));
}

bool Service::reaches(const std::string& run, const std::string& job, const std::string& state) const {
  return eventually(kPatience, [&] { return story(run)[job].state == state; });
}

Story Service::story(const std::string& run) const { return scene_.story_of(rota({"show", run, "--json"})); }

std::vector<std::string> Service::lines(std::string_view file, std::string_view start) const {
  auto all = split_lines(read(file));
  std::erase_if(all, [&](const std::string& line) { return !line.starts_with(start); });
  return all;
}

std::vector<Process> Service::workers(std::string_view kind) const {
  auto all = scene_.living();
  std::erase_if(all, [&](const Process& p) {
    const auto words = command_line(p.pid);
    return words.find("rota-worker" + std::string(kind)) == std::string::npos;
  });
  return all;
}

}  // namespace rota::test
