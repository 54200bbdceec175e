// The address of a unix socket, also where its path is longer than the 107 bytes that an address holds.
#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include <string>

#include "shared/posix/fd.h"
#include "shared/result.h"

namespace rota::control {

/// Valid while it lives: a long path is reached through its directory, which it keeps open.
struct UnixAddress {
  sockaddr_un address{};
  socklen_t length = 0;
  posix::Fd directory;
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&address); }
};

/// The directory must exist. Errors carry errno (ENOENT, EACCES).
Result<UnixAddress> unix_address(const std::string& path);

}  // namespace rota::control
