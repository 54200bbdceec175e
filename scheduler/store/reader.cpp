// Runs of one journal, in history and in the turns.
#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "scheduler/core/scheduler.h"
#include "scheduler/store/folded.h"
#include "scheduler/store/journal.h"
#include "scheduler/store/journal_files.h"
#include "scheduler/store/schema.h"
#include "scheduler/store/sqlite.h"
#include "scheduler/store/turns.h"

namespace rota::store {
namespace {

using sqlite::Database;

Result<core::Scheduler> replayed(Database& db) {
  core::Scheduler scheduler;
  if (auto s = read_turns(db, [&](const core::Record& r) { scheduler.replay(r); }); !s) return s.error();
  return scheduler;
}

void newest_first(std::vector<core::RunSummary>& runs) {
  std::sort(runs.begin(), runs.end(), [](const auto& a, const auto& b) { return a.run > b.run; });
}

/// `make` gives what is to be known of a run; each is of one replay.
template <class Make>
Result<std::vector<core::RunSummary>> open_runs(Database& db, const Make& make) {
  auto scheduler = replayed(db);
  if (!scheduler) return scheduler.error();
  std::vector<core::RunSummary> out;
  for (const RunId run : scheduler->runs()) out.push_back(make(*scheduler, run));
  newest_first(out);
  return out;
}

Result<std::vector<core::RunSummary>> all_runs(Database& db, std::size_t limit) {
  auto out = folded_summaries(db, {.limit = limit});
  if (!out) return out;
  auto open = open_runs(db, [](const core::Scheduler& s, RunId run) { return *s.summary(run); });
  if (!open) return open;
  out->insert(out->end(), std::make_move_iterator(open->begin()), std::make_move_iterator(open->end()));
  newest_first(*out);
  if (limit && out->size() > limit) out->resize(limit);
  return out;
}

Error no_such_run(const Database& db, RunId run) {
  return fail(Code::not_found, "there is no run " + std::to_string(run) + " in this journal", db.path());
}

Result<core::RunView> one_view(Database& db, RunId run, const core::Wanted& wanted) {
  auto folded = folded_view(db, run, wanted);
  if (folded || folded.error().code != Code::not_found) return folded;
  auto scheduler = replayed(db);
  if (!scheduler) return scheduler.error();
  auto view = scheduler->view(run, wanted);
  if (!view) return no_such_run(db, run);
  return std::move(*view);
}

Result<Submission> one_submission(Database& db, RunId run) {
  auto folded = folded_submission(db, run);
  if (folded || folded.error().code != Code::not_found) return folded;
  auto scheduler = replayed(db);
  if (!scheduler) return scheduler.error();
  const auto* plan = scheduler->plan(run);
  const auto* terms = scheduler->terms(run);
  if (!plan || !terms) return no_such_run(db, run);
  return Submission{*plan, *terms};
}

Result<RunId> highest(Database& db) {
  auto folded = highest_folded(db);
  if (!folded) return folded;
  RunId out = *folded;
  if (auto s = read_turns(db, [&](const core::Record& r) { out = std::max(out, run_of(r.fact)); }); !s)
    return s.error();
  return out;
}

class SqliteReader final : public Reader {
 public:
  explicit SqliteReader(std::string path) : path_(std::move(path)) {}
  Result<std::vector<core::RunSummary>> folded(const Pick& pick) override {
    return read_journal(path_, [&](Database& db) { return folded_summaries(db, pick); });
  }
  Result<std::vector<core::RunSummary>> unfolded(const See& see) override {
    return read_journal(path_, [&](Database& db) {
      return open_runs(db, [&](const core::Scheduler& s, RunId run) { return see(*s.view(run)); });
    });
  }
  Result<std::vector<core::RunSummary>> summaries(std::size_t limit) override {
    return read_journal(path_, [&](Database& db) { return all_runs(db, limit); });
  }
  Result<core::RunView> view(RunId run, const core::Wanted& wanted) override {
    return read_journal(path_, [&](Database& db) { return one_view(db, run, wanted); });
  }
  Result<Submission> submission(RunId run) override {
    return read_journal(path_, [&](Database& db) { return one_submission(db, run); });
  }
  Result<core::Schedules> schedules() override {
    return read_journal(path_, [](Database& db) -> Result<core::Schedules> {
      auto scheduler = replayed(db);
      if (!scheduler) return scheduler.error();
      return scheduler->schedules();
    });
  }
  Result<RunId> highest_run() override { return read_journal(path_, highest); }

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
