// Signals through a signalfd.
#include "scheduler/daemon/stop_signals.h"

#include <sys/signalfd.h>
#include <unistd.h>

namespace rota::daemon {

Result<StopSignals> StopSignals::create() {
  StopSignals s;
  sigset_t mask;
  sigemptyset(&mask);
  for (const int signo : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&mask, signo);
  s.fd_ = posix::Fd(::signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!s.fd_) return system_error("signalfd");
  pthread_sigmask(SIG_BLOCK, &mask, &s.old_mask_);
  struct sigaction ignore {};
  ignore.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &ignore, &s.old_pipe_);
  return s;
}

StopSignals::StopSignals(StopSignals&& o) noexcept
    : fd_(std::move(o.fd_)), old_mask_(o.old_mask_), old_pipe_(o.old_pipe_) {}

StopSignals::~StopSignals() {
  if (!fd_) return;
  while (take()) {  // one that came after the end was answered by the end; left pending it would kill us on unblocking
  }
  sigaction(SIGPIPE, &old_pipe_, nullptr);
  pthread_sigmask(SIG_SETMASK, &old_mask_, nullptr);
}

int StopSignals::take() {
  signalfd_siginfo info{};
  const auto n = ::read(fd_.get(), &info, sizeof info);
  return n == sizeof info ? static_cast<int>(info.ssi_signo) : 0;
}

}  // namespace rota::daemon
