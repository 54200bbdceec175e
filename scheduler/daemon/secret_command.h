// A command whose standard output is a secret: run without a shell, bounded in time and in what it may print.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "shared/clock.h"
#include "shared/posix/fd.h"
#include "shared/process/spawn.h"
#include "shared/result.h"

namespace rota::daemon {

class SecretCommand {
 public:
  /// `closing`: a descriptor that becomes readable when nobody wants the secret any more.
  SecretCommand(std::vector<std::string> argv, std::string directory, int closing)
      : argv_(std::move(argv)), directory_(std::move(directory)), closing_(closing) {}
  Status start();
  int pid() const { return pid_; }
  /// Until it has ended, has printed too much, or its time is over. Then what is left of its group is killed.
  void wait();

  struct End {
    std::string out;
    std::string fault;  // what it did wrong, with its standard error; never with its output. Empty: it ended well
  };
  /// Once, after wait(): reaps it.
  End end();

 private:
  struct Stream {
    posix::Fd fd;
    std::string text;
    std::size_t most = 0;
  };
  bool read(Stream& stream);
  std::string complaint() const;

  std::vector<std::string> argv_;
  std::string directory_;
  int closing_;
  int pid_ = -1;
  process::Child child_;
  Stream out_, err_;
  std::string fault_;
};

}  // namespace rota::daemon
