// Runs in history, as rows: what a list needs, the jobs, and what was submitted. For whoever has a connection: the
// writer reads its own history with these, readers every other.
#pragma once

#include <cstdint>
#include <vector>

#include "scheduler/core/view.h"
#include "scheduler/store/journal.h"
#include "scheduler/store/schema.h"
#include "scheduler/store/sqlite.h"
#include "shared/result.h"

namespace rota::store {

Result<std::vector<core::RunSummary>> folded_summaries(sqlite::Database& db, const Pick& pick);
/// Both: Code::not_found when this run has no such row.
Result<core::RunView> folded_view(sqlite::Database& db, RunId run, const core::Wanted& wanted = {});
Result<Submission> folded_submission(sqlite::Database& db, RunId run);

/// Run numbers with this mark, ascending.
Result<std::vector<RunId>> marked(sqlite::Database& db, Mark mark);
/// The highest number in history, now or before a prune; 0: none.
Result<RunId> highest_folded(sqlite::Database& db);

}  // namespace rota::store
