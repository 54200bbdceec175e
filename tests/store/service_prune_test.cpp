// Forgetting finished runs: of the service, rows and output, and of foreground instances, by age and as a rehearsal.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "scheduler/store/instances.h"
#include "scheduler/store/journal.h"
#include "scheduler/store/schema.h"
#include "tests/journal_writer/records.h"
#include "tests/store/writer.h"
#include "tests/support/scratch.h"

namespace rota::store {
namespace {

namespace fs = std::filesystem;
using test::Scratch;
using Runs = std::vector<RunId>;

bool says(const Error& e, const std::string& text) { return to_text(e).find(text) != std::string::npos; }

/// A service with finished runs: run R ended at second 100 R + 3, and wrote 1000 bytes.
class Service {
 public:
  explicit Service(RunId runs) {
    for (RunId run = 1; run <= runs; ++run) {
      begin(run);
      auto view = test::ended_view(run, 2);
      view.summary.submitted.wall = test::wall_of(static_cast<int>(run) * 100);
      EXPECT_TRUE(journal->commit({{}, test::folded({view})}));
    }
  }
  void begin(RunId run) {
    std::ofstream(make_output_directory(directory(), run).value() + "/0.seg") << std::string(1000, 'o');
  }
  std::string directory() const { return instance.directory; }
  std::string root() const { return scratch.path(); }
  Pruned prune(const PruneOrder& order) {
    auto pruned = journal->prune(order);
    EXPECT_TRUE(pruned) << (pruned ? "" : to_text(pruned.error()));
    return pruned ? *pruned : Pruned{};
  }
  Runs rows() {
    Runs out;
    for (const auto& run : journal->recent(0).value()) out.push_back(run.run);
    return out;
  }
  std::set<std::string> outputs() const {
    std::set<std::string> out;
    for (const auto& entry : fs::directory_iterator(output_directory(directory()))) out.insert(entry.path().filename());
    return out;
  }

  Scratch scratch;
  Instance instance = std::move(open_service_instance(scratch.path()).value());
  std::unique_ptr<Journal> journal = std::move(open_service_journal(instance.directory).value());
};

TEST(ServicePrune, by_count_the_newest_stay_with_their_output) {
  Service s(5);
  const auto pruned = s.prune({.keep_runs = 2});
  EXPECT_EQ(pruned.runs, (Runs{3, 2, 1}));
  EXPECT_GT(pruned.bytes, 3000u);
  EXPECT_EQ(s.rows(), (Runs{5, 4}));
  EXPECT_FALSE(s.outputs().contains("3")) << "no reader sees half of what goes";
  ASSERT_TRUE(remove_set_aside(s.directory()));
  EXPECT_EQ(s.outputs(), (std::set<std::string>{"4", "5"}));
  EXPECT_TRUE(s.prune({.keep_runs = 2}).runs.empty());
  auto db = open_journal_file(s.directory()).value();
  for (const char* table : {"views", "runs"})
    EXPECT_EQ(db.integer("SELECT count(*) FROM " + std::string(table)).value(), 2) << table;
}

TEST(ServicePrune, by_age_those_that_ended_before_go) {
  Service s(5);
  EXPECT_EQ(s.prune({.ended_before = test::wall_of(303)}).runs, (Runs{2, 1}));
  EXPECT_EQ(s.prune({.ended_before = test::wall_of(304)}).runs, Runs{3});
}

TEST(ServicePrune, either_condition_is_enough_and_none_names_nothing) {
  Service s(5);
  EXPECT_TRUE(s.prune({}).runs.empty());
  EXPECT_EQ(s.prune({.keep_runs = 4, .ended_before = test::wall_of(250)}).runs, (Runs{2, 1}));
  EXPECT_EQ(s.prune({.keep_runs = 1, .ended_before = test::wall_of(0)}).runs, (Runs{4, 3}));
}

TEST(ServicePrune, by_bytes_the_newest_that_fit_stay) {
  Service s(5);
  EXPECT_EQ(s.prune({.keep_bytes = 4000}).runs, (Runs{3, 2, 1}));
  EXPECT_EQ(s.prune({.keep_bytes = 100}).runs, (Runs{5, 4}));
}

TEST(ServicePrune, at_most_so_many_go_at_once_the_oldest_first) {
  Service s(5);
  EXPECT_EQ(s.prune({.keep_runs = 1, .at_most = 3}).runs, (Runs{3, 2, 1}));
  EXPECT_EQ(s.prune({.keep_runs = 1, .at_most = 3}).runs, Runs{4});
}

TEST(ServicePrune, piece_by_piece_the_same_goes) {
  for (const PruneOrder& order : {PruneOrder{.keep_runs = 3}, PruneOrder{.keep_bytes = 6000}}) {
    Service s(20), whole(20);
    const auto all = whole.prune(order);
    ASSERT_GT(all.runs.size(), 10u);
    EXPECT_FALSE(all.more);
    for (const bool dry_run : {true, false}) {
      auto piece = order;
      piece.at_most = 2;
      piece.dry_run = dry_run;
      Pruned sum;
      int pieces = 0;
      for (bool more = true; more && pieces < 100; ++pieces) {
        const auto some = s.prune(piece);
        if (!dry_run) {
          EXPECT_LE(some.runs.size(), 2u);
        }
        sum.runs.insert(sum.runs.begin(), some.runs.begin(), some.runs.end());
        sum.bytes += some.bytes;
        more = some.more;
      }
      EXPECT_GT(pieces, 1);
      EXPECT_EQ(sum.runs, all.runs) << dry_run;
      EXPECT_EQ(sum.bytes, all.bytes) << dry_run;
    }
    EXPECT_EQ(s.rows(), whole.rows());
  }
}

TEST(ServicePrune, a_rehearsal_says_the_same_and_changes_nothing) {
  Service s(5);
  const auto rehearsed = s.prune({.keep_runs = 1, .keys_before = test::wall_of(9999), .dry_run = true});
  EXPECT_EQ(s.rows().size(), 5u);
  EXPECT_EQ(s.outputs().size(), 5u);
  const auto pruned = s.prune({.keep_runs = 1});
  EXPECT_EQ(rehearsed.runs, pruned.runs);
  EXPECT_EQ(rehearsed.bytes, pruned.bytes);
}

TEST(ServicePrune, runs_that_have_not_ended_stay_with_their_output) {
  Service s(2);
  s.begin(3);
  ASSERT_TRUE(s.journal->commit({std::vector{test::submitted(3, test::a_plan(2))}, {}}));
  EXPECT_EQ(s.prune({.keep_runs = 0}).runs, (Runs{2, 1}));
  EXPECT_TRUE(s.outputs().contains("3"));
  int facts = 0;
  ASSERT_TRUE(s.journal->replay([&](const core::Record&) { ++facts; }));
  EXPECT_EQ(facts, 1);
}

TEST(ServicePrune, k01_output_of_a_submission_that_was_never_committed_goes_with_the_next_lifes_first_prune) {
  Service s(2);
  s.begin(3);  // and its service dies
  s.journal.reset();
  s.journal = std::move(open_service_journal(s.directory()).value());
  ASSERT_TRUE(s.journal->replay([](const core::Record&) {}));
  s.begin(4);  // of this life, not committed yet
  EXPECT_TRUE(s.prune({.keep_runs = 100}).runs.empty());
  ASSERT_TRUE(remove_set_aside(s.directory()));
  EXPECT_EQ(s.outputs(), (std::set<std::string>{"1", "2", "4"}));
}

TEST(ServicePrune, k14_a_directory_that_a_killed_prune_had_set_aside_does_not_hinder_the_next) {
  Service s(2);
  fs::create_directories(output_directory(s.directory()) + "/.gone-1");
  std::ofstream(output_directory(s.directory()) + "/.gone-1/old") << "x";
  EXPECT_EQ(s.prune({.keep_runs = 0}).runs, (Runs{2, 1}));
  ASSERT_TRUE(remove_set_aside(s.directory()));
  EXPECT_TRUE(s.outputs().empty());
}

TEST(ServicePrune, z03_links_in_the_output_are_removed_and_never_followed) {
  Service s(1);
  Scratch elsewhere;
  std::ofstream(elsewhere.path("precious")) << "keep me";
  fs::create_symlink(elsewhere.path(), output_directory(s.directory(), 1) + "/link");
  s.prune({.keep_runs = 0});
  ASSERT_TRUE(remove_set_aside(s.directory()));
  EXPECT_TRUE(s.outputs().empty());
  EXPECT_EQ(test::slurp(elsewhere.path("precious")), "keep me");
}

TEST(ServicePrune, a_service_that_does_not_run_is_pruned_by_whoever_takes_its_lock) {
  Service s(3);
  EXPECT_TRUE(says(prune_service(s.root(), {.keep_runs = 1}).error(), "already running, pid "));
  s.journal.reset();
  s.instance.lock.reset();
  EXPECT_EQ(prune_service(s.root(), {.keep_runs = 1, .dry_run = true})->runs, (Runs{2, 1}));
  EXPECT_EQ(prune_service(s.root(), {.keep_runs = 1})->runs, (Runs{2, 1}));
  EXPECT_EQ(s.outputs(), std::set<std::string>{"3"});
  Scratch nothing;
  EXPECT_TRUE(prune_service(nothing.path(), {.keep_runs = 0})->runs.empty());
  EXPECT_TRUE(fs::is_empty(nothing.path()));
}

/// Writes the time of the last write to a finished foreground run.
void write_last_at(const std::string& root, RunId run, int second) {
  const struct timespec at[2] = {{test::wall_of(second).ns / 1'000'000'000, 0},
                                 {test::wall_of(second).ns / 1'000'000'000, 0}};
  const auto path = journal_path(root + "/runs/" + std::to_string(run));
  ASSERT_EQ(::utimensat(AT_FDCWD, path.c_str(), at, 0), 0);
}

TEST(Prune, by_age_the_foreground_runs_go_whose_journal_was_last_written_before) {
  Scratch s;
  for (RunId run = 1; run <= 3; ++run) {
    auto instance = create_run_instance(s.path()).value();
    open_journal(instance.directory).value().reset();
    write_last_at(s.path(), run, static_cast<int>(run) * 100);
  }
  const PruneOrder order{.ended_before = test::wall_of(250)};
  auto rehearsal = order;
  rehearsal.dry_run = true;
  const auto would = prune_finished(s.path(), rehearsal).value();
  EXPECT_EQ(would.runs, (Runs{2, 1}));
  EXPECT_GT(would.bytes, 8000u);
  EXPECT_EQ(list_instances(s.path()).value().size(), 3u);
  const auto gone = prune_finished(s.path(), order).value();
  EXPECT_EQ(gone.runs, would.runs);
  EXPECT_EQ(gone.bytes, would.bytes);
  EXPECT_EQ(list_instances(s.path()).value().size(), 1u);
}

}  // namespace
}  // namespace rota::store
