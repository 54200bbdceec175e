// The fields of a job about warm processes: `fresh`, `max_tasks`, `max_rss`, `initializer`, `initializer_args`.
#pragma once

#include "jobs/read/job_reader.h"

namespace rota::jobs {

void read_fresh(Reading& in, NodeAt at, Draft& out);
void read_max_tasks(Reading& in, NodeAt at, Draft& out);
void read_max_rss(Reading& in, NodeAt at, Draft& out);
void read_initializer(Reading& in, NodeAt at, Draft& out);
void read_initializer_args(Reading& in, NodeAt at, Draft& out);

/// Whether the tasks of the job run in warm processes, and whether its fields agree with that. Its shape, action and
/// mode are known.
void settle_warm(Reading& in, const Draft& defaults, Draft& draft);

}  // namespace rota::jobs
