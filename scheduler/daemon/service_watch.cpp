// Lines about runs.
#include "scheduler/daemon/service_watch.h"

#include <fmt/format.h>

#include "shared/text/text.h"

namespace rota::daemon {

void ServiceWatch::on_turn(std::span<const core::Record> records, const core::Scheduler& scheduler, Now) {
  for (const auto& record : records) note(record, scheduler);
  note_recovery(scheduler);
  if (after_turn_) after_turn_(records);
}

void ServiceWatch::note(const core::Record& record, const core::Scheduler& scheduler) {
  if (const auto* submitted = std::get_if<core::record::Submitted>(&record.fact)) {
    const auto summary = scheduler.summary(submitted->run);
    log_.info(fmt::format("run {} ({}) submitted: {} tasks", submitted->run, submitted->plan->name.text(),
                          summary ? summary->counts.total : 0));
  } else if (const auto* occurred = std::get_if<core::record::Occurred>(&record.fact); occurred && !occurred->became) {
    log_.info(fmt::format("schedule {}: {} passed over: {}", occurred->name, text::format_utc(occurred->occurrence),
                          to_text(occurred->passed)));
  } else if (const auto* end = std::get_if<core::record::RunEnded>(&record.fact)) {
    ++ended_;
    const auto reason = to_text(end->reason);
    log_.info(fmt::format("run {} {}{}{}", end->run, to_text(end->outcome), reason.empty() ? "" : ": ", reason));
  }
}

void ServiceWatch::note_recovery(const core::Scheduler& scheduler) {
  if (recovered_) return;
  const auto recovery = scheduler.recovery();
  recovered_ = recovery.over();
  if (recovered_ && recovery.total > 0)
    log_.info(fmt::format("all {} process attempts of the last life are accounted for", recovery.total));
}

}  // namespace rota::daemon
