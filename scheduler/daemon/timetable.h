// The wall clock's side of schedules: when the entries of registered files occur, and telling the coordinator when one
// has. What becomes of it is the core's decision. One timer on CLOCK_REALTIME, which a step of that clock wakes too, so
// that a machine that slept or was set sees at once what it missed. Coordinator's thread only.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "jobs/calendar/occurrence.h"
#include "scheduler/core/schedule.h"
#include "scheduler/core/scheduler.h"
#include "scheduler/daemon/loop.h"

namespace rota::daemon {

class Timetable {
 public:
  struct Ways {
    std::function<void(core::Event)> post;
    std::function<Result<std::optional<RunId>>()> take_number;
    /// Makes ready what a run needs besides its plan.
    std::function<Result<core::Terms>(RunId, const jobs::Plan&, core::Terms)> open_run;
    std::function<void(const std::string&)> warn;
  };
  /// `began`: what should have occurred before was missed.
  static Result<std::unique_ptr<Timetable>> create(Loop& loop, const core::Scheduler& scheduler, WallTime began,
                                                   Ways ways);
  ~Timetable();
  Timetable(const Timetable&) = delete;
  Timetable& operator=(const Timetable&) = delete;

  /// Before a turn: posts what has occurred, at most one occurrence of each file; the others come with the turns after.
  void look(Now now);
  /// After a turn: files that it changed are looked at again.
  void after_turn(std::span<const core::Record> records);

  /// The next occurrence of an entry that is enabled; none: it has none.
  std::optional<jobs::Occurrence> next(const std::string& name, std::uint32_t entry) const;

 private:
  struct Entry {
    jobs::Zone zone;
    std::optional<jobs::Occurrence> next;
  };
  Timetable(Loop& loop, const core::Scheduler& scheduler, WallTime began, Ways ways, posix::Fd timer);
  void plan_all();
  void plan(const std::string& name);
  bool look_at(const std::string& name, std::uint32_t entry, Now now);
  core::event::Occur occurrence_of(const std::string& name, std::uint32_t entry, Now now) const;
  bool give_number(core::event::Occur& occur, const core::Scheduled& file);
  void arm();

  Loop& loop_;
  const core::Scheduler& scheduler_;
  const WallTime began_;
  Ways ways_;
  posix::Fd timer_;
  std::map<std::string, std::vector<Entry>, std::less<>> files_;
  std::optional<WallTime> armed_;  // when to look again; none: at once
  WallTime not_before_;   // after a failure
};

}  // namespace rota::daemon
