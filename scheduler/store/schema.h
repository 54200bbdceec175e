// The journal's file: where it is, what is in it, and who may open it. Both sides of the store stand on this.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "scheduler/store/sqlite.h"
#include "shared/result.h"

namespace rota::store {

/// Bumped when the tables or the encoding of what lies in them change. A newer one is refused.
inline constexpr std::int64_t kSchemaVersion = 10;
/// One stored piece: a longer turn or view is cut into several rows. Far below SQLite's own 1 GB.
inline constexpr std::size_t kPieceBytes = 16u << 20;

/// Of a row of `turns`. A snapshot stands for everything before it, and its facts are no events: they are told again.
enum class Kind : std::int64_t { turn = 0, snapshot = 1, more_of_snapshot = 2 };

/// What a row of `marks` says of its run.
enum class Mark : std::int64_t {
  highest = 0,  // the highest run number that was in the journal when it was last pruned
  folded = 1,   // in history, and its facts are still in the turns that a replay reads
  leaving = 2,  // pruned; its output may not have been set aside yet
};

std::string journal_path(const std::string& directory);

/// Makes an empty journal, whole or not at all: it is on disk, under its name, when this returns.
Status create_journal_file(const std::string& directory);

/// Opens the journal for its one writer. Refuses a directory that others may write to, a file of another user, a file
/// that is not a journal, a newer schema, and a damaged file (one left by a crash is looked through).
Result<sqlite::Database> open_journal_file(const std::string& directory);

/// application_id and user_version are ours.
Status check_schema(sqlite::Database& db);

/// The same error with what it means for this journal and what to do about it.
Error explain(const Error& error, std::string_view doing, const std::string& path);

/// fsync of a directory: its new names survive a power cut.
Status sync_directory(const std::string& directory);

/// Owned by this user and writable by nobody else; `path` must be there.
Status check_private_directory(const std::string& path);

}  // namespace rota::store
