// What the service tells of its runs: lines of its log, and every turn to its clients.
#pragma once

#include <functional>
#include <span>
#include <string>

#include "scheduler/control/foreground.h"
#include "scheduler/daemon/service_log.h"

namespace rota::daemon {

class ServiceWatch final : public control::RunObserver {
 public:
  /// Gets every turn's records once they are durable; before runs that ended in it are forgotten.
  using AfterTurn = std::function<void(std::span<const core::Record>)>;

  explicit ServiceWatch(ServiceLog& log) : log_(log) {}
  void tell(AfterTurn after_turn) { after_turn_ = std::move(after_turn); }
  /// Runs that ended since the last call.
  std::size_t take_ended() { return std::exchange(ended_, 0); }

  void on_opened(RunId, const std::string&) override {}
  void on_turn(std::span<const core::Record> records, const core::Scheduler& scheduler, Now now) override;
  void on_output(const output::Chunk&) override {}
  void on_note(std::string_view text) override { log_.warning(text); }
  void on_interrupt(int, int) override {}
  Duration tick() const override { return Duration::zero(); }
  void on_tick(const core::Scheduler&, Now) override {}

 private:
  void note(const core::Record& record, const core::Scheduler& scheduler);
  void note_recovery(const core::Scheduler& scheduler);

  ServiceLog& log_;
  AfterTurn after_turn_;
  std::size_t ended_ = 0;
  bool recovered_ = false;
};

}  // namespace rota::daemon
