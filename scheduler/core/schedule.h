// Job files that are registered to run by the calendar. When an occurrence comes is computed outside (jobs/calendar);
// what becomes of it is decided here, once: it becomes a run or is passed over, and that is one record in the turn
// that submits its run. So it neither happens twice nor is lost, whenever the coordinator dies.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "jobs/model/plan.h"
#include "scheduler/core/event.h"
#include "scheduler/core/terms.h"
#include "shared/clock.h"
#include "shared/ids.h"
#include "shared/outcome.h"

namespace rota::core {

class Ledger;
class State;

struct Scheduled {
  jobs::Plan plan;
  Terms terms;  // of every run that it becomes
  Now registered;
  bool enabled = true;
  std::vector<ScheduleMark> marks;  // one for each of plan.schedules
};

/// By name. Kept by State::apply.
struct Schedules {
  std::map<std::string, Scheduled, std::less<>> files;
  std::map<std::string, std::set<RunId>, std::less<>> alive;  // runs of each, also of one that was removed meanwhile
};

/// Why an occurrence that comes now would not become a run; none: it would. `missed`: nobody was there at its time.
Reason pass_over_reason(const State& state, const event::Occur& e, Now now);

/// The marks that a file gets when it is registered: an entry that was there before goes on where it was.
std::vector<ScheduleMark> marks_for(const jobs::Plan& plan, const Scheduled* before, WallTime now);

void react(Ledger& ledger, event::Register& e);
void react(Ledger& ledger, event::Unregister& e);
void react(Ledger& ledger, event::EnableSchedule& e);
void react(Ledger& ledger, event::Occur& e);

}  // namespace rota::core
