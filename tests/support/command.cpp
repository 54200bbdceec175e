// Starting a command by posix_spawn and watching it through its pidfd.
#include "tests/support/command.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace rota::test {
namespace {

[[noreturn]] void fail_with(const std::string& what, int err) {
  throw std::runtime_error(what + ": " + std::strerror(err));
}

posix::Fd memory_file(const char* name, std::string_view text = {}) {
  posix::Fd fd = posix::make_memfd(name, false).value();
  for (std::size_t done = 0; done < text.size();) {
    const auto n = ::pwrite(fd.get(), text.data() + done, text.size() - done, static_cast<off_t>(done));
    if (n < 0) fail_with("write", errno);
    done += static_cast<std::size_t>(n);
  }
  return fd;
}

std::string contents(const posix::Fd& fd) {
  struct stat s {};
  if (::fstat(fd.get(), &s) != 0) return {};
  std::string text(static_cast<std::size_t>(s.st_size), '\0');
  const auto n = ::pread(fd.get(), text.data(), text.size(), 0);
  text.resize(n < 0 ? 0 : static_cast<std::size_t>(n));
  return text;
}

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> all;
  for (auto& w : words) all.push_back(w.data());
  all.push_back(nullptr);
  return all;
}

/// Frees what posix_spawn was told, on every path.
struct Spawning {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  Spawning() {
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawnattr_init(&attributes);
    // A clean start, whatever the test runner blocks or ignores.
    sigset_t none, all;
    ::sigemptyset(&none);
    ::sigfillset(&all);
    ::posix_spawnattr_setsigmask(&attributes, &none);
    ::posix_spawnattr_setsigdefault(&attributes, &all);
    ::posix_spawnattr_setpgroup(&attributes, 0);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  }
  ~Spawning() {
    ::posix_spawn_file_actions_destroy(&actions);
    ::posix_spawnattr_destroy(&attributes);
  }
};

bool readable(const posix::Fd& fd, int timeout_ms) {
  pollfd p{fd.get(), POLLIN, 0};
  return ::poll(&p, 1, timeout_ms) == 1;
}

}  // namespace

Command& Command::arg(std::string word) {
  argv_.push_back(std::move(word));
  return *this;
}
Command& Command::env(std::string key, std::string value) {
  set_.emplace_back(std::move(key), std::move(value));
  return *this;
}
Command& Command::without_env(std::string key) {
  unset_.push_back(std::move(key));
  return *this;
}
Command& Command::in(std::string directory) {
  directory_ = std::move(directory);
  return *this;
}
Command& Command::input(std::string text) {
  input_ = std::move(text);
  return *this;
}

std::vector<std::string> Command::environment() const {
  std::vector<std::string> all;
  for (char** e = environ; *e != nullptr; ++e) {
    const std::string key(*e, std::strcspn(*e, "="));
    const bool changed = std::any_of(set_.begin(), set_.end(), [&](const auto& s) { return s.first == key; }) ||
                         std::find(unset_.begin(), unset_.end(), key) != unset_.end();
    if (!changed) all.emplace_back(*e);
  }
  for (const auto& [key, value] : set_) all.push_back(key + "=" + value);
  return all;
}

Running Command::start() const {
  auto words = argv_;
  auto environment_words = environment();
  const posix::Fd in = memory_file("stdin", input_);
  posix::Fd out = memory_file("stdout"), err = memory_file("stderr");
  Spawning how;
  ::posix_spawn_file_actions_adddup2(&how.actions, in.get(), 0);
  ::posix_spawn_file_actions_adddup2(&how.actions, out.get(), 1);
  ::posix_spawn_file_actions_adddup2(&how.actions, err.get(), 2);
  ::posix_spawn_file_actions_addclosefrom_np(&how.actions, 3);
  if (!directory_.empty()) ::posix_spawn_file_actions_addchdir_np(&how.actions, directory_.c_str());
  pid_t pid = -1;
  const int e = ::posix_spawnp(&pid, words[0].c_str(), &how.actions, &how.attributes, pointers(words).data(),
                               pointers(environment_words).data());
  if (e != 0) fail_with("cannot start " + words[0], e);
  return Running(pid, posix::open_pidfd(pid).value(), std::move(out), std::move(err));
}

Running::Running(pid_t pid, posix::Fd pidfd, posix::Fd out, posix::Fd err)
    : pid_(pid), pidfd_(std::move(pidfd)), out_(std::move(out)), err_(std::move(err)) {}

Running::Running(Running&& other) noexcept
    : pid_(other.pid_),
      pidfd_(std::move(other.pidfd_)),
      out_(std::move(other.out_)),
      err_(std::move(other.err_)),
      reaped_(std::exchange(other.reaped_, true)) {}

Running::~Running() {
  if (reaped_) return;
  signal(SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

std::string Running::out() const { return contents(out_); }
std::string Running::err() const { return contents(err_); }

bool Running::signal(int signo) const { return ::syscall(SYS_pidfd_send_signal, pidfd_.get(), signo, nullptr, 0) == 0; }

bool Running::signal_group(int signo) const { return !ended() && ::kill(-pid_, signo) == 0; }

bool Running::ended() const { return readable(pidfd_, 0); }

void Running::until(std::string_view text, bool in_err, std::chrono::milliseconds within) const {
  const auto seen = [&] { return (in_err ? err() : out()).find(text) != std::string::npos; };
  bool gone = false;
  eventually(within, [&] {
    gone = ended();
    return seen() || gone;
  });
  if (seen()) return;
  throw std::runtime_error("'" + std::string(text) + "' did not come " + (gone ? "before its end" : "in time") +
                           "\nstdout:\n" + out() + "\nstderr:\n" + err());
}

void Running::until_out(std::string_view text, std::chrono::milliseconds within) const { until(text, false, within); }
void Running::until_err(std::string_view text, std::chrono::milliseconds within) const { until(text, true, within); }

Ended Running::wait(std::chrono::milliseconds within) {
  const bool in_time = readable(pidfd_, static_cast<int>(within.count()));
  if (!in_time) signal(SIGKILL);
  int status = 0;
  ::waitpid(pid_, &status, 0);
  reaped_ = true;
  Ended e{WIFEXITED(status) ? WEXITSTATUS(status) : -1, WIFSIGNALED(status) ? WTERMSIG(status) : 0, out(), err()};
  if (!in_time) throw std::runtime_error("did not end in time\nstdout:\n" + e.out + "\nstderr:\n" + e.err);
  return e;
}

}  // namespace rota::test
