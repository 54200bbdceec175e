// Runs of the service beside foreground runs: alive, ended, or waiting for a service that does not run.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "scheduler/control/run_state.h"
#include "scheduler/store/history.h"
#include "scheduler/store/instances.h"
#include "scheduler/store/journal.h"
#include "scheduler/store/schema.h"
#include "tests/journal_writer/records.h"
#include "tests/support/scratch.h"

namespace rota::store {
namespace {

using core::TaskState;
using test::Scratch;
using Runs = std::vector<RunId>;

/// Alive until it is let go.
struct Service {
  Instance instance;
  std::unique_ptr<Journal> journal;

  explicit Service(const std::string& root) : instance(std::move(open_service_instance(root).value())) {
    journal = std::move(open_service_journal(instance.directory).value());
  }
  void commit(const std::vector<core::Record>& records, const std::vector<core::RunView>& folded = {}) {
    const auto done = journal->commit({records, test::folded(folded)});
    ASSERT_TRUE(done) << to_text(done.error());
  }
  void end(RunId run) {
    commit({test::submitted(run, test::a_plan(2))});
    commit({test::run_ended(run, Outcome::succeeded)}, {test::ended_view(run, 2)});
  }
};

void a_foreground_run(const std::string& root, RunId run) {
  std::ofstream(root + "/next") << run;
  auto instance = create_run_instance(root).value();
  ASSERT_EQ(instance.run, run);
  auto journal = open_journal(instance.directory).value();
  const std::vector records{test::submitted(run, test::a_plan(2)), test::run_ended(run, Outcome::succeeded)};
  ASSERT_TRUE(journal->commit({records, test::folded({test::ended_view(run, 2)})}));
}

/// Job 0 ended, 1 runs in a process, 2 in a thread, 3 waits.
std::vector<core::Record> half_done(RunId run) {
  auto plan = test::a_plan(4);
  plan.jobs[2].mode = Mode::thread;
  plan.jobs[3].needs.push_back({0, jobs::NeedKind::failed});
  return {test::submitted(run, plan),
          test::granted({{run, 0, 0}, 1}),
          test::started({{run, 0, 0}, 1}, 41),
          test::attempt_ended({{run, 0, 0}, 1}, Outcome::failed),
          test::granted({{run, 1, 0}, 1}),
          test::started({{run, 1, 0}, 1}, 42),
          test::started({{run, 2, 0}, 1}, 43)};
}

Listing listed(const std::string& root, const HistoryFilter& filter = {}) {
  auto listing = summaries(root, filter);
  EXPECT_TRUE(listing) << (listing ? "" : to_text(listing.error()));
  return listing ? *listing : Listing{};
}
Runs numbers(const std::string& root, const HistoryFilter& filter = {}) {
  Runs out;
  for (const auto& run : listed(root, filter).runs) out.push_back(run.run);
  return out;
}

TEST(ServiceHistory, runs_of_the_service_and_foreground_runs_are_one_list) {
  Scratch s;
  Service service(s.path());
  for (const RunId run : {1, 4, 6}) service.end(run);
  service.commit({test::submitted(7, test::a_plan(1))});
  for (const RunId run : {2, 5, 8}) a_foreground_run(s.path(), run);
  EXPECT_EQ(numbers(s.path()), (Runs{8, 7, 6, 5, 4, 2, 1}));
  EXPECT_EQ(numbers(s.path(), {.limit = 3}), (Runs{8, 7, 6}));
  EXPECT_EQ(numbers(s.path(), {.ended_only = true, .limit = 3}), (Runs{8, 6, 5}));
  EXPECT_EQ(numbers(s.path(), {.service_folded_only = true}), (Runs{8, 6, 5, 4, 2, 1}));
  EXPECT_EQ(numbers(s.path(), {.state = "succeeded", .limit = 2}), (Runs{8, 6}));
  EXPECT_EQ(numbers(s.path(), {.state = "CD"}), (Runs{8, 6, 5, 4, 2, 1}));
  EXPECT_EQ(numbers(s.path(), {.state = "running"}), Runs{7});
  EXPECT_EQ(numbers(s.path(), {.state = "failed"}), Runs{});
  EXPECT_EQ(numbers(s.path(), {.ended_since = test::wall_of(1000)}), Runs{7});
  EXPECT_EQ(last_run(s.path()).value(), 8u);
  EXPECT_TRUE(listed(s.path()).stopped.empty());
  EXPECT_EQ(view(s.path(), 4).value().directory, service.instance.directory);
  EXPECT_EQ(view(s.path(), 5).value().directory, s.path("runs") + "/5");
}

TEST(ServiceHistory, the_last_run_is_the_services_when_that_is_the_newest) {
  Scratch s;
  a_foreground_run(s.path(), 2);
  Service service(s.path());
  service.end(3);
  service.commit({test::submitted(4, test::a_plan(1))});
  EXPECT_EQ(last_run(s.path()).value(), 4u);
  EXPECT_EQ(last_run(s.path(), true).value(), 3u);
}

TEST(ServiceHistory, a_run_of_a_live_service_stands_as_it_is) {
  Scratch s;
  Service service(s.path());
  service.commit(half_done(1));
  const auto sight = view(s.path(), 1);
  ASSERT_TRUE(sight) << to_text(sight.error());
  EXPECT_TRUE(sight->live);
  EXPECT_FALSE(sight->stopped);
  EXPECT_EQ(sight->view.jobs[1].tasks[0].state, TaskState::running);
  EXPECT_EQ(sight->view.jobs[1].tasks[0].reason, Reason{});
}

TEST(ServiceHistory, status_never_lies_nothing_of_a_service_that_does_not_run_is_lost_or_watched_over) {
  Scratch s;
  Service(s.path()).commit(half_done(1));
  const auto sight = view(s.path(), 1);
  ASSERT_TRUE(sight) << to_text(sight.error());
  EXPECT_FALSE(sight->live);
  EXPECT_TRUE(sight->stopped);
  const auto& [run, jobs] = sight->view;
  EXPECT_FALSE(run.outcome);
  EXPECT_EQ(to_text(run.reason), "recovering");
  EXPECT_EQ(jobs[0].tasks[0].outcome, Outcome::failed);
  EXPECT_EQ(to_text(jobs[0].tasks[0].reason), "exit:7");
  EXPECT_EQ(jobs[1].tasks[0].state, TaskState::running) << "its launcher may be at work";
  EXPECT_EQ(to_text(jobs[1].tasks[0].reason), "recovering");
  EXPECT_EQ(to_text(jobs[1].tasks[0].attempts.at(0).reason), "recovering");
  EXPECT_EQ(jobs[2].tasks[0].state, TaskState::queued) << "its pool worker is dead, and it runs again";
  EXPECT_TRUE(jobs[2].tasks[0].attempts.empty());
  EXPECT_EQ(run.counts.of(TaskState::running), 1u);
  std::uint32_t all = 0;
  for (const auto n : run.counts.by_state) all += n;
  EXPECT_EQ(all, run.counts.total);
}

TEST(ServiceHistory, status_never_lies_a_list_names_the_runs_that_wait_for_their_service) {
  Scratch s;
  {
    Service service(s.path());
    service.end(1);
    service.commit(half_done(2));
    service.commit({test::submitted(3, test::a_plan(2))});
  }
  const auto listing = listed(s.path());
  EXPECT_EQ(listing.stopped, (Runs{2, 3}));
  ASSERT_EQ(listing.runs.size(), 3u);
  EXPECT_EQ(to_text(listing.runs[1].reason), "recovering");
  EXPECT_EQ(listing.runs[1].counts.of(TaskState::running), 1u);
  EXPECT_EQ(to_text(listing.runs[0].reason), "recovering") << "of this one nothing runs, and it waits all the same";
  EXPECT_EQ(control::run_state(listing.runs[1]), "unknown");
  EXPECT_EQ(control::run_state(listing.runs[0]), "pending");
  EXPECT_EQ(listed(s.path(), {.limit = 1}).stopped, Runs{3});
  EXPECT_FALSE(view(s.path(), 1).value().stopped);
}

TEST(ServiceHistory, what_was_submitted_can_be_asked_of_any_process) {
  Scratch s;
  Service service(s.path());
  service.commit({test::submitted(1, test::a_plan(3))});
  a_foreground_run(s.path(), 2);
  EXPECT_EQ(submission(s.path(), 1).value().plan.jobs.size(), 3u);
  EXPECT_EQ(submission(s.path(), 2).error().code, Code::not_found);
  EXPECT_EQ(submission(s.path(), 3).error().code, Code::not_found);
}

TEST(ServiceHistory, a_damaged_journal_of_the_service_is_a_warning_and_the_others_are_shown) {
  Scratch s;
  a_foreground_run(s.path(), 1);
  { Service service(s.path()); }
  std::ofstream(journal_path(s.path("service"))) << "rubbish";
  const auto listing = listed(s.path());
  ASSERT_EQ(listing.runs.size(), 1u);
  ASSERT_EQ(listing.warnings.size(), 1u);
  EXPECT_EQ(listing.warnings[0].find("the service's runs cannot be shown: " + journal_path(s.path("service"))), 0u)
      << listing.warnings[0];
  EXPECT_EQ(view(s.path(), 1).value().view.summary.outcome, Outcome::succeeded);
}

TEST(ServiceHistory, z03_a_link_in_the_services_place_is_not_followed) {
  Scratch s, elsewhere;
  { Service service(elsewhere.path()); }
  std::filesystem::create_symlink(elsewhere.path("service"), s.path("service"));
  EXPECT_EQ(listed(s.path()).warnings.size(), 1u);
  EXPECT_FALSE(view(s.path(), 1));
}

}  // namespace
}  // namespace rota::store
