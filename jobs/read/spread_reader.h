// The fields of a job that say how its tasks are handed over, and when the rest of them is given up.
#pragma once

#include "jobs/model/plan.h"
#include "jobs/read/reading.h"

namespace rota::jobs {

void read_chunk(Reading& in, NodeAt at, Job& out);          // a number or `auto`
void read_job_parallel(Reading& in, NodeAt at, Job& out);   // `max_parallel`
void read_fail_fast(Reading& in, NodeAt at, Job& out);
void read_max_failures(Reading& in, NodeAt at, Job& out);  // a number or "5%"

}  // namespace rota::jobs
