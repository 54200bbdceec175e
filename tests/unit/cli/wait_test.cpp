// wait: by whom it is answered, when it ends and with what.
#include <gtest/gtest.h>

#include "tests/unit/cli/service_shell.h"

namespace rota::cli {
namespace {

using namespace testing;

core::RunView ended(RunId run, Outcome outcome) { return a_run(run, "x", {ended_job(0, "a", outcome)}); }

answer::Waited waited(RunId run, Outcome outcome) { return {true, {ended(run, outcome).summary}, {outcome}}; }

struct WaitShell : ServiceShell {
  WaitShell() { service.alive = {a_run(42, "x", {running_job(0, "a")})}; }
  void answers(answer::Waited w) {
    service.on<ask::Wait>([w](const ask::Wait&) -> Result<control::Reply> { return control::Reply(w); });
  }
};

TEST(Wait, says_how_a_run_of_the_service_ended_and_ends_with_that) {
  WaitShell shell;
  shell.answers(waited(42, Outcome::succeeded));
  const auto good = shell.type({"wait", "42"});
  EXPECT_EQ(good.exit.code, 0);
  EXPECT_EQ(good.out, "run 42 succeeded: 1 task in 5.0s\n");
  shell.answers(waited(42, Outcome::failed));
  EXPECT_EQ(shell.type({"wait", "42"}).exit.code, 1);
  EXPECT_EQ(shell.type({"wait", "-q", "42"}).out, "");
}

TEST(Wait, what_was_named_is_told_by_its_name_and_not_by_its_run) {
  WaitShell shell;
  shell.answers({true, {shell.service.alive[0].summary}, {Outcome::cancelled}});
  const auto part = shell.type({"wait", "42/a[3-5]"});
  EXPECT_EQ(part.exit.code, 1);
  EXPECT_EQ(part.out, "42/a[3-5] cancelled\n");
  shell.answers({true, {ended(42, Outcome::failed).summary}, {Outcome::succeeded, Outcome::failed}});
  EXPECT_EQ(shell.type({"wait", "42/a", "42"}).out, "42/a succeeded\nrun 42 failed: 1 failed in 5.0s\n");
}

TEST(Wait, asks_with_the_numbers_and_the_conditions) {
  WaitShell shell;
  shell.answers(waited(42, Outcome::succeeded));
  shell.type({"wait", "--any", "--until", "running", "--timeout", "5m", "last", "42/a"});
  const auto ask = shell.service.asked<ask::Wait>().at(0);
  EXPECT_EQ(ask.selectors, "42,42/a");
  EXPECT_TRUE(ask.any);
  EXPECT_EQ(ask.until, ask::Until::running);
  EXPECT_EQ(shell.service.last_within(), std::chrono::minutes(5));
}

TEST(Wait, running_is_enough_whatever_comes_after) {
  WaitShell shell;
  shell.answers({true, {shell.service.alive[0].summary}, {}});
  const auto e = shell.type({"wait", "--until", "running", "42"});
  EXPECT_EQ(e.exit.code, 0);
  EXPECT_EQ(e.out, "run 42 is running\n");
}

TEST(Wait, success_that_can_no_longer_be_is_1) {
  WaitShell shell;
  shell.answers({false, {ended(42, Outcome::failed).summary}, {Outcome::failed}});
  EXPECT_EQ(shell.type({"wait", "--until", "success", "42"}).exit.code, 1);
  const auto json = shell.type({"wait", "--until", "success", "--json", "42"});
  EXPECT_TRUE(has(json.out, R"({"schema":"rota/1","satisfied":false,"timed_out":false,"runs":[{"run":42)")) << json.out;
}

TEST(Wait, when_the_time_is_up_it_is_124_and_says_what_is_still_under_way) {
  WaitShell shell;
  shell.service.on<ask::Wait>([&](const ask::Wait&) -> Result<control::Reply> {
    shell.clock.advance(std::chrono::minutes(5));
    return fail(Code::unreachable, "the coordinator does not answer: timed out");
  });
  const auto e = shell.type({"wait", "--timeout", "5m", "42"});
  EXPECT_EQ(e.exit.code, 124);
  EXPECT_EQ(e.out, "");
  EXPECT_EQ(e.err, "rota wait: the time was up after 5m: run 42 is running\n");
  const auto json = shell.type({"wait", "--timeout", "5m", "--json", "42"});
  EXPECT_EQ(json.exit.code, 124);
  EXPECT_TRUE(has(json.out, R"("satisfied":false,"timed_out":true)")) << json.out;
}

TEST(Wait, a_service_that_goes_away_is_waited_for_too) {
  WaitShell shell;
  int asked = 0;
  shell.service.on<ask::Wait>([&](const ask::Wait&) -> Result<control::Reply> {
    if (++asked > 1) return control::Reply(waited(42, Outcome::succeeded));
    shell.service_up = false;
    return fail(Code::unreachable, "the coordinator closed the connection");
  });
  shell.on_rest = [&] { shell.service_up = shell.rests >= 3; };
  const auto e = shell.type({"wait", "42"});
  EXPECT_EQ(e.exit.code, 0);
  EXPECT_EQ(asked, 2);
  EXPECT_EQ(e.err, "rota wait: the service went away; waiting for it to come back (Ctrl-C ends the waiting)\n");
}

TEST(Wait, all_and_last_mean_what_they_meant_in_the_beginning) {
  WaitShell shell;
  int asked = 0;
  shell.service.on<ask::Wait>([&](const ask::Wait& w) -> Result<control::Reply> {
    EXPECT_EQ(w.selectors, "42,42");
    if (++asked > 1) return control::Reply(waited(42, Outcome::succeeded));
    shell.service.alive.insert(shell.service.alive.begin(), a_run(43, "later", {running_job(0, "a")}));
    return fail(Code::unreachable, "the coordinator closed the connection");
  });
  EXPECT_EQ(shell.type({"wait", "all", "last"}).exit.code, 0);
  EXPECT_EQ(asked, 2);
}

TEST(Wait, a_service_that_stays_away_is_4) {
  WaitShell shell;
  shell.service.on<ask::Wait>([&](const ask::Wait&) -> Result<control::Reply> {
    shell.service_up = false;
    return fail(Code::unreachable, "the coordinator closed the connection");
  });
  const auto e = shell.type({"wait", "42"});
  EXPECT_EQ(e.exit.code, 4);
  EXPECT_TRUE(has(e.err, "start rotad")) << e.err;
}

TEST(Wait, what_has_ended_is_known_without_asking) {
  WaitShell shell;
  shell.service.alive.clear();
  const auto good = shell.ended_foreground(ended(1, Outcome::succeeded));
  const auto bad = shell.ended_foreground(ended(2, Outcome::failed));
  EXPECT_EQ(shell.type({"wait", std::to_string(good)}).exit.code, 0);
  EXPECT_EQ(shell.type({"wait", std::to_string(bad)}).exit.code, 1);
  EXPECT_EQ(shell.type({"wait", std::to_string(bad) + "/a"}).exit.code, 1);
  EXPECT_EQ(shell.type({"wait", "--any", "--until", "success", std::to_string(bad), std::to_string(good)}).exit.code,
            0);
  EXPECT_EQ(shell.type({"wait", "--until", "success", std::to_string(bad), std::to_string(good)}).exit.code, 1);
  EXPECT_TRUE(shell.service.asked<ask::Wait>().empty());
}

TEST(Wait, a_run_in_a_terminal_is_waited_for_through_its_lock) {
  WaitShell shell;
  shell.service_up = false;
  std::optional<store::Instance> instance = shell.live_foreground();
  const auto id = std::to_string(instance->run);
  EXPECT_EQ(shell.type({"wait", "--until", "running", id}).exit.code, 0);
  const auto late = shell.type({"wait", "--timeout", "2s", id});
  EXPECT_EQ(late.exit.code, 124);
  EXPECT_TRUE(has(late.err, "run " + id + " is running")) << late.err;
  shell.on_rest = [&] { instance.reset(); };  // its coordinator dies
  const auto e = shell.type({"wait", id});
  EXPECT_EQ(e.exit.code, 1);
  EXPECT_TRUE(has(e.out, "lost")) << e.out;
}

TEST(Wait, any_of_a_terminals_run_and_one_of_the_service_looks_at_both) {
  WaitShell shell;
  auto instance = shell.live_foreground();
  unsigned asked = 0;
  shell.service.on<ask::Wait>([&](const ask::Wait&) -> Result<control::Reply> {
    if (++asked < 3) return fail(Code::unreachable, "the coordinator does not answer: timed out");
    return control::Reply(waited(42, Outcome::succeeded));
  });
  EXPECT_EQ(shell.type({"wait", "--any", std::to_string(instance.run), "42"}).exit.code, 0);
  EXPECT_EQ(asked, 3u);
}

TEST(Wait, what_is_not_there_is_3) {
  WaitShell shell;
  EXPECT_EQ(shell.type({"wait", "99"}).exit.code, 3);
  EXPECT_EQ(shell.type({"wait", "99"}).err, "rota wait: no such run 99: `rota ps -a` lists them\n");
}

}  // namespace
}  // namespace rota::cli
