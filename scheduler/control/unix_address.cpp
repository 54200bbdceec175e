// Long socket paths by way of /proc/self/fd.
#include "scheduler/control/unix_address.h"

#include <fcntl.h>

#include <cstddef>
#include <cstring>

namespace rota::control {

Result<UnixAddress> unix_address(const std::string& path) {
  UnixAddress out;
  std::string short_path = path;
  if (path.size() >= sizeof out.address.sun_path) {
    const auto slash = path.rfind('/');
    const std::string directory = slash == path.npos ? "." : path.substr(0, slash + 1);
    auto fd = posix::open_file(directory, O_PATH | O_DIRECTORY);
    if (!fd) return fd.error();
    out.directory = std::move(*fd);
    short_path = "/proc/self/fd/" + std::to_string(out.directory.get()) + "/" + path.substr(slash + 1);
  }
  if (short_path.size() >= sizeof out.address.sun_path)
    return fail(Code::invalid, "the socket's name is too long: choose a shorter one", path);
  out.address.sun_family = AF_UNIX;
  std::memcpy(out.address.sun_path, short_path.c_str(), short_path.size() + 1);
  out.length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + short_path.size() + 1);
  return out;
}

}  // namespace rota::control
