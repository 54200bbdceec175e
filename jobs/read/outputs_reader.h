// `outputs` of a job: what its tasks leave for others.
#pragma once

#include <vector>

#include "jobs/model/plan.h"
#include "jobs/read/reading.h"

namespace rota::jobs {

/// A map from names to types, or a list of names, whose type is then text. Names are unique.
void read_outputs(Reading& in, NodeAt at, std::vector<Output>& out);

}  // namespace rota::jobs
