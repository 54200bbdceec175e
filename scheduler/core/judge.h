// What an ending means, and what the task does next. Pure.
#pragma once

#include "scheduler/core/run.h"
#include "shared/outcome.h"

namespace rota::core {

struct Verdict {
  Outcome outcome = Outcome::succeeded;
  Reason reason;
};

/// The exit that was seen before a stop reached the attempt counts by itself (stopped_by none); otherwise the cause of
/// the stop decides, whatever the status.
Verdict judge(const Ending& ending, const jobs::Settings& settings);
/// The verdict on an attempt that a stop ended.
Verdict judge_stop(StopCause cause);

/// A bystander of a worker that died: free to run again, until it has happened too often.
Verdict judge_interrupted(const Run& run, TaskSlot slot);

struct Sequel {
  record::Next next = record::Next::finished;
  Instant due;
};
/// After the attempt of this number at the task in `slot` came to `verdict`. Requeues what proves nothing about the
/// job, retries what its settings name, ends the rest. A run that is stopping, or a daemon that nobody needs, retries
/// nothing. A daemon with `restart` runs again as that says, and is not retried besides.
Sequel sequel(const Run& run, TaskSlot slot, std::uint32_t number, Verdict verdict, const AttemptReport& report,
              Instant now);

}  // namespace rota::core
