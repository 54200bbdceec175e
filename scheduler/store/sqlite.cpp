// SQLite's C API: the only file that calls it.
#include "scheduler/store/sqlite.h"

#include <sqlite3.h>

#include <cerrno>
#include <cstring>

namespace rota::store::sqlite {
namespace {

constexpr int kBusyMs = 2000;  // only a foreign tool can make the file busy: the instance lock keeps ours apart

Code code_of(int rc) {
  switch (rc & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return Code::corrupt;
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return Code::refused;
    case SQLITE_NOMEM:
    case SQLITE_MISUSE: return Code::internal;
    default: return Code::system;
  }
}

/// `os_errno`: errno after the call, where SQLite does not keep it itself (a failed commit).
Error error_of(sqlite3* db, int rc, int os_errno = 0) {
  Error e;
  e.code = code_of(rc);
  e.what = db ? sqlite3_errmsg(db) : sqlite3_errstr(rc);
  if (const char* file = db ? sqlite3_db_filename(db, "main") : nullptr) e.where = file;
  if (db && e.code == Code::system) e.os_errno = sqlite3_system_errno(db);
  if (e.code == Code::system && !e.os_errno) e.os_errno = os_errno;
  if (e.os_errno) e.what += std::string(" (") + std::strerror(e.os_errno) + ")";
  return e;
}

/// The path as a URI, as the modes of reading can only be given there.
std::string uri_of(const std::string& path, std::string_view query) {
  std::string out = "file:";
  for (const char c : path) {
    if (c == '%' || c == '?' || c == '#') {
      static constexpr char kHex[] = "0123456789ABCDEF";
      out += '%';
      out += kHex[static_cast<unsigned char>(c) >> 4];
      out += kHex[static_cast<unsigned char>(c) & 15];
    } else {
      out += c;
    }
  }
  out += '?';
  out += query;
  return out;
}

int remember_pages(void* to, sqlite3*, const char*, int pages) {
  *static_cast<std::uint32_t*>(to) = static_cast<std::uint32_t>(pages);
  return SQLITE_OK;
}

sqlite3_file* file_of(sqlite3* db) {
  sqlite3_file* file = nullptr;
  sqlite3_file_control(db, "main", SQLITE_FCNTL_FILE_POINTER, &file);
  return file;
}

}  // namespace

namespace {

thread_local Work work;

void count_work(sqlite3_stmt* s) {
  const auto add = [s](std::uint64_t& to, int what) {
    to += static_cast<std::uint64_t>(sqlite3_stmt_status(s, what, 1));
  };
  add(work.instructions, SQLITE_STMTSTATUS_VM_STEP);
  add(work.scanned, SQLITE_STMTSTATUS_FULLSCAN_STEP);
}

}  // namespace

Work work_of_this_thread() { return work; }

void Statement::Finalize::operator()(sqlite3_stmt* s) const {
  count_work(s);
  sqlite3_finalize(s);
}

void Statement::bind(int at, std::int64_t value) { sqlite3_bind_int64(statement_.get(), at, value); }
void Statement::bind_text(int at, std::string_view text) {
  sqlite3_bind_text64(statement_.get(), at, text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8);
}
void Statement::bind_blob(int at, std::string_view bytes) {
  if (bytes.empty()) {
    sqlite3_bind_zeroblob(statement_.get(), at, 0);  // a null pointer would bind NULL
  } else {
    sqlite3_bind_blob64(statement_.get(), at, bytes.data(), bytes.size(), SQLITE_STATIC);
  }
}

Result<bool> Statement::step() {
  errno = 0;
  const int rc = sqlite3_step(statement_.get());
  const int os_errno = errno;
  if (rc == SQLITE_ROW) return true;
  if (rc == SQLITE_DONE) {
    reset();
    return false;
  }
  auto error = error_of(sqlite3_db_handle(statement_.get()), rc, os_errno);
  reset();
  return error;
}

void Statement::reset() {
  sqlite3_reset(statement_.get());
  count_work(statement_.get());
}

Status Statement::run() {
  auto row = step();
  if (!row) return row.error();
  reset();
  return {};
}

std::int64_t Statement::integer(int column) const { return sqlite3_column_int64(statement_.get(), column); }
std::string_view Statement::bytes(int column) const {
  const auto* at = static_cast<const char*>(sqlite3_column_blob(statement_.get(), column));
  return {at, static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column))};
}

void Database::Close::operator()(sqlite3* d) const { sqlite3_close(d); }

Result<Database> Database::open(const std::string& path, Open how) {
  int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI | SQLITE_OPEN_EXRESCODE;
  std::string_view query;
  switch (how) {
    case Open::write: flags |= SQLITE_OPEN_READWRITE, query = "mode=rw"; break;
    case Open::read_wal: flags |= SQLITE_OPEN_READONLY, query = "mode=ro&readonly_shm=1"; break;
    case Open::read_alone: flags |= SQLITE_OPEN_READONLY, query = "mode=ro&vfs=unix-none"; break;
    case Open::read_immutable: flags |= SQLITE_OPEN_READONLY, query = "mode=ro&immutable=1"; break;
  }
  sqlite3* raw = nullptr;
  const int rc = sqlite3_open_v2(uri_of(path, query).c_str(), &raw, flags, nullptr);
  Database db;
  db.database_.reset(raw);
  db.path_ = path;
  if (rc != SQLITE_OK) {
    auto e = error_of(raw, rc);
    e.where = path;
    return e;
  }
  if (how == Open::read_alone) {
    // An exclusive reader keeps the index of the WAL in its own memory; at the end it must leave the WAL where it is.
    sqlite3_db_config(raw, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    if (auto s = db.execute("PRAGMA locking_mode=EXCLUSIVE"); !s) return s.error();
  }
  sqlite3_busy_timeout(raw, kBusyMs);
  db.wal_pages_ = std::make_unique<std::uint32_t>(0);
  // Also takes the place of SQLite's own checkpoints, whose errors nobody would see.
  sqlite3_wal_hook(raw, remember_pages, db.wal_pages_.get());
  return db;
}

Status Database::execute(const char* sql) {
  const int rc = sqlite3_exec(database_.get(), sql, nullptr, nullptr, nullptr);
  if (rc != SQLITE_OK) return error_of(database_.get(), rc);
  return {};
}

Result<Statement> Database::prepare(std::string_view sql) {
  sqlite3_stmt* raw = nullptr;
  const int rc = sqlite3_prepare_v3(database_.get(), sql.data(), static_cast<int>(sql.size()),
                                    SQLITE_PREPARE_PERSISTENT, &raw, nullptr);
  if (rc != SQLITE_OK) return error_of(database_.get(), rc);
  Statement s;
  s.statement_.reset(raw);
  return s;
}

Result<std::int64_t> Database::integer(std::string_view sql) {
  auto statement = prepare(sql);
  if (!statement) return statement.error();
  auto row = statement->step();
  if (!row) return row.error();
  const auto value = *row ? statement->integer(0) : 0;
  statement->reset();
  return value;
}

Status Database::sync_file() {
  auto* file = file_of(database_.get());
  if (!file || !file->pMethods) return fail(Code::internal, "the database has no file", path_);
  if (file->pMethods->xSync(file, SQLITE_SYNC_FULL) != SQLITE_OK) return system_error("cannot sync", path_);
  return {};
}

Result<bool> Database::checkpoint() {
  int in_wal = 0, moved = 0;
  const int rc = sqlite3_wal_checkpoint_v2(database_.get(), "main", SQLITE_CHECKPOINT_PASSIVE, &in_wal, &moved);
  if ((rc & 0xff) == SQLITE_BUSY) return false;
  if (rc != SQLITE_OK) return error_of(database_.get(), rc);
  return in_wal == moved;
}

std::uint32_t Database::wal_pages() const { return *wal_pages_; }

bool Database::has_moved() const {
  int moved = 0;
  sqlite3_file_control(database_.get(), "main", SQLITE_FCNTL_HAS_MOVED, &moved);
  return moved != 0;
}

}  // namespace rota::store::sqlite
