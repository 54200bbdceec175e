// The journal writer as a child process: started, listened to, killed.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "shared/posix/fd.h"
#include "shared/process/spawn.h"

namespace rota::test {

/// Ends with the test: its stdin is closed, and it is killed if it is still there. One thread.
class WriterProcess {
 public:
  /// `fault`: value of ROTA_TEST_FAULT, may be empty.
  WriterProcess(const std::string& what, const std::string& directory, const std::string& fault = {});
  ~WriterProcess();
  WriterProcess(WriterProcess&&) = default;

  /// The next line it says; none at the end of its output. Throws when it says nothing for 30 s.
  std::optional<std::string> line();
  /// Writes a line to its stdin.
  void say(const std::string& line);
  int pid() const { return child_.pid; }
  void kill();
  /// Closes its stdin, takes the rest of its lines and waits for its end.
  struct Ended {
    std::vector<std::string> lines;
    Ending ending;
  };
  Ended finish();

 private:
  process::Child child_;
  posix::Fd to_, from_;
  std::string unread_;
};

/// The N of the last "acked N" among the lines.
std::size_t last_acked(const std::vector<std::string>& lines);

}  // namespace rota::test
