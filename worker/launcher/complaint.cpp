// Writing to stderr where it takes it at once.
#include "worker/launcher/complaint.h"

#include <limits.h>
#include <poll.h>
#include <unistd.h>

namespace rota::worker {

void complain(const std::string& what) {
  auto line = "rota-worker launcher: " + what + "\n";
  if (line.size() > PIPE_BUF) line = line.substr(0, PIPE_BUF - 1) + "\n";  // a pipe that is writable takes this much
  pollfd p{STDERR_FILENO, POLLOUT, 0};
  if (::poll(&p, 1, 0) != 1 || !(p.revents & POLLOUT)) return;
  [[maybe_unused]] const auto n = ::write(STDERR_FILENO, line.data(), line.size());  // nobody is left to be told
}

}  // namespace rota::worker
