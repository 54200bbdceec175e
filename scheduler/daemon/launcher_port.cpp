// Spawning a launcher, or connecting to one that was there before, and wrapping its socket.
#include "scheduler/daemon/launcher_port.h"

#include <sys/socket.h>

#include <optional>
#include <set>
#include <vector>

#include "shared/failpoint.h"
#include "shared/lane/launcher_home.h"
#include "shared/lane/packet.h"
#include "shared/lane/too_long.h"
#include "shared/wire/codec.h"

namespace rota::daemon {
namespace {

class SocketPort final : public LauncherPort {
 public:
  SocketPort(lane::PacketLink link, process::Child child, core::event::Capacity capacity, std::string home)
      : link_(std::move(link)), child_(std::move(child)), capacity_(capacity), home_(std::move(home)) {}

  void send(const lane::Down& message) override {
    const auto bytes = wire::encoded(message);
    const auto* start = std::get_if<lane::down::Start>(&message);
    if (link_.send(bytes)) {
      if (start) in_flight_.insert(start->assignment.id);
    } else if (start) {
      refused_.push_back(lane::too_long(start->assignment.id, bytes.size()));
    }
  }
  void flush() override {
    if (auto s = link_.flush(); !s && !broken_) broken_ = true;  // its death is told by the pidfd
  }
  Result<bool> receive(lane::Up& message) override {
    if (!refused_.empty()) {
      message = std::move(refused_.back());
      refused_.pop_back();
      return true;
    }
    auto got = link_.receive(buffer_);
    if (!got) return got;
    if (!*got) return false;
    if (!wire::decode(buffer_, message)) return fail(Code::corrupt, "sent a message that cannot be read", "launcher");
    if (const auto* end = std::get_if<lane::up::Finished>(&message)) in_flight_.erase(end->attempt);
    return true;
  }
  int bell() const override { return link_.fd(); }
  bool wants_write() const override { return !broken_ && link_.wants_write(); }
  /// A socket that holds something is readable: epoll sees it.
  bool about_to_sleep() override { return refused_.empty(); }
  void awake() override {}
  /// A launcher without a home may have started anything it was given and died before telling: all of it counts as
  /// begun, so that no process attempt can run twice.
  std::vector<AttemptId> begun() const override { return {in_flight_.begin(), in_flight_.end()}; }
  std::optional<core::event::WorkerDown::Guilty> guilty() const override { return std::nullopt; }
  std::size_t in_flight() const override { return in_flight_.size(); }
  const process::Child& child() const override { return child_; }
  core::event::Capacity capacity() const override { return capacity_; }

  bool holds(const AttemptId& attempt) const override { return in_flight_.contains(attempt); }
  const std::string& home() const override { return home_; }
  void is_process(process::Child child) override { child_ = std::move(child); }
  void has(std::span<const AttemptId> attempts, core::event::Capacity capacity) override {
    in_flight_.insert(attempts.begin(), attempts.end());
    capacity_ = capacity;
  }

 private:
  lane::PacketLink link_;
  process::Child child_;
  core::event::Capacity capacity_;
  std::string home_;
  std::set<AttemptId> in_flight_;
  std::vector<lane::Up> refused_;  // ends of what was too long to be sent
  std::string buffer_;
  bool broken_ = false;
};

/// Gone again unless the launcher has come to life in it.
class NewHome {
 public:
  static Result<NewHome> make(const std::string& parent, WorkerId id) {
    NewHome made;
    if (parent.empty()) return made;
    auto home = lane::make_launcher_home(parent, id);
    if (!home) return home.error();
    made.home_ = std::move(*home);
    return made;
  }
  NewHome(NewHome&&) noexcept = default;
  ~NewHome() {
    if (home_) static_cast<void>(lane::remove_launcher_home(home_->directory));
  }
  void describe(process::SpawnSpec& spec, std::uint32_t epoch) const {
    if (!home_) return;
    spec.argv.insert(spec.argv.end(), {"--home", home_->directory, "--epoch", std::to_string(epoch)});
    spec.extra_fds.push_back({home_->lock.get(), lane::descriptor::kLauncherLock});
    spec.extra_fds.push_back({home_->listener.get(), lane::descriptor::kLauncherListener});
    spec.stderr_fd = -1;  // it outlives us: whoever reads our stderr must not wait for its end
  }
  std::string lived_in() {
    const auto directory = home_ ? home_->directory : std::string();
    home_.reset();  // also closes our copies of its lock and its listener
    return directory;
  }

 private:
  NewHome() = default;
  std::optional<lane::LauncherHome> home_;
};

}  // namespace

Result<std::unique_ptr<LauncherPort>> spawn_launcher(const WorkerCall& call, WorkerId id, std::uint32_t width) {
  auto pair = posix::make_socketpair(SOCK_SEQPACKET | SOCK_NONBLOCK);
  if (!pair) return pair.error();
  auto home = NewHome::make(call.launchers, id);
  if (!home) return home.error();
  process::SpawnSpec spec;
  spec.argv = {call.binary,    "launcher",
               "--seat",       std::to_string(id.seat),
               "--generation", std::to_string(id.generation),
               "--width",      std::to_string(width)};
  spec.env = call.env;
  failpoint::hand_to_launcher(spec.env);
  spec.stderr_fd = 2;
  spec.extra_fds = {{pair->second.get(), lane::descriptor::kLauncherSocket}};
  home->describe(spec, call.epoch);
  auto child = process::spawn(spec);
  if (!child) return child.error();
  const core::event::Capacity capacity{0, 0, 0, width, static_cast<std::uint32_t>(limits::kLauncherAhead)};
  return std::unique_ptr<LauncherPort>(std::make_unique<SocketPort>(lane::PacketLink(std::move(pair->first)),
                                                                    std::move(*child), capacity, home->lived_in()));
}

Result<std::unique_ptr<LauncherPort>> connect_launcher(const std::string& home, std::uint32_t epoch) {
  auto socket = lane::connect_to_launcher(home);
  if (!socket) return socket.error();
  auto port = std::make_unique<SocketPort>(lane::PacketLink(std::move(*socket)), process::Child{},
                                           core::event::Capacity{}, home);
  port->send(lane::down::Hello{lane::kProtocol, epoch});
  port->flush();
  return std::unique_ptr<LauncherPort>(std::move(port));
}

}  // namespace rota::daemon
