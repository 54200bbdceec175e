// Spawning a pool worker and wrapping its lanes.
#include "scheduler/daemon/pool_port.h"

#include <csignal>

#include "shared/failpoint.h"
#include "shared/lane/ends.h"

namespace rota::daemon {
namespace {

class PoolPort final : public WorkerPort {
 public:
  PoolPort(lane::CoordinatorEnd end, core::event::Capacity capacity) : end_(std::move(end)), capacity_(capacity) {}

  void adopt(process::Child child) { child_ = std::move(child); }
  lane::CoordinatorEnd& end() { return end_; }

  void send(const lane::Down& message) override { end_.send(message); }
  void flush() override { end_.flush(); }
  Result<bool> receive(lane::Up& message) override { return end_.receive(message); }
  int bell() const override { return end_.bell(); }
  bool wants_write() const override { return false; }  // a full lane is drained by the worker, which rings the bell
  bool about_to_sleep() override { return end_.about_to_sleep(); }
  void awake() override { end_.awake(); }
  std::vector<AttemptId> begun() const override { return end_.begun(); }
  std::optional<core::event::WorkerDown::Guilty> guilty() const override {
    const auto g = end_.guilty();
    if (!g) return std::nullopt;
    return core::event::WorkerDown::Guilty{g->attempt, g->signal};
  }
  std::vector<AttemptId> suspects() const override { return end_.suspects(); }
  std::optional<lane::OnLoop> on_loop() const override { return end_.on_loop(); }
  std::string trace() const override { return end_.trace(); }
  std::size_t in_flight() const override { return end_.in_flight(); }
  const process::Child& child() const override { return child_; }
  core::event::Capacity capacity() const override { return capacity_; }

 private:
  lane::CoordinatorEnd end_;
  process::Child child_;
  core::event::Capacity capacity_;
};

}  // namespace

Result<std::unique_ptr<WorkerPort>> spawn_pool_worker(const WorkerCall& call, const CrewCall& crew, WorkerId id) {
  auto end = lane::CoordinatorEnd::create(id, crew.threads);
  if (!end) return end.error();
  const auto process_ahead = crew.processes ? crew.ahead : 0;
  const core::event::Capacity capacity{crew.threads,   crew.ahead,    crew.coroutines,
                                       crew.processes, process_ahead, crew.tasks};
  auto port = std::make_unique<PoolPort>(std::move(*end), capacity);
  process::SpawnSpec spec;
  spec.argv = crew.argv;
  if (spec.argv.empty()) spec.argv = {call.binary, "pool"};
  spec.argv.insert(spec.argv.end(), {"--seat", std::to_string(id.seat), "--generation", std::to_string(id.generation),
                                     "--threads", std::to_string(crew.threads)});
  for (const auto& library : crew.libraries) spec.argv.insert(spec.argv.end(), {"--load", library});
  spec.env = crew.env.empty() ? call.env : crew.env;
  failpoint::strip(spec.env);
  if (!call.pool_mark.empty()) spec.env.push_back(call.pool_mark);
  spec.stderr_fd = 2;
  spec.extra_fds = port->end().descriptors();
  if (call.pool_lock >= 0) spec.extra_fds.push_back({call.pool_lock, lane::descriptor::kPoolLock});
  spec.parent_death_signal = SIGKILL;
  auto child = process::spawn(spec);
  if (!child) return child.error();
  port->end().spawned();
  port->adopt(std::move(*child));
  return std::unique_ptr<WorkerPort>(std::move(port));
}

}  // namespace rota::daemon
