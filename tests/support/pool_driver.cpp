// Driving one pool worker.
#include "tests/support/pool_driver.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>

#include <cstdlib>

namespace rota::test {

using namespace std::chrono_literals;

namespace {
constexpr WorkerId kWorker{3, 7};
constexpr RunId kRun = 1;
}  // namespace

PoolDriver::PoolDriver(const std::string& binary, std::uint32_t threads, const std::string& segment_path)
    : stories_(1024) {
  auto end = lane::CoordinatorEnd::create(kWorker, threads);
  if (!end) throw std::runtime_error(to_text(end.error()));
  end_.emplace(std::move(*end));
  process::SpawnSpec spec;
  spec.argv = {binary, "pool", "--seat", "3", "--generation", "7", "--threads", std::to_string(threads)};
  spec.env = {"PATH=/usr/bin:/bin"};
  for (const char* name : {"ASAN_OPTIONS", "TSAN_OPTIONS", "UBSAN_OPTIONS"})
    if (const char* value = std::getenv(name)) spec.env.push_back(std::string(name) + "=" + value);
  spec.extra_fds = end_->descriptors();
  spec.stderr_fd = 2;
  spec.parent_death_signal = SIGKILL;
  auto child = process::spawn(spec);
  if (!child) throw std::runtime_error(to_text(child.error()));
  child_ = std::move(*child);
  end_->spawned();
  end_->send(lane::down::OpenRun{kRun, {"PATH=/usr/bin:/bin", "BASE=base"}, 5, segment_path});
  if (!wait([this] { return greeted_; })) throw std::runtime_error("the worker did not say hello");
}

PoolDriver::~PoolDriver() {
  if (dead_) return;
  process::signal(child_, SIGKILL);
  wait_death();
}

lane::Assignment PoolDriver::target(std::uint32_t n, Mode mode, const std::string& name, ValueList args) {
  lane::Assignment a;
  a.id = {{kRun, n, 0}, 1};
  a.mode = mode;
  a.job = a.name = "job" + std::to_string(n);
  a.target = name;
  a.args = std::move(args);
  a.env = {"ROTA_JOB_ID=1/" + a.job, "ROTA_ATTEMPT=1"};
  a.working_dir = "/tmp";
  a.log.max_bytes = 1u << 20;
  a.grace_ns = 10'000'000'000;
  return a;
}

lane::Assignment PoolDriver::command(std::uint32_t n, Mode mode, std::vector<std::string> argv) {
  auto a = target(n, mode, "");
  a.argv = std::move(argv);
  return a;
}

void PoolDriver::start(const lane::Assignment& a) {
  if (stories_.size() <= a.id.task.job) stories_.resize(a.id.task.job * 2);
  end_->send(lane::down::Start{a});
  end_->flush();  // the test may wait for the world, not for the worker
}
void PoolDriver::stop(std::uint32_t n, StopCause cause, Duration grace, bool now) {
  end_->send(lane::down::Stop{{{kRun, n, 0}, 1}, cause, grace.count(), now});
  end_->flush();
}
void PoolDriver::retract(std::uint32_t n) { end_->send(lane::down::Retract{{{kRun, n, 0}, 1}}); }

void PoolDriver::take(lane::Up& m) {
  if (std::get_if<lane::up::Hello>(&m)) greeted_ = true;
  if (const auto* s = std::get_if<lane::up::Started>(&m)) {
    stories_[s->attempt.task.job].started = true;
    stories_[s->attempt.task.job].pid = s->pid;
  }
  if (const auto* r = std::get_if<lane::up::Ready>(&m)) stories_[r->attempt.task.job].ready = true;
  if (auto* f = std::get_if<lane::up::Finished>(&m)) {
    // Growth is told before the end that lies in it.
    EXPECT_LE(f->report.output.bytes ? f->report.output.last : 0, output_end_);
    stories_[f->attempt.task.job].report = std::move(f->report);
    ++finished_;
  }
  if (const auto* o = std::get_if<lane::up::Output>(&m)) output_end_ = o->end;
  if (const auto* s = std::get_if<lane::up::Shortage>(&m)) shortages_.push_back(s->error);
  if (auto* n = std::get_if<lane::up::Note>(&m)) notes_.push_back(std::move(n->text));
}

/// False when the lane is corrupt.
bool PoolDriver::drain() {
  lane::Up m;
  for (;;) {
    const auto got = end_->receive(m);
    if (!got) ADD_FAILURE() << to_text(got.error());
    if (!got) return false;
    if (!*got) return true;
    take(m);
  }
}

bool PoolDriver::wait(const std::function<bool()>& condition, std::chrono::seconds deadline) {
  const auto until = std::chrono::steady_clock::now() + deadline;
  for (;;) {
    if (!drain()) return false;
    if (condition()) return true;
    if (dead_ || std::chrono::steady_clock::now() > until) return false;
    end_->flush();
    if (!end_->about_to_sleep()) continue;
    pollfd fds[2] = {{end_->bell(), POLLIN, 0}, {child_.pidfd.get(), POLLIN, 0}};
    ::poll(fds, 2, 1000);
    end_->awake();
    if (fds[1].revents) dead_ = true;
  }
}

bool PoolDriver::wait_started(std::uint32_t n) {
  return wait([this, n] { return stories_[n].started; });
}

AttemptReport PoolDriver::wait_finished(std::uint32_t n) {
  if (!wait([this, n] { return stories_[n].report.has_value(); })) {
    ADD_FAILURE() << "job " << n << " did not finish";
    return {};
  }
  return *stories_[n].report;
}

process::Exit PoolDriver::wait_death() {
  end_->flush();
  EXPECT_TRUE(wait([this] { return dead_; })) << "the worker did not end";
  dead_ = true;
  auto exit = process::reap(child_);
  EXPECT_TRUE(exit.has_value());
  return exit ? *exit : process::Exit{};
}

}  // namespace rota::test
