// `schedule:` of the file: when runs of it are to be made by themselves.
#pragma once

#include <vector>

#include "jobs/model/schedule.h"
#include "jobs/read/reading.h"

namespace rota::jobs {

/// A list of entries, one entry, or the text of one cron expression.
void read_schedules(Reading& in, NodeAt at, std::vector<Schedule>& out);

}  // namespace rota::jobs
