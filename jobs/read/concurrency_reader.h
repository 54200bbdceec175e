// `concurrency` of the file: the group that its runs belong to.
#pragma once

#include "jobs/model/plan.h"
#include "jobs/read/reading.h"

namespace rota::jobs {

/// A map, or the name of the group alone.
void read_concurrency(Reading& in, NodeAt at, Concurrency& out);

}  // namespace rota::jobs
