// `secrets` of a job: where values come from that stand in no file of Rota's.
#pragma once

#include "jobs/model/plan.h"
#include "jobs/read/reading.h"

namespace rota::jobs {

/// A map from names of variables to {env: NAME}, {file: PATH} or {command: [WORDS]}.
void read_secrets(Reading& in, NodeAt at, Settings& out);

}  // namespace rota::jobs
