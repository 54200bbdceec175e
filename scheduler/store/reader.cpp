// Reading a journal beside its writer, after it, or after its death, without leaving a trace.
//
// A writer that lives or was killed leaves a -wal, which is read with it (readonly_shm: SQLite would otherwise create
// or truncate the -shm). A writer that ended in order leaves the one file, which SQLite can only read without creating
// others when told that nobody changes it; as a writer may come all the same, the files are looked at again afterwards.
#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <thread>
#include <unordered_set>
#include <utility>

#include "scheduler/core/scheduler.h"
#include "scheduler/store/journal.h"
#include "scheduler/store/pieces.h"
#include "scheduler/store/schema.h"
#include "scheduler/store/sqlite.h"
#include "scheduler/store/turns.h"
#include "shared/wire/codec.h"
#include "shared/wire/crc32c.h"

namespace rota::store {
namespace {

using sqlite::Database;

constexpr int kTries = 100;  // a journal that is being opened or closed changes its files within milliseconds
constexpr int kTriesSteady = 5;
constexpr auto kPause = std::chrono::milliseconds(10);

/// What changes when a writer comes, writes or goes.
struct Files {
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
  bool operator==(const Files&) const = default;
};

Files look_at(const std::string& path) {
  const auto file = [](const std::string& name) {
    struct stat st {};
    if (::stat(name.c_str(), &st)) return Files::File{};
    return Files::File{true, st.st_size, std::int64_t{st.st_mtim.tv_sec} * 1'000'000'000 + st.st_mtim.tv_nsec};
  };
  return {file(path), file(path + "-wal"), file(path + "-shm")};
}

sqlite::Open way_to_read(const Files& files) {
  if (!files.has_frames()) return sqlite::Open::read_immutable;
  return files.shm.there ? sqlite::Open::read_wal : sqlite::Open::read_alone;
}

/// Runs `query(db)` in one read transaction; again when it failed or may have read a mixture as the files changed.
template <class Query>
auto read(const std::string& path, const Query& query) -> decltype(query(std::declval<Database&>())) {
  using Answer = decltype(query(std::declval<Database&>()));
  for (int tries = 1;; ++tries) {
    const auto before = look_at(path);
    if (!before.main.there) return fail(Code::not_found, "there is no journal", path);
    const auto how = way_to_read(before);
    const auto attempt = [&]() -> Answer {
      auto db = Database::open(path, how);
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
    std::this_thread::sleep_for(kPause);
  }
}

Result<core::RunSummary> decode_summary(std::string_view bytes, std::int64_t crc) {
  core::RunSummary summary;
  if (crc != std::int64_t{wire::crc32c(bytes)} || !wire::decode(bytes, summary))
    return fail(Code::corrupt, "the row of a run fails its checksum");
  return summary;
}

Result<std::vector<core::RunSummary>> list(Database& db, std::size_t limit) {
  auto rows = db.prepare("SELECT crc, summary FROM runs ORDER BY run DESC LIMIT ?");
  if (!rows) return rows.error();
  rows->bind(1, limit ? static_cast<std::int64_t>(limit) : -1);
  std::vector<core::RunSummary> out;
  for (;;) {
    auto row = rows->step();
    if (!row) return row.error();
    if (!*row) break;
    auto summary = decode_summary(rows->bytes(1), rows->integer(0));
    if (!summary) return summary.error();
    out.push_back(std::move(*summary));
  }
  std::unordered_set<RunId> folded;
  for (const auto& s : out) folded.insert(s.run);
  core::Scheduler scheduler;
  if (auto s = read_turns(db, [&](const core::Record& r) { scheduler.replay(r); }); !s) return s.error();
  for (const RunId run : scheduler.runs()) {
    if (folded.contains(run)) continue;  // ended, and not yet dropped from the turns
    if (auto summary = scheduler.summary(run)) out.push_back(std::move(*summary));
  }
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.run > b.run; });
  if (limit && out.size() > limit) out.resize(limit);
  return out;
}

Result<core::RunView> folded_view(Database& db, core::RunSummary summary) {
  auto rows = db.prepare("SELECT last, crc, body FROM views WHERE id >= ?1 << 16 AND id < (?1 + 1) << 16 ORDER BY id");
  if (!rows) return rows.error();
  rows->bind(1, summary.run);
  core::RunView view{std::move(summary), {}};
  Joiner joiner;
  for (;;) {
    auto row = rows->step();
    if (!row) return row.error();
    if (!*row) return fail(Code::corrupt, "a run's jobs are missing");
    auto whole = joiner.add(rows->bytes(2), rows->integer(1), rows->integer(0) != 0);
    if (!whole) return whole.error();
    if (!*whole) continue;
    if (!wire::decode(joiner.body(), view.jobs))
      return fail(Code::corrupt, "a run's jobs do not hold what they should");
    return view;
  }
}

Result<core::RunView> one(Database& db, RunId run) {
  auto row = db.prepare("SELECT crc, summary FROM runs WHERE run = ?");
  if (!row) return row.error();
  row->bind(1, run);
  auto there = row->step();
  if (!there) return there.error();
  if (*there) {
    auto summary = decode_summary(row->bytes(1), row->integer(0));
    if (!summary) return summary.error();
    return folded_view(db, std::move(*summary));
  }
  core::Scheduler scheduler;
  if (auto s = read_turns(db, [&](const core::Record& r) { scheduler.replay(r); }); !s) return s.error();
  auto view = scheduler.view(run);
  if (!view) return fail(Code::not_found, "there is no run " + std::to_string(run) + " in this journal", db.path());
  return std::move(*view);
}

class SqliteReader final : public Reader {
 public:
  explicit SqliteReader(std::string path) : path_(std::move(path)) {}
  Result<std::vector<core::RunSummary>> summaries(std::size_t limit) override {
    return read(path_, [&](Database& db) { return list(db, limit); });
  }
  Result<core::RunView> view(RunId run) override {
    return read(path_, [&](Database& db) { return one(db, run); });
  }

 private:
  std::string path_;
};

}  // namespace

Result<std::unique_ptr<Reader>> open_reader(const std::string& directory) {
  const auto path = journal_path(directory);
  if (!look_at(path).main.there) return fail(Code::not_found, "there is no journal", path);
  return std::unique_ptr<Reader>(std::make_unique<SqliteReader>(path));
}

}  // namespace rota::store
