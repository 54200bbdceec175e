// Launchers that stop, die or do not fit, and what the service makes of it.
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>
#include <fstream>

#include "tests/coordinator/lives.h"
#include "tests/support/eventually.h"
#include "tests/support/processes.h"

namespace rota::test {
namespace {

std::string waiting_job(const Lives& lives, const std::string& name, const std::string& more = {}) {
  return "  " + name + ": {run: 'echo S >> " + lives.path(name) + "; while ! test -e " + lives.path("go") +
         "; do sleep 0.02; done'" + more + "}\n";
}

int launcher_of(Lives& lives, RunId run, std::size_t job) {
  const auto worker = lives.view(run).jobs.at(job).tasks.at(0).attempts.back().worker;
  for (const auto& w : lives.coordinator().fleet().list()) {
    if (w.worker == worker) return w.pid;
  }
  return 0;
}

/// The job is there, and has got so far as to have said so: it is told as running when its process is made.
bool until_begun(Lives& lives, RunId run, const std::string& name) {
  return lives.until([&] { return lives.is_running(run) && count_lines(lives.path(name), "S") == 1; });
}

TEST(Launchers, p08_one_that_is_killed_loses_its_attempts_alone_and_leaves_no_process) {
  Lives lives(Lives::Shape{1, 2, 2});
  ASSERT_TRUE(lives.begin());
  const auto run = lives.submit("jobs:\n" + waiting_job(lives, "a") + waiting_job(lives, "b"));
  ASSERT_TRUE(lives.until([&] { return lives.is_running(run, 0) && lives.is_running(run, 1); }));
  const int job = lives.pid_of(run, 0);
  ::kill(launcher_of(lives, run, 0), SIGKILL);
  ASSERT_TRUE(lives.until([&] { return !lives.is_running(run, 0); }));
  EXPECT_TRUE(eventually(kPatience, [&] { return !alive(process_of(job)); }));
  touch(lives.path("go"));
  ASSERT_TRUE(lives.until_ended(run));
  EXPECT_EQ(lives.outcome(run, 0), Outcome::lost);
  EXPECT_EQ(to_text(lives.view(run).jobs[0].tasks[0].reason), "worker-lost");
  EXPECT_EQ(lives.outcome(run, 1), Outcome::succeeded);
}

TEST(Launchers, one_that_dies_with_its_coordinator_is_accounted_for_by_its_journal) {
  Lives lives(Lives::Shape{1, 1, 1});
  ASSERT_TRUE(lives.begin());
  const auto run = lives.submit("jobs:\n" + waiting_job(lives, "a"));
  ASSERT_TRUE(until_begun(lives, run, "a"));
  const int job = lives.pid_of(run);
  const int launcher = launcher_of(lives, run, 0);
  lives.drop();
  ::kill(launcher, SIGKILL);
  ASSERT_TRUE(eventually(kPatience, [&] { return !alive(process_of(launcher)); }));

  ASSERT_TRUE(lives.begin());
  ASSERT_TRUE(lives.until_ended(run));
  EXPECT_EQ(lives.outcome(run), Outcome::lost);
  EXPECT_TRUE(eventually(kPatience, [&] { return !alive(process_of(job)); })) << "what it left is ended";
  EXPECT_EQ(lives.homes(), 0u);
  EXPECT_EQ(count_lines(lives.path("a"), "S"), 1u);
}

TEST(Launchers, one_that_died_after_the_end_of_a_job_has_left_word_of_it) {
  Lives lives(Lives::Shape{1, 1, 1});
  ASSERT_TRUE(lives.begin());
  const auto run = lives.submit("jobs:\n  a: " + marked_wait(lives.path("a"), lives.path("go"), "exit 9") + "\n");
  ASSERT_TRUE(lives.until([&] { return lives.is_running(run); }));
  const int job = lives.pid_of(run);
  lives.drop();
  touch(lives.path("go"));
  ASSERT_TRUE(eventually(kPatience, [&] { return ::kill(job, 0) != 0; }));
  for (const int pid : lives.pids("launcher")) ::kill(pid, SIGKILL);
  ASSERT_TRUE(eventually(kPatience, [&] { return lives.pids("launcher").empty(); }));
  ASSERT_TRUE(lives.begin());
  ASSERT_TRUE(lives.until_ended(run));
  EXPECT_EQ(to_text(lives.view(run).jobs[0].tasks[0].reason), "exit:9");
  EXPECT_EQ(lives.output(run), "begun\nending\n");
}

TEST(Launchers, an_adopted_one_that_dies_later_is_accounted_for_and_what_it_lost_is_retried_if_asked_for) {
  Lives lives(Lives::Shape{1, 1, 1});
  ASSERT_TRUE(lives.begin());
  const auto run = lives.submit("jobs:\n" + waiting_job(lives, "a", ", retry: {limit: 1, delay: 10ms, on: [lost]}"));
  ASSERT_TRUE(lives.until([&] { return lives.is_running(run); }));
  lives.drop();
  ASSERT_TRUE(lives.begin());
  ASSERT_TRUE(lives.until_known());
  const int job = lives.pid_of(run);
  ::kill(launcher_of(lives, run, 0), SIGKILL);
  ASSERT_TRUE(lives.until([&] {
    return lives.view(run).jobs[0].tasks[0].attempts.size() == 2 && lives.is_running(run);
  }));
  EXPECT_TRUE(eventually(kPatience, [&] { return !alive(process_of(job)); }));
  touch(lives.path("go"));
  ASSERT_TRUE(lives.until_ended(run));
  EXPECT_EQ(lives.view(run).jobs[0].tasks[0].attempts[0].outcome, Outcome::lost);
  EXPECT_EQ(lives.outcome(run), Outcome::succeeded);
}

TEST(Launchers, attempts_whose_launcher_has_left_no_home_are_lost) {
  Lives lives(Lives::Shape{1, 1, 1});
  ASSERT_TRUE(lives.begin());
  const auto run = lives.submit("jobs:\n" + waiting_job(lives, "a"));
  ASSERT_TRUE(until_begun(lives, run, "a"));
  lives.drop();
  for (const int pid : lives.pids("launcher")) ::kill(pid, SIGKILL);
  ASSERT_TRUE(eventually(kPatience, [&] { return lives.pids("launcher").empty(); }));
  std::filesystem::remove_all(lives.instance() + "/launchers");
  ASSERT_TRUE(lives.begin());
  ASSERT_TRUE(lives.until_ended(run));
  EXPECT_EQ(lives.outcome(run), Outcome::lost);
  EXPECT_EQ(count_lines(lives.path("a"), "S"), 1u);
}

TEST(Launchers, one_that_is_stopped_holds_up_nobody_and_is_taken_up_when_it_goes_on) {
  Lives lives(Lives::Shape{1, 2, 2});
  ASSERT_TRUE(lives.begin());
  const auto run = lives.submit("jobs:\n" + waiting_job(lives, "a"));
  ASSERT_TRUE(lives.until([&] { return lives.is_running(run); }));
  const int launcher = launcher_of(lives, run, 0);
  lives.drop();
  ::kill(launcher, SIGSTOP);
  ASSERT_TRUE(lives.begin());
  const auto other = lives.submit("jobs: {b: {run: 'true'}, c: {target: noop, mode: thread}}");
  ASSERT_TRUE(lives.until_ended(other));
  EXPECT_EQ(lives.scheduler().recovery().known, 0u);
  EXPECT_EQ(lives.scheduler().unheard().size(), 1u);
  // Once more, over a launcher that has a hello at its door already.
  lives.drop();
  ASSERT_TRUE(lives.begin());
  ASSERT_TRUE(lives.until([] { return true; }));
  EXPECT_EQ(lives.scheduler().recovery().known, 0u);
  ::kill(launcher, SIGCONT);
  ASSERT_TRUE(lives.until_known());
  EXPECT_TRUE(lives.is_running(run));
  touch(lives.path("go"));
  ASSERT_TRUE(lives.until_ended(run));
  EXPECT_EQ(lives.outcome(run), Outcome::succeeded);
  EXPECT_EQ(count_lines(lives.path("a"), "S"), 1u);
}

TEST(Launchers, p08_one_that_does_not_answer_a_cancel_is_killed_and_accounted_for) {
  Lives lives(Lives::Shape{1, 2, 2});
  ASSERT_TRUE(lives.begin());
  const auto run = lives.submit("jobs:\n" + waiting_job(lives, "a") + waiting_job(lives, "b"));
  ASSERT_TRUE(lives.until([&] { return lives.is_running(run, 0) && lives.is_running(run, 1); }));
  const int job = lives.pid_of(run, 0);
  const int launcher = launcher_of(lives, run, 0);
  ASSERT_NE(launcher, launcher_of(lives, run, 1));
  ::kill(launcher, SIGSTOP);
  core::event::CancelTasks cancel;
  cancel.tasks = {{run, 0, 0, 1}};
  cancel.now = true;
  lives.coordinator().post(cancel);
  ASSERT_TRUE(lives.until([&] { return lives.view(run).jobs.at(0).tasks.at(0).outcome.has_value(); }));
  EXPECT_TRUE(eventually(kPatience, [&] { return !alive(process_of(launcher)) && !alive(process_of(job)); }));
  touch(lives.path("go"));
  ASSERT_TRUE(lives.until_ended(run));
  EXPECT_EQ(lives.outcome(run, 1), Outcome::succeeded) << "the other launcher was not touched";
}

TEST(Launchers, p08_others_are_served_while_the_account_of_a_dead_one_is_taken) {
  Lives lives(Lives::Shape{1, 2, 2});
  ASSERT_TRUE(lives.begin());
  const auto run = lives.submit("jobs:\n" + waiting_job(lives, "a"));
  ASSERT_TRUE(until_begun(lives, run, "a"));
  const auto homes = std::filesystem::directory_iterator(lives.instance() + "/launchers");
  const auto journal = begin(homes)->path().string() + "/journal";
  const auto bytes = slurp(journal);
  std::filesystem::remove(journal);
  ASSERT_EQ(::mkfifo(journal.c_str(), 0600), 0);  // it takes as long to read as the test wants
  ::kill(launcher_of(lives, run, 0), SIGKILL);
  const auto other = lives.submit("jobs: {b: {target: noop, mode: thread}}");
  EXPECT_TRUE(lives.until_ended(other));
  EXPECT_TRUE(lives.is_running(run)) << "what it held stays as it is";
  std::ofstream(journal) << bytes;
  ASSERT_TRUE(lives.until_ended(run));
  EXPECT_EQ(lives.outcome(run), Outcome::lost);
  EXPECT_EQ(count_lines(lives.path("a"), "S"), 1u);
  EXPECT_TRUE(eventually(kPatience, [&] { return lives.homes() <= 1; })) << "of the dead one nothing is left";
}

TEST(Launchers, fewer_slots_after_a_restart_count_what_still_runs) {
  Lives lives(Lives::Shape{1, 4, 2});
  ASSERT_TRUE(lives.begin());
  const auto first = lives.submit("jobs:\n" + waiting_job(lives, "a") + waiting_job(lives, "b") +
                                  waiting_job(lives, "c") + waiting_job(lives, "d"));
  ASSERT_TRUE(lives.until([&] { return lives.view(first).summary.counts.of(core::TaskState::running) == 4; }));
  lives.drop();
  lives.reshape(Lives::Shape{1, 1, 1});
  ASSERT_TRUE(lives.begin());
  ASSERT_TRUE(lives.until_known());
  const auto second = lives.submit("jobs: {x: {run: 'true'}, y: {run: 'true'}, z: {run: 'true'}}");
  ASSERT_TRUE(lives.until([&] { return lives.scheduler().plan(second) != nullptr; }));
  EXPECT_EQ(lives.view(second).summary.counts.of(core::TaskState::queued), 3u);
  std::uint32_t slots = 0;
  for (const auto& w : lives.coordinator().fleet().list()) slots += w.kind == "launcher" ? w.slots : 0;
  EXPECT_EQ(slots, 1u);
  touch(lives.path("go"));
  ASSERT_TRUE(lives.until_ended(first));
  ASSERT_TRUE(lives.until_ended(second));
  EXPECT_EQ(lives.view(first).summary.outcome, Outcome::succeeded);
  EXPECT_EQ(lives.view(second).summary.outcome, Outcome::succeeded);
}

TEST(Launchers, more_slots_after_a_restart_are_filled_beside_those_that_were_there) {
  Lives lives(Lives::Shape{1, 1, 1});
  ASSERT_TRUE(lives.begin());
  const auto first = lives.submit("jobs:\n" + waiting_job(lives, "a"));
  ASSERT_TRUE(lives.until([&] { return lives.is_running(first); }));
  lives.drop();
  lives.reshape(Lives::Shape{1, 5, 1});
  ASSERT_TRUE(lives.begin());
  const auto second = lives.submit("jobs:\n" + waiting_job(lives, "b") + waiting_job(lives, "c") +
                                   waiting_job(lives, "d") + waiting_job(lives, "e"));
  ASSERT_TRUE(lives.until([&] {
    return lives.is_running(first) && lives.view(second).summary.counts.of(core::TaskState::running) == 4;
  }));
  touch(lives.path("go"));
  ASSERT_TRUE(lives.until_ended(first));
  ASSERT_TRUE(lives.until_ended(second));
}

TEST(Launchers, o09_many_that_end_in_one_moment_are_all_known) {
  Lives lives(Lives::Shape{1, 64, 2});
  ASSERT_TRUE(lives.begin());
  std::string yaml = "jobs:\n";
  for (int i = 0; i < 64; ++i)
    yaml += "  j" + std::to_string(i) + ": {command: [" + program("rota-test-child") + ", 'wait-file', '" +
            lives.path("go") + "', exit, '" + std::to_string(i % 3) + "']}\n";
  const auto run = lives.submit(yaml);
  ASSERT_TRUE(lives.until([&] { return lives.view(run).summary.counts.of(core::TaskState::running) == 64; }));
  touch(lives.path("go"));
  ASSERT_TRUE(lives.until_ended(run));
  const auto counts = lives.view(run).summary.counts;
  EXPECT_EQ(counts.of(Outcome::succeeded), 22u);
  EXPECT_EQ(counts.of(Outcome::failed), 42u);
}

}  // namespace
}  // namespace rota::test
