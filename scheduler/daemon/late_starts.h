// Thread and async attempts write no start record. One that is still alive 100 ms after its start gets one all the
// same, so that whoever reads the journal sees it run; what is over sooner costs nothing.
#pragma once

#include <deque>
#include <optional>
#include <vector>

#include "scheduler/core/record.h"
#include "scheduler/core/scheduler.h"

namespace rota::daemon {

class LateStarts {
 public:
  static constexpr Duration kAfter = std::chrono::milliseconds(100);

  void note(const core::Record& record, Now now);
  /// Appends the starts that are due now and still alive, as durable records.
  void collect(const core::Scheduler& scheduler, Now now, std::vector<core::Record>& out);
  std::optional<Instant> next_deadline() const;

 private:
  struct Waiting {
    core::record::Started start;
    Instant due;
  };
  std::deque<Waiting> waiting_;  // by due
};

}  // namespace rota::daemon
