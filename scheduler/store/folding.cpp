// Rows of one run, and the marks and keys beside them.
#include "scheduler/store/folding.h"

#include "scheduler/store/pieces.h"
#include "scheduler/store/queries.h"
#include "shared/wire/codec.h"
#include "shared/wire/crc32c.h"

namespace rota::store {

Status prepare_all(sqlite::Database& db, std::span<const Prepared> statements) {
  for (const auto& [statement, sql] : statements) {
    auto made = db.prepare(sql);
    if (!made) return made.error();
    *statement = std::move(*made);
  }
  return {};
}

Status Folding::prepare(sqlite::Database& db) {
  const Prepared statements[] = {
      {&add_run_,
       "INSERT OR REPLACE INTO runs(run, name, outcome, submitted_ns, ended_ns, crc, summary) "
       "VALUES(?, ?, ?, ?, ?, ?, ?)"},
      {&drop_run_, "DELETE FROM runs WHERE run = ?"},
      {&drop_view_, "DELETE FROM views WHERE id >= ?1 << 16 AND id < (?1 + 1) << 16"},
      {&add_view_, "INSERT INTO views(id, last, crc, body) VALUES(?, ?, ?, ?)"},
      {&drop_submission_, "DELETE FROM submissions WHERE id >= ?1 << 16 AND id < (?1 + 1) << 16"},
      {&add_submission_, "INSERT INTO submissions(id, last, crc, body) VALUES(?, ?, ?, ?)"},
      {&add_mark_, "INSERT OR IGNORE INTO marks(mark, run) VALUES(?, ?)"},
      {&clear_marks_, "DELETE FROM marks WHERE mark = ?"},
      {&add_key_, "INSERT OR REPLACE INTO keys(key, run, at_ns) VALUES(?, ?, ?)"},
      {&drop_keys_, query::kDropKeys},
      {&drop_pages_, "DELETE FROM pages WHERE id >= ?1 << 24 AND id < (?1 + 1) << 24"},
      {&add_page_, "INSERT INTO pages(id, tasks, all_well, crc, body) VALUES(?, ?, ?, ?, ?)"},
  };
  return prepare_all(db, statements);
}

Status Folding::write_pieces(sqlite::Statement& into, RunId run, std::string_view body) {
  std::int64_t id = std::int64_t{run} << 16;
  return cut(body, kPieceBytes, [&](std::string_view piece, std::uint32_t crc, bool last) {
    into.bind(1, id++);
    into.bind(2, last);
    into.bind(3, crc);
    into.bind_blob(4, piece);
    return into.run();
  });
}

Status Folding::write_pages(const FoldedRun& folded) {
  const RunId run = folded.view.summary.run;
  if (folded.pages.empty()) return write_pieces(add_view_, run, wire::encoded(folded.view.jobs));
  auto heads = folded.view.jobs;
  for (auto& job : heads) job.tasks.clear();
  if (auto s = write_pieces(add_view_, run, wire::encoded(heads)); !s) return s;
  std::int64_t id = std::int64_t{run} << 24;
  for (const auto& page : folded.pages) {
    add_page_.bind(1, id++);
    add_page_.bind(2, page.count);
    add_page_.bind(3, page.all_well);
    add_page_.bind(4, wire::crc32c(page.tasks));
    add_page_.bind_blob(5, page.tasks);
    if (auto s = add_page_.run(); !s) return s;
  }
  return {};
}

Status Folding::drop(sqlite::Statement& from, RunId run) {
  from.bind(1, run);
  return from.run();
}

Status Folding::fold(const FoldedRun& folded) {
  const auto& summary = folded.view.summary;
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
  if (auto s = drop(drop_view_, summary.run); !s) return s;
  if (auto s = drop(drop_pages_, summary.run); !s) return s;
  if (auto s = write_pages(folded); !s) return s;
  if (folded.plan && folded.terms) {
    if (auto s = drop(drop_submission_, summary.run); !s) return s;
    auto body = wire::encoded(*folded.plan);
    wire::encode(body, *folded.terms);
    if (auto s = write_pieces(add_submission_, summary.run, body); !s) return s;
  }
  return mark(Mark::folded, summary.run);
}

Status Folding::forget(RunId run) {
  for (auto* from : {&drop_run_, &drop_view_, &drop_pages_, &drop_submission_}) {
    if (auto s = drop(*from, run); !s) return s;
  }
  return {};
}

Status Folding::mark(Mark mark, RunId run) {
  add_mark_.bind(1, static_cast<std::int64_t>(mark));
  add_mark_.bind(2, run);
  return add_mark_.run();
}

Status Folding::clear(Mark mark) {
  clear_marks_.bind(1, static_cast<std::int64_t>(mark));
  return clear_marks_.run();
}

Status Folding::add_key(std::string_view key, RunId run, WallTime at) {
  add_key_.bind_text(1, key);
  add_key_.bind(2, run);
  add_key_.bind(3, at.ns);
  return add_key_.run();
}

Status Folding::forget_keys(WallTime before) {
  drop_keys_.bind(1, before.ns);
  return drop_keys_.run();
}

}  // namespace rota::store
