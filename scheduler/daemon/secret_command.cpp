// Running it.
#include "scheduler/daemon/secret_command.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>

#include "shared/limits.h"
#include "shared/output/mask.h"

namespace rota::daemon {
namespace {

constexpr std::size_t kComplaintBytes = 1024;
constexpr auto kTime = std::chrono::seconds(limits::kSecretSeconds);
constexpr auto kDrain = std::chrono::seconds(1);  // a process that it left behind may hold the pipes

int milliseconds_until(Instant at) {
  const auto left = (at - monotonic_now()).count();
  return left <= 0 ? 0 : static_cast<int>(left / 1'000'000 + 1);
}

}  // namespace

Status SecretCommand::start() {
  auto out = posix::make_pipe();
  if (!out) return out.error();
  auto err = posix::make_pipe();
  if (!err) return err.error();
  process::SpawnSpec spec;
  spec.argv = argv_;
  for (char** e = environ; e && *e; ++e) spec.env.emplace_back(*e);
  spec.working_dir = directory_;
  spec.stdout_fd = out->second.get();
  spec.stderr_fd = err->second.get();
  spec.parent_death_signal = SIGKILL;
  auto child = process::spawn(spec);
  if (!child) return child.error();
  child_ = std::move(*child);
  pid_ = child_.pid;
  out_ = {std::move(out->first), {}, limits::kSecretBytes + 1};
  err_ = {std::move(err->first), {}, kComplaintBytes};
  return {};
}

/// False: it printed more than it may.
bool SecretCommand::read(Stream& s) {
  char buffer[4096];
  const auto n = ::read(s.fd.get(), buffer, sizeof buffer);
  if (n < 0 && (errno == EINTR || errno == EAGAIN)) return true;
  if (n <= 0) {
    s.fd.reset();
    return true;
  }
  const auto room = s.most - s.text.size();
  s.text.append(buffer, std::min(room, static_cast<std::size_t>(n)));
  return static_cast<std::size_t>(n) <= room || &s == &err_;
}

void SecretCommand::wait() {
  auto until = monotonic_now() + kTime;
  bool exited = false;
  while (fault_.empty() && !(exited && !out_.fd && !err_.fd)) {
    pollfd fds[] = {{out_.fd.get(), POLLIN, 0},
                    {err_.fd.get(), POLLIN, 0},
                    {exited ? -1 : child_.pidfd.get(), POLLIN, 0},
                    {closing_, POLLIN, 0}};
    if (::poll(fds, 4, milliseconds_until(until)) <= 0 && monotonic_now() >= until) {
      if (exited) break;
      fault_ = "took longer than " + std::to_string(limits::kSecretSeconds) + " s (limit secret_seconds)";
    }
    if (fds[3].revents) fault_ = "was not waited for";
    if (fds[0].revents && !read(out_))
      fault_ = "printed more than " + std::to_string(limits::kSecretBytes) + " bytes (limit secret_bytes)";
    if (fds[1].revents) read(err_);
    if (fds[2].revents) {
      exited = true;
      until = monotonic_now() + kDrain;
    }
  }
  ::kill(-pid_, SIGKILL);  // its leader is not reaped yet, so the number is its own
}

std::string SecretCommand::complaint() const {
  auto said = output::Masks({out_.text}).masked(err_.text);
  while (said.ends_with('\n')) said.pop_back();
  return said.empty() ? "" : ": " + said;
}

SecretCommand::End SecretCommand::end() {
  const auto exit = process::reap(child_);
  if (!fault_.empty()) return {{}, fault_ + complaint()};
  if (!exit) return {{}, "left no exit status: " + to_text(exit.error())};
  const auto& e = exit->ending;
  if (e.kind == Ending::Kind::signalled)
    return {{}, "was ended by signal " + std::to_string(e.value) + complaint()};
  if (e.value != 0) return {{}, "ended with status " + std::to_string(e.value) + complaint()};
  return {std::move(out_.text), {}};
}

}  // namespace rota::daemon
