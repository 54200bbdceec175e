// Connecting, asking, running.
#include "scheduler/daemon/probe_look.h"

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>

#include "scheduler/daemon/orphans.h"
#include "scheduler/daemon/resolve.h"
#include "shared/posix/fd.h"

namespace rota::daemon {
namespace {

constexpr auto kClearBound = std::chrono::seconds(1);
constexpr auto kDrainTime = std::chrono::milliseconds(50);
constexpr std::size_t kDrainBytes = 64u << 10;  // of an answer that was good: a server need not see us hang up

/// A port that nobody listens on may be given to the very socket that asks for it; then it meets itself.
bool is_itself(int fd) {
  sockaddr_storage mine{}, theirs{};
  socklen_t size = sizeof mine, other = sizeof theirs;
  return ::getsockname(fd, reinterpret_cast<sockaddr*>(&mine), &size) == 0 &&
         ::getpeername(fd, reinterpret_cast<sockaddr*>(&theirs), &other) == 0 && size == other &&
         std::memcmp(&mine, &theirs, size) == 0;
}

/// Connected, and to somebody else.
Result<posix::Fd> or_nobody(posix::Fd fd) {
  if (!is_itself(fd.get())) return fd;
  const linger at_once{1, 0};  // the port is free at once for who is to listen there
  ::setsockopt(fd.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  return fail(Code::refused, "nobody listens there");
}

Result<posix::Fd> connect_one(const addrinfo& to, Instant until, int over) {
  posix::Fd fd(::socket(to.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return system_error("cannot make a socket");
  if (::connect(fd.get(), to.ai_addr, to.ai_addrlen) == 0) return or_nobody(std::move(fd));
  if (errno != EINPROGRESS) return system_error("cannot connect");
  if (auto s = wait_for(fd.get(), POLLOUT, until, over); !s) return s.error();
  int error = 0;
  socklen_t size = sizeof error;
  if (::getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &error, &size) != 0) return system_error("cannot connect");
  if (error != 0) return system_error("cannot connect", {}, error);
  return or_nobody(std::move(fd));
}

Result<posix::Fd> connect_to(std::string host, const std::string& port, Instant until, int over) {
  if (host.size() > 2 && host.front() == '[') host = host.substr(1, host.size() - 2);
  const auto list = resolve(host, port, until, over);
  if (!list) return list.error();
  Error last = fail(Code::not_found, "it has no address", host);
  for (const auto* a = list->get(); a; a = a->ai_next) {
    auto fd = connect_one(*a, until, over);
    if (fd) return fd;
    last = fd.error();
  }
  return last;
}

Status send_all(int fd, std::string_view text, Instant until, int over) {
  while (!text.empty()) {
    const auto n = ::send(fd, text.data(), text.size(), MSG_NOSIGNAL);
    if (n > 0) text.remove_prefix(static_cast<std::size_t>(n));
    if (n > 0 || (n < 0 && errno == EINTR)) continue;
    if (errno != EAGAIN) return system_error("cannot ask");
    if (auto s = wait_for(fd, POLLOUT, until, over); !s) return s;
  }
  return {};
}

/// Appends what comes; false: it has ended.
Result<bool> receive(int fd, std::string& text, Instant until, int over) {
  for (;;) {
    char buffer[4096];
    const auto n = ::recv(fd, buffer, sizeof buffer, 0);
    if (n > 0) text.append(buffer, static_cast<std::size_t>(n));
    if (n >= 0) return n > 0;
    if (errno != EINTR && errno != EAGAIN) return system_error("the connection broke");
    if (errno == EINTR) continue;
    if (auto s = wait_for(fd, POLLIN, until, over); !s) return s.error();
  }
}

/// Of "HTTP/1.1 204 No Content"; 0: that is no such line.
int status_of(std::string_view answer) {
  if (!answer.starts_with("HTTP/1.") || answer.size() < 12 || answer[8] != ' ') return 0;
  int status = 0;
  for (const char c : answer.substr(9, 3)) {
    if (c < '0' || c > '9') return 0;
    status = status * 10 + (c - '0');
  }
  return status;
}

struct Url {
  std::string authority, host, port, path;
};
Url parts_of(const std::string& url) {
  constexpr std::string_view kScheme = "http://";
  Url out;
  const auto rest = url.substr(std::min(url.size(), kScheme.size()));
  const auto end = std::min(rest.find_first_of("/?#"), rest.size());
  out.authority = rest.substr(0, end);
  out.path = rest.substr(end, rest.find('#', end) - end);
  if (!out.path.starts_with('/')) out.path.insert(0, "/");
  const auto colon = out.authority.rfind(':');
  const bool has_port = colon != std::string::npos && out.authority.find(']', colon) == std::string::npos;
  out.host = out.authority.substr(0, has_port ? colon : std::string::npos);
  out.port = has_port ? out.authority.substr(colon + 1) : "80";
  return out;
}

}  // namespace

Status look_at_tcp(const std::string& address, Instant until, int over) {
  const auto colon = address.rfind(':');
  if (colon == std::string::npos) return fail(Code::invalid, "no port is named", address);
  auto fd = connect_to(address.substr(0, colon), address.substr(colon + 1), until, over);
  if (!fd) return fd.error();
  return {};
}

Status look_at_http(const std::string& url, Instant until, int over) {
  const auto to = parts_of(url);
  const auto fd = connect_to(to.host, to.port, until, over);
  if (!fd) return fd.error();
  const auto ask = "GET " + to.path + " HTTP/1.1\r\nHost: " + to.authority +
                   "\r\nUser-Agent: rota\r\nAccept: */*\r\nConnection: close\r\n\r\n";
  if (auto s = send_all(fd->get(), ask, until, over); !s) return s;
  std::string answer;
  while (answer.find('\n') == std::string::npos && answer.size() < kDrainBytes) {
    const auto more = receive(fd->get(), answer, until, over);
    if (!more) return more.error();
    if (!*more) break;
  }
  const int status = status_of(answer);
  if (status == 0) return fail(Code::invalid, "what answers does not speak HTTP", url);
  if (status < 200 || status > 399) return fail(Code::refused, "it answers " + std::to_string(status), url);
  // The rest is taken for a moment only, for the sake of a server that would see us hang up.
  const auto moment = std::min(until, monotonic_now() + kDrainTime);
  while (answer.size() < kDrainBytes) {
    const auto more = receive(fd->get(), answer, moment, over);
    if (!more || !*more) break;
  }
  return {};
}

Status look_at_file(const std::string& path, const std::string& working_dir) {
  const auto whole = path.starts_with('/') ? path : working_dir + "/" + path;
  if (::access(whole.c_str(), F_OK) == 0) return {};
  return system_error("it is not there", whole);
}

Status ProbeCommand::start(const std::vector<std::string>& argv, const std::vector<std::string>& env,
                           const std::string& working_dir) {
  process::SpawnSpec spec;
  spec.argv = argv;
  spec.env = env;
  spec.working_dir = working_dir;
  spec.parent_death_signal = SIGKILL;
  auto child = process::spawn(spec);
  if (!child) return child.error();
  child_ = std::move(*child);
  return {};
}

bool ProbeCommand::wait(Instant until, int over) {
  const bool in_time = wait_for(child_.pidfd.get(), POLLIN, until, over).has_value();
  ::kill(-child_.pid, SIGKILL);
  siginfo_t dead{};
  while (::waitid(P_PID, static_cast<id_t>(child_.pid), &dead, WEXITED | WNOWAIT) != 0 && errno == EINTR) {
  }
  clear_session();
  return in_time;
}

/// What it has started and left comes to us, as we are a subreaper: it is ended and reaped as well.
void ProbeCommand::clear_session() {
  const auto deadline = monotonic_now() + kClearBound;
  for (bool any = true; std::exchange(any, false) && monotonic_now() < deadline;) {
    for (const int pid : child_pids()) {
      if (pid == child_.pid || ::getsid(pid) != child_.pid) continue;
      any = true;
      ::kill(pid, SIGKILL);  // our own unreaped child: the number cannot be a stranger's
      ::waitpid(pid, nullptr, WNOHANG);
    }
    if (any) ::usleep(500);  // the kernel needs a moment to end them and to hand us their children
  }
}

Status ProbeCommand::end(bool in_time) {
  const auto exit = process::reap(child_);
  if (!in_time) return fail(Code::refused, "the command did not end in time, and was killed");
  if (!exit) return exit.error();
  const auto& e = exit->ending;
  if (e.kind == Ending::Kind::signalled)
    return fail(Code::refused, "the command was ended by signal " + std::to_string(e.value));
  if (e.value != 0) return fail(Code::refused, "the command ended with status " + std::to_string(e.value));
  return {};
}

}  // namespace rota::daemon
