// Process attempts across the deaths of their coordinator: at every point of an attempt's life it is known afterwards
// what became of it, and nothing ran twice.
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <optional>

#include "shared/lane/launcher_home.h"
#include "shared/lane/message.h"
#include "shared/lane/packet.h"
#include "shared/wire/codec.h"
#include "tests/coordinator/lives.h"
#include "tests/support/eventually.h"

namespace rota::test {
namespace {

using When = MortalJournal::When;

template <class Fact>
std::function<bool(const core::Record&)> holds() {
  return [](const core::Record& r) { return r.durable && std::holds_alternative<Fact>(r.fact); };
}

std::string one_job(const Lives& lives, const std::string& then = "true") {
  return "jobs:\n  a: " + marked_wait(lives.path("marks"), lives.path("go"), then) + "\n";
}

TEST(Recovery, k03_an_attempt_whose_grant_was_not_recorded_starts_once_after_the_restart) {
  Lives lives;
  touch(lives.path("go"));
  ASSERT_TRUE(lives.begin());
  const auto run = lives.submit(one_job(lives));
  lives.journal().die(When::before, holds<core::record::Granted>());
  EXPECT_FALSE(lives.until_ended(run));
  lives.drop();
  ASSERT_TRUE(lives.begin());
  ASSERT_TRUE(lives.until_ended(run));
  EXPECT_EQ(lives.outcome(run), Outcome::succeeded);
  EXPECT_EQ(lives.view(run).jobs[0].tasks[0].attempts.size(), 1u);
  EXPECT_EQ(count_lines(lives.path("marks"), "S"), 1u);
}

TEST(Recovery, k04_an_attempt_that_was_recorded_and_never_sent_is_revoked_and_costs_no_retry) {
  Lives lives;
  touch(lives.path("go"));
  ASSERT_TRUE(lives.begin());
  const auto run = lives.submit(one_job(lives));
  lives.journal().die(When::after, holds<core::record::Granted>());
  EXPECT_FALSE(lives.until_ended(run));
  lives.drop();
  ASSERT_TRUE(lives.begin());
  ASSERT_TRUE(lives.until_ended(run));
  EXPECT_EQ(lives.outcome(run), Outcome::succeeded);
  const auto task = lives.view(run).jobs[0].tasks[0];
  ASSERT_EQ(task.attempts.size(), 2u);
  EXPECT_EQ(task.attempts[0].outcome, Outcome::revoked);
  EXPECT_EQ(count_lines(lives.path("marks"), "S"), 1u);
}

TEST(Recovery, k05_what_was_sent_and_not_read_is_refused_when_a_new_coordinator_came_first) {
  Lives lives(Lives::Shape{1, 1, 1});
  ASSERT_TRUE(lives.begin());
  const auto warm = lives.submit("jobs: {w: {run: 'true'}}");
  ASSERT_TRUE(lives.until_ended(warm));
  const auto launchers = lives.pids("launcher");
  ASSERT_EQ(launchers.size(), 1u);
  ::kill(launchers[0], SIGSTOP);
  touch(lives.path("go"));
  const auto run = lives.submit(one_job(lives));
  ASSERT_TRUE(lives.until([&] { return lives.view(run).summary.counts.of(core::TaskState::starting) == 1; }));
  lives.drop();

  ASSERT_TRUE(lives.begin());
  ASSERT_TRUE(lives.until([&] { return !lives.scheduler().recovery().over(); })) << "it is said that it is not known";
  ::kill(launchers[0], SIGCONT);
  ASSERT_TRUE(lives.until_ended(run));
  const auto task = lives.view(run).jobs[0].tasks[0];
  EXPECT_EQ(task.outcome, Outcome::succeeded);
  ASSERT_EQ(task.attempts.size(), 2u);
  EXPECT_EQ(task.attempts[0].outcome, Outcome::revoked);
  EXPECT_EQ(count_lines(lives.path("marks"), "S"), 1u);
}

TEST(Recovery, k07_running_job_survives_the_death_of_its_coordinator) {
  Lives lives;
  ASSERT_TRUE(lives.begin());
  const auto run = lives.submit(one_job(lives, "exit 7"));
  ASSERT_TRUE(lives.until([&] { return lives.is_running(run); }));
  const int pid = lives.pid_of(run);
  ASSERT_GT(pid, 0);
  lives.drop();

  ASSERT_TRUE(lives.begin());
  EXPECT_EQ(lives.scheduler().recovery().total, 1u);
  EXPECT_EQ(lives.scheduler().recovery().known, 0u);
  ASSERT_TRUE(lives.until_known());
  EXPECT_TRUE(lives.is_running(run));
  EXPECT_EQ(lives.pid_of(run), pid);
  touch(lives.path("go"));
  ASSERT_TRUE(lives.until_ended(run));
  const auto task = lives.view(run).jobs[0].tasks[0];
  ASSERT_EQ(task.attempts.size(), 1u);
  EXPECT_EQ(to_text(task.reason), "exit:7");
  EXPECT_EQ(lives.output(run), "begun\nending\n") << "nothing of its output was lost";
  EXPECT_EQ(count_lines(lives.path("marks"), "S"), 1u);
}

TEST(Recovery, k08_a_job_that_ends_while_nobody_coordinates_is_known_by_its_launcher) {
  Lives lives;
  ASSERT_TRUE(lives.begin());
  const auto run = lives.submit("jobs:\n  a: " + marked_wait(lives.path("a"), lives.path("go"), "exit 7") + "\n  b: " +
                                marked_wait(lives.path("b"), lives.path("go"), "kill -USR1 $$") + "\n");
  ASSERT_TRUE(lives.until([&] { return lives.is_running(run, 0) && lives.is_running(run, 1); }));
  const int pids[] = {lives.pid_of(run, 0), lives.pid_of(run, 1)};
  const auto dropped = monotonic_now();
  lives.drop();
  touch(lives.path("go"));
  // Its launcher has taken their ends when they are not even zombies any more.
  for (const int pid : pids) ASSERT_TRUE(eventually(kPatience, [&] { return ::kill(pid, 0) != 0; }));
  const auto ended = monotonic_now();

  ASSERT_TRUE(lives.begin());
  ASSERT_TRUE(lives.until_ended(run));
  const auto view = lives.view(run);
  EXPECT_EQ(to_text(view.jobs[0].tasks[0].reason), "exit:7");
  EXPECT_EQ(to_text(view.jobs[1].tasks[0].reason), "signal:10");
  EXPECT_EQ(view.jobs[1].tasks[0].outcome, Outcome::crashed);
  for (std::size_t job = 0; job < 2; ++job) {
    ASSERT_EQ(view.jobs[job].tasks[0].attempts.size(), 1u);
    const auto& report = view.jobs[job].tasks[0].attempts[0].report;
    EXPECT_GT(report.usage.max_rss_kib, 0);
    EXPECT_GT(report.ended, dropped);
    EXPECT_LE(report.ended, ended) << "the time of its end, not of its discovery";
    EXPECT_EQ(lives.output(run, job), "begun\nending\n");
  }
}

TEST(Recovery, k09_an_end_that_was_heard_and_not_recorded_is_told_again_and_counts_once) {
  Lives lives;
  touch(lives.path("go"));
  ASSERT_TRUE(lives.begin());
  const auto run = lives.submit(one_job(lives, "exit 3"));
  lives.journal().die(When::before, holds<core::record::AttemptEnded>());
  EXPECT_FALSE(lives.until_ended(run));
  lives.drop();
  ASSERT_TRUE(lives.begin());
  ASSERT_TRUE(lives.until_ended(run));
  const auto task = lives.view(run).jobs[0].tasks[0];
  ASSERT_EQ(task.attempts.size(), 1u);
  EXPECT_EQ(to_text(task.reason), "exit:3");
  EXPECT_EQ(count_lines(lives.path("marks"), "S"), 1u);
}

TEST(Recovery, k10_dependents_start_from_the_recorded_end_of_what_they_need) {
  Lives lives;
  touch(lives.path("go"));
  ASSERT_TRUE(lives.begin());
  const auto run = lives.submit(one_job(lives) + "  b: {run: 'echo B >> " + lives.path("marks") + "', needs: a}\n");
  lives.journal().die(When::after, holds<core::record::AttemptEnded>());
  EXPECT_FALSE(lives.until_ended(run));
  lives.drop();
  ASSERT_TRUE(lives.begin());
  ASSERT_TRUE(lives.until_ended(run));
  EXPECT_EQ(lives.view(run).summary.outcome, Outcome::succeeded);
  EXPECT_EQ(count_lines(lives.path("marks"), "S"), 1u);
  EXPECT_EQ(count_lines(lives.path("marks"), "B"), 1u);
}

TEST(Recovery, k15_deaths_at_every_step_of_the_recovery_only_make_the_start_slower) {
  Lives lives;
  ASSERT_TRUE(lives.begin());
  const auto run = lives.submit("jobs:\n  a: " + marked_wait(lives.path("a"), lives.path("go"), "exit 7") +
                                "\n  b: {run: 'echo B >> " + lives.path("b") + "', needs: {a: failed}}\n");
  ASSERT_TRUE(lives.until([&] { return lives.is_running(run); }));
  lives.drop();
  touch(lives.path("go"));
  bool ended = false;
  for (int nth = 1; nth <= 12 && !ended; ++nth) {
    for (const auto when : {When::before, When::after}) {
      lives.die_in_next_life(when, nth);
      if (!lives.begin()) {
        lives.drop();
        continue;
      }
      ended = lives.until_ended(run);
      if (ended) break;
      lives.drop();
    }
  }
  ASSERT_TRUE(ended);
  const auto view = lives.view(run);
  EXPECT_EQ(to_text(view.jobs[0].tasks[0].reason), "exit:7");
  EXPECT_EQ(view.jobs[1].tasks[0].outcome, Outcome::succeeded);
  EXPECT_EQ(count_lines(lives.path("a"), "S"), 1u);
  EXPECT_EQ(count_lines(lives.path("b"), "B"), 1u);
}

TEST(Recovery, k17_a_coordinator_that_stood_still_past_a_deadline_is_late_and_nothing_else) {
  Lives lives;
  ASSERT_TRUE(lives.begin());
  const auto run = lives.submit("jobs:\n  a: " + marked_wait(lives.path("a"), lives.path("go"), "sleep 4") +
                                "\n  t: {target: sleep, args: [1s], mode: thread, timeout: 3s, stop: {grace: 100ms}}"
                                "\n  c: {target: sleep, args: [1s], mode: async, timeout: 3s, stop: {grace: 100ms}}\n");
  const auto begun = [&](std::size_t job) {  // on a machine so slow that it has ended already, the less is shown
    return !lives.view(run).jobs[job].tasks[0].attempts.empty() || lives.is_running(run, job);
  };
  ASSERT_TRUE(lives.until([&] { return lives.is_running(run) && begun(1) && begun(2); }));
  touch(lives.path("go"));
  const int pid = lives.pid_of(run);
  // No turn until the process has ended: by then both timeouts and their graces are over, and what they would stop has
  // ended long before.
  ASSERT_TRUE(eventually(kPatience, [&] { return ::kill(pid, 0) != 0; }));
  ASSERT_TRUE(lives.until_ended(run));
  EXPECT_EQ(lives.view(run).summary.outcome, Outcome::succeeded);
  for (std::size_t job = 0; job < 3; ++job) {
    const auto task = lives.view(run).jobs[job].tasks[0];
    EXPECT_EQ(task.outcome, Outcome::succeeded) << job << to_text(task.reason);
    EXPECT_EQ(task.attempts.size(), 1u) << job;
  }
  EXPECT_TRUE(lives.seen().notes.empty()) << lives.seen().notes.front();
}

TEST(Recovery, thread_and_async_work_of_the_last_life_runs_again_free_of_charge) {
  Lives lives;
  ASSERT_TRUE(lives.begin());
  const auto run = lives.submit(R"(
jobs:
  t: {target: sleep, args: [100ms], mode: thread}
  c: {target: sleep, args: [100ms], mode: async}
)");
  ASSERT_TRUE(lives.until([&] { return lives.is_running(run, 0) && lives.is_running(run, 1); }));
  lives.drop();
  EXPECT_TRUE(lives.pids("pool").empty());
  ASSERT_TRUE(lives.begin());
  ASSERT_TRUE(lives.until_ended(run));
  EXPECT_EQ(lives.view(run).summary.outcome, Outcome::succeeded);
}

TEST(Recovery, a_launcher_that_hears_of_nothing_any_more_keeps_nothing) {
  Lives lives;
  ASSERT_TRUE(lives.begin());
  const auto run = lives.submit("jobs: {a: {run: 'true'}, b: {run: 'exit 1'}}");
  ASSERT_TRUE(lives.until_ended(run));
  lives.coordinator().dismiss(kPatience);
  EXPECT_EQ(lives.homes(), 0u) << "a launcher without work leaves in order, and its home is removed";
  lives.drop();
  EXPECT_TRUE(lives.pids("launcher").empty());
}

TEST(Recovery, segments_and_generations_are_never_given_twice) {
  Lives lives;
  ASSERT_TRUE(lives.begin());
  const auto first = lives.submit("jobs:\n  a: " + marked_wait(lives.path("a"), lives.path("go")) + "\n");
  ASSERT_TRUE(lives.until([&] { return lives.is_running(first); }));
  lives.drop();
  ASSERT_TRUE(lives.begin());
  const auto second = lives.submit("jobs: {a: {run: 'echo two', mode: thread}, b: {run: 'echo three'}}");
  ASSERT_TRUE(lives.until_ended(second));
  touch(lives.path("go"));
  ASSERT_TRUE(lives.until_ended(first));
  EXPECT_EQ(lives.output(first), "begun\nending\n");
  EXPECT_EQ(lives.output(second, 0), "two\n");
  EXPECT_EQ(lives.output(second, 1), "three\n");
  const auto segment = [&](RunId run, std::size_t job) {
    return lives.view(run).jobs[job].tasks[0].attempts.back().report.output.segment;
  };
  EXPECT_NE(segment(first, 0), segment(second, 0));
  EXPECT_NE(segment(first, 0), segment(second, 1));
  EXPECT_NE(segment(second, 0), segment(second, 1));
}

TEST(Recovery, a_cancel_that_was_asked_for_before_the_death_is_completed_after_it) {
  Lives lives;
  ASSERT_TRUE(lives.begin());
  const auto run = lives.submit("jobs: {a: {run: 'trap \"\" TERM; echo S >> " + lives.path("marks") +
                                "; while :; do sleep 0.05; done', stop: {grace: 300ms}}}");
  ASSERT_TRUE(lives.until([&] { return lives.is_running(run) && count_lines(lives.path("marks"), "S") == 1; }));
  lives.coordinator().post(core::event::CancelRun{run, StopCause::cancel_user, false});
  ASSERT_TRUE(lives.until([] { return true; }));
  lives.drop();
  ASSERT_TRUE(lives.begin());
  ASSERT_TRUE(lives.until_ended(run));
  EXPECT_EQ(lives.outcome(run), Outcome::cancelled);
}

/// A launcher as another version of Rota has it: alive, with a journal, and it sends everybody away with its own hello.
class OlderLauncher {
 public:
  /// Takes the place of one that is dead.
  explicit OlderLauncher(const std::string& launchers) {
    const auto dead = lane::list_launcher_homes(launchers).value().at(0);
    const auto aside = launchers + ".aside";
    std::filesystem::rename(dead.directory, aside);
    home_ = lane::make_launcher_home(launchers, dead.worker).value();
    std::filesystem::copy(aside + "/journal", home_->directory + "/journal");
    std::filesystem::remove_all(aside);
  }
  bool has_refused() {
    const int guest = ::accept4(home_->listener.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (guest < 0) return refused_;
    lane::PacketLink link{posix::Fd(guest)};
    const lane::up::Hello hello{lane::kProtocol - 1, home_->worker, ::getpid(), {}};
    EXPECT_TRUE(link.send(wire::encoded(lane::Up(hello))));
    EXPECT_TRUE(link.flush());
    return refused_ = true;
  }
  void end() { home_.reset(); }

 private:
  std::optional<lane::LauncherHome> home_;
  bool refused_ = false;
};

TEST(Recovery, k19_what_a_launcher_of_another_version_holds_is_left_to_it_and_known_when_it_ends) {
  Lives lives(Lives::Shape{1, 2, 2});
  ASSERT_TRUE(lives.begin());
  const auto run = lives.submit(one_job(lives, "exit 7"));
  ASSERT_TRUE(lives.until([&] { return lives.is_running(run); }));
  lives.drop();
  touch(lives.path("go"));
  ASSERT_TRUE(eventually(kPatience, [&] { return lives.pids("launcher").empty(); }));
  OlderLauncher older(lives.instance() + "/launchers");

  ASSERT_TRUE(lives.begin());
  ASSERT_TRUE(lives.until([&] { return older.has_refused() && !lives.seen().notes.empty(); }));
  EXPECT_NE(lives.seen().notes.front().find("another version of Rota"), std::string::npos) << lives.seen().notes[0];
  EXPECT_FALSE(lives.scheduler().recovery().over());
  EXPECT_EQ(to_text(lives.view(run).jobs[0].tasks[0].reason), "recovering");
  const auto other = lives.submit("jobs: {b: {run: 'true'}}");
  ASSERT_TRUE(lives.until_ended(other)) << "it holds up nobody";
  EXPECT_FALSE(lives.view(run).summary.outcome);

  older.end();
  ASSERT_TRUE(lives.until_ended(run));
  EXPECT_EQ(to_text(lives.view(run).jobs[0].tasks[0].reason), "exit:7");
  EXPECT_EQ(count_lines(lives.path("marks"), "S"), 1u);
}

TEST(Recovery, d07_a_journal_that_is_moved_away_ends_the_life_and_the_next_one_knows_what_the_launcher_knows) {
  Lives lives;
  ASSERT_TRUE(lives.begin());
  const auto run = lives.submit(one_job(lives, "exit 7"));
  ASSERT_TRUE(lives.until([&] { return lives.is_running(run); }));
  const auto file = lives.instance() + "/journal.db";
  std::filesystem::rename(file, file + ".away");
  touch(lives.path("go"));
  EXPECT_FALSE(lives.until_ended(run));
  lives.drop();
  std::filesystem::rename(file + ".away", file);
  ASSERT_TRUE(lives.begin());
  ASSERT_TRUE(lives.until_ended(run));
  EXPECT_EQ(to_text(lives.view(run).jobs[0].tasks[0].reason), "exit:7");
  EXPECT_EQ(count_lines(lives.path("marks"), "S"), 1u);
}

}  // namespace
}  // namespace rota::test
