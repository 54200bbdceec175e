// One command under a pool worker.
#include "worker/pool/command_run.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "worker/pool/run.h"

namespace rota::worker {
namespace {

using output::Stream;

constexpr Duration kDrain = std::chrono::seconds(1);  // a grandchild may hold the pipe for longer
constexpr Duration kPauseFirst = std::chrono::milliseconds(10), kPauseLongest = std::chrono::seconds(1);
constexpr std::size_t kReadBytes = 64u << 10;

}  // namespace

CommandRun::~CommandRun() {
  if (child_.pid <= 0) return;
  // Only when the worker gives up in the middle of it; the loop and the threads run their commands to the end.
  signal_group(SIGKILL);
}

Result<posix::Fd> CommandRun::open_stdin() {
  const auto& plan = attempt_.assignment.stdin_plan;
  if (plan.kind == lane::StdinPlan::Kind::file) return posix::open_file(plan.text, O_RDONLY);
  if (plan.kind == lane::StdinPlan::Kind::empty) return posix::Fd();
  auto fd = posix::make_memfd("rota-stdin", false);
  if (!fd) return fd;
  if (auto s = posix::write_all(fd->get(), plan.text, "stdin"); !s) return s.error();
  if (::lseek(fd->get(), 0, SEEK_SET) < 0) return system_error("lseek", "stdin");
  return fd;
}

/// The write end; the read end is kept here.
Result<posix::Fd> CommandRun::open_pipe(Stream stream) {
  auto pipe = posix::make_pipe();
  if (!pipe) return pipe.error();
  if (::fcntl(pipe->first.get(), F_SETFL, O_NONBLOCK)) return system_error("fcntl", "pipe");
  (stream == Stream::err ? err_ : out_) = Pipe{std::move(pipe->first), stream};
  return std::move(pipe->second);
}

Result<process::Child> CommandRun::spawn() {
  const auto& a = attempt_.assignment;
  process::SpawnSpec spec;
  spec.argv = a.argv;
  spec.env = attempt_.run.env;
  spec.env.insert(spec.env.end(), a.env.begin(), a.env.end());
  if (auto s = output_.make_values_file(); !s) return s.error();
  output_.describe(spec.env);
  spec.working_dir = a.working_dir;
  spec.parent_death_signal = SIGKILL;
  auto in = open_stdin();
  if (!in) return in.error();
  spec.stdin_fd = in->get();
  posix::Fd ends[2];
  const auto sink = [&](Stream stream) -> Result<int> {
    if (const int fd = output_.direct(stream); fd >= 0) return fd;
    auto end = open_pipe(stream);
    if (!end) return end.error();
    auto& kept = ends[stream == Stream::err];
    kept = std::move(*end);
    return kept.get();
  };
  const auto out = sink(Stream::out);
  if (!out) return out.error();
  spec.stdout_fd = *out;
  const auto err = a.log.merge ? out : sink(Stream::err);
  if (!err) return err.error();
  spec.stderr_fd = *err;
  return offspring_.spawn(spec);
}

Status CommandRun::watch() {
  for (const int fd : {child_.pidfd.get(), out_.fd.get(), err_.fd.get()}) {
    epoll_event e{};
    e.events = EPOLLIN;
    e.data.fd = fd;
    if (fd >= 0 && ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &e)) return system_error("epoll_ctl");
  }
  return {};
}

bool CommandRun::start() {
  if (!epoll_) epoll_ = posix::Fd(::epoll_create1(EPOLL_CLOEXEC));
  if (!epoll_) return start_failed(system_error("epoll_create1"));
  auto child = spawn();
  if (!child && process::is_shortage(child.error())) {
    wait_out(child.error());
    return true;
  }
  if (!child) return start_failed(child.error());
  child_ = std::move(*child);
  attempt_.pid = child_.pid;
  attempt_.report.started = monotonic_now();
  if (const auto watched = watch(); !watched) {
    finish();  // it runs, but nobody could wait for it
    return start_failed(watched.error());
  }
  return true;
}

bool CommandRun::start_failed(const Error& error) {
  attempt_.report.ending = {};
  attempt_.report.ending.kind = Ending::Kind::spawn_failed;
  attempt_.report.ending.value = error.os_errno;
  attempt_.report.message = capped_message(to_text(error));
  return false;
}

/// That is not the job's fault: it waits, and no try is used up.
void CommandRun::wait_out(const Error& error) {
  shortage_ = error.os_errno;
  attempt_.report.started = {};
  out_ = {};
  err_ = {};
  pause_ = std::clamp(pause_ * 2, kPauseFirst, kPauseLongest);
  retry_at_ = monotonic_now() + pause_;
}

void CommandRun::read_some(Pipe& pipe) {
  char buffer[kReadBytes];
  const auto n = ::read(pipe.fd.get(), buffer, sizeof buffer);
  if (n > 0) output_.write(pipe.stream, {buffer, static_cast<std::size_t>(n)});
  if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) pipe.fd.reset();
}

void CommandRun::note_exit() {
  exited_ = monotonic_now();
  if (epoll_) ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, child_.pidfd.get(), nullptr);
}

bool CommandRun::step() {
  if (given_back_) return true;
  if (retry_at_) {
    if (monotonic_now() < *retry_at_) return false;
    retry_at_.reset();
    return !start();
  }
  epoll_event events[3];
  const int n = ::epoll_wait(epoll_.get(), events, 3, 0);
  for (int i = 0; i < n; ++i) {
    const int fd = events[i].data.fd;
    if (fd == child_.pidfd.get())
      note_exit();
    else if (fd == out_.fd.get())
      read_some(out_);
    else if (fd == err_.fd.get())
      read_some(err_);
  }
  const auto now = monotonic_now();
  if (!exited_ && kill_at_ && now >= *kill_at_) {
    kill_at_.reset();
    forced_ = true;
    signal_group(SIGKILL);
  }
  if (!exited_) return false;
  const bool drained = !out_.fd && !err_.fd;
  return (drained || now >= *exited_ + kDrain) && finish();
}

std::optional<Instant> CommandRun::due() const {
  if (retry_at_) return retry_at_;
  if (exited_) return *exited_ + kDrain;
  return kill_at_;
}

void CommandRun::stop(StopRequest r) {
  if (retry_at_) {
    given_back_ = true;
    attempt_.report.ending = {};
    attempt_.report.ending.kind = Ending::Kind::revoked;
    attempt_.report.ending.stopped_by = r.cause;
    return;
  }
  if (exited_ || child_.pid <= 0) return;
  epoll_event events[3];
  const int n = ::epoll_wait(epoll_.get(), events, 3, 0);
  const bool gone = std::any_of(events, events + std::max(n, 0),
                                [this](const epoll_event& e) { return e.data.fd == child_.pidfd.get(); });
  if (gone) return;  // what it did by itself counts
  const bool first = stopped_by_ == StopCause::none;
  stopped_by_ = r.cause;
  if (first && !r.now) {
    signal_group(attempt_.assignment.stop_signal);
    signal_group(SIGCONT);
  }
  const auto at = monotonic_now() + (r.now ? Duration{} : r.grace);
  if (!forced_ && (!kill_at_ || at < *kill_at_)) kill_at_ = at;
  if (r.now && !forced_) {
    kill_at_.reset();
    forced_ = true;
    signal_group(SIGKILL);
  }
}

void CommandRun::signal_group(int signo) {
  ::kill(-child_.pid, signo);  // the leader is not reaped yet, so the number is still its own
}

bool CommandRun::finish() {
  if (!offspring_.end_tree(child_.pid, attempt_.assignment.env))
    attempt_.note = "some of its processes were not dead in time after their SIGKILL; they are left to the coordinator";
  auto exit = offspring_.reap(child_);
  if (!exit) {
    attempt_.report.ending.kind = Ending::Kind::spawn_failed;
    attempt_.report.ending.value = exit.error().os_errno;
    attempt_.report.message = capped_message(to_text(exit.error()));
  } else {
    attempt_.report.ending = exit->ending;
    attempt_.report.usage = exit->usage;
  }
  attempt_.report.ending.stopped_by = stopped_by_;
  attempt_.report.ending.forced = forced_;
  attempt_.report.ended = exited_.value_or(monotonic_now());
  child_ = {};
  return true;
}

}  // namespace rota::worker
