// Handing a target its assignment and reading what it left.
#include "worker/launcher/target_call.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "shared/limits.h"
#include "shared/wire/codec.h"

namespace rota::worker {
namespace {
constexpr std::size_t kResultBytes = limits::kLaneMessageBytes;
}

Result<TargetCall> TargetCall::make(const lane::Assignment& assignment) {
  auto in = posix::make_memfd("assignment", false);
  if (!in) return in.error();
  auto out = posix::make_memfd("result", false);
  if (!out) return out.error();
  if (auto s = posix::write_all(in->get(), wire::encoded(assignment), "assignment"); !s) return s.error();
  if (::lseek(in->get(), 0, SEEK_SET) != 0) return system_error("lseek", "assignment");
  auto pipe = posix::make_pipe(O_NONBLOCK);
  if (!pipe) return pipe.error();
  TargetCall call;
  call.assignment_ = std::move(*in);
  call.result_ = std::move(*out);
  call.progress_ = std::move(pipe->first);
  call.interpreter_ = assignment.interpreter;
  call.child_progress_ = std::move(pipe->second);
  return call;
}

void TargetCall::describe(process::SpawnSpec& spec) const {
  spec.argv = {"rota-worker", "run-target"};
  spec.program = "/proc/self/exe";  // this very program, also if its file was replaced meanwhile
  if (!interpreter_.empty()) {
    spec.argv = interpreter_;
    spec.argv.push_back("run-target");
    spec.program.clear();
  }
  spec.extra_fds = {{assignment_.get(), kTargetAssignment}, {result_.get(), kTargetResult},
                    {child_progress_.get(), kTargetProgress}};
}

std::optional<Progress> TargetCall::progress() {
  std::array<Progress, 2048> said;
  const auto n = ::read(progress_.get(), said.data(), sizeof said);
  if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) progress_.reset();
  if (n < static_cast<ssize_t>(sizeof said[0])) return std::nullopt;
  const auto last = said[static_cast<std::size_t>(n) / sizeof said[0] - 1];
  return last <= kProgressDone ? std::optional(last) : std::nullopt;
}

std::optional<TargetResult> TargetCall::result() const {
  // The process may have moved the shared offset, so it is read from the start.
  struct stat s {};
  if (::fstat(result_.get(), &s) != 0 || s.st_size <= 0) return std::nullopt;
  if (static_cast<std::size_t>(s.st_size) > kResultBytes)
    return TargetResult{Ending{Ending::Kind::bad_output},
                        "what the target left takes " + std::to_string(s.st_size) + " bytes, the limit is " +
                            std::to_string(kResultBytes) + " (lane_message_bytes): leave large data in a file",
                        {}};
  std::string bytes(static_cast<std::size_t>(s.st_size), '\0');
  const auto n = ::pread(result_.get(), bytes.data(), bytes.size(), 0);
  if (n <= 0) return std::nullopt;
  bytes.resize(static_cast<std::size_t>(n));
  TargetResult r;
  if (!wire::decode(bytes, r)) return std::nullopt;
  const auto kind = r.ending.kind;
  if (kind != Ending::Kind::returned && kind != Ending::Kind::threw && kind != Ending::Kind::bad_call)
    return std::nullopt;
  r.message.resize(std::min<std::size_t>(r.message.size(), limits::kMessageBytes));
  return r;
}

TargetResult judged(const Ending& process, std::optional<TargetResult> left) {
  if (left) return {Ending{left->ending.kind, left->ending.value}, std::move(left->message), std::move(left->outputs)};
  if (process.kind == Ending::Kind::exited && process.value == 0) {
    return {Ending{Ending::Kind::threw}, "the target ended its process with status 0 before it returned", {}};
  }
  return {process, {}, {}};
}

}  // namespace rota::worker
