// The late parts of a job into the assignment of one attempt. Pure.
#pragma once

#include <span>

#include "jobs/model/plan.h"
#include "shared/lane/message.h"
#include "shared/result.h"

namespace rota::daemon {

/// `values`: of job.late, in its order. `out`: as make_assignment leaves it, with the file's own text where the values
/// go. An error is a sentence for people: the attempt cannot start.
Status expand(lane::Assignment& out, const jobs::Plan& plan, const jobs::Job& job, std::span<const Value> values);

}  // namespace rota::daemon
