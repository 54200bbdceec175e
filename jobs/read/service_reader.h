// The fields of a job that serves others: `ready`, `live` and `restart`.
#pragma once

#include "jobs/model/plan.h"
#include "jobs/read/job_reader.h"
#include "jobs/read/reading.h"

namespace rota::jobs {

void read_ready(Reading& in, NodeAt at, Settings& out);
void read_live(Reading& in, NodeAt at, Settings& out);
void read_restart(Reading& in, NodeAt at, Settings& out);

/// `live` and `restart` are for daemons. Those of the defaults are passed over elsewhere.
void settle_service(Reading& in, const Draft& defaults, const Draft& draft);

}  // namespace rota::jobs
