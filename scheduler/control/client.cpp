// Connecting, greeting, asking.
#include "scheduler/control/client.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "scheduler/control/frames.h"
#include "scheduler/control/unix_address.h"
#include "shared/text/text.h"

namespace rota::control {
namespace {

using Deadline = std::optional<Instant>;

Deadline deadline_in(std::optional<Duration> within) {
  return within ? Deadline(monotonic_now() + *within) : std::nullopt;
}

Error unreachable(const std::string& path) {
  return fail(Code::unreachable, "no coordinator answers at " + path + ": start rotad, or use `rota run FILE`");
}

Error foreign(const std::string& path, const std::string& why) {
  return fail(Code::refused, "the coordinator at " + path + " is another user's: " + why);
}

Error cannot_connect(const std::string& path, int error) {
  if (error == ENOENT || error == ECONNREFUSED || error == ENOTDIR) return unreachable(path);
  if (error == EACCES || error == EPERM) return foreign(path, "this user may not connect to it");
  if (error == EAGAIN || error == EINPROGRESS)
    return fail(Code::unreachable, "the coordinator at " + path + " takes no connection: timed out");
  return system_error("cannot connect", path, error);
}

/// Waits for POLLIN or POLLOUT; Code::unreachable at the deadline.
Status wait_for(int socket, short events, Deadline deadline, const char* what) {
  for (;;) {
    pollfd p{socket, events, 0};
    std::int64_t left_ms = -1;
    if (deadline) left_ms = std::max<std::int64_t>(0, (deadline->ns - monotonic_now().ns + 999'999) / 1'000'000);
    const int n = ::poll(&p, 1, static_cast<int>(std::min<std::int64_t>(left_ms, 1 << 30)));
    if (n > 0) return {};
    if (n < 0 && errno != EINTR) return system_error("poll");
    if (n == 0 && deadline && *deadline <= monotonic_now())
      return fail(Code::unreachable, std::string("the coordinator ") + what + ": timed out");
  }
}

Status send_all(int socket, FrameWriter& out, Deadline deadline) {
  for (;;) {
    if (auto n = out.flush(socket); !n) return n.error();
    if (out.empty()) return {};
    if (auto s = wait_for(socket, POLLOUT, deadline, "takes nothing"); !s) return s;
  }
}

Result<std::string> receive(int socket, Deadline deadline) {
  FrameReader in;
  for (;;) {
    auto got = in.read(socket);
    if (!got) return got.error();
    if (*got == FrameReader::Got::message) return in.take().text;
    if (*got == FrameReader::Got::end) return fail(Code::unreachable, "the coordinator closed the connection");
    if (*got == FrameReader::Got::more) continue;
    if (auto s = wait_for(socket, POLLIN, deadline, "does not answer"); !s) return s.error();
  }
}

/// Whoever listens there could read what we submit: it must be ours.
Status check_owner(int socket, const std::string& path) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size)) return system_error("SO_PEERCRED", path);
  if (peer.uid == ::geteuid()) return {};
  return foreign(path, "it runs as user " + std::to_string(peer.uid) + ", not " + std::to_string(::geteuid()));
}

Result<posix::Fd> open_connection(const std::string& path, Duration within) {
  auto address = unix_address(path);
  if (!address) return address.error().os_errno ? cannot_connect(path, address.error().os_errno) : address.error();
  posix::Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket) return system_error("socket");
  // A full backlog is waited for in connect, which poll does not know for unix sockets.
  const auto us = std::max<std::int64_t>(1000, within.count() / 1000);
  const timeval tv{us / 1'000'000, us % 1'000'000};
  ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof tv);
  int n = -1;
  do n = ::connect(socket.get(), address->get(), address->length);
  while (n && errno == EINTR);
  if (n && errno != EISCONN) return cannot_connect(path, errno);
  if (auto s = check_owner(socket.get(), path); !s) return s.error();
  return socket;
}

/// The first word of the other side; it may also be why it will not talk.
Result<Hello> read_hello(const std::string& text, const std::string& path) {
  if (auto hello = hello_from_json(text)) return hello;
  if (auto reply = reply_from_json(text)) {
    if (auto* refused = std::get_if<answer::Refused>(&*reply)) return refused->error;
  }
  return fail(Code::invalid, "what answers is no coordinator of Rota", path);
}

std::string program_version(const Hello& hello) {
  return hello.version.empty() ? "" : " (version " + text::escape_terminal(hello.version) + ")";
}

}  // namespace

Result<Client> Client::connect(const std::string& path, Duration within) {
  auto socket = open_connection(path, within);
  if (!socket) return socket.error();
  const auto deadline = deadline_in(within);
  Hello mine;
  mine.version = ROTA_VERSION;
  mine.pid = ::getpid();
  FrameWriter out;
  out.add(to_json(mine));
  // A coordinator that will not talk says why and closes: what it said is there, though it takes nothing.
  const auto sent = send_all(socket->get(), out, deadline);
  auto text = receive(socket->get(), deadline);
  if (!text) return sent ? text.error() : sent.error();
  auto hello = read_hello(*text, path);
  if (!hello) return hello.error();
  if (hello->protocol != kControlProtocol)
    return fail(Code::refused, "the coordinator at " + path + program_version(*hello) + " speaks protocol " +
                                   std::to_string(hello->protocol) + ", this program protocol " +
                                   std::to_string(kControlProtocol) + program_version(mine) +
                                   ": use programs of one version, or restart rotad");
  return Client(std::move(*socket), std::move(*hello));
}

Result<Reply> Client::ask(const Ask& question, std::optional<std::string_view> file, std::optional<Duration> within) {
  const auto deadline = deadline_in(within);
  posix::Fd memory;
  if (file) {
    auto sealed = sealed_file(*file);
    if (!sealed) return sealed.error();
    memory = std::move(*sealed);
  }
  FrameWriter out;
  out.add(to_json(question), memory ? std::optional(memory.get()) : std::nullopt);
  const auto sent = send_all(socket_.get(), out, deadline);
  auto text = receive(socket_.get(), deadline);
  if (!text) return sent ? text.error() : sent.error();
  auto reply = reply_from_json(*text);
  if (!reply) return fail(Code::invalid, "the coordinator's answer cannot be read: " + to_text(reply.error()));
  return std::move(*reply);
}

}  // namespace rota::control
