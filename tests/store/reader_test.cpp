// Reading a journal: beside its writer, after it, and runs in every state of being stored.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "scheduler/store/journal.h"
#include "scheduler/store/schema.h"
#include "shared/wire/codec.h"
#include "tests/journal_writer/records.h"
#include "tests/store/writer.h"
#include "tests/support/scratch.h"

namespace rota::store {
namespace {

using test::Scratch;

std::unique_ptr<Journal> a_journal(const std::string& directory) { return std::move(open_journal(directory).value()); }
std::unique_ptr<Reader> a_reader(const std::string& directory) { return std::move(open_reader(directory).value()); }

void commit(Journal& journal, const std::vector<core::Record>& records, const std::vector<core::RunView>& folded = {}) {
  const auto done = journal.commit({records, test::folded(folded)});
  ASSERT_TRUE(done) << to_text(done.error());
}

std::vector<RunId> numbers_of(Reader& reader, std::size_t limit = 0) {
  const auto runs = reader.summaries(limit);
  EXPECT_TRUE(runs) << (runs ? "" : to_text(runs.error()));
  std::vector<RunId> out;
  if (runs) {
    for (const auto& run : *runs) out.push_back(run.run);
  }
  return out;
}

TEST(Reader, a_folded_run_reads_as_it_was_folded) {
  Scratch scratch;
  const auto folded = test::ended_view(3, 5);
  auto journal = a_journal(scratch.path());
  commit(*journal, {}, {folded});
  for (int i = 0; i < 2; ++i) {
    auto reader = a_reader(scratch.path());
    const auto view = reader->view(3);
    ASSERT_TRUE(view) << to_text(view.error());
    EXPECT_EQ(wire::encoded(*view), wire::encoded(folded));
    journal.reset();  // the second time without a writer
  }
}

TEST(Reader, a_run_that_is_still_in_the_turns_is_replayed) {
  Scratch scratch;
  auto journal = a_journal(scratch.path());
  commit(*journal,
         {test::submitted(4, test::a_plan(3, true)), test::granted({{4, 0, 0}, 1}), test::started({{4, 0, 0}, 1}, 77)});
  auto reader = a_reader(scratch.path());
  auto view = reader->view(4);
  ASSERT_TRUE(view) << to_text(view.error());
  ASSERT_EQ(view->jobs.size(), 3u);
  EXPECT_EQ(view->jobs[0].id, "j0x");
  EXPECT_EQ(view->jobs[0].tasks[0].state, core::TaskState::running);
  EXPECT_EQ(view->jobs[0].tasks[0].attempts[0].pid, 77);
  EXPECT_EQ(view->jobs[1].tasks[0].state, core::TaskState::pending);
  EXPECT_FALSE(view->summary.outcome);

  commit(*journal, {test::attempt_ended({{4, 0, 0}, 1}, Outcome::failed)});
  view = reader->view(4);
  ASSERT_TRUE(view);
  EXPECT_EQ(view->jobs[0].tasks[0].outcome, Outcome::failed) << "the same reader sees what came since";
}

TEST(Reader, runs_are_listed_newest_first_whether_folded_or_not) {
  Scratch scratch;
  auto journal = a_journal(scratch.path());
  commit(*journal, {test::submitted(5, test::a_plan(1)), test::submitted(7, test::a_plan(1))},
         {test::ended_view(6, 1), test::ended_view(2, 1)});
  auto reader = a_reader(scratch.path());
  EXPECT_EQ(numbers_of(*reader), (std::vector<RunId>{7, 6, 5, 2}));
  EXPECT_EQ(numbers_of(*reader, 3), (std::vector<RunId>{7, 6, 5}));
}

TEST(Reader, a_run_that_is_folded_and_still_in_the_turns_is_listed_once) {
  Scratch scratch;
  auto journal = a_journal(scratch.path());
  commit(*journal, {test::submitted(5, test::a_plan(2)), test::submitted(6, test::a_plan(2))});
  commit(*journal, {test::run_ended(5, Outcome::succeeded)}, {test::ended_view(5, 2)});
  EXPECT_EQ(numbers_of(*a_reader(scratch.path())), (std::vector<RunId>{6, 5}));
}

TEST(Reader, a_run_that_is_not_there_is_not_found) {
  Scratch scratch;
  auto journal = a_journal(scratch.path());
  commit(*journal, {}, {test::ended_view(1, 1)});
  const auto view = a_reader(scratch.path())->view(2);
  ASSERT_FALSE(view);
  EXPECT_EQ(view.error().code, Code::not_found);
}

TEST(Reader, where_there_is_no_journal_nothing_is_made) {
  Scratch scratch;
  const auto reader = open_reader(scratch.path());
  ASSERT_FALSE(reader);
  EXPECT_EQ(reader.error().code, Code::not_found);
  EXPECT_TRUE(std::filesystem::is_empty(scratch.path()));
}

TEST(Reader, a_large_run_is_folded_into_pieces_and_read_back) {
  Scratch scratch;
  const auto folded = test::ended_view(1, 100'000);
  commit(*a_journal(scratch.path()), {}, {folded});
  const auto view = a_reader(scratch.path())->view(1);
  ASSERT_TRUE(view) << to_text(view.error());
  EXPECT_EQ(wire::encoded(*view), wire::encoded(folded));
}

TEST(Reader, d09_a_newer_schema_is_refused_with_its_number) {
  const auto newer = std::to_string(kSchemaVersion + 1);
  Scratch scratch;
  commit(*a_journal(scratch.path()), {}, {test::ended_view(1, 1)});
  ASSERT_TRUE(open_journal_file(scratch.path()).value().execute(("PRAGMA user_version=" + newer).c_str()));
  const auto runs = a_reader(scratch.path())->summaries(0);
  ASSERT_FALSE(runs);
  EXPECT_NE(to_text(runs.error()).find("journal format " + newer), std::string::npos) << to_text(runs.error());
}

TEST(Reader, d03_a_damaged_journal_is_named) {
  Scratch scratch;
  commit(*a_journal(scratch.path()), {}, {test::ended_view(1, 3000)});
  std::filesystem::resize_file(journal_path(scratch.path()), 8192);
  const auto view = a_reader(scratch.path())->view(1);
  ASSERT_FALSE(view);
  EXPECT_EQ(view.error().code, Code::corrupt);
  EXPECT_EQ(view.error().where, journal_path(scratch.path()));
}

TEST(Reader, d08_a_reader_beside_a_busy_writer_sees_whole_turns_and_never_fewer_than_were_acked) {
  Scratch scratch;
  test::WriterProcess writer("folding", scratch.path());
  ASSERT_EQ(writer.line(), "acked 1");
  auto reader = a_reader(scratch.path());
  for (std::size_t round = 1; round <= 200; ++round) {
    const auto acked = test::last_acked({writer.line().value_or("")});
    const auto runs = reader->summaries(0);
    ASSERT_TRUE(runs) << to_text(runs.error());
    ASSERT_GE(runs->size(), acked);
    for (std::size_t i = 0; i < runs->size(); ++i) ASSERT_EQ((*runs)[i].run, runs->size() - i);
    const auto view = reader->view(runs->front().run);
    ASSERT_TRUE(view) << to_text(view.error());
    ASSERT_EQ(view->jobs.size(), 20u);
  }
}

TEST(Reader, a_writer_that_comes_and_goes_never_makes_a_reader_fail) {
  Scratch scratch;
  commit(*a_journal(scratch.path()), {}, {test::ended_view(1, 3)});
  test::WriterProcess writer("flapping", scratch.path());
  auto reader = a_reader(scratch.path());
  std::size_t least = 1;
  for (int round = 0; round < 200; ++round) {
    const auto runs = reader->summaries(0);
    ASSERT_TRUE(runs) << to_text(runs.error());
    ASSERT_GE(runs->size(), least);
    least = runs->size();
  }
  EXPECT_TRUE(writer.line());
}

}  // namespace
}  // namespace rota::store
