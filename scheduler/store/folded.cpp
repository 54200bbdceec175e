// Reading history rows.
#include "scheduler/store/folded.h"

#include <algorithm>
#include <limits>
#include <string>

#include "scheduler/store/packed_tasks.h"
#include "scheduler/store/pieces.h"
#include "scheduler/store/queries.h"
#include "shared/wire/codec.h"
#include "shared/wire/crc32c.h"

namespace rota::store {
namespace {

using sqlite::Database;

Error no_row(const Database& db, RunId run) {
  return fail(Code::not_found, "there is no run " + std::to_string(run) + " in this journal", db.path());
}

Result<core::RunSummary> decode_summary(std::string_view bytes, std::int64_t crc) {
  core::RunSummary summary;
  if (crc != std::int64_t{wire::crc32c(bytes)} || !wire::decode(bytes, summary))
    return fail(Code::corrupt, "the row of a run fails its checksum");
  return summary;
}

/// What was cut into the rows of a run; Code::not_found when it has none.
Result<std::string> joined(Database& db, const std::string& table, RunId run) {
  auto rows =
      db.prepare("SELECT last, crc, body FROM " + table + " WHERE id >= ?1 << 16 AND id < (?1 + 1) << 16 ORDER BY id");
  if (!rows) return rows.error();
  rows->bind(1, run);
  Joiner joiner;
  for (;;) {
    auto row = rows->step();
    if (!row) return row.error();
    if (!*row) break;
    auto whole = joiner.add(rows->bytes(2), rows->integer(1), rows->integer(0) != 0);
    if (!whole) return whole.error();
    if (*whole) return std::string(joiner.body());
  }
  if (joiner.open()) return fail(Code::corrupt, "the rows of a run in " + table + " have no end");
  return no_row(db, run);
}

constexpr std::int64_t kFew = 500;

Result<bool> few_ended_since(Database& db, WallTime since) {
  auto count = db.prepare(query::kFewSince);
  if (!count) return count.error();
  count->bind(1, since.ns);
  count->bind(2, kFew);
  auto row = count->step();
  if (!row) return row.error();
  return count->integer(0) < kFew;
}

}  // namespace

Result<std::vector<core::RunSummary>> folded_summaries(Database& db, const Pick& pick) {
  auto few = pick.ended_since ? few_ended_since(db, *pick.ended_since) : Result<bool>(false);
  if (!few) return few.error();
  // From the newest down until there are enough is quick when many qualify.
  auto rows = db.prepare(*few ? query::kByEnd : pick.outcome ? query::kByOutcome : query::kDownwards);
  if (!rows) return rows.error();
  rows->bind_text(1, pick.outcome ? to_text(*pick.outcome) : std::string_view(""));
  rows->bind(2, pick.limit ? static_cast<std::int64_t>(pick.limit) : -1);
  rows->bind(3, pick.ended_since ? pick.ended_since->ns : std::numeric_limits<std::int64_t>::min());
  std::vector<core::RunSummary> out;
  for (;;) {
    auto row = rows->step();
    if (!row) return row.error();
    if (!*row) return out;
    auto summary = decode_summary(rows->bytes(1), rows->integer(0));
    if (!summary) return summary.error();
    out.push_back(std::move(*summary));
  }
}

Result<core::RunView> folded_view(Database& db, RunId run, const core::Wanted& wanted) {
  auto row = db.prepare("SELECT crc, summary FROM runs WHERE run = ?");
  if (!row) return row.error();
  row->bind(1, run);
  auto there = row->step();
  if (!there) return there.error();
  if (!*there) return no_row(db, run);
  auto summary = decode_summary(row->bytes(1), row->integer(0));
  if (!summary) return summary.error();
  core::RunView view{std::move(*summary), {}};
  auto jobs = joined(db, "views", run);
  if (!jobs && jobs.error().code == Code::not_found) return fail(Code::corrupt, "a run's jobs are missing");
  if (!jobs) return jobs.error();
  if (!wire::decode(*jobs, view.jobs)) return fail(Code::corrupt, "a run's jobs do not hold what they should");
  if (auto s = fill_tasks(db, view, wanted); !s) return s.error();
  return view;
}

Result<Submission> folded_submission(Database& db, RunId run) {
  auto bytes = joined(db, "submissions", run);
  if (!bytes) return bytes.error();
  Submission out;
  wire::Reader reader(*bytes);
  reader(out.plan, out.terms);
  if (!reader.done()) return fail(Code::corrupt, "what was submitted as a run does not hold what it should");
  return out;
}

Result<std::vector<RunId>> marked(Database& db, Mark mark) {
  auto rows = db.prepare("SELECT run FROM marks WHERE mark = ? ORDER BY run");
  if (!rows) return rows.error();
  rows->bind(1, static_cast<std::int64_t>(mark));
  std::vector<RunId> out;
  for (;;) {
    auto row = rows->step();
    if (!row) return row.error();
    if (!*row) return out;
    out.push_back(static_cast<RunId>(rows->integer(0)));
  }
}

Result<RunId> highest_folded(Database& db) {
  auto now = db.integer("SELECT max(run) FROM runs");
  if (!now) return now.error();
  auto before = marked(db, Mark::highest);
  if (!before) return before.error();
  return std::max(static_cast<RunId>(*now), before->empty() ? 0 : before->back());
}

}  // namespace rota::store
