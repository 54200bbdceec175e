// The service as a stranger uses it: every verb of its clients, on the command line and as JSON.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <boost/json.hpp>
#include <map>

#include "tests/e2e/service_scene.h"

namespace rota::test {
namespace {

namespace json = boost::json;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

const std::string kGated = "while [ ! -e go ]; do sleep 0.05; done";

/// A service that runs for the whole test and is asked to stop at its end.
class ClientsOfTheService : public ::testing::Test {
 protected:
  void TearDown() override {
    if (rotad_.ended()) return;
    EXPECT_EQ(ask({"daemon", "stop", "--all"}).status, 0);
    EXPECT_EQ(rotad_.wait().status, 0);
    EXPECT_TRUE(service_.scene().nothing_lives()) << describe(service_.scene().living());
  }
  Ended ask(std::vector<std::string> words) const { return service_.ask(std::move(words)); }
  json::object asked(std::vector<std::string> words) const {
    words.push_back("--json");
    const auto e = ask(words);
    EXPECT_EQ(e.status, 0) << told(e);
    auto o = json::parse(e.out).as_object();
    EXPECT_EQ(o.at("schema").as_string(), "rota/1");
    return o;
  }
  std::string gated(const std::string& more = "") const {
    return service_.submit("jobs:\n  x: {run: 'echo up; echo S >> marks; " + kGated + "'" + more + "}\n");
  }
  bool began(std::size_t times = 1) const {
    return eventually(kPatience, [&] { return service_.lines("marks").size() >= times; });
  }
  void go() const { service_.scene().write("go", ""); }

  Service service_;
  Running rotad_ = service_.up({"--pool", "1", "--process-slots", "4"});
};

TEST_F(ClientsOfTheService, submit_says_the_number_and_wait_how_it_ended) {
  const auto file =
      service_.scene().write("a.yaml", "name: nightly\nparams: {n: {default: 1}}\njobs:\n  x: {run: 'exit 3'}\n");
  const auto e = ask({"submit", file});
  EXPECT_EQ(e.status, 0);
  EXPECT_THAT(e.out, HasSubstr("1"));
  EXPECT_THAT(e.out, HasSubstr("nightly"));
  const auto waited = ask({"wait", "1"});
  EXPECT_EQ(waited.status, 1) << told(waited);
  EXPECT_THAT(waited.out + waited.err, HasSubstr("failed"));
  EXPECT_EQ(ask({"submit", "--wait", file}).status, 1);
  const auto named = asked({"submit", "--name", "other", file});
  EXPECT_EQ(named.at("submitted").at(0).at("run").as_int64(), 3) << json::serialize(named);
  EXPECT_EQ(ask({"wait", "99"}).status, 3);
}

TEST_F(ClientsOfTheService, submit_refuses_a_wrong_file_whole_and_with_its_places) {
  const auto file = service_.scene().write("bad.yaml", "jobs:\n  x: {rn: echo}\n");
  const auto e = ask({"submit", file});
  EXPECT_EQ(e.status, 2);
  EXPECT_THAT(e.err, HasSubstr("bad.yaml:2:7: error: unknown field 'rn'")) << told(e);
  EXPECT_EQ(ask({"submit", "--dry-run", file}).status, 2);
  EXPECT_EQ(ask({"submit", "--dry-run", service_.scene().write("good.yaml", "jobs: {x: {run: echo}}\n")}).status, 0);
  EXPECT_EQ(ask({"ps", "-a", "-q"}).out, "") << "nothing was submitted";
  EXPECT_EQ(ask({"submit", service_.path("none.yaml")}).status, 2);
}

TEST_F(ClientsOfTheService, c08_the_same_submission_sent_a_hundred_times_is_one_run) {
  const auto file = service_.scene().write("a.yaml", "jobs: {x: {run: 'echo S >> marks'}}\n");
  std::vector<Running> all;
  for (int i = 0; i < 100; ++i) {
    all.push_back(service_.rota({"submit", "-q", "--idempotency-key", "once", file}).start());
    if (i % 10 == 9) {
      for (auto& r : all) EXPECT_EQ(r.wait().out, "1\n");
      all.clear();
    }
  }
  EXPECT_EQ(ask({"wait", "1"}).status, 0);
  EXPECT_EQ(service_.lines("marks").size(), 1u);
  EXPECT_EQ(ask({"ps", "-a", "-q"}).out, "1\n");
}

TEST_F(ClientsOfTheService, ps_show_and_logs_tell_of_a_run_while_it_runs_and_after) {
  const auto run = gated();
  ASSERT_TRUE(began());
  EXPECT_THAT(ask({"ps"}).out, HasSubstr(" R "));
  EXPECT_THAT(ask({"show", run + "/x"}).out, HasSubstr("running"));
  EXPECT_TRUE(eventually(kPatience, [&] { return ask({"logs", run}).out == "up\n"; }));
  auto follower = service_.rota({"logs", "-f", run}).start();
  follower.until_out("up");
  const auto runs = asked({"ps"}).at("runs").as_array();
  ASSERT_EQ(runs.size(), 1u);
  EXPECT_EQ(runs[0].at("state").as_string(), "running");
  go();
  const auto followed = follower.wait();
  EXPECT_EQ(followed.out, "up\n") << told(followed);
  EXPECT_EQ(ask({"wait", run}).status, 0);
  EXPECT_THAT(ask({"ps"}).out, HasSubstr(" CD "));
  EXPECT_THAT(ask({"show", run}).out, HasSubstr("succeeded"));
  EXPECT_THAT(ask({"history"}).out, HasSubstr(run));
  EXPECT_EQ(asked({"history"}).at("runs").as_array().size(), 1u);
  EXPECT_EQ(ask({"show", "77"}).status, 3);
}

TEST_F(ClientsOfTheService, cancel_returns_when_it_is_true_and_says_how_far_it_had_to_go) {
  const auto run = service_.submit(
      "jobs:\n  hard: {run: 'trap \"\" TERM; echo S >> marks; while :; do sleep 0.05; done', stop: {grace: 200ms}}\n"
      "  after: {run: echo, needs: hard}\n");
  ASSERT_TRUE(began());
  const auto e = ask({"cancel", run, "--reason", "wrong data"});
  EXPECT_EQ(e.status, 0) << told(e);
  EXPECT_THAT(e.out, HasSubstr("killed"));
  EXPECT_THAT(e.out, HasSubstr("not started"));
  EXPECT_TRUE(service_.story(run)["hard"].outcome == "cancelled");
  EXPECT_EQ(ask({"wait", run}).status, 1);
  EXPECT_EQ(ask({"cancel", "99"}).status, 3);
}

TEST_F(ClientsOfTheService, kill_sends_a_signal_to_what_runs) {
  const auto run = service_.submit(
      "jobs:\n  x: {run: 'trap \"echo USR1 >> marks; exit 5\" USR1; echo S >> marks; while :; do sleep 0.05; done'}\n");
  ASSERT_TRUE(began());
  EXPECT_EQ(ask({"kill", "-s", "USR1", run}).status, 0);
  EXPECT_EQ(ask({"wait", run}).status, 1);
  EXPECT_EQ(service_.story(run)["x"].reason, "exit:5");
  EXPECT_EQ(ask({"kill", run}).status, 5) << "it has ended";
}

TEST_F(ClientsOfTheService, hold_and_release_and_what_explain_says_meanwhile) {
  const auto run = service_.submit("jobs: {x: {run: 'echo S >> marks'}}\n", {"--hold"});
  EXPECT_THAT(ask({"ps"}).out, HasSubstr("HD"));
  for (const auto* state : {"HD", "held", "PD"}) EXPECT_THAT(ask({"ps", "-t", state}).out, HasSubstr("HD")) << state;
  const auto why = ask({"explain", run});
  EXPECT_EQ(why.status, 0) << told(why);
  EXPECT_THAT(why.out, HasSubstr("hold"));
  EXPECT_THAT(why.out, HasSubstr("rota release"));
  EXPECT_EQ(ask({"wait", run, "--timeout", "200ms"}).status, 124);
  EXPECT_EQ(ask({"release", run}).status, 0);
  EXPECT_EQ(ask({"wait", run}).status, 0);

  const auto other = gated();
  ASSERT_TRUE(began(2));
  EXPECT_EQ(ask({"hold", other}).status, 0) << "what runs goes on";
  EXPECT_EQ(ask({"ps", "-t", "held"}).out, "");
  go();
  EXPECT_EQ(ask({"wait", other}).status, 0);
}

TEST_F(ClientsOfTheService, explain_follows_a_failure_to_where_it_began) {
  const auto run = service_.submit(
      "jobs:\n  first: {run: 'exit 9'}\n  second: {run: echo, needs: first}\n  third: {run: echo, needs: second}\n");
  EXPECT_EQ(ask({"wait", run}).status, 1);
  const auto why = ask({"why", run + "/third"});
  EXPECT_THAT(why.out, HasSubstr("first")) << told(why);
  EXPECT_THAT(why.out, HasSubstr("9"));
}

TEST_F(ClientsOfTheService, begin_and_after_keep_a_run_back) {
  const auto first = gated();
  const auto second = service_.submit("jobs: {y: {run: echo}}\n", {"--after", first});
  const auto third = service_.submit("jobs: {z: {run: echo}}\n", {"--begin", "now+1h"});
  ASSERT_TRUE(began());
  EXPECT_THAT(ask({"explain", second}).out, HasSubstr(first));
  EXPECT_THAT(ask({"explain", third}).out, HasSubstr("begin"));
  go();
  EXPECT_EQ(ask({"wait", first, second}).status, 0);
  EXPECT_GE(service_.story(second)["y"].attempts[0].started, service_.story(first)["x"].attempts[0].ended);
  EXPECT_EQ(ask({"wait", third, "--timeout", "100ms"}).status, 124);
}

TEST_F(ClientsOfTheService, retry_runs_only_what_is_not_done) {
  const auto run = service_.submit(
      "jobs:\n  good: {run: 'echo good >> marks'}\n  bad: {run: 'echo bad >> marks; [ -e fixed ]', needs: good}\n"
      "  end: {run: 'echo end >> marks', needs: bad}\n");
  EXPECT_EQ(ask({"wait", run}).status, 1);
  service_.scene().write("fixed", "");
  const auto e = ask({"retry", "-q", "--failed", run});
  ASSERT_EQ(e.status, 0) << told(e);
  const auto again = e.out.substr(0, e.out.find('\n'));
  EXPECT_EQ(ask({"wait", again}).status, 0);
  EXPECT_EQ(service_.lines("marks"), (std::vector<std::string>{"good", "bad", "bad", "end"}));
  EXPECT_EQ(service_.story(again)["good"].outcome, "skipped");
}

TEST_F(ClientsOfTheService, c07_a_client_that_dies_takes_nothing_with_it) {
  const auto run = gated();
  ASSERT_TRUE(began());
  auto waiter = service_.rota({"wait", run}).start();
  auto follower = service_.rota({"logs", "-f", run}).start();
  auto canceller = service_.rota({"wait", run, "--until", "success"}).start();
  follower.until_out("up");
  for (auto* client : {&waiter, &follower, &canceller}) {
    client->signal(SIGKILL);
    client->wait();
  }
  EXPECT_EQ(ask({"daemon", "status"}).status, 0);
  go();
  EXPECT_EQ(ask({"wait", run}).status, 0);
}

TEST_F(ClientsOfTheService, drain_starts_nothing_new_and_finishes_what_runs) {
  const auto run = gated();
  ASSERT_TRUE(began());
  EXPECT_EQ(ask({"daemon", "drain"}).status, 0);
  const auto later = service_.submit("jobs: {y: {run: echo}}\n");
  EXPECT_THAT(ask({"explain", later}).out, HasSubstr("drain"));
  go();
  EXPECT_EQ(ask({"wait", run}).status, 0);
  EXPECT_EQ(ask({"wait", later, "--timeout", "200ms"}).status, 124);
  EXPECT_EQ(ask({"daemon", "drain", "--off"}).status, 0);
  EXPECT_EQ(ask({"wait", later}).status, 0);
}

TEST_F(ClientsOfTheService, workers_status_events_limits_and_doctor_tell_what_there_is) {
  const auto run = gated();
  ASSERT_TRUE(began());
  const auto workers = ask({"worker", "list"});
  EXPECT_THAT(workers.out, HasSubstr("launcher")) << told(workers);
  EXPECT_GE(asked({"worker", "list"}).at("workers").as_array().size(), 1u);
  const auto status = ask({"daemon", "status"});
  EXPECT_THAT(status.out, HasSubstr(std::to_string(rotad_.pid())));
  EXPECT_THAT(status.out, HasSubstr("4 (--process-slots)"));
  go();
  EXPECT_EQ(ask({"wait", run}).status, 0);
  const auto events = ask({"events"});
  EXPECT_EQ(events.status, 0) << told(events);
  EXPECT_THAT(events.out, HasSubstr(run + "/x"));
  for (const auto& line : split_lines(ask({"events", "--jsonl"}).out))
    EXPECT_TRUE(json::parse(line).is_object()) << line;
  EXPECT_THAT(ask({"limits"}).out, HasSubstr("runs_queued"));
  const auto doctor = ask({"doctor"});
  EXPECT_EQ(doctor.status, 0) << told(doctor);
  EXPECT_THAT(doctor.out, HasSubstr("--process-slots"));
}

TEST_F(ClientsOfTheService, prune_forgets_finished_runs_with_their_output) {
  for (int i = 0; i < 3; ++i) {
    const auto run = service_.submit("jobs: {x: {run: echo}}\n");
    EXPECT_EQ(ask({"wait", run}).status, 0);
  }
  EXPECT_EQ(ask({"prune", "--keep", "1", "--dry-run"}).status, 0);
  EXPECT_EQ(ask({"ps", "-a", "-q"}).out, "3\n2\n1\n");
  const auto e = ask({"prune", "--keep", "1"});
  EXPECT_EQ(e.status, 0) << told(e);
  EXPECT_EQ(ask({"ps", "-a", "-q"}).out, "3\n");
  EXPECT_FALSE(service_.scene().exists("state/service/out/1"));
  EXPECT_EQ(ask({"show", "1"}).status, 3);
}

TEST_F(ClientsOfTheService, runs_of_the_service_and_of_the_foreground_are_listed_together) {
  const auto run = service_.submit("jobs: {x: {run: echo}}\n");
  EXPECT_EQ(ask({"wait", run}).status, 0);
  EXPECT_EQ(ask({"run", service_.scene().write("f.yaml", "jobs: {y: {run: echo}}\n")}).status, 0);
  EXPECT_EQ(ask({"ps", "-a", "-q"}).out, "2\n1\n");
}

TEST(WithoutAService, clients_say_so_and_how_to_go_on) {
  const Service service;
  const auto file = service.scene().write("a.yaml", "jobs: {x: {run: echo}}\n");
  for (const auto& words : std::vector<std::vector<std::string>>{
           {"submit", file}, {"daemon", "status"}, {"daemon", "stop"}, {"worker", "list"}}) {
    const auto e = service.ask(words);
    EXPECT_EQ(e.status, 4) << words[0] << told(e);
    EXPECT_THAT(e.err, HasSubstr("rotad"));
    EXPECT_THAT(e.err, HasSubstr("rota run"));
  }
  EXPECT_EQ(service.ask({"ps"}).status, 0);
}

}  // namespace
}  // namespace rota::test
