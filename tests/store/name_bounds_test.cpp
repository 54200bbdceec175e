// What files say of how much is kept of the runs of their name: each name by itself, within what is kept of all.
#include <gtest/gtest.h>

#include <fstream>
#include <numeric>
#include <set>

#include "scheduler/store/instances.h"
#include "scheduler/store/journal.h"
#include "scheduler/store/queries.h"
#include "scheduler/store/schema.h"
#include "scheduler/store/sqlite.h"
#include "tests/journal_writer/records.h"
#include "tests/store/service_journal.h"
#include "tests/support/scratch.h"

namespace rota::store {
namespace {

using jobs::History;
using test::Scratch;
using test::wall_of;

/// A service. Run R of it ends at second 100 R + 3 and writes 1000 bytes.
class NameHistory : public ::testing::Test, protected ServiceJournal {
 protected:
  using Numbers = std::vector<RunId>;

  using Names = std::vector<std::string>;

  void begin(const Names& names, const History& history, RunId retry_of = 0) {
    std::vector<core::Record> records;
    for (const auto& name : names) {
      names_.push_back(name);
      const auto run = static_cast<RunId>(names_.size());
      auto plan = test::a_plan(2);
      plan.name = Name::parse(name).value();
      plan.history = history;
      records.push_back(test::submitted(run, std::move(plan)));
      std::get<core::record::Submitted>(records.back().fact).terms->retry_of = retry_of;
      std::ofstream(make_output_directory(instance.directory, run).value() + "/0.seg") << std::string(1000, 'o');
    }
    ASSERT_TRUE(journal->commit({records, {}}));
  }
  void end(const Numbers& runs) {
    std::vector<core::Record> records;
    std::vector<core::RunView> views;
    for (const RunId run : runs) {
      auto& view = views.emplace_back(test::ended_view(run, 2));
      view.summary.name = names_.at(run - 1);
      view.summary.submitted.wall = wall_of(static_cast<int>(run) * 100);
      records.push_back(test::run_ended(run, Outcome::succeeded));
    }
    ASSERT_TRUE(journal->commit({records, test::folded(std::move(views))}));
  }
  void finish(const Names& names, const History& history) {
    Numbers runs(names.size());
    std::iota(runs.begin(), runs.end(), static_cast<RunId>(names_.size() + 1));
    begin(names, history);
    end(runs);
  }
  void finish(const std::string& name, const History& history, std::size_t times = 1) {
    finish(Names(times, name), history);
  }
  /// name-0, name-1, ...
  static Names numbered(const std::string& name, std::size_t from, std::size_t to) {
    Names out;
    for (; from < to; ++from) out.push_back(name + "-" + std::to_string(from));
    return out;
  }
  /// As the service looks, again and again until nothing is left to do.
  Numbers forgotten(int second = 100'000, PruneOrder order = {}) {
    order.named_at = wall_of(second);
    Numbers out;
    for (bool more = true; more;) {
      const auto some = journal->prune(order);
      EXPECT_TRUE(some) << (some ? "" : to_text(some.error()));
      if (!some) break;
      if (order.at_most) {
        EXPECT_LE(some->runs.size(), order.at_most);
      }
      out.insert(out.begin(), some->runs.begin(), some->runs.end());
      more = some->more;
    }
    return out;
  }
  std::int64_t ask_journal(const std::string& sql) {
    return sqlite::Database::open(journal_path(instance.directory), sqlite::Open::read_wal)->integer(sql).value();
  }

  std::vector<std::string> names_;  // of run 1, 2, ...
};

TEST_F(NameHistory, by_count_the_newest_of_a_name_stay_and_others_are_untouched) {
  finish("a", {.keep_runs = 2}, 3);
  finish("b", {}, 3);
  finish("a", {.keep_runs = 2}, 2);
  EXPECT_EQ(forgotten(), (Numbers{3, 2, 1}));
  EXPECT_EQ(forgotten(), Numbers{});
  finish("a", {.keep_runs = 2});
  EXPECT_EQ(forgotten(), Numbers{7});
}

TEST_F(NameHistory, by_age_those_of_a_name_go_that_ended_before_and_each_when_its_time_has_come) {
  finish("a", {.keep_for = std::chrono::seconds(1000)}, 3);
  finish("b", {}, 3);
  EXPECT_EQ(forgotten(1103), Numbers{}) << "not longer ago";
  EXPECT_EQ(forgotten(1104), Numbers{1});
  EXPECT_EQ(forgotten(1104), Numbers{});
  EXPECT_EQ(forgotten(1304), (Numbers{3, 2}));
}

TEST_F(NameHistory, by_bytes_the_newest_of_a_name_stay_that_fit) {
  finish("a", {.max_log_bytes = 4000}, 4);
  finish("b", {}, 4);
  const auto gone = forgotten();
  ASSERT_EQ(gone.size(), 2u) << "a run takes its 1000 bytes and its rows";
  EXPECT_EQ(gone, (Numbers{2, 1}));
  finish("a", {.max_log_bytes = 4000});
  EXPECT_EQ(forgotten(), Numbers{3});
}

TEST_F(NameHistory, whichever_bound_says_go_first_of_a_name_or_of_all) {
  finish("a", {.keep_runs = 3, .keep_for = std::chrono::seconds(1000)}, 4);
  finish("b", {}, 2);
  EXPECT_EQ(forgotten(1204), (Numbers{2, 1})) << "one by both of its bounds, one by its age alone";
  EXPECT_EQ(forgotten(1204, {.keep_runs = 3}), Numbers{3}) << "of all";
  EXPECT_EQ(forgotten(1404, {.keep_runs = 3}), Numbers{4}) << "of the name";
  EXPECT_EQ(forgotten(1404, {.ended_before = wall_of(600)}), Numbers{5});
}

TEST_F(NameHistory, an_order_that_does_not_ask_for_them_and_a_rehearsal_pass_them_over) {
  finish("a", {.keep_runs = 1}, 3);
  EXPECT_TRUE(journal->prune({.keep_runs = 100})->runs.empty());
  EXPECT_TRUE(journal->prune({.named_at = wall_of(1000), .dry_run = true})->runs.empty());
}

TEST_F(NameHistory, the_newest_submission_of_a_name_counts_also_for_the_runs_before_it) {
  finish("a", {.keep_runs = 1}, 2);
  finish("a", {.keep_runs = 2});
  EXPECT_EQ(forgotten(), Numbers{1});
  begin({"a"}, {.keep_runs = 0});
  EXPECT_EQ(forgotten(), (Numbers{3, 2})) << "from the submission on; it is alive itself, and stays";
  end({4});
  EXPECT_EQ(forgotten(), Numbers{4});
}

TEST_F(NameHistory, a_file_that_says_nothing_lifts_what_an_earlier_one_has_said) {
  finish("a", {.keep_runs = 1, .keep_for = std::chrono::seconds(1000)}, 2);
  EXPECT_EQ(forgotten(1000), Numbers{1});
  finish("a", {}, 2);
  EXPECT_EQ(forgotten(), Numbers{});
  EXPECT_EQ(ask_journal("SELECT count(*) FROM bounds"), 0);
}

TEST_F(NameHistory, a_retry_says_nothing_new) {
  finish("a", {.keep_runs = 1});
  finish("a", {}, 2);
  begin({"a"}, {.keep_runs = 1}, 1);
  end({4});
  EXPECT_EQ(forgotten(), Numbers{});
}

TEST_F(NameHistory, keep_nothing_keeps_what_is_alive) {
  begin({"a"}, {.keep_runs = 0, .keep_for = std::chrono::seconds(1), .max_log_bytes = 0});
  begin({"a"}, {.keep_runs = 0, .keep_for = std::chrono::seconds(1), .max_log_bytes = 0});
  EXPECT_EQ(forgotten(), Numbers{});
  end({1});
  EXPECT_EQ(forgotten(), Numbers{1});
}

TEST_F(NameHistory, they_hold_in_the_next_life_of_the_service) {
  finish("a", {.keep_runs = 2}, 3);
  finish("b", {}, 1);
  begin({"c"}, {.keep_runs = 0});
  open_again();
  end({5});
  finish("a", {.keep_runs = 2});
  EXPECT_EQ(forgotten(), (Numbers{5, 2, 1}));
  open_again();
  EXPECT_EQ(forgotten(), Numbers{});
  finish("a", {.keep_runs = 2});
  EXPECT_EQ(forgotten(), Numbers{3});
}

TEST_F(NameHistory, what_was_lifted_after_a_restart_and_before_the_first_look_is_lifted) {
  finish("a", {.keep_runs = 1}, 3);
  open_again();
  finish("a", {});
  EXPECT_EQ(forgotten(), Numbers{});
}

TEST_F(NameHistory, the_row_of_a_name_goes_with_the_look_after_its_last_run) {
  finish("a", {.keep_runs = 5}, 2);
  finish("b", {.keep_for = std::chrono::seconds(10)});
  begin({"c"}, {.keep_runs = 5});
  EXPECT_EQ(forgotten(), Numbers{3});
  EXPECT_EQ(ask_journal("SELECT count(*) FROM bounds"), 2) << "of b nothing is left";
  EXPECT_EQ(forgotten(100'000, {.keep_runs = 0}), (Numbers{2, 1}));
  EXPECT_EQ(forgotten(), Numbers{});
  EXPECT_EQ(ask_journal("SELECT count(*) FROM bounds"), 1) << "c is alive";
  open_again();
  end({4});
  EXPECT_EQ(forgotten(100'000, {.keep_runs = 0}), Numbers{4});
  EXPECT_EQ(forgotten(), Numbers{});
  EXPECT_EQ(ask_journal("SELECT count(*) FROM bounds"), 0);
}

TEST_F(NameHistory, piece_by_piece_the_same_goes_and_never_more_at_once_than_allowed) {
  for (int i = 0; i < 5; ++i) finish(numbered("n", 0, 20), {.keep_runs = 1, .max_log_bytes = 1u << 30});
  finish("many", {.keep_runs = 7}, 50);
  open_again();
  const auto gone = forgotten(100'000, {.at_most = 3});
  EXPECT_EQ(gone.size(), 20u * 4 + 43);
  EXPECT_EQ(std::set<RunId>(gone.begin(), gone.end()).size(), gone.size()) << "each once";
  EXPECT_EQ(ask_journal("SELECT count(*) FROM runs"), 20 + 7);
  EXPECT_EQ(ask_journal("SELECT count(*) FROM runs WHERE name = 'many' AND run > 143"), 7);
}

TEST_F(NameHistory, ages_that_no_clock_reaches_are_kept_for_ever) {
  finish("a", {.keep_for = Duration::max()});
  EXPECT_EQ(forgotten(), Numbers{});
}

sqlite::Work work_so_far(const sqlite::Work& since = {}) {
  const auto now = sqlite::work_of_this_thread();
  return {now.instructions - since.instructions, now.scanned - since.scanned};
}

TEST_F(NameHistory, d12_names_that_nothing_happened_to_cost_nothing_however_many_there_are) {
  const auto cost = [&](std::size_t names) {
    finish(numbered("n", names_.size(), names), {.keep_runs = 1, .keep_for = std::chrono::hours(1'000'000)});
    EXPECT_EQ(forgotten(), Numbers{});  // counts, once in a life
    const auto before = work_so_far();
    EXPECT_EQ(forgotten(), Numbers{});
    return work_so_far(before);
  };
  const auto few = cost(20), many = cost(300);
  EXPECT_LE(many.instructions, few.instructions + 50) << "a deeper tree at most";
  EXPECT_EQ(many.scanned, few.scanned);
}

TEST_F(NameHistory, d12_a_run_that_ends_costs_the_same_however_many_of_its_name_and_of_others_have_ended) {
  const auto cost = [&](std::size_t runs) {
    finish("a", {.keep_runs = 100'000, .max_log_bytes = 1u << 30}, runs);
    EXPECT_EQ(forgotten(), Numbers{});
    finish("a", {.keep_runs = 100'000, .max_log_bytes = 1u << 30});
    const auto before = work_so_far();
    EXPECT_EQ(forgotten(), Numbers{});
    return work_so_far(before);
  };
  const auto few = cost(20), many = cost(300);
  EXPECT_LE(many.instructions, few.instructions + 100);
  EXPECT_EQ(many.scanned, few.scanned);
}

TEST_F(NameHistory, d12_one_step_is_bounded_however_much_there_is_to_count) {
  finish(numbered("n", 0, 200), {.keep_runs = 3});
  finish("many", {.keep_runs = 1000}, 200);
  open_again();
  PruneOrder order{.named_at = wall_of(100'000), .at_most = 2};
  std::uint64_t most = 0;
  for (bool more = true; more;) {
    const auto before = work_so_far();
    const auto some = journal->prune(order);
    ASSERT_TRUE(some);
    EXPECT_TRUE(some->runs.empty());
    most = std::max(most, work_so_far(before).instructions);
    more = some->more;
  }
  const auto before = work_so_far();
  ASSERT_TRUE(journal->recent(0));
  EXPECT_LT(most, work_so_far(before).instructions) << "ten looks cost less than to read 400 summaries";
}

/// A finished foreground run, as `rota run` leaves it.
RunId a_run_of(const std::string& root, const std::string& name, std::size_t bytes = 0) {
  auto instance = create_run_instance(root).value();
  std::ofstream(output_directory(instance.directory) + "/0.seg") << std::string(bytes, 'o');
  auto journal = open_journal(instance.directory).value();
  auto view = test::ended_view(instance.run, 1);
  view.summary.name = name;
  const std::vector records{test::submitted(instance.run, test::a_plan(1)),
                            test::run_ended(instance.run, Outcome::succeeded)};
  EXPECT_TRUE(journal->commit({records, test::folded({view})}));
  return instance.run;
}

TEST(NamedForeground, the_runs_of_a_name_go_by_number_age_and_output_and_the_one_that_ends_stays) {
  Scratch s;
  for (int i = 0; i < 3; ++i) a_run_of(s.path(), "a", 1000);
  a_run_of(s.path(), "b", 1000);
  auto own = create_run_instance(s.path()).value();
  std::ofstream(output_directory(own.directory) + "/0.seg") << std::string(1000, 'o');
  NamedOrder order{"a", {.keep_runs = 3}, wall_of(0), own.run};
  using Numbers = std::vector<RunId>;
  EXPECT_EQ(prune_finished(s.path(), {}, order)->runs, Numbers{1});
  order.bounds = {.max_log_bytes = 2500};
  EXPECT_EQ(prune_finished(s.path(), {}, order)->runs, Numbers{2});
  order.bounds = {.keep_for = std::chrono::hours(1)};
  order.now.ns = std::chrono::nanoseconds(std::chrono::system_clock::now().time_since_epoch()).count();
  EXPECT_EQ(prune_finished(s.path(), {}, order)->runs, Numbers{}) << "they are of today";
  order.now.ns += std::chrono::nanoseconds(std::chrono::hours(2)).count();
  EXPECT_EQ(prune_finished(s.path(), {}, order)->runs, Numbers{3});
  order.bounds = {.keep_runs = 0};
  EXPECT_EQ(prune_finished(s.path(), {}, order)->runs, Numbers{}) << "the one that ends stays";
  EXPECT_EQ(list_instances(s.path())->size(), 2u) << "and what has another name";
}

}  // namespace
}  // namespace rota::store
