// What a file says about itself for people: `description` and `labels`.
#pragma once

#include "jobs/model/plan.h"
#include "jobs/read/reading.h"

namespace rota::jobs {

void read_description(Reading& in, NodeAt at, Plan& out);
void read_labels(Reading& in, NodeAt at, Plan& out);  // a map of names and texts

}  // namespace rota::jobs
