// What a long history costs: nothing that grows with it, but where it is told or forgotten.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "scheduler/store/folded.h"
#include "scheduler/store/instances.h"
#include "scheduler/store/journal.h"
#include "scheduler/store/queries.h"
#include "scheduler/store/schema.h"
#include "scheduler/store/sqlite.h"
#include "tests/journal_writer/records.h"
#include "tests/store/service_journal.h"
#include "tests/store/writer.h"
#include "tests/support/scratch.h"

namespace rota::store {
namespace {

using test::Scratch;

constexpr RunId kFew = 300, kMany = 3000;

/// A service whose runs have all ended: run R at second 100 R + 3.
class Service : public ServiceJournal {
 public:
  explicit Service(RunId runs) {
    std::vector<core::RunView> views;
    for (RunId run = 1; run <= runs; ++run) {
      auto& view = views.emplace_back(test::ended_view(run, 2));
      view.summary.submitted.wall = test::wall_of(static_cast<int>(run) * 100);
      if (views.size() < 300 && run < runs) continue;
      EXPECT_TRUE(journal->commit({{}, test::folded(views)}));
      views.clear();
    }
    EXPECT_TRUE(journal->replace({}));
  }
  std::size_t prune(const PruneOrder& order) {
    const auto pruned = journal->prune(order);
    EXPECT_TRUE(pruned) << (pruned ? "" : to_text(pruned.error()));
    return pruned ? pruned->runs.size() : 0;
  }
};

template <class F>
sqlite::Work work_of(F&& f) {
  const auto before = sqlite::work_of_this_thread();
  f();
  const auto after = sqlite::work_of_this_thread();
  return {after.instructions - before.instructions, after.scanned - before.scanned};
}

TEST(HistoryCost, d12_a_list_costs_what_it_gives_however_many_have_ended) {
  Service few(kFew), many(kMany);
  const auto recent = [](Service& s) {
    return work_of([&] { EXPECT_EQ(s.journal->recent(20)->size(), 20u); }).instructions;
  };
  EXPECT_EQ(recent(few), recent(many));
  const auto failed = [](Service& s) {
    auto reader = open_reader(s.instance.directory);
    return work_of([&] {
             Pick pick;
             pick.limit = 20;
             pick.outcome = Outcome::timed_out;  // of which there is none
             EXPECT_EQ((*reader)->folded(pick)->size(), 0u);
           })
        .instructions;
  };
  EXPECT_EQ(failed(few), failed(many));
}

TEST(HistoryCost, d12_to_find_that_nothing_has_to_go_costs_the_same_however_many_have_ended) {
  const auto cost = [](RunId runs) {
    Service s(runs);
    const PruneOrder order{.keep_runs = runs, .ended_before = test::wall_of(0), .keep_bytes = 1u << 30,
                           .keys_before = test::wall_of(0), .at_most = 64};
    while (s.journal->prune(order)->more) {
    }  // counts and weighs, once in a life
    return work_of([&] { EXPECT_EQ(s.prune(order), 0u); });
  };
  const auto few = cost(kFew), many = cost(kMany);
  EXPECT_LE(many.instructions, few.instructions + 50) << "a deeper tree at most";
  EXPECT_EQ(many.scanned, few.scanned);
}

TEST(HistoryCost, d12_old_runs_go_in_batches_that_cost_what_goes) {
  const auto cost = [](RunId runs, std::uint32_t at_once) {
    Service s(runs);
    PruneOrder order{.keep_runs = 10, .at_most = at_once};
    EXPECT_EQ(s.prune(order), at_once);  // this counts
    return work_of([&] { EXPECT_EQ(s.prune(order), at_once); }).instructions;
  };
  EXPECT_LE(cost(kMany, 20), cost(kFew, 20) * 11 / 10);
  EXPECT_LE(cost(kMany, 80), cost(kMany, 20) * 5);
}

TEST(HistoryCost, d12_what_goes_by_bytes_after_others_have_ended_is_weighed_once) {
  Service s(40);
  PruneOrder order{.keep_runs = 1000, .keep_bytes = 1u << 30};
  EXPECT_EQ(s.prune(order), 0u);
  auto view = test::ended_view(41, 2);
  EXPECT_TRUE(s.journal->commit({{}, test::folded({view})}));
  order.keep_bytes = 1;
  EXPECT_EQ(s.prune(order), 41u) << "the new one is known as well";
  EXPECT_EQ(s.prune({.keep_runs = 0}), 0u) << "and the count has followed";
}

/// Of those that have left output, an entry of an index each, to find what nobody knows of.
TEST(HistoryCost, d12_a_start_reads_nothing_of_the_runs_that_have_ended) {
  Service few(kFew), many(kMany);
  const auto start = [](Service& s) { return work_of([&] { s.open_again(); }); };
  const auto a = start(few), b = start(many);
  EXPECT_EQ(a.instructions, b.instructions);
  EXPECT_EQ(a.scanned, b.scanned);
}

/// The lines of EXPLAIN QUERY PLAN.
std::string plan_of(sqlite::Database& db, const std::string& sql) {
  auto rows = db.prepare("EXPLAIN QUERY PLAN " + sql);
  if (!rows) return to_text(rows.error());
  std::string out;
  for (auto row = rows->step(); row && *row; row = rows->step()) out += std::string(rows->bytes(3)) + "\n";
  return out;
}

TEST(HistoryCost, d12_no_question_that_is_asked_again_and_again_scans) {
  Service s(3);
  auto db = sqlite::Database::open(journal_path(s.instance.directory), sqlite::Open::read_wal);
  ASSERT_TRUE(db);
  for (const char* sql : {query::kByOutcome, query::kByEnd, query::kEndedBefore, query::kOldest, query::kKeysBefore,
                          query::kDropKeys, query::kRunsFrom, query::kNamedEndedBefore, query::kNamedFrom,
                          query::kBoundsFrom, query::kDropBounds}) {
    const auto plan = plan_of(*db, sql);
    EXPECT_NE(plan.find("SEARCH"), std::string::npos) << sql << "\n" << plan;
    EXPECT_EQ(plan.find("SCAN runs"), std::string::npos) << sql << "\n" << plan;
    EXPECT_EQ(plan.find("SCAN keys"), std::string::npos) << sql << "\n" << plan;
  }
}

}  // namespace
}  // namespace rota::store
