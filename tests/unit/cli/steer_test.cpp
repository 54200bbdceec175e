// cancel, kill, hold, release and update: who is asked, what is said, and that nothing is pretended.
#include <gtest/gtest.h>

#include <csignal>

#include "tests/unit/cli/service_shell.h"

namespace rota::cli {
namespace {

using namespace testing;

answer::Stopped::Task stopped(TaskIndex task, std::string rung, std::string note = {}) {
  return {{42, 0, task},  "42/train." + std::to_string(task), "train", Outcome::cancelled, std::move(rung),
          std::move(note)};
}

struct SteerShell : ServiceShell {
  SteerShell() {
    service.alive = {a_run(42, "x", {running_job(0, "train")}), a_run(43, "y", {running_job(0, "b")})};
    service.on<ask::Cancel>([](const ask::Cancel&) -> Result<control::Reply> {
      return control::Reply(answer::Stopped{{stopped(0, "not started"), stopped(1, "asked"), stopped(2, "killed")}});
    });
    service.on<ask::Kill>([](const ask::Kill&) -> Result<control::Reply> { return control::Reply(answer::Done{2}); });
    service.on<ask::Hold>([](const ask::Hold&) -> Result<control::Reply> { return control::Reply(answer::Done{1}); });
    service.on<ask::Pause>([](const ask::Pause&) -> Result<control::Reply> {
      return control::Reply(answer::Paused{3, 1, 8, 0});
    });
    service.on<ask::Update>(
        [](const ask::Update&) -> Result<control::Reply> { return control::Reply(answer::Done{1}); });
  }
};

TEST(Cancel, says_how_far_it_had_to_go_for_each_task_that_had_begun) {
  SteerShell shell;
  const auto e = shell.type({"cancel", "42"});
  EXPECT_EQ(e.exit.code, 0) << e.err;
  EXPECT_EQ(e.out,
            "3 tasks ended: 1 not started, 1 asked, 1 killed\n"
            "TASK        OUTCOME    HOW\n"
            "42/train.1  cancelled  asked\n"
            "42/train.2  cancelled  killed\n");
}

TEST(Cancel, asks_with_numbers_grace_and_reason) {
  SteerShell shell;
  shell.type({"cancel", "last", "42/train.5-9", "--grace", "2s", "--reason", "wrong data"});
  const auto ask = shell.service.asked<ask::Cancel>().at(0);
  EXPECT_EQ(ask.selectors, "43,42/train[5-9]");
  EXPECT_EQ(ask.grace, std::chrono::seconds(2));
  EXPECT_EQ(ask.reason, "wrong data");
  EXPECT_FALSE(ask.now);
  shell.type({"cancel", "--now", "all"});
  EXPECT_EQ(shell.service.asked<ask::Cancel>().at(1).selectors, "42,43");
  EXPECT_TRUE(shell.service.asked<ask::Cancel>().at(1).now);
}

TEST(Cancel, what_may_have_survived_is_said_and_is_1) {
  SteerShell shell;
  shell.service.on<ask::Cancel>([](const ask::Cancel&) -> Result<control::Reply> {
    return control::Reply(answer::Stopped{{stopped(0, "killed", "pid 99 lives on")}});
  });
  const auto e = shell.type({"cancel", "42"});
  EXPECT_EQ(e.exit.code, 1);
  EXPECT_TRUE(has(e.out, "pid 99 lives on")) << e.out;
}

TEST(Cancel, what_has_ended_is_no_error_and_is_not_asked_for) {
  SteerShell shell;
  const auto id = std::to_string(shell.ended_foreground(a_run(1, "x", {ended_job(0, "a", Outcome::succeeded)})));
  const auto e = shell.type({"cancel", id});
  EXPECT_EQ(e.exit.code, 0);
  EXPECT_EQ(e.err, "rota cancel: " + id + " has ended already: run " + id + " succeeded\n");
  EXPECT_TRUE(shell.service.asked<ask::Cancel>().empty());
  EXPECT_TRUE(has(shell.type({"cancel", "--json", id}).out, R"("ended_before":[)" + id + "]"));
  shell.service.alive.clear();
  EXPECT_EQ(shell.type({"cancel", "all"}).err, "rota cancel: nothing is active\n");
}

TEST(Cancel, a_run_in_a_terminal_that_does_not_listen_is_5_and_says_where_to_press) {
  SteerShell shell;
  const auto instance = shell.live_foreground();
  const auto id = std::to_string(instance.run);
  const auto e = shell.type({"cancel", id});
  EXPECT_EQ(e.exit.code, 5);
  EXPECT_TRUE(has(e.err, "press Ctrl-C there")) << e.err;
  EXPECT_TRUE(has(e.err, "`kill -INT " + std::to_string(::getpid()) + "`")) << e.err;
  EXPECT_EQ(shell.type({"cancel", "--json", id}).exit.code, 5);
}

TEST(Cancel, a_run_in_a_terminal_that_listens_is_asked_there) {
  SteerShell shell;
  const auto instance = shell.live_foreground();
  PlayedService there;
  there.on<ask::Cancel>([](const ask::Cancel&) -> Result<control::Reply> {
    return control::Reply(answer::Stopped{{stopped(0, "asked")}});
  });
  shell.others[instance.directory + "/sock"] = &there;
  EXPECT_EQ(shell.type({"cancel", std::to_string(instance.run)}).exit.code, 0);
  EXPECT_EQ(there.asked<ask::Cancel>().at(0).selectors, std::to_string(instance.run));
  EXPECT_TRUE(shell.service.asked<ask::Cancel>().empty());
}

TEST(Cancel, what_can_be_done_is_done_and_the_rest_is_told) {
  SteerShell shell;
  const auto instance = shell.live_foreground();
  const auto e = shell.type({"cancel", "42", std::to_string(instance.run)});
  EXPECT_EQ(e.exit.code, 5);
  EXPECT_TRUE(has(e.out, "3 tasks ended")) << e.out;
  EXPECT_TRUE(has(e.err, "press Ctrl-C")) << e.err;
}

TEST(Cancel, json_is_a_document_with_every_task) {
  SteerShell shell;
  const auto e = shell.type({"cancel", "--json", "42"});
  EXPECT_EQ(e.err, "");
  EXPECT_TRUE(has(e.out, R"({"schema":"rota/1","tasks":[{"id":"42/train.0","run":42,"job":"train","task":0,)"
                         R"("outcome":"cancelled","how":"not started","note":null})"))
      << e.out;
}

TEST(Cancel, what_is_not_there_is_3_and_what_is_no_selector_2) {
  SteerShell shell;
  EXPECT_EQ(shell.type({"cancel", "99"}).exit.code, 3);
  EXPECT_EQ(shell.type({"cancel", "42/"}).exit.code, 2);
  const auto json = shell.type({"cancel", "--json", "99"});
  EXPECT_EQ(json.exit.code, 3);
  EXPECT_TRUE(has(json.out, R"("code":"not_found")")) << json.out;
}

TEST(Last, is_the_newest_run_also_while_its_service_goes_and_says_nothing_more) {
  ServiceShell shell;
  const RunId older = shell.ended_foreground(a_run(0, "older", {ended_job(0, "x", Outcome::succeeded, {})}));
  const auto instance = shell.service_instance();
  auto journal = store::open_service_journal(instance.directory).value();
  const std::vector<core::Record> records{
      {core::record::Submitted{older + 1, kSubmitted, test::a_plan("newer").job("work").done(), {}}}};
  ASSERT_TRUE(journal->commit({records, {}}));
  shell.service.on<ask::List>([](const ask::List&) -> Result<control::Reply> {
    return fail(Code::unreachable, "the coordinator closed the connection");
  });
  const auto e = shell.type({"cancel", "last"});
  EXPECT_FALSE(has(e.err, "has ended already")) << e.err;
  EXPECT_NE(e.exit.code, 0);
}

TEST(Cancel, a_service_that_refuses_or_went_away_decides_the_exit) {
  SteerShell shell;
  shell.service.on<ask::Cancel>([](const ask::Cancel&) -> Result<control::Reply> {
    return control::Reply(refusal(Code::not_found, "run 42 has no job 'tran'", "did you mean 'train'?"));
  });
  const auto e = shell.type({"cancel", "42/tran"});
  EXPECT_EQ(e.exit.code, 3);
  EXPECT_EQ(e.err, "rota cancel: run 42 has no job 'tran': did you mean 'train'?\n");
  shell.service.on<ask::Cancel>([](const ask::Cancel&) -> Result<control::Reply> {
    return fail(Code::unreachable, "the coordinator went away");
  });
  EXPECT_EQ(shell.type({"cancel", "42"}).exit.code, 4);
}

TEST(Kill, sends_the_signal_and_says_to_how_many) {
  SteerShell shell;
  const auto e = shell.type({"kill", "-s", "USR1", "42/train"});
  EXPECT_EQ(e.exit.code, 0);
  EXPECT_EQ(e.out, "SIGUSR1 sent to 2 attempts\n");
  EXPECT_EQ(shell.service.asked<ask::Kill>().at(0).signal, SIGUSR1);
  shell.type({"kill", "42"});
  EXPECT_EQ(shell.service.asked<ask::Kill>().at(1).signal, SIGTERM);
}

TEST(Kill, what_has_no_process_or_has_ended_is_5) {
  SteerShell shell;
  shell.service.on<ask::Kill>([](const ask::Kill&) -> Result<control::Reply> {
    return control::Reply(refusal(Code::refused, "nothing of 42 runs as a process of its own just now"));
  });
  EXPECT_EQ(shell.type({"kill", "42"}).exit.code, 5);
  const auto id = std::to_string(shell.ended_foreground(a_run(1, "x", {ended_job(0, "a", Outcome::succeeded)})));
  const auto e = shell.type({"kill", id});
  EXPECT_EQ(e.exit.code, 5);
  EXPECT_TRUE(has(e.err, "has ended already")) << e.err;
}

TEST(Hold, holds_runs_and_jobs_and_says_how_to_go_back) {
  SteerShell shell;
  const auto e = shell.type({"hold", "42", "43/b"});
  EXPECT_EQ(e.exit.code, 0);
  EXPECT_EQ(e.out, "42,43/b held: nothing of it starts until `rota release 42,43/b`\n");
  EXPECT_TRUE(shell.service.asked<ask::Hold>().at(0).hold);
  EXPECT_EQ(shell.type({"release", "42"}).out, "42 released\n");
  EXPECT_FALSE(shell.service.asked<ask::Hold>().at(1).hold);
}

TEST(Hold, single_tasks_are_2_and_a_service_that_is_not_there_4) {
  SteerShell shell;
  const auto e = shell.type({"hold", "42/train.3"});
  EXPECT_EQ(e.exit.code, 2);
  EXPECT_EQ(e.err, "rota hold: hold is for whole runs and jobs: `rota hold 42/train`\n");
  shell.service_up = false;
  EXPECT_EQ(shell.type({"hold", "42"}).exit.code, 3) << "nobody knows of run 42";
}

TEST(Pause, says_what_stands_still_and_what_cannot_and_how_to_go_back) {
  SteerShell shell;
  const auto e = shell.type({"pause", "42"});
  EXPECT_EQ(e.exit.code, 0) << e.err;
  EXPECT_EQ(e.out,
            "42 paused: 3 attempts stand still, 8 tasks wait until `rota resume 42`\n"
            "1 attempt of it goes on: only a process can stand still (mode: process)\n");
  EXPECT_TRUE(shell.service.asked<ask::Pause>().at(0).pause);
  EXPECT_FALSE(shell.service.asked<ask::Pause>().at(0).by.empty());
  EXPECT_EQ(shell.type({"resume", "42/train.3"}).out,
            "42/train[3] resumed: 3 attempts go on, 8 tasks may start\n");
  EXPECT_FALSE(shell.service.asked<ask::Pause>().at(1).pause);
  EXPECT_EQ(shell.type({"pause", "--json", "42"}).out,
            R"({"schema":"rota/1","pause":true,"attempts":3,"running":1,"waiting":8,"not_begun":0})"
            "\n");
}

TEST(Pause, what_cannot_stand_still_is_5_and_a_run_in_a_terminal_is_asked_there) {
  SteerShell shell;
  shell.service.on<ask::Pause>([](const ask::Pause&) -> Result<control::Reply> {
    return control::Reply(refusal(Code::refused, "42/train.1 runs on a thread", ""));
  });
  const auto e = shell.type({"pause", "42/train.1"});
  EXPECT_EQ(e.exit.code, 5);
  EXPECT_TRUE(has(e.err, "rota pause: 42/train.1 runs on a thread")) << e.err;
  const auto instance = shell.live_foreground();
  const auto there = shell.type({"pause", std::to_string(instance.run)});
  EXPECT_EQ(there.exit.code, 5);
  EXPECT_TRUE(has(there.err, "cannot be asked from elsewhere to pause")) << there.err;
}

TEST(Update, asks_for_other_terms_of_what_is_alive_and_says_them_back) {
  SteerShell shell;
  const auto e = shell.type({"update", "42", "43/b", "--priority", "-5", "--max-parallel", "3"});
  EXPECT_EQ(e.exit.code, 0) << e.err;
  EXPECT_EQ(e.out, "42,43/b goes on with priority -5 and at most 3 tasks at once\n");
  const auto asked = shell.service.asked<ask::Update>().at(0);
  EXPECT_EQ(asked.priority, std::optional<std::int32_t>(-5));
  EXPECT_EQ(asked.max_parallel, std::optional<std::uint32_t>(3));
  EXPECT_EQ(shell.type({"update", "42", "--max-parallel", "none"}).out,
            "42 goes on with no bound of its own on tasks at once\n");
  EXPECT_EQ(shell.service.asked<ask::Update>().at(1).max_parallel, std::optional<std::uint32_t>(0));
  EXPECT_EQ(shell.service.asked<ask::Update>().at(1).priority, std::nullopt);
}

TEST(Update, what_is_wrong_is_2_and_what_has_ended_5) {
  SteerShell shell;
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"update", "42"}, {"update", "42", "--priority", "101"},
        {"update", "42", "--priority", "high"}, {"update", "42", "--max-parallel", "0"}, {"update", "--priority", "1"},
        {"update", "42/train.3", "--priority", "1"}}) {
    const auto e = shell.type(words);
    EXPECT_EQ(e.exit.code, 2) << words.back();
    EXPECT_FALSE(e.err.empty());
  }
  const auto id = std::to_string(shell.ended_foreground(a_run(1, "x", {ended_job(0, "a", Outcome::succeeded)})));
  const auto e = shell.type({"update", id, "--priority", "1"});
  EXPECT_EQ(e.exit.code, 5);
  EXPECT_TRUE(has(e.err, "its terms can no longer change")) << e.err;
  EXPECT_TRUE(shell.service.asked<ask::Update>().empty());
}

}  // namespace
}  // namespace rota::cli
