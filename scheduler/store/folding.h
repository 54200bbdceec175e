// Writing a run into history, and out of it: within a transaction of the writer's.
#pragma once

#include <span>
#include <string_view>

#include "scheduler/store/journal.h"
#include "scheduler/store/schema.h"
#include "scheduler/store/sqlite.h"
#include "shared/result.h"

namespace rota::store {

class Folding {
 public:
  Status prepare(sqlite::Database& db);
  /// One run's rows, in place of any that it has.
  Status fold(const FoldedRun& run);
  Status forget(RunId run);
  Status mark(Mark mark, RunId run);
  Status clear(Mark mark);
  Status add_key(std::string_view key, RunId run, WallTime at);
  Status forget_keys(WallTime before);

 private:
  Status write_pieces(sqlite::Statement& into, RunId run, std::string_view body);
  Status write_pages(const FoldedRun& run);
  Status drop(sqlite::Statement& from, RunId run);

  sqlite::Statement add_run_, drop_run_, drop_view_, add_view_, drop_submission_, add_submission_, add_mark_,
      clear_marks_, add_key_, drop_keys_, drop_pages_, add_page_;
};

/// Statements by their text, for a class that keeps many.
struct Prepared {
  sqlite::Statement* statement;
  const char* sql;
};
Status prepare_all(sqlite::Database& db, std::span<const Prepared> statements);

}  // namespace rota::store
