// SQLite's C API behind owned handles; sqlite.cpp is its only user. A connection belongs to one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "shared/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace rota::store::sqlite {

/// What statements of this thread have cost since it began: instructions of SQLite's machine, and rows that were passed
/// in search of others without an index. For tests of what must not grow.
struct Work {
  std::uint64_t instructions = 0, scanned = 0;
};
Work work_of_this_thread();

/// A prepared statement. Bound bytes must live until the next reset, a column's bytes do until the next step or reset.
class Statement {
 public:
  void bind(int at, std::int64_t value);       // parameters count from 1
  void bind_text(int at, std::string_view text);
  void bind_blob(int at, std::string_view bytes);
  /// True: there is a row. False: done. After either false or an error the statement is reset.
  Result<bool> step();
  void reset();
  /// Binds nothing, expects no row: step and reset.
  Status run();
  std::int64_t integer(int column) const;      // columns count from 0
  std::string_view bytes(int column) const;

 private:
  friend class Database;
  struct Finalize {
    void operator()(sqlite3_stmt* s) const;
  };
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;  // whose work is counted when it is reset, or goes
};

enum class Open : unsigned char {
  write,       // read and write an existing file
  read_wal,    // reads beside a writer, or what a killed one left; writes and creates nothing
  read_alone,  // a -wal without its -shm, and no writer: a copy, or one killed in its very last step; creates nothing
  read_immutable,  // a file that nobody writes and whose -wal is missing or has no frames
};

class Database {
 public:
  /// Errors: Code::corrupt when the file is no database or is damaged, Code::refused when it is busy, else
  /// Code::system. SQLite opens lazily: most of them come with the first statement.
  static Result<Database> open(const std::string& path, Open how);

  Status execute(const char* sql);
  Result<Statement> prepare(std::string_view sql);
  Result<std::int64_t> integer(std::string_view sql);  // first column of the first row

  /// Forces the main file to disk. (Through SQLite's own descriptor: closing another one of the same file in this
  /// process would drop its POSIX locks.)
  Status sync_file();
  /// Moves what readers allow from the WAL into the main file and syncs it. False: a reader held some back.
  Result<bool> checkpoint();
  /// Pages in the WAL after the last commit.
  std::uint32_t wal_pages() const;
  /// The file was deleted or replaced under its name.
  bool has_moved() const;
  const std::string& path() const { return path_; }

 private:
  struct Close {
    void operator()(sqlite3* d) const;
  };
  std::unique_ptr<std::uint32_t> wal_pages_;  // SQLite writes here at each commit: must not move, must go last
  std::unique_ptr<sqlite3, Close> database_;
  std::string path_;
};

}  // namespace rota::store::sqlite
