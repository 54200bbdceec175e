// Binding, accepting, and the reserve descriptor.
#include "scheduler/daemon/api/listener.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "scheduler/control/frames.h"
#include "scheduler/control/unix_address.h"
#include "shared/limits.h"

namespace rota::daemon {
namespace {

/// Nobody else may put another socket in the place of ours.
Status prepare_directory(const std::string& directory) {
  if (auto s = posix::make_directories(directory, 0700); !s) return s;
  struct stat st {};
  if (::stat(directory.c_str(), &st)) return system_error("stat", directory);
  if (st.st_uid != ::geteuid() && st.st_uid != 0)
    return fail(Code::refused, "belongs to another user: choose another --socket", directory);
  if ((st.st_mode & 022) != 0 && (st.st_mode & S_ISVTX) == 0)
    return fail(Code::refused, "can be written to by other users: choose another --socket, or chmod 700 it", directory);
  return {};
}

/// Whether somebody listens there; a connection is all it takes to know.
bool is_served(const control::UnixAddress& address) {
  const posix::Fd probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  return probe && (::connect(probe.get(), address.get(), address.length) == 0 || errno == EAGAIN);
}

Status clear_stale(const std::string& path, const control::UnixAddress& address) {
  struct stat st {};
  if (::lstat(path.c_str(), &st)) return errno == ENOENT ? Status{} : Status(system_error("lstat", path));
  if (!S_ISSOCK(st.st_mode)) return fail(Code::refused, "is there and is no socket: choose another --socket", path);
  if (is_served(address)) {
    auto taken = fail(Code::refused, "another coordinator listens there already: stop it, or choose another --socket",
                      path);
    taken.os_errno = EADDRINUSE;
    return taken;
  }
  if (::unlink(path.c_str()) && errno != ENOENT) return system_error("cannot remove the old socket", path);
  return {};
}

/// Mode 0600 from its first moment: a chmod afterwards would be too late.
int bind_private(int socket, const control::UnixAddress& address) {
  const mode_t before = ::umask(0177);
  const int result = ::bind(socket, address.get(), address.length);
  const int error = errno;
  ::umask(before);
  errno = error;
  return result;
}

posix::Fd any_descriptor() { return posix::Fd(::open("/", O_PATH | O_CLOEXEC)); }

}  // namespace

Result<std::unique_ptr<Listener>> Listener::open(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == path.npos || slash == 0) return fail(Code::invalid, "the socket needs a directory of its own", path);
  if (auto s = prepare_directory(path.substr(0, slash)); !s) return s.error();
  auto address = control::unix_address(path);
  if (!address) return address.error();
  if (auto s = clear_stale(path, *address); !s) return s.error();
  std::unique_ptr<Listener> out(new Listener);
  out->socket_ = posix::Fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!out->socket_) return system_error("socket");
  if (bind_private(out->socket_.get(), *address)) return system_error("cannot bind", path);
  struct stat st {};
  if (::lstat(path.c_str(), &st)) return system_error("lstat", path);
  out->path_ = path;
  out->device_ = st.st_dev;
  out->inode_ = st.st_ino;
  if (::listen(out->socket_.get(), static_cast<int>(limits::kClients))) return system_error("cannot listen", path);
  out->reserve_ = any_descriptor();
  return out;
}

Listener::~Listener() {
  struct stat st {};
  if (!path_.empty() && !::lstat(path_.c_str(), &st) && st.st_dev == device_ && st.st_ino == inode_)
    ::unlink(path_.c_str());
}

Listener::Came Listener::accept(Visitor& visitor) {
  for (;;) {
    posix::Fd socket(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!socket && (errno == EAGAIN || errno == EWOULDBLOCK)) return Came::nobody;
    if (!socket && (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM))
      return Came::no_descriptor;
    if (!socket && (errno == EINTR || errno == ECONNABORTED || errno == EPERM)) continue;
    if (!socket) return Came::nobody;
    ucred peer{};
    socklen_t size = sizeof peer;
    if (::getsockopt(socket.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size)) continue;
    visitor = {std::move(socket), peer.uid, peer.pid};
    return Came::visitor;
  }
}

bool Listener::turn_away(const control::answer::Refused& why) {
  reserve_.reset();
  Visitor visitor;
  if (accept(visitor) == Came::visitor) daemon::turn_away(std::move(visitor.socket), why);
  return regain();
}

bool Listener::regain() {
  if (!reserve_) reserve_ = any_descriptor();
  return static_cast<bool>(reserve_);
}

void turn_away(posix::Fd socket, const control::answer::Refused& why) {
  control::FrameWriter out;
  out.add(control::to_json(control::Reply(why)));
  (void)out.flush(socket.get());
}

}  // namespace rota::daemon
