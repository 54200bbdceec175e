// Spawning a launcher and wrapping its socket.
#include "scheduler/daemon/launcher_port.h"

#include <sys/socket.h>

#include <set>

#include "shared/lane/packet.h"
#include "shared/wire/codec.h"

namespace rota::daemon {
namespace {

class LauncherPort final : public WorkerPort {
 public:
  LauncherPort(lane::PacketLink link, process::Child child, std::uint32_t width)
      : link_(std::move(link)), child_(std::move(child)), width_(width) {}

  void send(const lane::Down& message) override {
    if (const auto* start = std::get_if<lane::down::Start>(&message)) in_flight_.insert(start->assignment.id);
    link_.send(wire::encoded(message));
  }
  void flush() override {
    if (auto s = link_.flush(); !s && !broken_) broken_ = true;  // its death is told by the pidfd
  }
  Result<bool> receive(lane::Up& message) override {
    auto got = link_.receive(buffer_);
    if (!got) return got;
    if (!*got) return false;
    if (!wire::decode(buffer_, message)) return fail(Code::corrupt, "sent a message that cannot be read", "launcher");
    if (const auto* end = std::get_if<lane::up::Finished>(&message)) in_flight_.erase(end->attempt);
    return true;
  }
  int bell() const override { return link_.fd(); }
  bool wants_write() const override { return !broken_ && link_.wants_write(); }
  bool about_to_sleep() override { return true; }  // a socket that holds something is readable: epoll sees it
  void awake() override {}
  /// A launcher may have started anything it was given and died before telling: all of it counts as begun, so that no
  /// process attempt can run twice.
  std::vector<AttemptId> begun() const override { return {in_flight_.begin(), in_flight_.end()}; }
  std::optional<core::event::WorkerDown::Guilty> guilty() const override { return std::nullopt; }
  const process::Child& child() const override { return child_; }
  core::event::Capacity capacity() const override {
    return {0, 0, 0, width_, static_cast<std::uint32_t>(limits::kLauncherAhead)};
  }

 private:
  lane::PacketLink link_;
  process::Child child_;
  std::uint32_t width_;
  std::set<AttemptId> in_flight_;
  std::string buffer_;
  bool broken_ = false;
};

}  // namespace

Result<std::unique_ptr<WorkerPort>> spawn_launcher(const std::string& worker_binary, WorkerId id, std::uint32_t width,
                                                   const std::vector<std::string>& env) {
  auto pair = posix::make_socketpair(SOCK_SEQPACKET | SOCK_NONBLOCK);
  if (!pair) return pair.error();
  process::SpawnSpec spec;
  spec.argv = {worker_binary,  "launcher",
               "--seat",       std::to_string(id.seat),
               "--generation", std::to_string(id.generation),
               "--width",      std::to_string(width)};
  spec.env = env;
  spec.stderr_fd = 2;
  spec.extra_fds = {{pair->second.get(), lane::descriptor::kLauncherSocket}};
  auto child = process::spawn(spec);
  if (!child) return child.error();
  return std::unique_ptr<WorkerPort>(
      std::make_unique<LauncherPort>(lane::PacketLink(std::move(pair->first)), std::move(*child), width));
}

}  // namespace rota::daemon
