// Forgetting goes in pieces, one a turn, whoever ordered it; what the journal says of them is one answer.
#include "scheduler/daemon/retention.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <deque>

#include "shared/posix/fd.h"
#include "tests/support/temp_dir.h"

namespace rota::daemon {
namespace {

/// Answers a prune with what comes next in `pieces`.
class PieceJournal final : public store::Journal {
 public:
  std::deque<Result<store::Pruned>> pieces;
  std::vector<store::PruneOrder> orders;

  Status commit(const store::Turn&) override { return {}; }
  Status replace(std::span<const core::Record>) override { return {}; }
  Status replay(const std::function<void(const core::Record&)>&) override { return {}; }
  std::uint64_t bytes_since_snapshot() const override { return 0; }
  Result<std::vector<core::RunSummary>> recent(std::size_t) override { return std::vector<core::RunSummary>{}; }
  Result<core::RunView> view(RunId, const core::Wanted&) override { return fail(Code::not_found, "none"); }
  Result<store::Submission> submission(RunId) override { return fail(Code::not_found, "none"); }
  std::optional<RunId> find_key(std::string_view, WallTime) override { return std::nullopt; }
  RunId highest_run() const override { return 0; }
  Result<store::Pruned> prune(const store::PruneOrder& order) override {
    orders.push_back(order);
    if (pieces.empty()) return store::Pruned{};
    auto next = std::move(pieces.front());
    pieces.pop_front();
    return next;
  }
};

class Keeping : public ::testing::Test {
 protected:
  /// After the look at the start.
  Keeping() {
    EXPECT_TRUE(retention.keep(now));
    journal.orders.clear();
  }
  void order() {
    retention.prune({.keep_runs = 1}, now, [this](Result<store::Pruned> pruned) { told.push_back(std::move(pruned)); });
  }

  test::TempDir dir;
  posix::Fd null{::open("/dev/null", O_WRONLY | O_CLOEXEC)};
  SystemClock clock;
  ServiceLog log{null.get(), ServiceLog::Style::plain, clock};
  control::ServiceSettings settings;
  PieceJournal journal;
  Retention retention{journal, dir.path(), settings, log};
  Now now{{1'000'000'000}, {5'000'000'000'000'000}};
  std::vector<Result<store::Pruned>> told;
};

TEST_F(Keeping, a_turn_does_one_piece_and_the_next_comes_at_once) {
  journal.pieces = {store::Pruned{{2, 1}, 10, true}, store::Pruned{{}, 0, true}, store::Pruned{{4, 3}, 5, false}};
  order();
  EXPECT_TRUE(journal.orders.empty()) << "not in the turn of another's question";
  for (const std::size_t turns : {1u, 2u}) {
    EXPECT_EQ(retention.next(), Instant{});
    ASSERT_TRUE(retention.keep(now));
    EXPECT_EQ(journal.orders.size(), turns);
    EXPECT_TRUE(told.empty());
  }
  ASSERT_TRUE(retention.keep(now));
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0]->runs, (std::vector<RunId>{4, 3, 2, 1})) << "newest first";
  EXPECT_EQ(told[0]->bytes, 15u);
  for (const auto& order : journal.orders) EXPECT_EQ(order.at_most, Retention::kAtOnce);
  EXPECT_GT(retention.next(), now.mono);
}

TEST_F(Keeping, what_files_say_of_their_own_runs_counts_when_nobody_has_ordered_anything) {
  order();
  ASSERT_TRUE(retention.keep(now));
  ASSERT_EQ(journal.orders.size(), 1u);
  EXPECT_EQ(journal.orders[0].named_at, WallTime{}) << "a person says how much";
  retention.run_folded();
  now.mono = now.mono + std::chrono::hours(2);
  ASSERT_TRUE(retention.keep(now));
  ASSERT_EQ(journal.orders.size(), 2u);
  EXPECT_EQ(journal.orders[1].named_at, now.wall);
}

TEST_F(Keeping, orders_are_carried_out_one_after_the_other) {
  journal.pieces = {store::Pruned{{1}, 1, true}, store::Pruned{{2}, 1, false}, store::Pruned{{3}, 1, false}};
  order();
  order();
  for (int turn = 0; turn < 3; ++turn) ASSERT_TRUE(retention.keep(now));
  ASSERT_EQ(told.size(), 2u);
  EXPECT_EQ(told[0]->runs, (std::vector<RunId>{2, 1}));
  EXPECT_EQ(told[1]->runs, std::vector<RunId>{3});
}

TEST_F(Keeping, an_error_is_told_to_who_ordered_it_and_ends_the_service_where_nobody_did) {
  journal.pieces = {fail(Code::system, "no space")};
  order();
  EXPECT_TRUE(retention.keep(now));
  ASSERT_EQ(told.size(), 1u);
  EXPECT_FALSE(told[0]);
  journal.pieces = {fail(Code::system, "no space")};
  retention.run_folded();
  now.mono = now.mono + std::chrono::hours(2);
  EXPECT_FALSE(retention.keep(now));
}

}  // namespace
}  // namespace rota::daemon
