// The tasks of a large run in history: pages of them, of which a reader unpacks what it was asked for.
#pragma once

#include "scheduler/core/view.h"
#include "scheduler/store/sqlite.h"
#include "shared/result.h"

namespace rota::store {

/// Leaves in the view the tasks that are wanted; those of a large run are read.
Status fill_tasks(sqlite::Database& db, core::RunView& view, const core::Wanted& wanted);

}  // namespace rota::store
