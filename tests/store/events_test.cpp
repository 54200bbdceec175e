// The journal as a stream: numbers that stay, times, gaps that are told, and waiting without polling.
#include "scheduler/store/events.h"

#include <gtest/gtest.h>

#include "scheduler/store/journal.h"
#include "scheduler/store/schema.h"
#include "shared/wire/codec.h"
#include "tests/journal_writer/records.h"
#include "tests/store/writer.h"
#include "tests/support/scratch.h"

namespace rota::store {
namespace {

using test::Scratch;

constexpr Duration kPatience = std::chrono::seconds(30);

std::unique_ptr<Journal> a_service_journal(const std::string& directory, std::uint64_t event_bytes = 64u << 20) {
  auto journal = open_service_journal(directory, event_bytes);
  EXPECT_TRUE(journal) << (journal ? "" : to_text(journal.error()));
  return journal ? std::move(*journal) : nullptr;
}
EventReader a_reader(const std::string& directory) { return EventReader::open(directory).value(); }

void commit(Journal& journal, const std::vector<core::Record>& records) {
  const auto done = journal.commit({records, {}});
  ASSERT_TRUE(done) << to_text(done.error());
}

/// "number:bytes" of each.
std::vector<std::string> texts(const EventBatch& batch) {
  std::vector<std::string> out;
  for (const auto& fact : batch.facts) out.push_back(std::to_string(fact.number) + ":" + wire::encoded(fact.fact));
  return out;
}

std::vector<std::string> numbered(const std::vector<core::Record>& records, std::uint64_t first = 1) {
  std::vector<std::string> out;
  for (const auto& record : records) out.push_back(std::to_string(first++) + ":" + wire::encoded(record.fact));
  return out;
}

std::vector<core::Record> joined(std::vector<core::Record> a, const std::vector<core::Record>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

TEST(Events, facts_are_numbered_from_one_and_can_be_read_from_any_number) {
  Scratch s;
  auto journal = a_service_journal(s.path());
  const auto all = joined(joined(test::numbered_turn(6), test::numbered_turn(0)), test::numbered_turn(4));  // 7, 1, 5
  commit(*journal, test::numbered_turn(6));
  commit(*journal, test::numbered_turn(0));
  commit(*journal, test::numbered_turn(4));
  auto reader = a_reader(s.path());
  const auto range = reader.range();
  ASSERT_TRUE(range) << to_text(range.error());
  EXPECT_EQ(range->first, 1u);
  EXPECT_EQ(range->next, 14u);
  for (std::uint64_t from = 0; from <= 15; ++from) {
    for (const std::size_t limit : {0u, 1u, 3u, 8u}) {
      const auto batch = reader.read(from, limit);
      ASSERT_TRUE(batch) << to_text(batch.error());
      const auto first = std::max<std::uint64_t>(from, 1);
      std::vector<core::Record> expected;
      for (auto i = first; i <= all.size() && (limit == 0 || expected.size() < limit); ++i)
        expected.push_back(all[i - 1]);
      EXPECT_EQ(texts(*batch), numbered(expected, first)) << from << " " << limit;
      EXPECT_EQ(batch->missing, 0u);
      EXPECT_EQ(batch->next, first + expected.size());
    }
  }
}

TEST(Events, records_that_are_not_durable_take_no_number) {
  Scratch s;
  auto journal = a_service_journal(s.path());
  auto passing = test::granted({{1, 0, 0}, 1});
  passing.durable = false;
  const auto kept = test::run_ended(1, Outcome::succeeded);
  commit(*journal, {passing, kept, passing});
  commit(*journal, {kept});
  EXPECT_EQ(texts(a_reader(s.path()).read(1, 0).value()), numbered({kept, kept}));
}

TEST(Events, a_snapshot_is_not_told_and_does_not_change_a_number) {
  Scratch s;
  auto journal = a_service_journal(s.path());
  commit(*journal, test::numbered_turn(2));
  ASSERT_TRUE(journal->replace(std::vector{test::submitted(3, test::a_plan(4))}));
  commit(*journal, test::numbered_turn(3));
  ASSERT_TRUE(journal->replace(std::vector{test::submitted(3, test::a_plan(4))}));
  journal.reset();
  journal = a_service_journal(s.path());
  commit(*journal, test::numbered_turn(1));
  const auto all = joined(joined(test::numbered_turn(2), test::numbered_turn(3)), test::numbered_turn(1));
  EXPECT_EQ(texts(a_reader(s.path()).read(1, 0).value()), numbered(all));
  EXPECT_EQ(a_reader(s.path()).read(6, 1).value().facts.at(0).number, 6u);
}

TEST(Events, a_snapshot_longer_than_a_row_is_found_and_passed_over) {
  Scratch s;
  auto journal = a_service_journal(s.path());
  commit(*journal, test::numbered_turn(2));
  const std::vector snapshot{
      test::attempt_ended({{3, 0, 0}, 1}, Outcome::failed, std::string(2 * kPieceBytes + 5, 'm'))};
  ASSERT_TRUE(journal->replace(snapshot));
  commit(*journal, test::numbered_turn(1));
  journal.reset();
  journal = a_service_journal(s.path());
  EXPECT_EQ(journal->bytes_since_snapshot(), test::bytes_of(test::numbered_turn(1)).size());
  std::vector<core::Record> replayed;
  ASSERT_TRUE(journal->replay([&](const core::Record& r) { replayed.push_back(r); }));
  EXPECT_EQ(test::bytes_of(replayed), test::bytes_of(joined(snapshot, test::numbered_turn(1))));
  EXPECT_EQ(texts(a_reader(s.path()).read(1, 0).value()),
            numbered(joined(test::numbered_turn(2), test::numbered_turn(1))));
}

TEST(Events, a_turn_longer_than_a_row_is_told_once) {
  Scratch s;
  auto journal = a_service_journal(s.path());
  commit(*journal, test::numbered_turn(1));
  const std::vector turn{test::attempt_ended({{3, 0, 0}, 1}, Outcome::failed, std::string(kPieceBytes + 5, 'm')),
                         test::run_ended(3, Outcome::failed)};
  commit(*journal, turn);
  commit(*journal, test::numbered_turn(0));
  EXPECT_EQ(texts(a_reader(s.path()).read(4, 0).value()), numbered(joined({turn[1]}, test::numbered_turn(0)), 4));
}

TEST(Events, what_is_too_old_goes_and_is_told_as_missing) {
  Scratch s;
  constexpr std::uint64_t kKept = 2000;
  auto journal = a_service_journal(s.path(), kKept);
  std::uint64_t told = 0;
  for (int round = 0; round < 20; ++round) {
    for (int i = 0; i < 5; ++i) {
      const std::vector turn{test::attempt_ended({{3, 0, 0}, 1}, Outcome::failed, std::string(200, 'm'))};
      commit(*journal, turn);
      ++told;
    }
    ASSERT_TRUE(journal->replace(test::numbered_turn(5)));
    if (round == 10) journal.reset(), journal = a_service_journal(s.path(), kKept);
  }
  commit(*journal, test::numbered_turn(0));
  auto reader = a_reader(s.path());
  const auto batch = reader.read(1, 0);
  ASSERT_TRUE(batch) << to_text(batch.error());
  EXPECT_EQ(batch->next, told + 2);
  EXPECT_EQ(batch->missing + batch->facts.size(), told + 1);
  EXPECT_GT(batch->missing, 0u);
  const auto bytes = (batch->facts.size() - 1) * test::bytes_of({core::Record{batch->facts[0].fact}}).size();
  EXPECT_LE(bytes, kKept);
  EXPECT_GT(bytes, kKept / 2);
  EXPECT_EQ(reader.range()->first, batch->missing + 1);
  EXPECT_EQ(reader.read(batch->missing - 2, 1)->missing, 3u);
  EXPECT_EQ(reader.read(batch->missing + 1, 1)->missing, 0u);
  std::vector<core::Record> replayed;
  ASSERT_TRUE(journal->replay([&](const core::Record& r) { replayed.push_back(r); }));
  EXPECT_EQ(test::bytes_of(replayed), test::bytes_of(joined(test::numbered_turn(5), test::numbered_turn(0))));
}

TEST(Events, the_facts_of_a_foreground_run_are_missing_when_it_is_folded) {
  Scratch s;
  auto journal = open_journal(s.path()).value();
  commit(*journal, {test::submitted(1, test::a_plan(1)), test::granted({{1, 0, 0}, 1})});
  EXPECT_EQ(a_reader(s.path()).read(2, 0)->facts.size(), 1u);
  const std::vector end{test::run_ended(1, Outcome::succeeded)};
  ASSERT_TRUE(journal->commit({end, test::folded({test::ended_view(1, 1)})}));
  const auto batch = a_reader(s.path()).read(3, 0);
  ASSERT_TRUE(batch) << to_text(batch.error());
  EXPECT_TRUE(batch->facts.empty());
  EXPECT_EQ(batch->missing, 0u) << "the end itself is never told: it goes in the transaction that stores it";
  EXPECT_EQ(a_reader(s.path()).read(1, 0)->missing, 2u);
}

TEST(Events, a_fact_has_the_wall_time_at_which_it_happened) {
  Scratch s;
  auto journal = a_service_journal(s.path());
  commit(*journal, test::numbered_turn(0));  // nothing has said what time it is
  commit(*journal, {test::submitted(3, test::a_plan(1), "k", 10), test::granted({{3, 0, 0}, 1})});
  commit(*journal, {test::attempt_ended({{3, 0, 0}, 1}, Outcome::succeeded)});
  journal.reset();
  journal = a_service_journal(s.path());
  commit(*journal, {test::started({{3, 0, 0}, 2}, 7)});
  const auto facts = a_reader(s.path()).read(1, 0)->facts;
  ASSERT_EQ(facts.size(), 5u);
  EXPECT_EQ(facts[0].at.ns, 0);
  EXPECT_EQ(facts[1].at, test::wall_of(10));
  EXPECT_EQ(facts[2].at, test::wall_of(1));
  EXPECT_EQ(facts[3].at, test::wall_of(2));
  EXPECT_EQ(facts[4].at, test::wall_of(1)) << "also in another life of the coordinator";
}

TEST(Events, whoever_looked_while_a_turn_was_being_stored_is_woken_when_it_is) {
  Scratch s;
  test::WriterProcess writer("turns", s.path(), "gate:0");
  const auto go_on_until = [&](const std::string& word) {
    for (auto said = writer.line(); said != word; said = writer.line()) {
      ASSERT_EQ(said, "syncing");
      writer.say("go on");
    }
  };
  go_on_until("opened");
  writer.say("the first turn, which makes the -wal");
  go_on_until("acked 1");
  writer.say("the second turn");
  ASSERT_EQ(writer.line(), "syncing");  // it is in the file, and no reader may see it
  auto reader = a_reader(s.path());
  EXPECT_TRUE(reader.read(2, 0)->facts.empty());
  writer.say("go on");
  EXPECT_TRUE(reader.wait(kPatience).value());
  ASSERT_EQ(writer.line(), "acked 2");
  EXPECT_EQ(reader.read(2, 0)->facts.size(), test::numbered_turn(1).size());
}

TEST(Events, whoever_waits_is_woken_by_each_turn) {
  Scratch s;
  test::WriterProcess writer("turns", s.path());
  ASSERT_EQ(writer.line(), "opened");
  auto reader = a_reader(s.path());
  std::uint64_t next = 1;
  for (std::uint32_t turn = 0; turn < 100; ++turn) {
    writer.say("go");
    for (std::size_t got = 0; got < test::numbered_turn(turn).size();) {
      const auto batch = reader.read(next, 0);
      ASSERT_TRUE(batch) << to_text(batch.error());
      next = batch->next;
      got += batch->facts.size();
      if (!batch->facts.empty()) continue;
      ASSERT_TRUE(reader.wait(kPatience).value()) << "turn " << turn;
    }
    ASSERT_TRUE(writer.line());
  }
}

TEST(Events, without_a_change_a_wait_ends_in_its_time) {
  Scratch s;
  auto journal = a_service_journal(s.path());
  commit(*journal, test::numbered_turn(0));
  auto reader = a_reader(s.path());
  for (int i = 0; i < 3; ++i) {
    ASSERT_EQ(reader.read(1, 0)->facts.size(), 1u) << "nor does reading wake the reader";
    EXPECT_FALSE(reader.wait(std::chrono::milliseconds(1)).value());
  }
}

TEST(Events, where_there_is_no_journal_none_is_made) {
  Scratch s;
  EXPECT_EQ(EventReader::open(s.path()).error().code, Code::not_found);
}

TEST(Events, d03_a_damaged_turn_is_named) {
  Scratch s;
  auto journal = a_service_journal(s.path());
  commit(*journal, test::numbered_turn(0));
  journal.reset();
  ASSERT_TRUE(open_journal_file(s.path()).value().execute("UPDATE turns SET crc = crc + 1"));
  const auto batch = a_reader(s.path()).read(1, 0);
  ASSERT_FALSE(batch);
  EXPECT_EQ(batch.error().code, Code::corrupt);
  EXPECT_EQ(batch.error().where, journal_path(s.path()));
}

}  // namespace
}  // namespace rota::store
