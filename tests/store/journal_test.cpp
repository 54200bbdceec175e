// The journal: what was committed is there, what was not is not, and what is no journal is refused by name.
#include "scheduler/store/journal.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "scheduler/store/schema.h"
#include "shared/posix/fd.h"
#include "shared/wire/codec.h"
#include "tests/journal_writer/records.h"
#include "tests/support/scratch.h"

namespace rota::store {
namespace {

using test::Scratch;

std::unique_ptr<Journal> open_or_die(const std::string& directory) {
  auto journal = open_journal(directory);
  EXPECT_TRUE(journal) << (journal ? "" : to_text(journal.error()));
  return journal ? std::move(*journal) : nullptr;
}

void commit(Journal& journal, const std::vector<core::Record>& records, const std::vector<core::RunView>& folded = {}) {
  const auto done = journal.commit({records, test::folded(folded)});
  ASSERT_TRUE(done) << to_text(done.error());
}

std::vector<core::Record> all_of(Journal& journal) {
  std::vector<core::Record> out;
  const auto done = journal.replay([&](const core::Record& r) { out.push_back(r); });
  EXPECT_TRUE(done) << (done ? "" : to_text(done.error()));
  return out;
}

std::vector<core::Record> joined(std::vector<core::Record> a, const std::vector<core::Record>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

Error refusal(const std::string& directory) {
  auto journal = open_journal(directory);
  EXPECT_FALSE(journal) << "it was opened";
  return journal ? Error{} : journal.error();
}

bool says(const Error& e, const std::string& text) { return to_text(e).find(text) != std::string::npos; }

void overwrite(const std::string& path, std::uint64_t at, const std::string& bytes) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(static_cast<std::streamoff>(at));
  file << bytes;
  ASSERT_TRUE(file.good());
}

TEST(Journal, turns_come_back_in_their_order_after_a_new_opening) {
  Scratch scratch;
  const std::vector first{test::submitted(1, test::a_plan(3)), test::granted({{1, 0, 0}, 1})};
  const std::vector second{test::attempt_ended({{1, 0, 0}, 1}, Outcome::failed, "it broke")};
  {
    auto journal = open_or_die(scratch.path());
    commit(*journal, first);
    commit(*journal, second);
  }
  auto journal = open_or_die(scratch.path());
  EXPECT_EQ(test::bytes_of(all_of(*journal)), test::bytes_of(joined(first, second)));
}

TEST(Journal, records_that_are_not_durable_are_passed_over) {
  Scratch scratch;
  auto journal = open_or_die(scratch.path());
  auto passing = test::granted({{1, 0, 0}, 1});
  passing.durable = false;
  const auto kept = test::run_ended(1, Outcome::succeeded);
  commit(*journal, {passing, kept, passing});
  EXPECT_EQ(test::bytes_of(all_of(*journal)), test::bytes_of({kept}));
}

TEST(Journal, a_turn_without_durable_records_writes_nothing) {
  Scratch scratch;
  auto journal = open_or_die(scratch.path());
  commit(*journal, test::numbered_turn(3));
  const auto wal = journal_path(scratch.path()) + "-wal";
  const auto before = std::filesystem::file_size(wal);
  auto passing = test::granted({{1, 0, 0}, 1});
  passing.durable = false;
  commit(*journal, {passing});
  commit(*journal, {});
  EXPECT_EQ(std::filesystem::file_size(wal), before);
}

TEST(Journal, a_snapshot_replaces_all_turns_and_counting_starts_anew) {
  Scratch scratch;
  auto journal = open_or_die(scratch.path());
  commit(*journal, test::numbered_turn(1));
  commit(*journal, test::numbered_turn(2));
  EXPECT_EQ(journal->bytes_since_snapshot(),
            test::bytes_of(joined(test::numbered_turn(1), test::numbered_turn(2))).size());
  const auto snapshot = test::numbered_turn(6);
  ASSERT_TRUE(journal->replace(snapshot));
  EXPECT_EQ(journal->bytes_since_snapshot(), 0u);
  commit(*journal, test::numbered_turn(4));
  const auto expected = joined(snapshot, test::numbered_turn(4));
  EXPECT_EQ(test::bytes_of(all_of(*journal)), test::bytes_of(expected));

  journal.reset();
  journal = open_or_die(scratch.path());
  EXPECT_EQ(test::bytes_of(all_of(*journal)), test::bytes_of(expected));
  EXPECT_EQ(journal->bytes_since_snapshot(), test::bytes_of(test::numbered_turn(4)).size());
}

TEST(Journal, an_empty_snapshot_leaves_no_records) {
  Scratch scratch;
  auto journal = open_or_die(scratch.path());
  commit(*journal, test::numbered_turn(1));
  ASSERT_TRUE(journal->replace({}));
  EXPECT_TRUE(all_of(*journal).empty());
}

TEST(Journal, a_plan_of_100000_jobs_is_one_turn) {
  Scratch scratch;
  auto journal = open_or_die(scratch.path());
  const std::vector turn{test::submitted(1, test::a_plan(100'000, true))};
  commit(*journal, turn);
  EXPECT_EQ(test::bytes_of(all_of(*journal)), test::bytes_of(turn));
}

TEST(Journal, a_turn_longer_than_a_row_spans_rows_and_comes_back_whole) {
  Scratch scratch;
  const std::vector turn{test::attempt_ended({{1, 0, 0}, 1}, Outcome::failed, std::string(2 * kPieceBytes + 5, 'm')),
                         test::run_ended(1, Outcome::failed)};
  {
    auto journal = open_or_die(scratch.path());
    commit(*journal, turn);
  }
  auto db = open_journal_file(scratch.path());
  ASSERT_TRUE(db);
  EXPECT_EQ(db->integer("SELECT count(*) FROM turns").value(), 3);
  EXPECT_EQ(db->integer("SELECT max(length(body)) FROM turns").value(), static_cast<std::int64_t>(kPieceBytes));
  auto journal = open_or_die(scratch.path());
  EXPECT_EQ(test::bytes_of(all_of(*journal)), test::bytes_of(turn));
}

TEST(Journal, folding_the_same_run_twice_leaves_one_row) {
  Scratch scratch;
  auto journal = open_or_die(scratch.path());
  commit(*journal, {}, {test::ended_view(7, 3)});
  commit(*journal, {}, {test::ended_view(7, 2), test::ended_view(8, 1)});
  journal.reset();
  auto db = open_journal_file(scratch.path());
  ASSERT_TRUE(db);
  EXPECT_EQ(db->integer("SELECT count(*) FROM runs").value(), 2);
  EXPECT_EQ(db->integer("SELECT count(*) FROM views").value(), 2);
}

TEST(Journal, turns_go_with_the_last_run_that_needs_them) {
  Scratch scratch;
  auto journal = open_or_die(scratch.path());
  const std::vector first{test::submitted(1, test::a_plan(2)), test::submitted(2, test::a_plan(2))};
  commit(*journal, first);
  const std::vector second{test::run_ended(1, Outcome::succeeded)};
  commit(*journal, second, {test::ended_view(1, 2)});
  EXPECT_EQ(test::bytes_of(all_of(*journal)), test::bytes_of({first[1]})) << "run 2 needs them";
  commit(*journal, {test::run_ended(2, Outcome::succeeded)}, {test::ended_view(2, 2)});
  EXPECT_TRUE(all_of(*journal).empty());
  EXPECT_EQ(journal->bytes_since_snapshot(), 0u);
  commit(*journal, {test::submitted(3, test::a_plan(1))});
  EXPECT_EQ(all_of(*journal).size(), 1u);
}

TEST(Journal, turns_that_were_found_stay_until_a_replay_has_said_what_is_in_them) {
  Scratch scratch;
  commit(*open_or_die(scratch.path()), {test::submitted(1, test::a_plan(2))});
  auto journal = open_or_die(scratch.path());
  commit(*journal, {test::submitted(2, test::a_plan(1))});
  commit(*journal, {test::run_ended(2, Outcome::succeeded)}, {test::ended_view(2, 1)});
  EXPECT_EQ(all_of(*journal).size(), 1u);
  commit(*journal, {test::run_ended(1, Outcome::succeeded)}, {test::ended_view(1, 2)});
  EXPECT_TRUE(all_of(*journal).empty());
}

TEST(Journal, an_epoch_outlives_the_runs) {
  Scratch scratch;
  auto journal = open_or_die(scratch.path());
  commit(*journal, {{core::record::EpochBegan{4, {}}}, test::submitted(1, test::a_plan(2))});
  commit(*journal, {test::run_ended(1, Outcome::succeeded)}, {test::ended_view(1, 2)});
  const auto left = all_of(*journal);
  ASSERT_EQ(left.size(), 1u);
  EXPECT_TRUE(std::holds_alternative<core::record::EpochBegan>(left[0].fact));
}

TEST(Journal, an_orderly_end_leaves_one_file) {
  Scratch scratch;
  commit(*open_or_die(scratch.path()), test::numbered_turn(1));
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(scratch.path()))
    names.push_back(entry.path().filename());
  EXPECT_EQ(names, std::vector<std::string>{"journal.db"});
}

TEST(Journal, z02_no_file_of_it_can_be_read_by_others) {
  Scratch scratch;
  auto journal = open_or_die(scratch.path());
  commit(*journal, test::numbered_turn(1));
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(scratch.path())) {
    struct stat st {};
    ASSERT_EQ(::stat(entry.path().c_str(), &st), 0);
    EXPECT_EQ(st.st_mode & 07777, 0600u) << entry.path();
    ++files;
  }
  EXPECT_EQ(files, 3);
}

TEST(Journal, leftovers_of_a_killed_creation_do_no_harm) {
  Scratch scratch;
  for (const char* name : {"journal.db.new", "journal.db.new-wal", "journal.db.new-shm"})
    std::ofstream(scratch.path(name)) << "half of something";
  auto journal = open_or_die(scratch.path());
  commit(*journal, test::numbered_turn(1));
  EXPECT_EQ(all_of(*journal).size(), 2u);
}

TEST(Journal, d09_a_newer_schema_is_refused_and_left_alone) {
  const auto newer = std::to_string(kSchemaVersion + 1);
  Scratch scratch;
  commit(*open_or_die(scratch.path()), test::numbered_turn(1));
  {
    auto db = open_journal_file(scratch.path());
    ASSERT_TRUE(db && db->execute(("PRAGMA user_version=" + newer).c_str()));
  }
  const auto before = test::slurp(journal_path(scratch.path()));
  const auto e = refusal(scratch.path());
  EXPECT_EQ(e.code, Code::refused);
  EXPECT_TRUE(says(e, journal_path(scratch.path()))) << to_text(e);
  EXPECT_TRUE(says(e, "journal format " + newer)) << to_text(e);
  EXPECT_EQ(test::slurp(journal_path(scratch.path())), before);
}

TEST(Journal, a_database_of_another_program_is_refused) {
  Scratch scratch;
  commit(*open_or_die(scratch.path()), test::numbered_turn(1));
  {
    auto db = open_journal_file(scratch.path());
    ASSERT_TRUE(db && db->execute("PRAGMA application_id=4711"));
  }
  EXPECT_TRUE(says(refusal(scratch.path()), "not a journal of Rota"));
}

TEST(Journal, d03_a_file_that_is_no_database_is_refused_by_name_and_left_alone) {
  Scratch scratch;
  const std::string text(8192, 'x');
  std::ofstream(journal_path(scratch.path())) << text;
  const auto e = refusal(scratch.path());
  EXPECT_EQ(e.code, Code::corrupt);
  EXPECT_TRUE(says(e, journal_path(scratch.path()))) << to_text(e);
  EXPECT_EQ(test::slurp(journal_path(scratch.path())), text);
}

TEST(Journal, d03_an_empty_file_is_not_taken_for_an_empty_journal) {
  Scratch scratch;
  std::ofstream(journal_path(scratch.path())).flush();
  EXPECT_TRUE(says(refusal(scratch.path()), journal_path(scratch.path())));
}

TEST(Journal, d03_a_truncated_file_is_refused_by_name) {
  Scratch scratch;
  commit(*open_or_die(scratch.path()), {test::submitted(1, test::a_plan(1000))});
  const auto path = journal_path(scratch.path());
  const auto size = std::filesystem::file_size(path);
  for (const auto cut : {size - 4096, size / 2 / 4096 * 4096, std::uintmax_t{4096}, std::uintmax_t{100}}) {
    std::filesystem::resize_file(path, cut);
    const auto e = refusal(scratch.path());
    EXPECT_EQ(e.code, Code::corrupt) << cut;
    EXPECT_TRUE(says(e, path)) << to_text(e);
  }
}

TEST(Journal, d03_a_flipped_byte_in_a_turn_is_found_by_its_checksum) {
  Scratch scratch;
  const std::string mark = "a message that can be found in the file";
  commit(*open_or_die(scratch.path()), {test::attempt_ended({{1, 0, 0}, 1}, Outcome::failed, mark)});
  const auto path = journal_path(scratch.path());
  const auto at = test::slurp(path).find(mark);
  ASSERT_NE(at, std::string::npos);
  overwrite(path, at + 3, "X");
  auto journal = open_or_die(scratch.path());
  int seen = 0;
  const auto done = journal->replay([&](const core::Record&) { ++seen; });
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Code::corrupt);
  EXPECT_TRUE(says(done.error(), path)) << to_text(done.error());
  EXPECT_EQ(seen, 0);
}

TEST(Journal, d06_a_directory_that_others_may_write_to_is_refused) {
  Scratch scratch;
  for (const mode_t mode : {0770, 0707, 0777}) {
    ASSERT_EQ(::chmod(scratch.path().c_str(), mode), 0);
    const auto e = refusal(scratch.path());
    EXPECT_EQ(e.code, Code::refused);
    EXPECT_TRUE(says(e, scratch.path()) && says(e, "chmod go-w")) << to_text(e);
    EXPECT_FALSE(std::filesystem::exists(journal_path(scratch.path())));
  }
}

TEST(Journal, d06_a_file_of_another_user_is_refused) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give a file away";
  Scratch scratch;
  commit(*open_or_die(scratch.path()), test::numbered_turn(1));
  ASSERT_EQ(::chown(journal_path(scratch.path()).c_str(), 65534, 65534), 0);
  EXPECT_TRUE(says(refusal(scratch.path()), "belongs to user 65534"));
}

TEST(Journal, z03_a_symbolic_link_in_the_journals_place_is_refused) {
  Scratch scratch, elsewhere;
  commit(*open_or_die(elsewhere.path()), test::numbered_turn(1));
  ASSERT_EQ(::symlink(journal_path(elsewhere.path()).c_str(), journal_path(scratch.path()).c_str()), 0);
  EXPECT_TRUE(says(refusal(scratch.path()), "not a regular file"));
}

TEST(Journal, d07_a_file_that_is_replaced_under_the_writer_stops_it_for_good) {
  Scratch scratch;
  auto journal = open_or_die(scratch.path());
  commit(*journal, test::numbered_turn(1));
  const auto path = journal_path(scratch.path());
  std::filesystem::rename(path, path + ".aside");
  for (int i = 0; i < 2; ++i) {
    const auto e = journal->commit({test::numbered_turn(2), {}});
    ASSERT_FALSE(e);
    EXPECT_TRUE(says(e.error(), "storage failed") && says(e.error(), "moved")) << to_text(e.error());
    std::error_code ignored;
    std::filesystem::rename(path + ".aside", path, ignored);  // coming back does not heal it
  }
}

}  // namespace
}  // namespace rota::store
