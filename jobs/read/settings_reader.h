// The fields of a job that end up in Settings, one reader each.
#pragma once

#include <initializer_list>
#include <vector>

#include "jobs/model/plan.h"
#include "jobs/read/reading.h"

namespace rota::jobs {

/// Where what only a task knows may stand, it goes to `late`; what was there of the field before goes away.
using LateParts = std::vector<LatePart>;

void read_shell(Reading& in, NodeAt at, Settings& out);
void read_working_dir(Reading& in, NodeAt at, Settings& out, LateParts& late);
void read_env(Reading& in, NodeAt at, Settings& out, LateParts& late);
void read_stdin(Reading& in, NodeAt at, Settings& out, LateParts& late);
void read_timeout(Reading& in, NodeAt at, Settings& out);
void read_stop(Reading& in, NodeAt at, Settings& out);
void read_retry(Reading& in, NodeAt at, Settings& out);
void read_continue_on_error(Reading& in, NodeAt at, Settings& out);
void read_success_exit_codes(Reading& in, NodeAt at, Settings& out);
void read_log(Reading& in, NodeAt at, Settings& out, LateParts& late);

/// Takes away what `late` has for one of these places.
void forget_late(LateParts& late, std::initializer_list<LatePart::Place> places);

/// A timeout of a job or of the run: `none`, or at least a millisecond.
void read_time_limit(Reading& in, NodeAt at, std::optional<Duration>& out);

}  // namespace rota::jobs
