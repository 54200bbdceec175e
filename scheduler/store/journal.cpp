// The journal's writer. One connection, one thread, one transaction a turn; it also does every checkpoint.
#include "scheduler/store/journal.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "scheduler/store/folded.h"
#include "scheduler/store/folding.h"
#include "scheduler/store/layout.h"
#include "scheduler/store/name_bounds.h"
#include "scheduler/store/own_files.h"
#include "scheduler/store/schema.h"
#include "scheduler/store/service_prune.h"
#include "scheduler/store/sqlite.h"
#include "scheduler/store/turn_log.h"
#include "scheduler/store/turns.h"

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
    if (const auto* submitted = std::get_if<core::record::Submitted>(&record.fact))
      runs_.insert_or_assign(submitted->run, submitted->plan->name.text());
    if (std::holds_alternative<core::record::EpochBegan>(record.fact)) kept_ = true;  // a fact of no run
  }
  void fold(RunId run) { runs_.erase(run); }
  std::set<RunId> runs() const {
    std::set<RunId> out;
    for (const auto& [run, name] : runs_) out.insert(run);
    return out;
  }
  /// Also where it is not known.
  bool may_have(const std::string& name) const {
    return !known_ || std::any_of(runs_.begin(), runs_.end(), [&](const auto& run) { return run.second == name; });
  }
  /// Nothing in the turns is needed any more.
  bool none() const { return known_ && !kept_ && runs_.empty(); }

 private:
  bool known_ = false;
  bool kept_ = false;
  std::map<RunId, std::string> runs_;  // with their names
};

/// What kind of journal: see journal.h.
struct Shape {
  bool service = false;
  std::uint64_t event_bytes = 0;
  std::uint32_t checkpoint_pages = kCheckpointPages;
};

class SqliteJournal final : public Journal {
 public:
  static Result<std::unique_ptr<Journal>> open(const std::string& directory, const Shape& shape);

  Status commit(const Turn& turn) override;
  Status replace(std::span<const core::Record> snapshot) override;
  Status replay(const std::function<void(const core::Record&)>& each) override;
  std::uint64_t bytes_since_snapshot() const override { return log_.bytes_since_snapshot(); }

  Result<std::vector<core::RunSummary>> recent(std::size_t limit) override;
  Result<core::RunView> view(RunId run, const core::Wanted& wanted) override;
  Result<Submission> submission(RunId run) override;
  std::optional<RunId> find_key(std::string_view key, WallTime since) override;
  RunId highest_run() const override { return highest_; }
  Result<Pruned> prune(const PruneOrder& order) override;

 private:
  SqliteJournal(Database db, std::string directory, const Shape& shape)
      : db_(std::move(db)), directory_(std::move(directory)), shape_(shape) {}
  Status prepare();
  void see(const core::Record& record);
  Status write_turn(std::string_view body, const Turn& turn);
  Status write_submitted(std::span<const core::Record> records);
  Status write_pruned(const std::vector<RunId>& runs, WallTime keys_before);
  /// Of the runs in history, those whose facts the next replay reads again.
  Status keep_marks(std::span<const core::Record> snapshot);
  /// Everything between BEGIN and COMMIT; the first error is kept for good.
  Status transaction(const std::function<Status()>& body);
  Status checkpoint_when_due();
  Status storage_failed(const Error& error);
  void ring();
  template <class T>
  Result<T> told(Result<T> result) const;

  Database db_;
  std::string directory_;
  Shape shape_;
  FileIds files_;
  Statement begin_, commit_, rollback_, find_key_;
  TurnLog log_;
  Folding folding_;
  OpenRuns open_runs_;
  std::set<RunId> marked_folded_;
  Weights weights_;
  NameBounds name_bounds_;
  std::vector<RunId> leftovers_;  // output directories of runs that were never submitted
  RunId highest_ = 0;
  std::optional<Error> failure_;
};

Result<std::unique_ptr<Journal>> SqliteJournal::open(const std::string& directory, const Shape& shape) {
  if (auto s = check_private_directory(directory); !s) return s.error();
  struct stat st {};
  if (::lstat(journal_path(directory).c_str(), &st)) {
    if (auto s = create_journal_file(directory); !s) return s.error();
  }
  auto db = open_journal_file(directory);
  if (!db) return db.error();
  std::unique_ptr<SqliteJournal> journal(new SqliteJournal(std::move(*db), directory, shape));
  if (auto s = journal->prepare(); !s) return explain(s.error(), "cannot open the journal", journal_path(directory));
  return std::unique_ptr<Journal>(std::move(journal));
}

Status SqliteJournal::prepare() {
  const Prepared statements[] = {
      {&begin_, "BEGIN IMMEDIATE"},
      {&commit_, "COMMIT"},
      {&rollback_, "ROLLBACK"},
      {&find_key_, "SELECT run FROM keys WHERE key = ? AND at_ns >= ?"},
  };
  if (auto s = prepare_all(db_, statements); !s) return s;
  if (auto s = folding_.prepare(db_); !s) return s;
  if (auto s = name_bounds_.prepare(db_); !s) return s;
  if (auto s = log_.open(db_, shape_.event_bytes); !s) return s;
  open_runs_.start(log_.empty());
  auto folded = marked(db_, Mark::folded);
  if (!folded) return folded.error();
  marked_folded_.insert(folded->begin(), folded->end());
  auto highest = highest_folded(db_);
  if (!highest) return highest.error();
  highest_ = *highest;
  files_ = file_ids(db_.path());  // SQLite has opened all of them by now, and keeps them open
  return {};
}

void SqliteJournal::see(const core::Record& record) {
  open_runs_.see(record);
  highest_ = std::max(highest_, run_of(record.fact));
}

Status SqliteJournal::storage_failed(const Error& error) {
  failure_ = explain(error, "storage failed", db_.path());
  return *failure_;
}

Status SqliteJournal::transaction(const std::function<Status()>& body) {
  if (failure_) return *failure_;
  const auto attempt = [&]() -> Status {
    // A journal that was moved or deleted would take our facts where no reader looks.
    if (db_.has_moved() || file_ids(db_.path()) != files_)
      return fail(Code::refused, "the file (or its -wal or -shm) was moved, deleted or replaced while in use");
    if (auto s = begin_.run(); !s) return s;
    if (auto s = body(); !s) return s;
    return commit_.run();
  };
  if (auto s = attempt(); !s) {
    auto failed = storage_failed(s.error());
    // Readers should not wait for the half-written turn. Where SQLite has rolled back by itself this fails, harmlessly.
    static_cast<void>(rollback_.run());
    return failed;
  }
  ring();
  return checkpoint_when_due();
}

/// Wakes those who wait for events. SQLite shows a commit to readers by its shared memory, which nobody can wait for,
/// after it has written the file: so the file's time is touched once more. Who misses it sees the fact a turn later.
void SqliteJournal::ring() {
  const struct timespec written_now[] = {{0, UTIME_OMIT}, {0, UTIME_NOW}};  // reads as a write, not as a new attribute
  static_cast<void>(::utimensat(AT_FDCWD, (db_.path() + "-wal").c_str(), written_now, AT_SYMLINK_NOFOLLOW));
}

Status SqliteJournal::checkpoint_when_due() {
  if (db_.wal_pages() < shape_.checkpoint_pages) return {};
  auto moved = db_.checkpoint();
  if (moved) return {};
  return storage_failed(moved.error());
}

Status SqliteJournal::write_submitted(std::span<const core::Record> records) {
  for (const auto& record : records) {
    const auto* submitted = std::get_if<core::record::Submitted>(&record.fact);
    if (!submitted) continue;
    if (shape_.service && submitted->terms->retry_of == 0) {  // what is repeated says nothing new
      if (auto s = name_bounds_.submitted(submitted->plan->name.text(), submitted->plan->history); !s) return s;
    }
    if (submitted->terms->key.empty()) continue;
    if (auto s = folding_.add_key(submitted->terms->key, submitted->run, submitted->at.wall); !s) return s;
  }
  return {};
}

Status SqliteJournal::write_turn(std::string_view body, const Turn& turn) {
  const bool last_runs_end = !shape_.service && !turn.folded.empty() && open_runs_.none();
  if (last_runs_end) {
    // First, so that the history takes the place of what goes: the file stays half as long.
    if (auto s = log_.replace({}); !s) return s;
  } else if (auto s = log_.append(turn.records, body); !s) {
    return s;
  }
  if (auto s = write_submitted(turn.records); !s) return s;
  for (const auto& run : turn.folded) {
    if (auto s = folding_.fold(run); !s) return s;
  }
  if (last_runs_end) return keep_marks({});
  return shape_.service ? log_.trim() : Status();
}

Status SqliteJournal::commit(const Turn& turn) {
  const auto body = encode_facts(turn.records);
  if (body.empty() && turn.folded.empty()) return failure_ ? Status(*failure_) : Status();
  for (const auto& record : turn.records) see(record);
  for (const auto& run : turn.folded) {
    open_runs_.fold(run.view.summary.run);
    name_bounds_.folded(run.view.summary.name, run.view.summary.run);
    weights_.folded(run.view.summary.run, marked_folded_.insert(run.view.summary.run).second);
    highest_ = std::max(highest_, run.view.summary.run);
  }
  return transaction([&] { return write_turn(body, turn); });
}

Status SqliteJournal::keep_marks(std::span<const core::Record> snapshot) {
  std::set<RunId> still;
  for (const auto& record : snapshot) {
    const RunId run = run_of(record.fact);
    if (marked_folded_.contains(run)) still.insert(run);
  }
  marked_folded_ = std::move(still);
  if (auto s = folding_.clear(Mark::folded); !s) return s;
  for (const RunId run : marked_folded_) {
    if (auto s = folding_.mark(Mark::folded, run); !s) return s;
  }
  return {};
}

Status SqliteJournal::replace(std::span<const core::Record> snapshot) {
  open_runs_.start(true);
  for (const auto& record : snapshot) see(record);
  for (const RunId run : marked_folded_) open_runs_.fold(run);
  return transaction([&]() -> Status {
    if (auto s = log_.replace(encode_facts(snapshot)); !s) return s;
    return keep_marks(snapshot);
  });
}

Status SqliteJournal::replay(const std::function<void(const core::Record&)>& each) {
  open_runs_.start(true);
  auto s = read_turns(db_, [&](const core::Record& record) {
    see(record);
    each(record);
  });
  if (!s) return explain(s.error(), "cannot read the journal", db_.path());
  if (!shape_.service) return {};
  auto leftovers = unknown_outputs(db_, directory_, open_runs_.runs());
  if (!leftovers) return explain(leftovers.error(), "cannot read the journal", db_.path());
  leftovers_ = std::move(*leftovers);
  return {};
}

template <class T>
Result<T> SqliteJournal::told(Result<T> result) const {
  if (result || result.error().code == Code::not_found) return result;
  return explain(result.error(), "cannot read the journal", db_.path());
}

Result<std::vector<core::RunSummary>> SqliteJournal::recent(std::size_t limit) {
  return told(folded_summaries(db_, {.limit = limit}));
}
Result<core::RunView> SqliteJournal::view(RunId run, const core::Wanted& wanted) {
  return told(folded_view(db_, run, wanted));
}
Result<Submission> SqliteJournal::submission(RunId run) { return told(folded_submission(db_, run)); }

std::optional<RunId> SqliteJournal::find_key(std::string_view key, WallTime since) {
  if (key.empty()) return std::nullopt;
  find_key_.bind_text(1, key);
  find_key_.bind(2, since.ns);
  auto row = find_key_.step();
  if (!row) {
    static_cast<void>(storage_failed(row.error()));
    return std::nullopt;
  }
  if (!*row) return std::nullopt;
  const auto run = static_cast<RunId>(find_key_.integer(0));
  find_key_.reset();
  return run;
}

Status SqliteJournal::write_pruned(const std::vector<RunId>& runs, WallTime keys_before) {
  for (const auto mark : {Mark::leaving, Mark::highest}) {
    if (auto s = folding_.clear(mark); !s) return s;
  }
  if (auto s = folding_.mark(Mark::highest, highest_); !s) return s;
  for (const RunId run : runs) {
    if (auto s = folding_.forget(run); !s) return s;
    if (auto s = folding_.mark(Mark::leaving, run); !s) return s;
  }
  if (auto s = name_bounds_.drop_unused(); !s) return s;
  return folding_.forget_keys(keys_before);
}

Result<Pruned> SqliteJournal::prune(const PruneOrder& order) {
  if (failure_) return *failure_;
  const auto by_name = [&](std::size_t runs, std::size_t looks, std::set<RunId>& out) {
    const auto is_open = [this](const std::string& name) { return open_runs_.may_have(name); };
    return name_bounds_.choose(db_, {order.named_at, runs, looks, is_open}, weights_, out);
  };
  auto chosen = choose_pruned(db_, directory_, order, weights_, by_name);
  if (!chosen) return told(Result<Pruned>(chosen.error()));
  if (order.dry_run) return chosen;
  // What an earlier prune, or a submission that was cut short, has left.
  auto before = marked(db_, Mark::leaving);
  if (!before) return told(Result<Pruned>(before.error()));
  before->insert(before->end(), leftovers_.begin(), leftovers_.end());
  auto keys = has_keys_before(db_, order.keys_before);
  if (!keys) return told(Result<Pruned>(keys.error()));
  if (chosen->runs.empty() && before->empty() && !*keys && !name_bounds_.has_unused()) return chosen;
  leftovers_.clear();
  if (auto s = set_outputs_aside(directory_, *before); !s) return s.error();
  if (auto s = transaction([&] { return write_pruned(chosen->runs, order.keys_before); }); !s) return s.error();
  for (const RunId run : chosen->runs) {
    name_bounds_.forgot(run, weights_);
    weights_.forgot(run);
  }
  if (auto s = set_outputs_aside(directory_, chosen->runs); !s) return s.error();
  return chosen;
}

}  // namespace

Result<std::unique_ptr<Journal>> open_journal(const std::string& directory, std::uint32_t checkpoint_pages) {
  return SqliteJournal::open(directory, {false, 0, checkpoint_pages});
}

Result<std::unique_ptr<Journal>> open_service_journal(const std::string& directory, std::uint64_t event_bytes,
                                                      std::uint32_t checkpoint_pages) {
  return SqliteJournal::open(directory, {true, event_bytes, checkpoint_pages});
}

}  // namespace rota::store
