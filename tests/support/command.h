// A real command under test: started with its own environment and directory, watched while it runs, never left behind.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shared/posix/fd.h"
#include "tests/support/eventually.h"
#include "tests/support/processes.h"

namespace rota::test {

/// How a command ended and what it wrote.
struct Ended {
  int status = -1;    // exit status; -1 when a signal ended it
  int by_signal = 0;  // that signal
  std::string out, err;
};

/// A started command. Its output goes to memory files, so it never blocks and can be read at any time. If it is still
/// alive at the end of the test, it is killed. One thread.
class Running {
 public:
  Running(pid_t pid, posix::Fd pidfd, posix::Fd out, posix::Fd err);
  Running(Running&& other) noexcept;
  Running& operator=(Running&&) = delete;
  ~Running();

  pid_t pid() const { return pid_; }
  std::string out() const;  // so far
  std::string err() const;
  /// False when it is gone already.
  bool signal(int signo) const;
  /// To its process group, which it leads: what a terminal does at Ctrl-C.
  bool signal_group(int signo) const;
  bool ended() const;
  /// Waits until the text stands in its output; throws, with the output, when it does not come or the command ends.
  void until_out(std::string_view text, std::chrono::milliseconds within = kPatience) const;
  void until_err(std::string_view text, std::chrono::milliseconds within = kPatience) const;
  /// Waits for its end; throws, with its output, at the deadline (and kills it). Once.
  Ended wait(std::chrono::milliseconds within = kPatience);

 private:
  void until(std::string_view text, bool in_err, std::chrono::milliseconds within) const;
  pid_t pid_;
  posix::Fd pidfd_, out_, err_;
  bool reaped_ = false;
};

/// What to start. The environment is this process's with the changes made here; stdin is empty.
class Command {
 public:
  Command(std::initializer_list<std::string> argv) : argv_(argv) {}
  explicit Command(std::vector<std::string> argv) : argv_(std::move(argv)) {}

  Command& arg(std::string word);
  Command& env(std::string key, std::string value);
  Command& without_env(std::string key);
  Command& in(std::string directory);
  Command& input(std::string text);

  Running start() const;  // throws when it cannot be started
  Ended run(std::chrono::milliseconds within = kPatience) const { return start().wait(within); }

 private:
  std::vector<std::string> environment() const;
  std::vector<std::string> argv_;
  std::vector<std::pair<std::string, std::string>> set_;
  std::vector<std::string> unset_;
  std::string directory_;
  std::string input_;
};

}  // namespace rota::test
