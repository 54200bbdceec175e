// Making, listing, reaching and removing the homes of launchers.
#include "shared/lane/launcher_home.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <optional>
#include <string_view>

namespace rota::lane {
namespace {

constexpr const char* kLock = "lock";
constexpr const char* kSocket = "socket";
constexpr int kBacklog = 64;  // callers of a launcher that is stopped for a while

std::string name_of(WorkerId worker) {
  return std::to_string(worker.seat) + "." + std::to_string(worker.generation);
}

/// The worker of a directory's name; none if no home of ours would be called so.
std::optional<WorkerId> worker_of(std::string_view name) {
  WorkerId worker;
  const char* const end = name.data() + name.size();
  const auto seat = std::from_chars(name.data(), end, worker.seat);
  if (seat.ec != std::errc() || seat.ptr == end || *seat.ptr != '.') return std::nullopt;
  const auto generation = std::from_chars(seat.ptr + 1, end, worker.generation);
  if (generation.ec != std::errc() || name_of(worker) != name) return std::nullopt;
  return worker;
}

Result<posix::Fd> open_directory(const std::string& directory) {
  return posix::open_file(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
}

/// The socket's address by way of an open directory: a path of any length fits.
sockaddr_un address_in(const posix::Fd& directory) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const auto path = "/proc/self/fd/" + std::to_string(directory.get()) + "/" + kSocket;
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  return address;
}

Result<posix::Fd> make_socket() {
  posix::Fd fd(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return system_error("socket");
  return fd;
}

Result<posix::Fd> take_lock(const posix::Fd& directory, const std::string& where) {
  posix::Fd fd(::openat(directory.get(), kLock, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd) return system_error("cannot make the lock", where);
  const auto locked = posix::try_lock(fd.get());
  if (!locked) return locked.error();
  if (!*locked) return fail(Code::refused, "its lock is held by another process", where);
  return fd;
}

Result<posix::Fd> listen_in(const posix::Fd& directory, const std::string& where) {
  auto fd = make_socket();
  if (!fd) return fd.error();
  const auto address = address_in(directory);
  // The mode is set before there is a name: the socket is private from its first moment on, whatever the umask.
  if (::fchmod(fd->get(), 0600) ||
      ::bind(fd->get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) ||
      ::listen(fd->get(), kBacklog))
    return system_error("cannot listen for coordinators", where);
  return fd;
}

Result<LauncherHome> furnish(const std::string& directory, WorkerId worker) {
  const auto opened = open_directory(directory);
  if (!opened) return opened.error();
  auto lock = take_lock(*opened, directory);
  if (!lock) return lock.error();
  auto listener = listen_in(*opened, directory);
  if (!listener) return listener.error();
  return LauncherHome{worker, directory, std::move(*lock), std::move(*listener)};
}

}  // namespace

Result<LauncherHome> make_launcher_home(const std::string& parent, WorkerId worker) {
  if (auto s = posix::make_directories(parent); !s) return s.error();
  const auto directory = parent + "/" + name_of(worker);
  if (::mkdir(directory.c_str(), 0700)) {
    if (errno == EEXIST) return fail(Code::refused, "a launcher's home of this name exists already", directory);
    return system_error("cannot make a launcher's home", directory);
  }
  auto home = furnish(directory, worker);
  if (!home) static_cast<void>(remove_launcher_home(directory));  // the first error is the one to tell
  return home;
}

Result<std::vector<LauncherHomeEntry>> list_launcher_homes(const std::string& parent) {
  std::vector<LauncherHomeEntry> homes;
  DIR* const entries = ::opendir(parent.c_str());
  if (!entries && errno == ENOENT) return homes;
  if (!entries) return system_error("cannot read the launchers' homes", parent);
  while (const dirent* entry = ::readdir(entries)) {
    if (const auto worker = worker_of(entry->d_name)) homes.push_back({*worker, parent + "/" + entry->d_name});
  }
  ::closedir(entries);
  for (auto& home : homes) {
    const auto held = posix::is_locked(home.directory + "/" + kLock);
    if (!held) return held.error();
    home.alive = *held;
  }
  std::sort(homes.begin(), homes.end(), [](const auto& a, const auto& b) { return a.worker < b.worker; });
  return homes;
}

Result<posix::Fd> connect_to_launcher(const std::string& directory) {
  const auto gone = [&] { return fail(Code::unreachable, "no launcher listens there", directory); };
  const auto opened = open_directory(directory);
  if (!opened && opened.error().os_errno == ENOENT) return gone();
  if (!opened) return opened.error();
  auto fd = make_socket();
  if (!fd) return fd.error();
  const auto address = address_in(*opened);
  if (::connect(fd->get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return fd;
  if (errno == ENOENT || errno == ECONNREFUSED) return gone();
  if (errno == EAGAIN) return fail(Code::refused, "too many wait at this launcher's door; try again", directory);
  return system_error("cannot connect to a launcher", directory);
}

Status remove_launcher_home(const std::string& directory) {
  // The journal goes last: as long as it is there it can be read again.
  for (const std::string name : {kSocket, kLock, "journal.new", "journal"}) {
    if (::unlink((directory + "/" + name).c_str()) && errno != ENOENT)
      return system_error("cannot remove", directory + "/" + name);
  }
  if (::rmdir(directory.c_str()) && errno != ENOENT) return system_error("cannot remove a launcher's home", directory);
  return {};
}

}  // namespace rota::lane
