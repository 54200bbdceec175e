// Reading a journal beside its writer, after it, or after its death, without leaving a trace.
//
// A writer that lives or was killed leaves a -wal, which is read with it (readonly_shm: SQLite would otherwise create
// or truncate the -shm). A writer that ended in order leaves the one file, which SQLite can only read without creating
// others when told that nobody changes it; as a writer may come all the same, the files are looked at again afterwards.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <thread>
#include <utility>

#include "scheduler/store/schema.h"
#include "scheduler/store/sqlite.h"
#include "shared/result.h"

namespace rota::store {

/// What changes when a writer comes, writes or goes.
struct JournalFiles {
  struct File {
    bool there = false;
    std::int64_t size = 0;
    std::int64_t changed_ns = 0;
    bool operator==(const File&) const = default;
  };
  File main, wal, shm;
  /// The WAL has more than its header. (One that is only a header, left by a writer killed in its first commit, keeps
  /// SQLite 3.40 retrying for ten seconds; without frames the main file is all there is.)
  bool has_frames() const { return wal.size > 32; }
  bool operator==(const JournalFiles&) const = default;
};
JournalFiles look_at(const std::string& journal);
sqlite::Open way_to_read(const JournalFiles& files);

inline constexpr int kTries = 300;  // a journal that is being opened or closed changes its files within milliseconds
inline constexpr int kTriesSteady = 5;
/// 1 to 20 ms, another one after each try: an even pause could meet a writer that comes and goes in step with it.
inline std::chrono::milliseconds pause_after(int tries) { return std::chrono::milliseconds(1 + tries * 7 % 20); }

/// Runs `query(db)` in one read transaction; again when it failed or may have read a mixture as the files changed.
template <class Query>
auto read_journal(const std::string& path, const Query& query) -> decltype(query(std::declval<sqlite::Database&>())) {
  using Answer = decltype(query(std::declval<sqlite::Database&>()));
  for (int tries = 1;; ++tries) {
    const auto before = look_at(path);
    if (!before.main.there) return fail(Code::not_found, "there is no journal", path);
    const auto how = way_to_read(before);
    const auto attempt = [&]() -> Answer {
      auto db = sqlite::Database::open(path, how);
      if (!db) return db.error();
      if (auto s = db->execute("BEGIN"); !s) return s.error();
      if (auto s = check_schema(*db); !s) return s.error();
      return query(*db);
    };
    Answer result = attempt();
    const bool steady = look_at(path) == before;
    if (result && (how == sqlite::Open::read_wal || steady)) return result;
    if (!result && result.error().code == Code::not_found) return result;
    // Files may also go and come back within one tick of their clock, and look steady: a failure is tried a few times.
    if ((steady && (result || tries >= kTriesSteady)) || tries == kTries) {
      const auto why = result ? fail(Code::refused, "it changed in every try") : result.error();
      return explain(why, "cannot read the journal", path);
    }
    std::this_thread::sleep_for(pause_after(tries));
  }
}

}  // namespace rota::store
