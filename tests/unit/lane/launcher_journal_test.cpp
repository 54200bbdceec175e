// A launcher's journal: what was written is read, a torn tail is forgotten, damage is never taken for "did not start".
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>

#include "shared/lane/launcher_home.h"
#include "shared/limits.h"
#include "tests/support/scratch.h"

namespace rota::lane {
namespace {

using test::Scratch;

AttemptId attempt(JobIndex n) { return {{1, n, 0}, 1}; }

AttemptReport report(std::int64_t ended, std::int32_t status = 0) {
  AttemptReport r;
  r.ending = {Ending::Kind::exited, status};
  r.usage = {1, 2, 3, 4};
  r.output = {5, 6, 7, 8, 9};
  r.message = "a message";
  r.started = {ended - 1};
  r.ended = {ended};
  return r;
}

std::vector<AttemptId> ids(const LauncherAccount& account) {
  std::vector<AttemptId> out;
  for (const auto& [id, r] : account.ended) out.push_back(id);
  return out;
}

TEST(LauncherJournal, tells_what_began_and_what_ended_with_the_whole_report_oldest_end_first) {
  Scratch scratch;
  auto journal = LauncherJournal::create(scratch.path());
  ASSERT_TRUE(journal);
  for (JobIndex n = 0; n < 4; ++n) ASSERT_TRUE(journal->started(attempt(n)));
  ASSERT_TRUE(journal->ended(attempt(2), report(20, 3), true));
  ASSERT_TRUE(journal->ended(attempt(0), report(30, 137)));
  ASSERT_TRUE(journal->withdrawn(attempt(3)));
  const auto account = read_launcher_account(scratch.path());
  ASSERT_TRUE(account);
  EXPECT_EQ(account->begun, (std::vector<AttemptId>{attempt(1)}));
  ASSERT_EQ(ids(*account), (std::vector<AttemptId>{attempt(2), attempt(0)}));
  EXPECT_EQ(account->ended[0].second, report(20, 3));
  EXPECT_EQ(account->ended[1].second, report(30, 137));
  EXPECT_EQ(account->ready, (std::vector<AttemptId>{attempt(2)}));
}

TEST(LauncherJournal, no_home_and_no_journal_are_a_launcher_that_did_nothing) {
  Scratch scratch;
  for (const auto& path : {scratch.path("no-such"), scratch.path()}) {
    const auto account = read_launcher_account(path);
    ASSERT_TRUE(account);
    EXPECT_TRUE(account->begun.empty() && account->ended.empty());
  }
}

TEST(LauncherJournal, one_that_is_there_is_not_written_over) {
  Scratch scratch;
  ASSERT_TRUE(LauncherJournal::create(scratch.path()));
  EXPECT_EQ(LauncherJournal::create(scratch.path()).error().os_errno, EEXIST);
}

TEST(LauncherJournal, what_was_withdrawn_may_start_again_and_what_never_started_may_end) {
  Scratch scratch;
  auto journal = LauncherJournal::create(scratch.path());
  ASSERT_TRUE(journal->started(attempt(0)));
  ASSERT_TRUE(journal->withdrawn(attempt(0)));
  ASSERT_TRUE(journal->started(attempt(0)));
  ASSERT_TRUE(journal->ended(attempt(1), report(1)));
  const auto account = read_launcher_account(scratch.path());
  ASSERT_TRUE(account);
  EXPECT_EQ(account->begun, (std::vector<AttemptId>{attempt(0)}));
  EXPECT_EQ(ids(*account), (std::vector<AttemptId>{attempt(1)}));
}

TEST(LauncherJournal, d04_an_attempt_whose_withdrawal_could_not_be_written_may_begin_again_and_end_once) {
  Scratch scratch;
  auto journal = LauncherJournal::create(scratch.path());
  ASSERT_TRUE(journal->started(attempt(0)));
  ASSERT_TRUE(journal->started(attempt(0)));
  ASSERT_TRUE(journal->started(attempt(1)));
  ASSERT_TRUE(journal->ended(attempt(0), report(1)));
  const auto account = read_launcher_account(scratch.path());
  ASSERT_TRUE(account);
  EXPECT_EQ(account->begun, (std::vector<AttemptId>{attempt(1)}));
  EXPECT_EQ(ids(*account), (std::vector<AttemptId>{attempt(0)}));
  // What has ended does not begin.
  ASSERT_TRUE(journal->started(attempt(0)));
  EXPECT_EQ(read_launcher_account(scratch.path()).error().code, Code::corrupt);
}

/// A journal of a few records and its bytes.
std::string a_journal(const std::string& directory) {
  auto journal = LauncherJournal::create(directory);
  EXPECT_TRUE(journal);
  for (JobIndex n = 0; n < 3; ++n) EXPECT_TRUE(journal->started(attempt(n)));
  EXPECT_TRUE(journal->ended(attempt(1), report(10)));
  EXPECT_TRUE(journal->withdrawn(attempt(2)));
  return test::slurp(directory + "/journal");
}

void put(const std::string& directory, const std::string& bytes) {
  std::ofstream(directory + "/journal", std::ios::binary | std::ios::trunc) << bytes;
}

TEST(LauncherJournal, k06_cut_at_any_byte_it_tells_what_was_whole_by_then) {
  Scratch scratch;
  const auto bytes = a_journal(scratch.path());
  std::size_t known = 0;  // attempts that the account tells of grow with the file
  for (std::size_t length = 0; length <= bytes.size(); ++length) {
    put(scratch.path(), bytes.substr(0, length));
    const auto account = read_launcher_account(scratch.path());
    ASSERT_TRUE(account) << length << ": " << to_text(account.error());
    const auto n = account->begun.size() + account->ended.size();
    EXPECT_GE(n, length == bytes.size() ? 2u : known) << length;
    EXPECT_LE(n, 3u);
    known = n;
  }
}

TEST(LauncherJournal, a_changed_byte_is_told_as_damage_wherever_it_is) {
  Scratch scratch;
  const auto bytes = a_journal(scratch.path());
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    for (const int bit : {0, 7}) {
      auto wrong = bytes;
      wrong[at] = static_cast<char>(wrong[at] ^ (1 << bit));
      put(scratch.path(), wrong);
      const auto account = read_launcher_account(scratch.path());
      ASSERT_FALSE(account) << "byte " << at;
      EXPECT_EQ(account.error().code, Code::corrupt);
      EXPECT_NE(account.error().where.find("journal"), std::string::npos);
    }
  }
}

RC_GTEST_PROP(LauncherJournal, bytes_of_any_kind_do_no_harm_and_hide_nothing_before_them, (const std::string& bytes)) {
  Scratch scratch;
  const auto whole = a_journal(scratch.path());
  put(scratch.path(), bytes);
  static_cast<void>(read_launcher_account(scratch.path()));
  put(scratch.path(), whole + bytes);
  const auto account = read_launcher_account(scratch.path());
  const bool known = account ? account->begun.size() == 1 && account->ended.size() == 1
                             : account.error().code == Code::corrupt;
  RC_ASSERT(known);
}

TEST(LauncherJournal, a_million_attempts_do_not_make_it_grow_for_ever) {
  Scratch scratch;
  auto journal = LauncherJournal::create(scratch.path());
  ASSERT_TRUE(journal);
  ASSERT_TRUE(journal->started(attempt(1'000'000)));
  ASSERT_TRUE(journal->ended(attempt(1'000'001), report(1), true));
  std::uintmax_t largest = 0;
  for (JobIndex n = 0; n < 60'000; ++n) {
    ASSERT_TRUE(journal->started(attempt(n)));
    ASSERT_TRUE(journal->ended(attempt(n), report(n + 10)));
    ASSERT_TRUE(journal->acked(attempt(n)));
    if (n % 1000 == 0) largest = std::max(largest, std::filesystem::file_size(scratch.path("journal")));
  }
  EXPECT_LT(largest, 2 * limits::kLauncherJournalSlack);
  const auto account = read_launcher_account(scratch.path());
  ASSERT_TRUE(account);
  EXPECT_EQ(account->begun, (std::vector<AttemptId>{attempt(1'000'000)})) << "what is not acked stays";
  EXPECT_EQ(ids(*account).front(), attempt(1'000'001));
  EXPECT_EQ(account->ready, (std::vector<AttemptId>{attempt(1'000'001)}));
  EXPECT_FALSE(std::filesystem::exists(scratch.path("journal.new")));
}

TEST(LauncherJournal, what_is_not_acked_is_kept_over_every_rewrite) {
  Scratch scratch;
  auto journal = LauncherJournal::create(scratch.path());
  ASSERT_TRUE(journal);
  auto big = report(1);
  big.message = std::string(limits::kMessageBytes, 'm');
  for (JobIndex n = 0; n < 2000; ++n) {
    ASSERT_TRUE(journal->started(attempt(n)));
    big.ended = {n + 1};
    ASSERT_TRUE(journal->ended(attempt(n), big));
    if (n % 4 == 0) continue;
    ASSERT_TRUE(journal->acked(attempt(n)));
  }
  const auto account = read_launcher_account(scratch.path());
  ASSERT_TRUE(account);
  std::vector<AttemptId> kept;
  for (JobIndex n = 0; n < 2000; n += 4) kept.push_back(attempt(n));
  const auto ended = ids(*account);
  EXPECT_LT(ended.size(), 2000u) << "it was rewritten";
  EXPECT_TRUE(std::includes(ended.begin(), ended.end(), kept.begin(), kept.end()));
  EXPECT_TRUE(account->begun.empty());
}

TEST(LauncherJournal, d04_a_write_that_finds_no_room_leaves_the_file_whole_and_can_be_repeated) {
  Scratch scratch;
  auto journal = LauncherJournal::create(scratch.path());
  ASSERT_TRUE(journal);
  ASSERT_TRUE(journal->started(attempt(0)));
  const auto size = std::filesystem::file_size(scratch.path("journal"));
  const auto ignored = ::signal(SIGXFSZ, SIG_IGN);
  const auto files = static_cast<__rlimit_resource>(RLIMIT_FSIZE);
  rlimit usual{};
  ::getrlimit(files, &usual);
  const rlimit tight{static_cast<rlim_t>(size + 20), usual.rlim_max};  // room for some of a record
  ::setrlimit(files, &tight);
  const auto first = journal->ended(attempt(0), report(1));
  const auto second = journal->ended(attempt(0), report(1));
  ::setrlimit(files, &usual);
  ::signal(SIGXFSZ, ignored);
  ASSERT_FALSE(first);
  EXPECT_FALSE(second);
  EXPECT_EQ(read_launcher_account(scratch.path())->begun, (std::vector<AttemptId>{attempt(0)}));
  ASSERT_TRUE(journal->ended(attempt(0), report(1)));
  EXPECT_EQ(ids(*read_launcher_account(scratch.path())), (std::vector<AttemptId>{attempt(0)}));
}

}  // namespace
}  // namespace rota::lane
