// The journal's writer. One connection, one thread, one transaction a turn; it also does every checkpoint.
#include "scheduler/store/journal.h"

#include <sys/stat.h>

#include <optional>
#include <set>
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

/// The runs that only the turns know: those that were submitted and not folded. Unknown in a journal that was found
/// with turns in it, until they have been replayed.
class OpenRuns {
 public:
  void start(bool known) { known_ = known, runs_.clear(), kept_ = false; }
  void see(const core::Record& record) {
    if (!record.durable) return;
    if (const auto* submitted = std::get_if<core::record::Submitted>(&record.fact)) runs_.insert(submitted->run);
    if (std::holds_alternative<core::record::EpochBegan>(record.fact)) kept_ = true;  // a fact of no run
  }
  void fold(RunId run) { runs_.erase(run); }
  const std::set<RunId>& runs() const { return runs_; }
  /// Nothing in the turns is needed any more.
  bool none() const { return known_ && !kept_ && runs_.empty(); }

 private:
  bool known_ = false;
  bool kept_ = false;
  std::set<RunId> runs_;
};

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
  /// Of the open runs, those that have their row already.
  Status forget_folded();
  Status write_turn(std::string_view body, std::span<const core::RunView> folded);
  /// Everything between BEGIN and COMMIT; the first error is kept for good.
  Status transaction(const std::function<Status()>& body);
  Status checkpoint_when_due();

  Database db_;
  Statement begin_, commit_, rollback_, add_turn_, clear_, add_run_, find_run_, drop_view_, add_view_;
  std::uint32_t checkpoint_pages_;
  std::int64_t next_seq_ = 1;
  std::uint64_t bytes_ = 0;
  OpenRuns open_runs_;
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
       "INSERT OR REPLACE INTO runs(run, name, outcome, submitted_ns, ended_ns, crc, summary) "
       "VALUES(?, ?, ?, ?, ?, ?, ?)"},
      {&find_run_, "SELECT 1 FROM runs WHERE run = ?"},
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
  open_runs_.start(*last == 0);
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

Status SqliteJournal::write_turn(std::string_view body, std::span<const core::RunView> folded) {
  const bool last_runs_end = !folded.empty() && open_runs_.none();
  if (last_runs_end) {
    // First, so that the history takes the place of what goes: the file stays half as long.
    if (auto s = clear_.run(); !s) return s;
    if (auto s = write(Kind::snapshot, {}); !s) return s;
  } else if (!body.empty()) {
    if (auto s = write(Kind::turn, body); !s) return s;
  }
  for (const auto& view : folded) {
    if (auto s = fold(view); !s) return s;
  }
  bytes_ = last_runs_end ? 0 : bytes_ + body.size();
  return {};
}

Status SqliteJournal::commit(const Turn& turn) {
  const auto body = encode_facts(turn.records);
  if (body.empty() && turn.folded.empty()) return failure_ ? Status(*failure_) : Status();
  for (const auto& record : turn.records) open_runs_.see(record);
  for (const auto& view : turn.folded) open_runs_.fold(view.summary.run);
  return transaction([&] { return write_turn(body, turn.folded); });
}

Status SqliteJournal::replace(std::span<const core::Record> snapshot) {
  open_runs_.start(true);
  for (const auto& record : snapshot) open_runs_.see(record);
  return transaction([&]() -> Status {
    if (auto s = clear_.run(); !s) return s;
    bytes_ = 0;
    return write(Kind::snapshot, encode_facts(snapshot));  // also an empty one: it keeps the numbers going up
  });
}

Status SqliteJournal::replay(const std::function<void(const core::Record&)>& each) {
  open_runs_.start(true);
  auto s = read_turns(db_, [&](const core::Record& record) {
    open_runs_.see(record);
    each(record);
  });
  if (s) s = forget_folded();
  if (!s) return explain(s.error(), "cannot read the journal", db_.path());
  return {};
}

Status SqliteJournal::forget_folded() {
  const auto runs = open_runs_.runs();
  for (const RunId run : runs) {
    find_run_.bind(1, run);
    auto folded = find_run_.step();
    if (!folded) return folded.error();
    find_run_.reset();
    if (*folded) open_runs_.fold(run);
  }
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
