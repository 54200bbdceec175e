// All runs, as they stand: alive, ended, or lost with their coordinator.
#include "scheduler/store/history.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "scheduler/store/instances.h"
#include "scheduler/store/journal.h"
#include "scheduler/store/schema.h"
#include "tests/journal_writer/records.h"
#include "tests/support/scratch.h"

namespace rota::store {
namespace {

namespace fs = std::filesystem;
using core::TaskState;
using test::Scratch;

/// An instance with a run in it, alive until it is let go.
struct Living {
  Instance instance;
  std::unique_ptr<Journal> journal;

  explicit Living(const std::string& root) : instance(std::move(create_run_instance(root).value())) {
    journal = std::move(open_journal(instance.directory).value());
  }
  void commit(const std::vector<core::Record>& records, const std::vector<core::RunView>& folded = {}) {
    const auto done = journal->commit({records, test::folded(folded)});
    ASSERT_TRUE(done) << to_text(done.error());
  }
};

/// Three chained jobs: the first ended, the second runs, the third waits.
void half_done(Living& living) {
  const RunId run = living.instance.run;
  living.commit({test::submitted(run, test::a_plan(3, true)), test::granted({{run, 0, 0}, 1}),
                 test::started({{run, 0, 0}, 1}, 41), test::attempt_ended({{run, 0, 0}, 1}, Outcome::succeeded),
                 test::granted({{run, 1, 0}, 1}), test::started({{run, 1, 0}, 1}, 42)});
}

void ended(const std::string& root) {
  Living living(root);
  living.commit(
      {test::submitted(living.instance.run, test::a_plan(2)), test::run_ended(living.instance.run, Outcome::succeeded)},
      {test::ended_view(living.instance.run, 2)});
}

std::vector<RunId> numbers(const std::string& root, const HistoryFilter& filter = {}) {
  const auto listing = summaries(root, filter);
  EXPECT_TRUE(listing) << (listing ? "" : to_text(listing.error()));
  std::vector<RunId> out;
  if (listing) {
    EXPECT_TRUE(listing->warnings.empty()) << listing->warnings.front();
    for (const auto& run : listing->runs) out.push_back(run.run);
  }
  return out;
}

TEST(History, a_run_whose_coordinator_lives_stands_as_it_is) {
  Scratch s;
  Living living(s.path());
  half_done(living);
  const auto sight = view(s.path(), 1);
  ASSERT_TRUE(sight) << to_text(sight.error());
  EXPECT_TRUE(sight->live);
  EXPECT_EQ(sight->directory, living.instance.directory);
  EXPECT_FALSE(sight->view.summary.outcome);
  EXPECT_EQ(sight->view.jobs[1].tasks[0].state, TaskState::running);
}

TEST(History, status_never_lies_a_run_whose_coordinator_died_is_lost_with_all_that_had_not_ended) {
  Scratch s;
  {
    Living living(s.path());
    half_done(living);
  }
  const auto sight = view(s.path(), 1);
  ASSERT_TRUE(sight) << to_text(sight.error());
  EXPECT_FALSE(sight->live);
  const auto& [run, jobs] = sight->view;
  EXPECT_EQ(run.outcome, Outcome::lost);
  EXPECT_EQ(to_text(run.reason), "coordinator-lost");
  EXPECT_GT(run.ended, run.submitted.mono);
  EXPECT_EQ(jobs[0].tasks[0].outcome, Outcome::succeeded);
  for (const int job : {1, 2}) {
    EXPECT_EQ(jobs[job].tasks[0].state, TaskState::finished);
    EXPECT_EQ(jobs[job].tasks[0].outcome, Outcome::lost);
    EXPECT_EQ(to_text(jobs[job].tasks[0].reason), "coordinator-lost");
  }
  EXPECT_EQ(jobs[1].tasks[0].attempts[0].outcome, Outcome::lost);
  EXPECT_EQ(run.counts.total, 3u);
  EXPECT_EQ(run.counts.ended(), 3u);
  EXPECT_EQ(run.counts.of(TaskState::running) + run.counts.of(TaskState::pending), 0u);
  EXPECT_EQ(run.counts.of(Outcome::succeeded), 1u);
  EXPECT_EQ(run.counts.of(Outcome::lost), 2u);
}

TEST(History, status_never_lies_a_lost_run_was_alive_when_something_of_it_was_written_last) {
  Scratch s;
  std::string directory;
  {
    Living living(s.path());
    half_done(living);
    directory = living.instance.directory;
  }
  std::ofstream(output_directory(directory) + "/1.seg") << "what a job wrote";
  const timespec later{::time(nullptr) + 100'000, 0};  // than anything else was written
  const timespec heard[2] = {later, later};
  ASSERT_EQ(::utimensat(AT_FDCWD, (output_directory(directory) + "/1.seg").c_str(), heard, 0), 0);
  const auto sight = view(s.path(), 1);
  ASSERT_TRUE(sight) << to_text(sight.error());
  const auto& run = sight->view.summary;
  EXPECT_EQ(run.wall(run.ended).ns / 1'000'000'000, heard[0].tv_sec);
  EXPECT_EQ(sight->view.jobs[1].tasks[0].attempts[0].ended, run.ended);
  EXPECT_EQ(sight->view.jobs[1].counts.of(Outcome::lost), 1u);
}

TEST(History, status_never_lies_a_list_says_lost_as_the_view_does) {
  Scratch s;
  {
    Living living(s.path());
    half_done(living);
  }
  const auto listing = summaries(s.path(), {});
  ASSERT_TRUE(listing);
  ASSERT_EQ(listing->runs.size(), 1u);
  EXPECT_EQ(listing->runs[0].outcome, Outcome::lost);
  EXPECT_EQ(listing->runs[0].counts.of(Outcome::lost), 2u);
}

TEST(History, an_ended_run_stays_as_it_ended_though_its_coordinator_is_gone) {
  Scratch s;
  ended(s.path());
  EXPECT_EQ(view(s.path(), 1).value().view.summary.outcome, Outcome::succeeded);
  EXPECT_EQ(summaries(s.path(), {}).value().runs[0].outcome, Outcome::succeeded);
}

TEST(History, a_run_that_ended_and_was_not_folded_stays_as_it_ended) {
  Scratch s;
  {
    Living living(s.path());
    half_done(living);
    living.commit({test::attempt_ended({{1, 1, 0}, 1}, Outcome::succeeded), test::granted({{1, 2, 0}, 1}),
                   test::attempt_ended({{1, 2, 0}, 1}, Outcome::succeeded), test::run_ended(1, Outcome::succeeded)});
  }
  EXPECT_EQ(view(s.path(), 1).value().view.summary.outcome, Outcome::succeeded);
}

TEST(History, runs_are_listed_newest_first_and_filtered) {
  Scratch s;
  ended(s.path());  // 1
  {
    Living living(s.path());
    half_done(living);
  }                         // 2, lost
  ended(s.path());          // 3
  Living living(s.path());  // 4, alive
  half_done(living);
  EXPECT_EQ(numbers(s.path()), (std::vector<RunId>{4, 3, 2, 1}));
  EXPECT_EQ(numbers(s.path(), {.limit = 2}), (std::vector<RunId>{4, 3}));
  EXPECT_EQ(numbers(s.path(), {.ended_only = true}), (std::vector<RunId>{3, 2, 1}));
  EXPECT_EQ(numbers(s.path(), {.state = "lost"}), std::vector<RunId>{2});
  EXPECT_EQ(numbers(s.path(), {.state = "LO"}), std::vector<RunId>{2});
  EXPECT_EQ(numbers(s.path(), {.state = "running"}), std::vector<RunId>{4});
  EXPECT_EQ(numbers(s.path(), {.state = "succeeded", .limit = 1}), std::vector<RunId>{3});
  EXPECT_EQ(numbers(s.path(), {.ended_since = WallTime{1'800'000'000'000'000'000}}), std::vector<RunId>{4});
  EXPECT_EQ(numbers(s.path(), {.ended_since = WallTime{1'600'000'000'000'000'000}}), (std::vector<RunId>{4, 3, 2, 1}));
  EXPECT_EQ(last_run(s.path()).value(), 4u);
}

TEST(History, a_damaged_journal_is_a_warning_and_the_others_are_shown) {
  Scratch s;
  ended(s.path());
  ended(s.path());
  const auto path = journal_path(s.path("runs") + "/2");
  std::ofstream(path) << "rubbish";
  const auto listing = summaries(s.path(), {});
  ASSERT_TRUE(listing);
  ASSERT_EQ(listing->runs.size(), 1u);
  EXPECT_EQ(listing->runs[0].run, 1u);
  ASSERT_EQ(listing->warnings.size(), 1u);
  EXPECT_EQ(listing->warnings[0].find("run 2 cannot be shown: " + path), 0u) << listing->warnings[0];
  EXPECT_EQ(last_run(s.path()).value(), 2u);
  EXPECT_EQ(view(s.path(), 2).error().code, Code::corrupt);
}

TEST(History, an_instance_that_died_before_it_took_its_run_is_no_run) {
  Scratch s;
  ended(s.path());
  ASSERT_TRUE(create_run_instance(s.path()));
  { Living living(s.path()); }
  EXPECT_EQ(numbers(s.path()), std::vector<RunId>{1});
  EXPECT_EQ(last_run(s.path()).value(), 1u);
  for (const RunId run : {2, 3, 4}) EXPECT_EQ(view(s.path(), run).error().code, Code::not_found) << run;
}

TEST(History, without_any_run_the_way_to_the_first_one_is_said) {
  Scratch s;
  EXPECT_TRUE(numbers(s.path()).empty());
  const auto last = last_run(s.path());
  ASSERT_FALSE(last);
  EXPECT_EQ(last.error().code, Code::not_found);
  EXPECT_NE(last.error().what.find("rota run"), std::string::npos);
}

}  // namespace
}  // namespace rota::store
