// Reading the launcher's call and setting up its process.
#include "worker/launcher/launcher.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include "worker/launcher/complaint.h"
#include "worker/launcher/supervisor.h"

namespace rota::worker {
namespace {

constexpr int kUsage = 64, kUnable = 70;

struct Call {
  Supervisor::Call supervisor;
  std::string home;  // empty: none
};

bool read_number(const char* text, std::uint32_t& number) {
  const char* const end = text + std::strlen(text);
  const auto read = std::from_chars(text, end, number);
  return read.ec == std::errc() && read.ptr == end;
}

/// `--seat N --generation G --width W`, and perhaps `--home DIR --epoch E`; words before the first flag are the
/// caller's.
std::optional<Call> read_call(int argc, char** argv) {
  Call call;
  auto& to = call.supervisor;
  int i = 1;
  while (i < argc && std::strncmp(argv[i], "--", 2) != 0) ++i;
  for (; i < argc; i += 2) {
    if (i + 1 >= argc) return std::nullopt;
    const std::string_view flag = argv[i];
    if (flag == "--home") {
      call.home = argv[i + 1];
      continue;
    }
    std::uint32_t* const number = flag == "--seat"         ? &to.self.seat
                                  : flag == "--generation" ? &to.self.generation
                                  : flag == "--width"      ? &to.width
                                  : flag == "--epoch"      ? &to.epoch
                                                           : nullptr;
    if (!number || !read_number(argv[i + 1], *number)) return std::nullopt;
  }
  return call;
}

bool is_packet_socket(int fd) {
  int type = 0;
  socklen_t size = sizeof type;
  return ::getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_SEQPACKET;
}

/// The signals we wait for by descriptor. Children get them back as they should be.
Result<posix::Fd> take_signals(bool has_home) {
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGXFSZ, SIG_IGN);  // a segment past a file-size limit is an error to report, not our death
  sigset_t ours;
  sigemptyset(&ours);
  for (const int signo : {SIGCHLD, SIGTERM, SIGINT}) sigaddset(&ours, signo);
  if (has_home) {
    ::signal(SIGHUP, SIG_IGN);  // a terminal that is closed is the coordinator's affair
  } else {
    sigaddset(&ours, SIGHUP);
  }
  ::sigprocmask(SIG_BLOCK, &ours, nullptr);
  const int fd = ::signalfd(-1, &ours, SFD_CLOEXEC | SFD_NONBLOCK);
  if (fd < 0) return system_error("signalfd");
  return posix::Fd(fd);
}

/// Takes the home over: its lock must be ours, or somebody could take us for dead.
Result<Home> move_in(const std::string& directory) {
  constexpr int lock = lane::descriptor::kLauncherLock, listener = lane::descriptor::kLauncherListener;
  if (!is_packet_socket(listener))
    return fail(Code::invalid, "no listening socket at descriptor " + std::to_string(listener), directory);
  for (const int fd : {lock, listener}) ::fcntl(fd, F_SETFD, FD_CLOEXEC);
  ::fcntl(listener, F_SETFL, O_NONBLOCK);
  const auto held = posix::try_lock(lock);
  if (!held) return held.error();
  if (!*held) return fail(Code::refused, "the lock of this home is held by another process", directory);
  auto journal = lane::LauncherJournal::create(directory);
  if (!journal) return journal.error();
  // Nothing of the coordinator's is ours: not its terminal and session, not its working directory.
  if (::getsid(0) != ::getpid()) ::setsid();
  if (::chdir("/")) return system_error("chdir", "/");
  return Home{posix::Fd(listener), std::move(*journal)};
}

int unable(const Error& e) {
  complain(to_text(e));
  return kUnable;
}

}  // namespace

int run_launcher(int argc, char** argv) {
  const auto call = read_call(argc, argv);
  constexpr int socket = lane::descriptor::kLauncherSocket;
  if (!call || !is_packet_socket(socket)) {
    std::fprintf(stderr,
                 "usage: rota-worker launcher --seat N --generation G --width W [--home DIR --epoch E], with a "
                 "SOCK_SEQPACKET socket at descriptor %d; it is started by a coordinator, not by hand\n",
                 socket);
    return kUsage;
  }
  ::fcntl(socket, F_SETFD, FD_CLOEXEC);
  ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);  // orphans of jobs come to us
  auto signals = take_signals(!call->home.empty());
  if (!signals) return unable(signals.error());
  auto poll = Poll::make();
  if (!poll) return unable(poll.error());
  std::optional<Home> home;
  if (!call->home.empty()) {
    auto mine = move_in(call->home);
    if (!mine) return unable(mine.error());
    home.emplace(std::move(*mine));
  }
  Supervisor supervisor(call->supervisor, lane::PacketLink(posix::Fd(socket)), std::move(*signals), std::move(*poll),
                        std::move(home));
  supervisor.run();
  return 0;
}

}  // namespace rota::worker
