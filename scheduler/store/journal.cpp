// The journal's writer. One connection, one thread, one transaction a turn; it also does every checkpoint.
#include "scheduler/store/journal.h"

#include <sys/stat.h>

#include <optional>
#include <utility>

#include "scheduler/store/pieces.h"
#include "scheduler/store/schema.h"
#include "scheduler/store/sqlite.h"
#include "scheduler/store/turns.h"
#include "shared/wire/codec.h"
#include "shared/wire/crc32c.h"

namespace rota::store {
namespace {

using sqlite::Database;
using sqlite::Statement;

enum class Kind : std::int64_t { turn = 0, snapshot = 1 };

class SqliteJournal final : public Journal {
 public:
  static Result<std::unique_ptr<Journal>> open(const std::string& directory, std::uint32_t checkpoint_pages);

  Status commit(const Turn& turn) override;
  Status replace(std::span<const core::Record> snapshot) override;
  Status replay(const std::function<void(const core::Record&)>& each) override;
  std::uint64_t bytes_since_snapshot() const override { return bytes_; }

 private:
  SqliteJournal(Database db, std::uint32_t checkpoint_pages)
      : db_(std::move(db)), checkpoint_pages_(checkpoint_pages) {}
  Status prepare();
  Status write(Kind kind, std::string_view body);
  Status fold(const core::RunView& view);
  /// Everything between BEGIN and COMMIT; the first error is kept for good.
  Status transaction(const std::function<Status()>& body);
  Status checkpoint_when_due();

  Database db_;
  Statement begin_, commit_, rollback_, add_turn_, clear_, add_run_, drop_view_, add_view_;
  std::uint32_t checkpoint_pages_;
  std::int64_t next_seq_ = 1;
  std::uint64_t bytes_ = 0;
  std::optional<Error> failure_;
};

Result<std::unique_ptr<Journal>> SqliteJournal::open(const std::string& directory, std::uint32_t checkpoint_pages) {
  auto db = open_journal_file(directory);
  if (!db) return db.error();
  std::unique_ptr<SqliteJournal> journal(new SqliteJournal(std::move(*db), checkpoint_pages));
  if (auto s = journal->prepare(); !s) return explain(s.error(), "cannot open the journal", journal_path(directory));
  return std::unique_ptr<Journal>(std::move(journal));
}

Status SqliteJournal::prepare() {
  const std::pair<Statement*, const char*> statements[] = {
      {&begin_, "BEGIN IMMEDIATE"},
      {&commit_, "COMMIT"},
      {&rollback_, "ROLLBACK"},
      {&add_turn_, "INSERT INTO turns(seq, kind, last, crc, body) VALUES(?, ?, ?, ?, ?)"},
      {&clear_, "DELETE FROM turns"},
      {&add_run_,
       "INSERT OR REPLACE INTO runs(run, name, outcome, submitted_ns, ended_ns, crc, summary) VALUES(?, ?, ?, ?, ?, ?, ?)"},
      {&drop_view_, "DELETE FROM views WHERE id >= ?1 << 16 AND id < (?1 + 1) << 16"},
      {&add_view_, "INSERT INTO views(id, last, crc, body) VALUES(?, ?, ?, ?)"},
  };
  for (const auto& [statement, sql] : statements) {
    auto made = db_.prepare(sql);
    if (!made) return made.error();
    *statement = std::move(*made);
  }
  auto last = db_.integer("SELECT max(seq) FROM turns");
  if (!last) return last.error();
  next_seq_ = *last + 1;
  auto bytes = db_.integer("SELECT sum(length(body)) FROM turns WHERE kind = 0");
  if (!bytes) return bytes.error();
  bytes_ = static_cast<std::uint64_t>(*bytes);
  return {};
}

Status SqliteJournal::write(Kind kind, std::string_view body) {
  return cut(body, kPieceBytes, [&](std::string_view piece, std::uint32_t crc, bool last) {
    add_turn_.bind(1, next_seq_++);
    add_turn_.bind(2, static_cast<std::int64_t>(kind));
    add_turn_.bind(3, last);
    add_turn_.bind(4, crc);
    add_turn_.bind_blob(5, piece);
    return add_turn_.run();
  });
}

Status SqliteJournal::fold(const core::RunView& view) {
  const auto& summary = view.summary;
  const auto packed = wire::encoded(summary);
  const auto outcome = summary.outcome ? to_text(*summary.outcome) : std::string_view("alive");
  add_run_.bind(1, summary.run);
  add_run_.bind_text(2, summary.name);
  add_run_.bind_text(3, outcome);
  add_run_.bind(4, summary.submitted.wall.ns);
  add_run_.bind(5, summary.wall(summary.ended).ns);
  add_run_.bind(6, wire::crc32c(packed));
  add_run_.bind_blob(7, packed);
  if (auto s = add_run_.run(); !s) return s;
  drop_view_.bind(1, summary.run);
  if (auto s = drop_view_.run(); !s) return s;
  std::int64_t id = std::int64_t{summary.run} << 16;
  return cut(wire::encoded(view.jobs), kPieceBytes, [&](std::string_view piece, std::uint32_t crc, bool last) {
    add_view_.bind(1, id++);
    add_view_.bind(2, last);
    add_view_.bind(3, crc);
    add_view_.bind_blob(4, piece);
    return add_view_.run();
  });
}

Status SqliteJournal::transaction(const std::function<Status()>& body) {
  if (failure_) return *failure_;
  const auto attempt = [&]() -> Status {
    // A journal that was moved or deleted would take our facts where no reader looks.
    if (db_.has_moved()) return fail(Code::refused, "the file was moved, deleted or replaced while in use");
    if (auto s = begin_.run(); !s) return s;
    if (auto s = body(); !s) return s;
    return commit_.run();
  };
  if (auto s = attempt(); !s) {
    failure_ = explain(s.error(), "storage failed", db_.path());
    // Readers should not wait for the half-written turn. Where SQLite has rolled back by itself this fails, harmlessly.
    static_cast<void>(rollback_.run());
    return *failure_;
  }
  return checkpoint_when_due();
}

Status SqliteJournal::checkpoint_when_due() {
  if (db_.wal_pages() < checkpoint_pages_) return {};
  auto moved = db_.checkpoint();
  if (moved) return {};
  failure_ = explain(moved.error(), "storage failed", db_.path());
  return *failure_;
}

Status SqliteJournal::commit(const Turn& turn) {
  const auto body = encode_facts(turn.records);
  if (body.empty() && turn.folded.empty()) return failure_ ? Status(*failure_) : Status();
  auto done = transaction([&]() -> Status {
    if (!body.empty()) {
      if (auto s = write(Kind::turn, body); !s) return s;
    }
    for (const auto& view : turn.folded) {
      if (auto s = fold(view); !s) return s;
    }
    return {};
  });
  if (done) bytes_ += body.size();
  return done;
}

Status SqliteJournal::replace(std::span<const core::Record> snapshot) {
  const auto body = encode_facts(snapshot);
  auto done = transaction([&]() -> Status {
    if (auto s = clear_.run(); !s) return s;
    return write(Kind::snapshot, body);  // also an empty one: it keeps the numbers going up
  });
  if (done) bytes_ = 0;
  return done;
}

Status SqliteJournal::replay(const std::function<void(const core::Record&)>& each) {
  if (auto s = read_turns(db_, each); !s) return explain(s.error(), "cannot read the journal", db_.path());
  return {};
}

bool is_there(const std::string& path) {
  struct stat st {};
  return ::lstat(path.c_str(), &st) == 0;
}

}  // namespace

Result<std::unique_ptr<Journal>> open_journal(const std::string& directory, std::uint32_t checkpoint_pages) {
  if (auto s = check_private_directory(directory); !s) return s.error();
  if (!is_there(journal_path(directory))) {
    if (auto s = create_journal_file(directory); !s) return s.error();
  }
  return SqliteJournal::open(directory, checkpoint_pages);
}

}  // namespace rota::store
