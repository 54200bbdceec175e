// Datagrams to the service manager.
#include "scheduler/daemon/notify.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>

#include "shared/text/text.h"

namespace rota::daemon {
namespace {

/// The bytes of the address; empty: not one that there can be.
std::string address_of(std::string_view name) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const bool abstract = name.starts_with('@');
  if (!abstract && !name.starts_with('/')) return {};
  if (name.size() + (abstract ? 0 : 1) > sizeof address.sun_path) return {};
  std::memcpy(address.sun_path, name.data(), name.size());
  if (abstract) address.sun_path[0] = '\0';
  const auto length = offsetof(sockaddr_un, sun_path) + name.size() + (abstract ? 0 : 1);
  return {reinterpret_cast<const char*>(&address), length};
}

}  // namespace

Notify::Notify(const std::vector<std::string>& env) {
  constexpr std::string_view key = "NOTIFY_SOCKET=";
  for (const auto& entry : env) {
    if (entry.starts_with(key)) address_ = address_of(std::string_view(entry).substr(key.size()));
  }
  if (!address_.empty()) socket_ = posix::Fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
}

void Notify::send(const std::string& message) {
  if (!socket_) return;
  // A manager that does not listen is no reason to fail.
  (void)!::sendto(socket_.get(), message.data(), message.size(), MSG_NOSIGNAL,
                  reinterpret_cast<const sockaddr*>(address_.data()), static_cast<socklen_t>(address_.size()));
}

void Notify::ready(std::string_view status) {
  send(fmt::format("READY=1\nMAINPID={}\nSTATUS={}\n", ::getpid(), text::escape_terminal(status)));
}

void Notify::status(std::string_view status) { send(fmt::format("STATUS={}\n", text::escape_terminal(status))); }

void Notify::stopping(std::string_view status) {
  send(fmt::format("STOPPING=1\nSTATUS={}\n", text::escape_terminal(status)));
}

}  // namespace rota::daemon
