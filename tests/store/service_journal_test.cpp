// The service's journal: many runs, what was submitted as each, keys, snapshots, and what a replay leaves out.
#include <gtest/gtest.h>

#include <filesystem>

#include "scheduler/store/journal.h"
#include "scheduler/store/schema.h"
#include "shared/wire/codec.h"
#include "tests/journal_writer/records.h"
#include "tests/store/writer.h"
#include "tests/support/scratch.h"

namespace rota::store {
namespace {

namespace fs = std::filesystem;
using test::Scratch;

std::unique_ptr<Journal> a_journal(const std::string& directory) {
  auto journal = open_service_journal(directory);
  EXPECT_TRUE(journal) << (journal ? "" : to_text(journal.error()));
  return journal ? std::move(*journal) : nullptr;
}

void must(const Status& s) { ASSERT_TRUE(s) << to_text(s.error()); }

core::Record submission(RunId run) {
  return test::submitted(run, test::a_plan(run), "key-" + std::to_string(run), static_cast<int>(run));
}

void submit(Journal& journal, RunId run) { must(journal.commit({std::vector{submission(run)}, {}})); }

void end(Journal& journal, RunId run) {
  const auto record = submission(run);
  const auto& fact = std::get<core::record::Submitted>(record.fact);
  const std::vector<FoldedRun> folded{{test::ended_view(run, run), &*fact.plan, &*fact.terms}};
  must(journal.commit({std::vector{test::run_ended(run, Outcome::succeeded)}, folded}));
}

std::string replayed(Journal& journal) {
  std::vector<core::Record> out;
  must(journal.replay([&](const core::Record& r) { out.push_back(r); }));
  return test::bytes_of(out);
}

bool says(const Error& e, const std::string& text) { return to_text(e).find(text) != std::string::npos; }

/// What was submitted, by whom it may be asked.
template <class Source>
void expect_submission(Source& source, RunId run) {
  const auto kept = source.submission(run);
  ASSERT_TRUE(kept) << to_text(kept.error());
  const auto record = submission(run);
  EXPECT_EQ(wire::encoded(kept->plan), wire::encoded(std::get<core::record::Submitted>(record.fact).plan));
  EXPECT_EQ(wire::encoded(kept->terms), wire::encoded(std::get<core::record::Submitted>(record.fact).terms));
}

TEST(ServiceJournal, a_run_keeps_what_was_submitted_before_and_after_it_is_folded) {
  Scratch s;
  auto journal = a_journal(s.path());
  submit(*journal, 3);
  expect_submission(*open_reader(s.path()).value(), 3);
  end(*journal, 3);
  expect_submission(*journal, 3);
  expect_submission(*open_reader(s.path()).value(), 3);
  journal.reset();
  expect_submission(*open_reader(s.path()).value(), 3);
  expect_submission(*a_journal(s.path()), 3);
}

TEST(ServiceJournal, a_submission_longer_than_a_row_comes_back_whole) {
  Scratch s;
  auto journal = a_journal(s.path());
  const auto plan = test::a_plan(2);
  core::Terms terms;
  terms.env = {"X=" + std::string(kPieceBytes + 7, 'x')};
  must(journal->commit({{}, std::vector<FoldedRun>{{test::ended_view(3, 2), &plan, &terms}}}));
  EXPECT_EQ(wire::encoded(journal->submission(3)->terms), wire::encoded(terms));
}

TEST(ServiceJournal, the_plan_of_a_folded_foreground_run_is_not_kept_and_that_is_said) {
  Scratch s;
  auto journal = open_journal(s.path()).value();
  must(journal->commit({{}, test::folded({test::ended_view(3, 2)})}));
  EXPECT_EQ(journal->submission(3).error().code, Code::not_found);
  EXPECT_EQ(open_reader(s.path()).value()->submission(3).error().code, Code::not_found);
}

TEST(ServiceJournal, the_writer_reads_its_own_history) {
  Scratch s;
  auto journal = a_journal(s.path());
  for (RunId run = 1; run <= 5; ++run) submit(*journal, run);
  for (const RunId run : {2, 4, 5}) end(*journal, run);
  EXPECT_EQ(wire::encoded(journal->view(4).value()), wire::encoded(test::ended_view(4, 4)));
  for (const RunId run : {1, 6}) EXPECT_EQ(journal->view(run).error().code, Code::not_found) << run;
  std::vector<RunId> runs;
  for (const auto& summary : journal->recent(2).value()) runs.push_back(summary.run);
  EXPECT_EQ(runs, (std::vector<RunId>{5, 4}));
  EXPECT_EQ(journal->recent(0).value().size(), 3u);
}

TEST(ServiceJournal, c08_a_key_finds_its_run_alive_ended_or_pruned_as_long_as_it_is_young_enough) {
  Scratch s;
  auto journal = a_journal(s.path());
  submit(*journal, 3);
  EXPECT_EQ(journal->find_key("key-3", {}), 3u);
  EXPECT_EQ(journal->find_key("key-3", test::wall_of(3)), 3u);
  EXPECT_EQ(journal->find_key("key-3", test::wall_of(4)), std::nullopt);
  EXPECT_EQ(journal->find_key("key-4", {}), std::nullopt);
  EXPECT_EQ(journal->find_key("", {}), std::nullopt);
  end(*journal, 3);
  must(journal->replace({}));
  ASSERT_TRUE(journal->prune({.keep_runs = 0, .keys_before = test::wall_of(3)}));
  journal.reset();
  journal = a_journal(s.path());
  EXPECT_EQ(journal->find_key("key-3", {}), 3u);
  ASSERT_TRUE(journal->prune({.keys_before = test::wall_of(4)}));
  EXPECT_EQ(journal->find_key("key-3", {}), std::nullopt);
}

TEST(ServiceJournal, c08_a_key_that_is_used_again_after_its_time_finds_the_new_run) {
  Scratch s;
  auto journal = a_journal(s.path());
  for (const RunId run : {3, 9})
    must(journal->commit({std::vector{test::submitted(run, test::a_plan(1), "same", static_cast<int>(run))}, {}}));
  EXPECT_EQ(journal->find_key("same", test::wall_of(4)), 9u);
}

TEST(ServiceJournal, a_replay_leaves_out_runs_that_are_in_history) {
  Scratch s;
  auto journal = a_journal(s.path());
  const core::Record epoch{core::record::EpochBegan{4, {}}};
  must(journal->commit({std::vector{epoch}, {}}));
  for (const RunId run : {1, 2, 3}) submit(*journal, run);
  end(*journal, 2);
  const auto expected = test::bytes_of({epoch, submission(1), submission(3)});
  EXPECT_EQ(replayed(*journal), expected);
  journal.reset();
  EXPECT_EQ(replayed(*a_journal(s.path())), expected);
}

TEST(ServiceJournal, a_run_that_was_folded_when_the_snapshot_was_taken_does_not_come_back_with_it) {
  Scratch s;
  auto journal = a_journal(s.path());
  submit(*journal, 1);
  submit(*journal, 2);
  end(*journal, 2);
  // The coordinator forgets a run only after its turn: the snapshot of that turn has it still.
  must(journal->replace(std::vector{submission(1), submission(2), test::run_ended(2, Outcome::succeeded)}));
  EXPECT_EQ(replayed(*journal), test::bytes_of({submission(1)}));
  must(journal->replace(std::vector{submission(1)}));
  submit(*journal, 3);
  journal.reset();
  journal = a_journal(s.path());
  EXPECT_EQ(replayed(*journal), test::bytes_of({submission(1), submission(3)}));
  auto db = open_journal_file(s.path()).value();
  EXPECT_EQ(db.integer("SELECT count(*) FROM marks WHERE mark = 1").value(), 0) << "what no replay reads has no mark";
}

TEST(ServiceJournal, k14_a_pruned_run_does_not_come_back_though_its_facts_are_still_in_the_turns) {
  Scratch s;
  auto journal = a_journal(s.path());
  submit(*journal, 1);
  submit(*journal, 2);
  end(*journal, 2);
  EXPECT_EQ(journal->prune({.keep_runs = 0})->runs, std::vector<RunId>{2});
  journal.reset();
  journal = a_journal(s.path());
  EXPECT_EQ(replayed(*journal), test::bytes_of({submission(1)}));
  journal.reset();
  EXPECT_EQ(open_reader(s.path()).value()->view(2).error().code, Code::not_found);
  EXPECT_EQ(open_reader(s.path()).value()->summaries(0)->size(), 1u);
}

TEST(ServiceJournal, the_highest_number_is_known_after_a_replay_also_of_runs_that_were_pruned) {
  Scratch s;
  auto journal = a_journal(s.path());
  EXPECT_EQ(journal->highest_run(), 0u);
  for (const RunId run : {1, 2, 7}) submit(*journal, run);
  EXPECT_EQ(journal->highest_run(), 7u);
  end(*journal, 7);
  must(journal->replace(std::vector{submission(1), submission(2)}));
  ASSERT_TRUE(journal->prune({.keep_runs = 0}));
  journal.reset();
  EXPECT_EQ(open_reader(s.path()).value()->highest_run().value(), 7u);
  journal = a_journal(s.path());
  EXPECT_EQ(journal->highest_run(), 7u);
  submit(*journal, 9);
  journal.reset();
  journal = a_journal(s.path());
  replayed(*journal);
  EXPECT_EQ(journal->highest_run(), 9u);
}

TEST(ServiceJournal, a_list_of_the_folded_is_limited_and_filtered_by_the_database) {
  Scratch s;
  auto journal = a_journal(s.path());
  for (RunId run = 1; run <= 9; ++run) {
    auto view = test::ended_view(run, 1);
    view.summary.submitted.wall = test::wall_of(static_cast<int>(run) * 100);
    if (run % 3 == 0) view.summary.outcome = Outcome::failed;
    must(journal->commit({{}, test::folded({view})}));
  }
  submit(*journal, 10);
  auto reader = open_reader(s.path()).value();
  const auto runs = [&](const Pick& pick) {
    std::vector<RunId> out;
    for (const auto& summary : reader->folded(pick).value()) out.push_back(summary.run);
    return out;
  };
  EXPECT_EQ(runs({}), (std::vector<RunId>{9, 8, 7, 6, 5, 4, 3, 2, 1}));
  EXPECT_EQ(runs({.limit = 2}), (std::vector<RunId>{9, 8}));
  EXPECT_EQ(runs({.ended_since = test::wall_of(704)}), (std::vector<RunId>{9, 8}));
  EXPECT_EQ(runs({.ended_since = test::wall_of(703)}), (std::vector<RunId>{9, 8, 7}));
  EXPECT_EQ(runs({.limit = 2, .outcome = Outcome::failed}), (std::vector<RunId>{9, 6}));
  EXPECT_EQ(runs({.ended_since = test::wall_of(400), .outcome = Outcome::succeeded}), (std::vector<RunId>{8, 7, 5, 4}));

  std::vector<core::RunView> many;  // so that another way to look is taken
  for (RunId run = 100; run < 700; ++run) many.push_back(test::ended_view(run, 1));
  many.back().summary.outcome = Outcome::failed;
  must(journal->commit({{}, test::folded(many)}));
  EXPECT_EQ(runs({.limit = 2, .ended_since = test::wall_of(0)}), (std::vector<RunId>{699, 698}));
  EXPECT_EQ(runs({.ended_since = test::wall_of(0), .outcome = Outcome::failed}), (std::vector<RunId>{699, 9, 6, 3}));
  EXPECT_EQ(runs({.limit = 1, .ended_since = test::wall_of(800)}), std::vector<RunId>{9});
}

TEST(ServiceJournal, d07_a_database_that_another_program_locks_stops_the_writer_with_its_reason) {
  Scratch s;
  auto journal = a_journal(s.path());
  submit(*journal, 1);
  test::WriterProcess other("hold", s.path());
  ASSERT_EQ(other.line(), "held");
  const auto e = journal->commit({std::vector{submission(2)}, {}});
  ASSERT_FALSE(e);
  EXPECT_TRUE(says(e.error(), "storage failed") && says(e.error(), "locked") && says(e.error(), journal_path(s.path())))
      << to_text(e.error());
  other.finish();
  EXPECT_FALSE(journal->commit({std::vector{submission(2)}, {}})) << "an error is final";
  EXPECT_FALSE(journal->prune({.keep_runs = 0}));
  journal.reset();
  EXPECT_EQ(replayed(*a_journal(s.path())), test::bytes_of({submission(1)}));
}

TEST(ServiceJournal, d07_a_file_of_it_that_is_deleted_stops_the_writer_with_its_reason) {
  for (const char* part : {"", "-wal", "-shm"}) {
    Scratch s;
    auto journal = a_journal(s.path());
    submit(*journal, 1);
    fs::remove(journal_path(s.path()) + part);
    for (int i = 0; i < 2; ++i) {
      const auto e = journal->commit({std::vector{submission(2)}, {}});
      ASSERT_FALSE(e) << part;
      EXPECT_TRUE(says(e.error(), "storage failed") && says(e.error(), "moved, deleted or replaced"))
          << to_text(e.error());
    }
  }
}

TEST(ServiceJournal, d07_a_copy_that_is_put_in_its_place_stops_the_writer) {
  Scratch s;
  auto journal = a_journal(s.path());
  submit(*journal, 1);
  const auto path = journal_path(s.path());
  fs::copy_file(path, path + ".copy");
  fs::rename(path + ".copy", path);
  EXPECT_FALSE(journal->commit({std::vector{submission(2)}, {}}));
}

TEST(ServiceJournal, d07_d13_a_copy_taken_while_it_runs_is_whole_turns_or_refused_and_harms_nobody) {
  Scratch s;
  test::WriterProcess writer("forever", s.path());
  ASSERT_TRUE(writer.line());
  int readable = 0;
  for (int i = 0; i < 30; ++i) {
    const auto acked = test::last_acked({writer.line().value_or("")});
    Scratch copy;
    for (const char* part : {"", "-wal"}) {
      std::error_code ignored;
      fs::copy_file(journal_path(s.path()) + part, journal_path(copy.path()) + part, ignored);
    }
    auto journal = open_journal(copy.path());
    if (!journal) continue;
    std::string found, expected;
    const auto done = (*journal)->replay([&](const core::Record& r) { found += test::bytes_of({r}); });
    if (!done) continue;
    ++readable;
    std::uint32_t turns = 0;
    while (expected.size() < found.size()) expected += test::bytes_of(test::numbered_turn(turns++));
    EXPECT_EQ(found, expected) << "half a turn, or one that never was";
    EXPECT_GE(turns, acked);
  }
  EXPECT_GT(readable, 0);
  EXPECT_TRUE(writer.line()) << "the writer goes on";
}

TEST(ServiceJournal, a_version_1_file_is_said_to_be_of_an_older_version) {
  Scratch s;
  a_journal(s.path()).reset();
  ASSERT_TRUE(open_journal_file(s.path()).value().execute("PRAGMA user_version=1"));
  const auto runs = open_reader(s.path()).value()->summaries(0);
  ASSERT_FALSE(runs);
  EXPECT_TRUE(says(runs.error(), "journal format 1") && says(runs.error(), "older rota")) << to_text(runs.error());
}

}  // namespace
}  // namespace rota::store
