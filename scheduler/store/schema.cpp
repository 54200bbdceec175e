// Creating, opening and refusing journal files.
#include "scheduler/store/schema.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>

#include "scheduler/store/own_files.h"
#include "shared/posix/fd.h"

namespace rota::store {
namespace {

using sqlite::Database;

constexpr std::int64_t kApplicationId = 0x526F7461;  // "Rota"

// turns: the log. Pieces of one turn follow each other; the last one has last = 1. kind: see Kind. body: wire-encoded
//   core::Fact after core::Fact. next_fact: number of the first fact after this turn. total: bytes of all turns ever,
//   up to and with this row. clock_ns: wall clock less monotonic clock, as last known.
// runs: one row per ended run, small: what a list needs. views: its jobs, with their tasks unless the run is large;
//   pages: the tasks of a large one, packed, id = run << 24 | page. submissions: its plan and terms (of the
//   service's); both cut into pieces, id = run << 16 | piece. All are filled in the transaction that ends the run.
// bounds: what the newest submission of a name says of how much is kept of its finished runs, where it says anything;
//   -1: not of this. keys: idempotency keys of submissions. marks: sets of run numbers, see Mark.
constexpr const char* kCreate =
    "PRAGMA journal_mode=MEMORY; PRAGMA synchronous=OFF; PRAGMA page_size=4096;"
    "BEGIN;"
    "PRAGMA application_id=0x526F7461;"
    "PRAGMA user_version=10;"
    "CREATE TABLE turns(seq INTEGER PRIMARY KEY, kind INTEGER NOT NULL, last INTEGER NOT NULL, crc INTEGER NOT NULL,"
    " next_fact INTEGER NOT NULL, total INTEGER NOT NULL, clock_ns INTEGER NOT NULL, body BLOB NOT NULL) STRICT;"
    "CREATE INDEX snapshots ON turns(seq) WHERE kind = 1;"
    "CREATE TABLE runs(run INTEGER PRIMARY KEY, name TEXT NOT NULL, outcome TEXT NOT NULL,"
    " submitted_ns INTEGER NOT NULL, ended_ns INTEGER NOT NULL, crc INTEGER NOT NULL, summary BLOB NOT NULL) STRICT;"
    "CREATE INDEX runs_by_end ON runs(ended_ns, outcome);"
    "CREATE TABLE views(id INTEGER PRIMARY KEY, last INTEGER NOT NULL, crc INTEGER NOT NULL, body BLOB NOT NULL)"
    " STRICT;"
    "CREATE TABLE pages(id INTEGER PRIMARY KEY, tasks INTEGER NOT NULL, all_well INTEGER NOT NULL,"
    " crc INTEGER NOT NULL, body BLOB NOT NULL) STRICT;"
    "CREATE TABLE submissions(id INTEGER PRIMARY KEY, last INTEGER NOT NULL, crc INTEGER NOT NULL, body BLOB NOT NULL)"
    " STRICT;"
    "CREATE INDEX runs_by_name ON runs(name, ended_ns);"
    "CREATE TABLE bounds(name TEXT PRIMARY KEY, keep_runs INTEGER NOT NULL, keep_for_ns INTEGER NOT NULL,"
    " keep_bytes INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE TABLE keys(key TEXT PRIMARY KEY, run INTEGER NOT NULL, at_ns INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE TABLE marks(mark INTEGER NOT NULL, run INTEGER NOT NULL, PRIMARY KEY(mark, run)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX runs_by_outcome ON runs(outcome);"
    "CREATE INDEX keys_by_time ON keys(at_ns);"
    "COMMIT;"
    "PRAGMA journal_mode=WAL;";
/// Of no journal's form: one that has them not gets them.
constexpr const char* kIndexes =
    "CREATE INDEX IF NOT EXISTS runs_by_outcome ON runs(outcome);"
    "CREATE INDEX IF NOT EXISTS keys_by_time ON keys(at_ns);";
static_assert(kSchemaVersion == 10, "kCreate must follow; what is older is refused");

/// SQLite would follow a link and wait for a FIFO.
Status check_files(const std::string& path) {
  for (const char* of : {"", "-wal", "-shm"}) {
    if (auto s = check_own_file(path + of); !s) return s;
  }
  return {};
}

bool left_by_a_crash(const std::string& path) {
  struct stat st {};
  return ::stat((path + "-wal").c_str(), &st) == 0 && st.st_size > 0;
}

Status quick_check(Database& db) {
  auto statement = db.prepare("PRAGMA quick_check(1)");
  if (!statement) return statement.error();
  auto row = statement->step();
  if (!row) return row.error();
  const std::string verdict(*row ? statement->bytes(0) : "");
  if (verdict != "ok") return fail(Code::corrupt, verdict, db.path());
  return {};
}

Status fill(const std::string& path) {
  // Made here, as SQLite would let others read it; its -wal and -shm get the same mode.
  if (auto file = posix::open_file(path, O_WRONLY | O_CREAT | O_EXCL, 0600); !file) return file.error();
  auto db = Database::open(path, sqlite::Open::write);
  if (!db) return db.error();
  if (auto s = db->execute(kCreate); !s) return s;
  return db->sync_file();
}

}  // namespace

std::string journal_path(const std::string& directory) { return directory + "/journal.db"; }

Status sync_directory(const std::string& directory) {
  auto fd = posix::open_file(directory, O_RDONLY | O_DIRECTORY);
  if (!fd) return fd.error();
  if (::fsync(fd->get())) return system_error("fsync", directory);
  return {};
}

Status check_private_directory(const std::string& path) {
  struct stat st {};
  if (::stat(path.c_str(), &st)) return system_error("cannot look at the directory", path);
  if (!S_ISDIR(st.st_mode)) return fail(Code::refused, "is not a directory", path);
  if (st.st_uid != ::geteuid())
    return fail(Code::refused,
                "belongs to user " + std::to_string(st.st_uid) + ", not to you: use another state directory "
                "(--state-dir or ROTA_STATE_DIR)", path);
  if (st.st_mode & (S_IWGRP | S_IWOTH))
    return fail(Code::refused, "others may write to this directory: run `chmod go-w` on it, or use another one", path);
  return {};
}

Error explain(const Error& error, std::string_view doing, const std::string& path) {
  Error e = error;
  e.where = path;
  if (error.code == Code::corrupt)
    e.what = "the journal is damaged or not a journal (" + error.what + "): move it aside, or bring back a copy";
  else
    e.what = std::string(doing) + ": " + error.what;
  return e;
}

Status create_journal_file(const std::string& directory) {
  const auto path = journal_path(directory), making = path + ".new";
  for (const char* leftover : {"", "-wal", "-shm"}) {  // of a creation that was killed
    if (::unlink((making + leftover).c_str()) && errno != ENOENT)
      return system_error("cannot remove", making + leftover);
  }
  if (auto s = fill(making); !s) return explain(s.error(), "cannot create the journal", path);
  if (::rename(making.c_str(), path.c_str())) return system_error("cannot name the new journal", path);
  return sync_directory(directory);
}

Status check_schema(Database& db) {
  auto id = db.integer("PRAGMA application_id");
  if (!id) return id.error();
  if (*id != kApplicationId) return fail(Code::refused, "is a database, but not a journal of Rota", db.path());
  auto version = db.integer("PRAGMA user_version");
  if (!version) return version.error();
  if (*version != kSchemaVersion)
    return fail(Code::refused,
                "has journal format " + std::to_string(*version) + ", this rota knows only " +
                    std::to_string(kSchemaVersion) +
                    (*version < kSchemaVersion ? ": it is of an older rota; use that one to read it, or prune the run"
                                               : ": use the version that wrote it, or a newer one"),
                db.path());
  return {};
}

Result<Database> open_journal_file(const std::string& directory) {
  const auto path = journal_path(directory);
  if (auto s = check_private_directory(directory); !s) return s.error();
  if (auto s = check_files(path); !s) return s.error();
  const bool unclean = left_by_a_crash(path);
  auto db = Database::open(path, sqlite::Open::write);
  const auto refuse = [&](const Error& e) {
    const bool says_it_all = e.code == Code::refused && !e.where.empty() && e.where == path;
    return says_it_all ? e : explain(e, "cannot open the journal", path);
  };
  if (!db) return refuse(db.error());
  if (auto s = check_schema(*db); !s) return refuse(s.error());
  if (unclean) {
    if (auto s = quick_check(*db); !s) return refuse(s.error());
  }
  if (auto s = db->execute("PRAGMA synchronous=FULL; PRAGMA trusted_schema=OFF;"); !s) return refuse(s.error());
  if (auto s = db->execute(kIndexes); !s) return refuse(s.error());
  return db;
}

}  // namespace rota::store
