// Rows of turns.
#include "scheduler/store/turn_log.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "scheduler/store/folding.h"
#include "scheduler/store/pieces.h"

namespace rota::store {
namespace {

constexpr std::uint64_t kTrimBytes = 1u << 20;  // forgotten at once: some 5 ms of small turns

/// Both clocks at one instant, where the fact has them.
const Now* both_clocks(const core::Fact& fact) {
  if (const auto* r = std::get_if<core::record::Submitted>(&fact)) return &r->at;
  if (const auto* r = std::get_if<core::record::RunEnded>(&fact)) return &r->at;
  if (const auto* r = std::get_if<core::record::EpochBegan>(&fact)) return &r->at;
  return nullptr;
}

}  // namespace

Status TurnLog::open(sqlite::Database& db, std::uint64_t event_bytes) {
  event_bytes_ = event_bytes;
  const Prepared statements[] = {
      {&add_,
       "INSERT INTO turns(seq, kind, last, crc, next_fact, total, clock_ns, body) VALUES(?, ?, ?, ?, ?, ?, ?, ?)"},
      {&clear_, "DELETE FROM turns"},
      {&drop_, "DELETE FROM turns WHERE seq >= ? AND seq < ?"},
      {&oldest_, "SELECT seq, last, total FROM turns WHERE kind = 0 AND seq < ? ORDER BY seq"},
  };
  if (auto s = prepare_all(db, statements); !s) return s;
  auto newest = db.prepare("SELECT seq, next_fact, total, clock_ns FROM turns ORDER BY seq DESC LIMIT 1");
  if (!newest) return newest.error();
  auto there = newest->step();
  if (!there) return there.error();
  if (!*there) return {};
  next_seq_ = newest->integer(0) + 1;
  next_fact_ = static_cast<std::uint64_t>(newest->integer(1));
  total_ = static_cast<std::uint64_t>(newest->integer(2));
  clock_ns_ = newest->integer(3);
  newest->reset();
  auto oldest = db.prepare("SELECT total - length(body) FROM turns WHERE kind = 0 ORDER BY seq LIMIT 1");
  if (!oldest) return oldest.error();
  auto any = oldest->step();
  if (!any) return any.error();
  kept_from_ = *any ? static_cast<std::uint64_t>(oldest->integer(0)) : total_;
  oldest->reset();
  return find_snapshot(db);
}

Status TurnLog::find_snapshot(sqlite::Database& db) {
  auto first = db.integer("SELECT max(seq) FROM turns WHERE kind = 1");
  if (!first) return first.error();
  if (*first == 0) return {};
  auto rows = db.prepare("SELECT seq, last, total FROM turns WHERE seq >= ? ORDER BY seq");
  if (!rows) return rows.error();
  rows->bind(1, *first);
  for (;;) {
    auto row = rows->step();
    if (!row) return row.error();
    if (!*row) return fail(Code::corrupt, "the last snapshot has no end");
    if (rows->integer(1) == 0) continue;
    snapshot_first_ = *first;
    snapshot_end_ = rows->integer(0) + 1;
    snapshot_total_ = static_cast<std::uint64_t>(rows->integer(2));
    return {};
  }
}

Status TurnLog::write(Kind kind, std::string_view body) {
  bool first = true;
  return cut(body, kPieceBytes, [&](std::string_view piece, std::uint32_t crc, bool last) {
    if (kind == Kind::turn) total_ += piece.size();
    add_.bind(1, next_seq_++);
    add_.bind(2, static_cast<std::int64_t>(kind == Kind::snapshot && !first ? Kind::more_of_snapshot : kind));
    add_.bind(3, last);
    add_.bind(4, crc);
    add_.bind(5, static_cast<std::int64_t>(next_fact_));
    add_.bind(6, static_cast<std::int64_t>(total_));
    add_.bind(7, clock_ns_);
    add_.bind_blob(8, piece);
    first = false;
    return add_.run();
  });
}

void TurnLog::look_at_the_clock(std::span<const core::Record> records) {
  for (const auto& record : records) {
    const Now* now = record.durable ? both_clocks(record.fact) : nullptr;
    if (now && now->wall.ns != 0) clock_ns_ = now->wall.ns - now->mono.ns;
  }
}

Status TurnLog::append(std::span<const core::Record> records, std::string_view encoded) {
  if (encoded.empty()) return {};
  look_at_the_clock(records);
  next_fact_ += static_cast<std::uint64_t>(
      std::count_if(records.begin(), records.end(), [](const core::Record& r) { return r.durable; }));
  return write(Kind::turn, encoded);
}

Status TurnLog::replace(std::string_view encoded) {
  if (event_bytes_ == 0) {
    if (auto s = clear_.run(); !s) return s;
    kept_from_ = total_;
  } else if (snapshot_end_ != 0) {
    drop_.bind(1, snapshot_first_);
    drop_.bind(2, snapshot_end_);
    if (auto s = drop_.run(); !s) return s;
  }
  snapshot_first_ = next_seq_;
  snapshot_total_ = total_;
  if (auto s = write(Kind::snapshot, encoded); !s) return s;  // also an empty one: it keeps the numbers going up
  snapshot_end_ = next_seq_;
  return {};
}

Status TurnLog::trim() {
  if (snapshot_total_ < kept_from_ || snapshot_total_ - kept_from_ <= event_bytes_) return {};
  const auto until = std::min(snapshot_total_ - event_bytes_, kept_from_ + kTrimBytes);
  oldest_.bind(1, snapshot_first_);
  std::int64_t end = 0;
  while (kept_from_ < until) {
    auto row = oldest_.step();
    if (!row) return row.error();
    if (!*row) return fail(Code::corrupt, "turns of the past are missing");
    if (oldest_.integer(1) == 0) continue;  // whole turns only
    end = oldest_.integer(0) + 1;
    kept_from_ = static_cast<std::uint64_t>(oldest_.integer(2));
  }
  oldest_.reset();
  drop_.bind(1, 0);
  drop_.bind(2, end);
  return drop_.run();
}

}  // namespace rota::store
