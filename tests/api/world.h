// A coordinator without workers or disk around the real server: a real scheduler, a desk that remembers, a real socket
// in a directory of its own, turns on a thread. Tests are its clients, and play its workers from outside.
#pragma once

#include <gtest/gtest.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <future>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "scheduler/control/client.h"
#include "scheduler/core/schedule.h"
#include "scheduler/daemon/api/server.h"
#include "shared/wire/codec.h"
#include "tests/support/eventually.h"
#include "tests/support/scratch.h"
#include "tests/support/temp_dir.h"

namespace rota::daemon {

/// What the service is to the API, in memory. Turn's thread only.
class FakeDesk final : public Desk {
 public:
  core::Scheduler core;
  Now time{};
  std::vector<core::Event> inbox;
  std::map<RunId, Known> history;  // folded
  std::map<std::string, RunId> keys;
  std::vector<std::pair<AttemptId, int>> signals;
  std::optional<bool> drained;
  std::optional<bool> stopped;  // with `all`
  RunId last = 0;
  std::size_t opened = 0;
  std::vector<std::string> env_of_last;
  std::optional<Error> no_number;
  std::optional<Error> no_space;
  bool numbers_are_locked = false;

  const core::Scheduler& scheduler() const override { return core; }
  Now now() const override { return time; }
  void post(core::Event event) override { inbox.push_back(std::move(event)); }
  Status check_space() const override { return no_space ? Status(*no_space) : Status(); }
  Result<std::optional<RunId>> take_number() override {
    if (no_number) return *no_number;
    if (numbers_are_locked) return std::optional<RunId>();
    return std::optional(++last);
  }
  Result<core::Terms> open_run(RunId, const jobs::Plan&, core::Terms asked,
                               const std::vector<std::string>& env) override {
    ++opened;
    env_of_last = env;
    asked.env = env;
    return asked;
  }
  std::optional<RunId> find_key(const std::string& key) override {
    const auto found = keys.find(key);
    return found == keys.end() ? std::nullopt : std::optional(found->second);
  }
  Result<Known> recall(RunId run, const core::Wanted& wanted) override {
    if (const auto* plan = core.plan(run)) return Known{*plan, *core.terms(run), *core.view(run, wanted)};
    const auto found = history.find(run);
    if (found == history.end()) return fail(Code::not_found, "not in the journal");
    return found->second;
  }
  std::string output_directory(RunId run) const override { return "/out/" + std::to_string(run); }
  std::optional<jobs::Occurrence> next_occurrence(const std::string& name, std::uint32_t entry) const override {
    const auto& files = core.schedules().files;
    const auto found = files.find(name);
    if (found == files.end() || !found->second.enabled) return std::nullopt;
    return jobs::next_occurrence(found->second.plan.schedules.at(entry), jobs::Zone::utc(), time.wall, time.wall);
  }
  bool signal_attempt(AttemptId attempt, int signal) override {
    const auto view = core.view(attempt.task.run);
    if (view->jobs[attempt.task.job].mode != Mode::process) return false;
    signals.emplace_back(attempt, signal);
    return true;
  }
  control::answer::Workers workers() const override {
    control::answer::Workers out;
    out.workers.emplace_back().kind = "launcher";
    return out;
  }
  control::answer::Status status() const override {
    control::answer::Status out;
    out.version = "9.9";
    return out;
  }
  void drain(bool on) override { drained = on; }
  void stop(bool all) override {
    stopped = all;
    if (!all) return;
    for (const RunId run : core.runs()) post(core::event::CancelRun{run, StopCause::cancel_user, false});
  }
  void prune(const control::ask::Prune& what, PruneThen then) override {
    if (!what.keep_runs) return then(fail(Code::invalid, "how many?"));
    if (what.keep_runs == kSlowPrune) return void(slow_prune = std::move(then));
    then(control::answer::Pruned{{1, 2}, *what.keep_runs});
  }
  static constexpr std::uint32_t kSlowPrune = 1000;
  PruneThen slow_prune;
};

class World {
 public:
  static constexpr WorkerId kPool{1, 1}, kLauncher{2, 1};

  explicit World(std::function<void(Server::Options&)> change = {}) {
    Server::Options options;
    options.socket = socket();
    options.hello.version = "9.9";
    options.log = [this](std::string_view line) {
      const std::lock_guard lock(mutex_);
      log_ += std::string(line) + "\n";
    };
    if (change) change(options);
    options_ = std::move(options);
    desk.post(core::event::WorkerUp{kPool, {4, 0, 100, 0, 0}, {}});
    desk.post(core::event::WorkerUp{kLauncher, {0, 0, 0, 8, 0}, {}});
    start();
  }
  ~World() { stop(); }

  std::string socket() const { return dir.path() + "/run/rotad.sock"; }

  /// The API begins again, as after a crash, on what the desk remembers.
  void restart() {
    stop();
    start();
  }
  void stop() {
    if (!thread_.joinable()) return;
    call([this] { over_ = true; });
    thread_.join();
    server.reset();
  }

  /// Runs it on the coordinator's thread, between turns, and waits for the turn after it.
  void call(std::function<void()> what) {
    std::promise<void> done;
    {
      const std::lock_guard lock(mutex_);
      calls_.emplace_back(std::move(what), &done);
    }
    const std::uint64_t one = 1;
    ASSERT_EQ(::write(bell_.get(), &one, sizeof one), static_cast<ssize_t>(sizeof one));
    done.get_future().wait();
  }
  template <class T>
  T get(std::function<T()> what) {
    std::optional<T> out;
    call([&] { out = what(); });
    return std::move(*out);
  }
  std::string log() {
    const std::lock_guard lock(mutex_);
    return log_;
  }

  control::Client client() {
    auto made = control::Client::connect(socket());
    if (!made) throw std::runtime_error(to_text(made.error()));
    return std::move(*made);
  }
  control::Reply ask(const control::Ask& what, std::optional<std::string_view> file = std::nullopt) {
    auto c = client();
    auto reply = c.ask(what, file, test::kPatience);
    if (!reply) throw std::runtime_error(to_text(reply.error()));
    return std::move(*reply);
  }
  template <class T>
  T ask_for(const control::Ask& what, std::optional<std::string_view> file = std::nullopt) {
    auto reply = ask(what, file);
    if (auto* found = std::get_if<T>(&reply)) return std::move(*found);
    throw std::runtime_error("another reply: " + control::to_json(reply).substr(0, 1000));
  }
  control::answer::Refused refused(const control::Ask& what, std::optional<std::string_view> file = std::nullopt) {
    return ask_for<control::answer::Refused>(what, file);
  }

  control::ask::Submit a_submit(std::string key = {}) const {
    control::ask::Submit out;
    out.file = "test.yaml";
    out.absolute_path = dir.path() + "/test.yaml";
    out.directory = dir.path();
    out.key = std::move(key);
    return out;
  }
  RunId submit(std::string_view yaml) { return ask_for<control::answer::Submitted>(a_submit(), yaml).run; }

  /// A task's newest attempt begins, or ends.
  void begin(TaskId task) {
    call([this, task] { desk.post(core::event::Started{worker(task), attempt(task), 4711, {}}); });
  }
  void freeze(TaskId task, bool frozen) {
    call([this, task, frozen] { desk.post(core::event::Frozen{worker(task), attempt(task), frozen, {}}); });
  }
  void finish(TaskId task, Ending ending = {}) {
    call([this, task, ending] {
      core::event::Finished e{worker(task), attempt(task), {}};
      e.report.ending = ending;
      desk.post(e);
    });
  }
  void exit(TaskId task, int status) { finish(task, {Ending::Kind::exited, status}); }

  test::TempDir dir;
  FakeDesk desk;
  std::unique_ptr<Server> server;
  std::set<TaskId> asked_to_stop;            // by StopAttempt, as the workers would hear it
  std::set<TaskId> asked_to_stop_now;
  std::map<TaskId, Duration> grace_of;       // that came with the stop
  std::vector<core::Record> records;         // of all turns
  std::function<void(std::span<const core::Record>)> commit = [](auto) {};  // what the journal would do

 private:
  AttemptId attempt(TaskId task) const {
    const auto view = desk.core.view(task.run);
    return {task, view->jobs.at(task.job).tasks.at(task.task).attempts.back().number};
  }
  WorkerId worker(TaskId task) const { return desk.core.worker_of(attempt(task)).value(); }

  void start() {
    over_ = false;
    loop_.emplace(Loop::create().value());
    bell_ = posix::make_eventfd().value();
    ASSERT_TRUE(loop_->watch(bell_.get(), EPOLLIN, [this](std::uint32_t) {
      std::uint64_t times = 0;
      (void)!::read(bell_.get(), &times, sizeof times);
    }));
    auto made = Server::create(*loop_, desk, options_);
    if (!made) throw std::runtime_error(to_text(made.error()));
    server = std::move(*made);
    thread_ = std::thread([this] { run(); });
  }

  void run() {
    while (!over_) {
      loop_->wait(desk.inbox.empty() ? desk.core.next_deadline() : std::optional(Instant{}));
      std::vector<std::pair<std::function<void()>, std::promise<void>*>> calls;
      {
        const std::lock_guard lock(mutex_);
        calls.swap(calls_);
      }
      for (auto& [what, done] : calls) what();
      turn();
      for (auto& [what, done] : calls) done->set_value();
    }
  }

  void turn() {
    desk.time = SystemClock().now();
    core::Effects out;
    for (auto& event : std::exchange(desk.inbox, {})) desk.core.step(std::move(event), desk.time, out);
    if (const auto due = desk.core.next_deadline(); due && *due <= desk.time.mono)
      desk.core.step(core::event::Wake{}, desk.time, out);
    desk.core.settle(desk.time, out);
    for (const auto& record : out.records)
      if (const auto* s = std::get_if<core::record::Submitted>(&record.fact); s && !s->terms->key.empty())
        desk.keys[s->terms->key] = s->run;
    commit(out.records);
    server->after_turn(out.records);
    for (const auto& action : out.actions) act(action);
    records.insert(records.end(), out.records.begin(), out.records.end());
  }

  void act(const core::Action& action) {
    if (const auto* stop = std::get_if<core::action::StopAttempt>(&action)) {
      asked_to_stop.insert(stop->attempt.task);
      grace_of[stop->attempt.task] = stop->grace;
      if (stop->now) asked_to_stop_now.insert(stop->attempt.task);
    }
    if (const auto* fold = std::get_if<core::action::FoldRun>(&action)) {
      desk.history[fold->run] = desk.recall(fold->run, {}).value();
      desk.core.forget(fold->run);
    }
  }

  Server::Options options_;
  std::optional<Loop> loop_;
  posix::Fd bell_;
  std::thread thread_;
  bool over_ = false;
  std::mutex mutex_;
  std::vector<std::pair<std::function<void()>, std::promise<void>*>> calls_;
  std::string log_;
};

}  // namespace rota::daemon
