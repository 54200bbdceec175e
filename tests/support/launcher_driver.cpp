// Driving a launcher from a test.
#include "tests/support/launcher_driver.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <stdexcept>

#include "shared/wire/codec.h"

namespace rota::test {
namespace {
constexpr std::chrono::seconds kDeadline{30};
}

AttemptId attempt_of(JobIndex n) { return {{1, n, 0}, 1}; }

LauncherDriver::LauncherDriver(LauncherOptions options) {
  auto sockets = posix::make_socketpair(SOCK_SEQPACKET);
  if (!sockets) throw std::runtime_error("no socketpair");
  process::SpawnSpec spec;
  spec.argv = {program("rota-worker"), "launcher", "--seat",  std::to_string(options.seat),
               "--generation",         "1",        "--width", std::to_string(options.width)};
  spec.env = {"PATH=/usr/bin:/bin"};
  if (const char* wish = ::getenv("ROTA_TREE"); wish && options.tree.empty()) options.tree = wish;
  if (!options.tree.empty()) spec.env.push_back("ROTA_TREE=" + options.tree);
  if (!options.failpoints.empty()) spec.env.push_back("ROTA_FAILPOINTS=" + options.failpoints);
  spec.extra_fds = {{sockets->second.get(), lane::descriptor::kLauncherSocket}};
  spec.stderr_fd = options.stderr_fd;
  std::optional<lane::LauncherHome> home;
  if (options.epoch > 0) {
    auto made = lane::make_launcher_home(homes(), {options.seat, 1});
    if (!made) throw std::runtime_error(to_text(made.error()));
    home.emplace(std::move(*made));
    home_ = home->directory;
    spec.argv.insert(spec.argv.end(), {"--home", home_, "--epoch", std::to_string(options.epoch)});
    spec.extra_fds.push_back({home->lock.get(), lane::descriptor::kLauncherLock});
    spec.extra_fds.push_back({home->listener.get(), lane::descriptor::kLauncherListener});
  }
  auto child = process::spawn(spec);
  if (!child) throw std::runtime_error(to_text(child.error()));
  child_ = std::move(*child);
  link_.emplace(std::move(sockets->first));
  send(lane::down::OpenRun{1, options.env, 7, segment()});
}

LauncherDriver::~LauncherDriver() {
  if (gone_) return;
  hang_up();
  if (!home_.empty()) {
    // Only where it is stopped: a SIGCONT takes away the SIGSTOP by which a leak check looks at a process that exits.
    if (frozen_) thaw();
    process::signal(child_, SIGTERM);
  }
  wait_gone();
}

void LauncherDriver::until(const std::function<bool()>& condition, const char* what) {
  const auto deadline = std::chrono::steady_clock::now() + kDeadline;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline)
      throw std::runtime_error(std::string("waited in vain for ") + what);
    take_words(50);
  }
}

void LauncherDriver::take_words(int timeout_ms) {
  if (!link_) return;
  EXPECT_TRUE(link_->flush());
  pollfd p{link_->fd(), static_cast<short>(POLLIN | (link_->wants_write() ? POLLOUT : 0)), 0};
  ::poll(&p, 1, timeout_ms);
  EXPECT_TRUE(link_->flush());
  std::string bytes;
  for (;;) {
    const auto got = link_->receive(bytes);
    if (!got || !*got) return;
    lane::Up word;
    if (!wire::decode(bytes, word)) throw std::runtime_error("a word of the launcher cannot be read");
    std::visit([this](const auto& m) { note(m); }, word);
  }
}

void LauncherDriver::note(const lane::up::Hello& m) { hello_ = m; }
void LauncherDriver::note(const lane::up::Note& m) { notes_.push_back(m); }
void LauncherDriver::note(const lane::up::Output& m) { outputs_.push_back(m); }
void LauncherDriver::note(const lane::up::Started& m) {
  EXPECT_TRUE(started_.emplace(m.attempt.task.job, m).second) << "job " << m.attempt.task.job << " started twice";
}
void LauncherDriver::note(const lane::up::Ready& m) {
  EXPECT_TRUE(ready_.emplace(m.attempt.task.job, m).second) << "job " << m.attempt.task.job << " ready twice";
}
void LauncherDriver::note(const lane::up::Finished& m) {
  EXPECT_TRUE(finished_.emplace(m.attempt.task.job, m.report).second) << "job " << m.attempt.task.job << " ended twice";
}

const lane::up::Hello& LauncherDriver::hello() {
  until([&] { return hello_.has_value(); }, "Hello");
  return *hello_;
}

lane::Assignment LauncherDriver::job(JobIndex n, std::vector<std::string> steps) const {
  lane::Assignment a;
  a.id = attempt_of(n);
  a.job = "job" + std::to_string(n);
  a.argv = {program("rota-test-child")};
  a.argv.insert(a.argv.end(), steps.begin(), steps.end());
  a.env = {"ROTA_JOB_ID=1/job" + std::to_string(n), "ROTA_ATTEMPT=1"};
  a.working_dir = scratch_.path();
  a.log.max_bytes = 1u << 20;
  a.grace_ns = std::int64_t{10} * 1'000'000'000;
  return a;
}

void LauncherDriver::send(const lane::Down& message) { send_raw(wire::encoded(message)); }

void LauncherDriver::send_raw(std::string_view bytes) {
  EXPECT_TRUE(link_->send(bytes));
  EXPECT_TRUE(link_->flush());
}

void LauncherDriver::start(lane::Assignment assignment) { send(lane::down::Start{std::move(assignment)}); }

void LauncherDriver::hang_up() { link_.reset(); }

void LauncherDriver::reconnect(std::uint32_t epoch) {
  auto socket = lane::connect_to_launcher(home_);
  if (!socket) throw std::runtime_error(to_text(socket.error()));
  link_.emplace(std::move(*socket));
  hello_.reset();
  holds_.reset();
  started_.clear();
  finished_.clear();
  ready_.clear();
  notes_.clear();
  outputs_.clear();
  send(lane::down::Hello{lane::kProtocol, epoch});
}

const lane::up::Holds& LauncherDriver::holds() {
  until([&] { return holds_.has_value(); }, "Holds");
  return *holds_;
}

void LauncherDriver::ack(JobIndex n) { send(lane::down::Ack{attempt_of(n)}); }

void LauncherDriver::settle() {
  const auto n = next_settler_++;
  // Both in one packet, so that it cannot begin between them.
  EXPECT_TRUE(link_->send(wire::encoded(lane::Down(lane::down::Start{job(n, {})}))));
  send(lane::down::Retract{attempt_of(n)});
  until([&] { return finished_.erase(n) > 0; }, "an answer");
}

void LauncherDriver::freeze() {
  frozen_ = true;
  process::signal(child_, SIGSTOP);
  until([&] { return slurp("/proc/" + std::to_string(pid()) + "/stat").find(") T ") != std::string::npos; },
        "the launcher to stand still");
}

void LauncherDriver::thaw() {
  frozen_ = false;
  process::signal(child_, SIGCONT);
}

void LauncherDriver::wait_cut_off() {
  until([&] { return link_->eof(); }, "the launcher to hang up");
}

lane::LauncherAccount LauncherDriver::account() const {
  auto account = lane::read_launcher_account(home_);
  if (!account) throw std::runtime_error(to_text(account.error()));
  return std::move(*account);
}

void LauncherDriver::end() {
  send(lane::down::End{});
  wait_gone();
}

lane::up::Started LauncherDriver::started(JobIndex n) {
  until([&] { return started_.count(n) > 0; }, "Started");
  return started_[n];
}

AttemptReport LauncherDriver::finished(JobIndex n) {
  until([&] { return finished_.count(n) > 0; }, "Finished");
  return finished_[n];
}

lane::up::Ready LauncherDriver::ready(JobIndex n) {
  until([&] { return ready_.count(n) > 0; }, "Ready");
  return ready_[n];
}

const std::vector<lane::up::Frozen>& LauncherDriver::frozen_words(std::size_t count) {
  until([&] { return frozen_words_.size() >= count; }, "Frozen");
  return frozen_words_;
}

process::Exit LauncherDriver::wait_gone() {
  until(
      [&] {
        pollfd p{child_.pidfd.get(), POLLIN, 0};
        return ::poll(&p, 1, link_ ? 0 : 50) == 1;
      },
      "the launcher to leave");
  take_words();
  gone_ = true;
  const auto exit = process::reap(child_);
  if (!exit) throw std::runtime_error(to_text(exit.error()));
  return *exit;
}

std::string LauncherDriver::output(const AttemptReport& report, JobIndex n, std::optional<output::Stream> only) const {
  std::string out;
  EXPECT_TRUE(output::read_attempt(segment(), attempt_of(n), report.output, only, [&](const output::Chunk& c) {
    out += c.bytes;
    return true;
  }));
  return out;
}

}  // namespace rota::test
