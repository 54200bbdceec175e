// The journal writer as a child process.
#include "tests/store/writer.h"

#include <poll.h>
#include <unistd.h>

#include <csignal>
#include <stdexcept>

#include "tests/support/scratch.h"

namespace rota::test {
namespace {

constexpr int kPatienceMs = 30'000;

void wait_readable(int fd) {
  struct pollfd p {fd, POLLIN, 0};
  if (::poll(&p, 1, kPatienceMs) != 1) throw std::runtime_error("the writer says nothing");
}

}  // namespace

WriterProcess::WriterProcess(const std::string& what, const std::string& directory, const std::string& fault) {
  auto in = posix::make_pipe().value();
  auto out = posix::make_pipe().value();
  process::SpawnSpec spec;
  spec.argv = {program("rota-test-journal-writer"), what, directory};
  spec.env = {"PATH=/usr/bin:/bin", "ROTA_TEST_FAULT=" + fault};
  spec.stdin_fd = in.first.get();
  spec.stdout_fd = out.second.get();
  spec.stderr_fd = STDERR_FILENO;
  child_ = std::move(process::spawn(spec).value());
  to_ = std::move(in.second);
  from_ = std::move(out.first);
}

WriterProcess::~WriterProcess() {
  if (!child_.pidfd) return;
  kill();
  finish();
}

std::optional<std::string> WriterProcess::line() {
  for (;;) {
    if (const auto end = unread_.find('\n'); end != unread_.npos) {
      auto out = unread_.substr(0, end);
      unread_.erase(0, end + 1);
      return out;
    }
    wait_readable(from_.get());
    char bytes[4096];
    const auto n = ::read(from_.get(), bytes, sizeof bytes);
    if (n <= 0) return std::nullopt;
    unread_.append(bytes, static_cast<std::size_t>(n));
  }
}

void WriterProcess::say(const std::string& line) { posix::write_all(to_.get(), line + "\n", "the writer").value(); }

void WriterProcess::kill() { process::signal(child_, SIGKILL); }

WriterProcess::Ended WriterProcess::finish() {
  to_.reset();
  Ended ended;
  while (auto said = line()) ended.lines.push_back(*said);
  wait_readable(child_.pidfd.get());
  ended.ending = process::reap(child_).value().ending;
  child_.pidfd.reset();
  return ended;
}

std::size_t last_acked(const std::vector<std::string>& lines) {
  std::size_t acked = 0;
  for (const auto& line : lines) {
    if (line.starts_with("acked ")) acked = std::stoul(line.substr(6));
  }
  return acked;
}

}  // namespace rota::test
