// A target as the main program of a process.
#include "worker/run_target.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <thread>

#include "shared/lane/message.h"
#include "shared/limits.h"
#include "shared/posix/fd.h"
#include "shared/wire/codec.h"
#include "worker/pool/attempt.h"
#include "worker/pool/attempt_context.h"
#include "worker/targets/stop_state.h"

namespace rota::worker {
namespace {

class ProcessContext final : public TargetContext {
 public:
  ProcessContext(const lane::Assignment& assignment, StopState& stop) : assignment_(assignment), stop_(stop) {}
  void out(std::string_view bytes) override { write(STDOUT_FILENO, bytes); }
  void err(std::string_view bytes) override { write(STDERR_FILENO, bytes); }
  void progress(double done) override {
    const auto now = progress_of(done);
    if (!now || !is_progress(told_, *now)) return;
    told_ = *now;
    // Where the launcher does not keep up, it hears of the next one.
    [[maybe_unused]] const auto n = ::write(kTargetProgress, &told_, sizeof told_);
  }
  bool stop_requested() const override { return stop_.requested(); }
  bool sleep_for(Duration d) override { return stop_.wait_for(d); }
  void on_stop(std::function<void()> call) override { stop_.on_request(std::move(call)); }
  const char* env(std::string_view name) const override { return std::getenv(std::string(name).c_str()); }
  std::string_view name() const override { return assignment_.name; }
  std::span<const DeclaredValue> declared() const override { return assignment_.outputs.fields; }
  Duration grace() const override { return Duration(assignment_.grace_ns); }
  std::string path(const std::string& text) const override { return AttemptContext::resolved_path(assignment_, text); }
  void set_output(std::string_view name, Value value) override {
    AttemptContext::keep_output(assignment_, outputs_, name, std::move(value));
  }
  ValueMap take_outputs() { return std::move(outputs_); }

 private:
  static void write(int fd, std::string_view bytes) {
    // A reader that has gone takes the output with it, not the work.
    [[maybe_unused]] const auto s = posix::write_all(fd, bytes, "output");
  }
  const lane::Assignment& assignment_;
  StopState& stop_;
  Progress told_ = kProgressUnknown;
  ValueMap outputs_;
};

/// Turns the stop signal into a stop request, for as long as the process lives.
void listen_for_stop(int signo, StopState& stop) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, signo);
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::thread([set, &stop] {
    int got = 0;
    // The launcher knows why; here any cause will do.
    while (::sigwait(&set, &got) == 0) stop.request({StopCause::cancel_user, {}, false});
  }).detach();
}

TargetResult call(const lane::Assignment& a, TargetTable targets, ProcessContext& context) {
  AttemptReport report;
  const auto callee = resolve(targets, a.target, Mode::process, a.args, a.kwargs);
  if (!callee) {
    report.ending.kind = Ending::Kind::bad_call;
    return {report.ending, capped_message(to_text(callee.error())), {}};
  }
  const Arguments arguments(*callee->signature, a.args, a.kwargs);
  try {
    conclude(report, callee->run(context, arguments), StopCause::none);
  } catch (...) {
    conclude_thrown(report, std::current_exception(), StopCause::none);
  }
  return {report.ending, report.message, context.take_outputs()};
}

int tell(const TargetResult& result) {
  const auto bytes = wire::encoded(result);
  if (const auto s = posix::write_all(kTargetResult, bytes, "result"); !s)
    std::fprintf(stderr, "rota-worker: run-target: %s\n", to_text(s.error()).c_str());
  if (result.ending.kind == Ending::Kind::bad_call) return 64;
  return result.ending.kind == Ending::Kind::returned ? 0 : 1;
}

}  // namespace

int run_target(TargetTable targets) {
  lane::Assignment assignment;
  ::lseek(kTargetAssignment, 0, SEEK_SET);  // whoever wrote it may have left it at its end
  const auto bytes = posix::read_all(kTargetAssignment, limits::kLaneMessageBytes, "descriptor 3");
  if (!bytes || !wire::decode(*bytes, assignment)) {
    std::fprintf(stderr,
                 "rota-worker: run-target: descriptor 3 holds no assignment; this is started by the launcher\n");
    return 64;
  }
  static StopState stop;  // the listening thread outlives this function
  listen_for_stop(assignment.stop_signal, stop);
  ::signal(SIGPIPE, SIG_IGN);
  ::fcntl(kTargetProgress, F_SETFD, FD_CLOEXEC);
  ::pthread_setname_np(::pthread_self(), assignment.name.substr(0, 15).c_str());
  ProcessContext context(assignment, stop);
  const int code = tell(call(assignment, targets, context));
  ::_exit(code);  // not past destructors that the listening thread may still need
}

}  // namespace rota::worker
