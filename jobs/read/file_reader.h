// The whole file: its own fields, then its jobs, into a Plan.
#pragma once

#include "jobs/model/plan.h"
#include "jobs/read/load.h"
#include "jobs/read/reading.h"

namespace rota::jobs {

/// Reads the tree's root map into a plan that is whole when nothing was reported. The plan's own facts about the source
/// (path, hash) are the caller's to set; `stem` names a file that has no `name:`.
Plan read_file(Reading& in, const LoadOptions& options, std::string_view stem);

/// A file name's stem as a Name: what may not be in one becomes '-'.
Name name_from_stem(std::string_view stem);

}  // namespace rota::jobs
