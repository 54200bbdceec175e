// Reading the launcher's call and setting up its process.
#include "worker/launcher/launcher.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>

#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <optional>
#include <string_view>

#include "worker/launcher/supervisor.h"

namespace rota::worker {
namespace {

constexpr int kUsage = 64, kUnable = 70;

struct Call {
  WorkerId self;
  std::uint32_t width = 1;
};

/// `--seat N --generation G --width W`, each with a number; words before the first flag are the caller's.
std::optional<Call> read_call(int argc, char** argv) {
  Call call;
  int i = 1;
  while (i < argc && std::strncmp(argv[i], "--", 2) != 0) ++i;
  for (; i < argc; i += 2) {
    const std::string_view flag = argv[i];
    std::uint32_t* const number = flag == "--seat"         ? &call.self.seat
                                  : flag == "--generation" ? &call.self.generation
                                  : flag == "--width"      ? &call.width
                                                           : nullptr;
    if (!number || i + 1 >= argc) return std::nullopt;
    const char* const end = argv[i + 1] + std::strlen(argv[i + 1]);
    const auto read = std::from_chars(argv[i + 1], end, *number);
    if (read.ec != std::errc() || read.ptr != end) return std::nullopt;
  }
  return call;
}

bool is_packet_socket(int fd) {
  int type = 0;
  socklen_t size = sizeof type;
  return ::getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_SEQPACKET;
}

/// The signals we wait for by descriptor. Children get them back as they should be.
Result<posix::Fd> take_signals() {
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGXFSZ, SIG_IGN);  // a segment past a file-size limit is an error to report, not our death
  sigset_t ours;
  sigemptyset(&ours);
  for (const int signo : {SIGCHLD, SIGTERM, SIGINT, SIGHUP}) sigaddset(&ours, signo);
  ::sigprocmask(SIG_BLOCK, &ours, nullptr);
  const int fd = ::signalfd(-1, &ours, SFD_CLOEXEC | SFD_NONBLOCK);
  if (fd < 0) return system_error("signalfd");
  return posix::Fd(fd);
}

int unable(const Error& e) {
  std::fprintf(stderr, "rota-worker launcher: %s\n", to_text(e).c_str());
  return kUnable;
}

}  // namespace

int run_launcher(int argc, char** argv) {
  const auto call = read_call(argc, argv);
  constexpr int socket = lane::descriptor::kLauncherSocket;
  if (!call || !is_packet_socket(socket)) {
    std::fprintf(stderr,
                 "usage: rota-worker launcher --seat N --generation G --width W, with a SOCK_SEQPACKET socket at "
                 "descriptor %d; it is started by a coordinator, not by hand\n",
                 socket);
    return kUsage;
  }
  ::fcntl(socket, F_SETFD, FD_CLOEXEC);
  ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);  // orphans of jobs come to us
  auto signals = take_signals();
  if (!signals) return unable(signals.error());
  auto poll = Poll::make();
  if (!poll) return unable(poll.error());
  Supervisor supervisor(call->self, call->width, lane::PacketLink(posix::Fd(socket)), std::move(*signals),
                        std::move(*poll));
  supervisor.run();
  return 0;
}

}  // namespace rota::worker
