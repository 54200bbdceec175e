// What tasks share with others: the file's `pools`, and a job's `priority` and `pool`.
#pragma once

#include <vector>

#include "jobs/model/plan.h"
#include "jobs/read/reading.h"

namespace rota::jobs {

void read_pools(Reading& in, NodeAt at, std::vector<Pool>& out);

void read_priority(Reading& in, NodeAt at, Settings& out);
/// Of the pools that the file declares.
void read_pool_use(Reading& in, NodeAt at, Settings& out);

}  // namespace rota::jobs
