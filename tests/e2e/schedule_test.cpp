// Job files that the service runs by the calendar, as a stranger uses them, and through the deaths of the service.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <boost/json.hpp>
#include <set>

#include "tests/e2e/service_scene.h"

namespace rota::test {
namespace {

namespace json = boost::json;
using ::testing::HasSubstr;
using ::testing::Not;

class Schedules : public ::testing::Test {
 protected:
  ~Schedules() override {
    if (rotad_ && !rotad_->ended()) {
      service_.ask({"daemon", "stop", "--all"});
      rotad_->wait();
    }
  }
  void up(const std::string& failpoint = "") {
    auto command = service_.rotad({"--pool", "1", "--process-slots", "8"});
    if (!failpoint.empty()) command.env("ROTA_FAILPOINTS", failpoint);
    rotad_.emplace(Service::up(service_, command));
  }
  Ended ask(std::vector<std::string> words) const { return service_.ask(std::move(words)); }
  Ended enroll(std::string_view yaml, std::vector<std::string> more = {}) const {
    std::vector<std::string> words{"submit", "--export", "ROTA_TEST_MARK", service_.scene().write("night.yaml", yaml)};
    words.insert(words.end(), more.begin(), more.end());
    return ask(words);
  }
  json::object listed() const {
    const auto e = ask({"schedule", "list", "--json"});
    EXPECT_EQ(e.status, 0) << told(e);
    return json::parse(e.out).as_object().at("schedules").as_array().at(0).as_object();
  }
  std::vector<std::string> marks() const { return service_.lines("marks", "S "); }

  Service service_;
  std::optional<Running> rotad_;
};

constexpr auto kYearly = "schedule: {cron: '30 2 1 1 *', timezone: Europe/Berlin}\njobs:\n  x: {run: echo hello}\n";

TEST_F(Schedules, a_file_with_one_is_registered_listed_triggered_disabled_and_removed) {
  up();
  const auto registered = enroll(kYearly);
  EXPECT_EQ(registered.status, 0) << told(registered);
  EXPECT_THAT(registered.out, HasSubstr("night registered: 1 schedule, 1 job; next 20"));
  EXPECT_EQ(ask({"ps", "-a", "-q"}).out, "") << "nothing runs yet";
  const auto list = ask({"schedule", "list"});
  EXPECT_THAT(list.out, HasSubstr("30 2 1 1 *"));
  EXPECT_THAT(list.out, HasSubstr("Europe/Berlin"));
  EXPECT_THAT(list.out, HasSubstr("-01-01 02:30:00"));
  const auto triggered = ask({"schedule", "trigger", "night", "-q"});
  EXPECT_EQ(triggered.out, "1\n") << told(triggered);
  EXPECT_EQ(ask({"wait", "1"}).status, 0);
  EXPECT_EQ(ask({"logs", "1"}).out, "hello\n");
  EXPECT_THAT(ask({"show", "1"}).out, HasSubstr("night, triggered by hand"));
  EXPECT_EQ(ask({"schedule", "disable", "night"}).status, 0);
  EXPECT_THAT(ask({"schedule", "list"}).out, HasSubstr("disabled"));
  EXPECT_THAT(enroll(kYearly).out, HasSubstr("it is disabled, as before"));
  EXPECT_EQ(ask({"schedule", "enable", "night"}).status, 0);
  EXPECT_EQ(ask({"schedule", "remove", "night"}).status, 0);
  EXPECT_THAT(ask({"schedule", "list"}).err, HasSubstr("nothing is registered"));
  EXPECT_EQ(ask({"ps", "-a", "-q"}).out, "1\n") << "its runs stay";
}

TEST_F(Schedules, what_cannot_be_is_refused_with_the_way_out) {
  up();
  const auto held = enroll(kYearly, {"--hold"});
  EXPECT_EQ(held.status, 2) << told(held);
  EXPECT_THAT(held.err, HasSubstr("rota schedule disable"));
  const auto dry = enroll(kYearly, {"--dry-run"});
  EXPECT_EQ(dry.status, 0) << told(dry);
  EXPECT_THAT(dry.out, HasSubstr("nothing was registered"));
  const auto waited = enroll(kYearly, {"--wait"});
  EXPECT_EQ(waited.status, 2) << told(waited);
  EXPECT_THAT(waited.err, HasSubstr("rota schedule trigger"));
  const auto wrong = ask({"schedule", "disable", "nihgt"});
  EXPECT_EQ(wrong.status, 3) << told(wrong);
  EXPECT_THAT(wrong.err, HasSubstr("did you mean 'night'?"));
  EXPECT_EQ(ask({"schedule", "list", "nope"}).status, 3);
  EXPECT_EQ(ask({"schedule", "dance"}).status, 2);
  EXPECT_EQ(ask({"schedule", "trigger"}).status, 2);
}

TEST_F(Schedules, it_outlives_the_service_with_its_parameters_and_its_environment) {
  up();
  const auto e = enroll("params: {who: {required: true, type: string}}\nschedule: [{cron: '@yearly'}]\n"
                        "jobs:\n  x: {run: 'echo ${{ params.who }} \"$ROTA_SCHEDULE\"'}\n",
                        {"-p", "who=me"});
  ASSERT_EQ(e.status, 0) << told(e);
  rotad_->signal(SIGKILL);
  rotad_->wait();
  EXPECT_EQ(ask({"schedule", "list"}).status, 0) << "it is in the files";
  EXPECT_EQ(ask({"schedule", "trigger", "nightly"}).status, 4) << "nobody answers";
  up();
  EXPECT_EQ(ask({"schedule", "trigger", "night", "-q"}).out, "1\n");
  EXPECT_EQ(ask({"wait", "1"}).status, 0);
  EXPECT_EQ(ask({"logs", "1"}).out, "me night\n");
}

TEST_F(Schedules, a_retry_of_a_run_of_it_is_a_run_and_not_another_registration) {
  up();
  ASSERT_EQ(enroll("schedule: '@yearly'\njobs:\n  x: {run: 'exit 3'}\n").status, 0);
  EXPECT_EQ(ask({"schedule", "trigger", "night", "-q"}).out, "1\n");
  EXPECT_EQ(ask({"wait", "1"}).status, 1);
  const auto again = ask({"retry", "1", "--reload", "-q"});
  EXPECT_EQ(again.out, "2\n") << told(again);
}

/// The seconds of the marks, which must all be different and without a hole.
void each_second_once(const std::vector<std::string>& marks) {
  const std::set<std::string> different(marks.begin(), marks.end());
  EXPECT_EQ(different.size(), marks.size()) << "one ran twice: " << testing::PrintToString(marks);
  std::vector<std::time_t> seconds;
  for (const auto& mark : different) {
    std::tm t{};
    ASSERT_NE(strptime(mark.c_str(), "S %Y-%m-%dT%H:%M:%S", &t), nullptr) << mark;
    seconds.push_back(timegm(&t));
  }
  for (std::size_t i = 1; i < seconds.size(); ++i)
    EXPECT_EQ(seconds[i], seconds[i - 1] + 1) << "one was lost: " << testing::PrintToString(marks);
}

class DeathOfAScheduler : public Schedules, public testing::WithParamInterface<const char*> {};
INSTANTIATE_TEST_SUITE_P(At, DeathOfAScheduler, testing::Values("turn.before-commit", "turn.after-commit"),
                         [](const auto& p) {
                           return std::string(p.param).ends_with("before-commit") ? "before" : "after";
                         });

TEST_P(DeathOfAScheduler, k13_in_any_turn_neither_loses_an_occurrence_nor_runs_it_twice) {
  up();
  ASSERT_EQ(enroll("schedule: {every: 1s, catch_up: all, overlap: allow}\n"
                   "jobs:\n  x: {run: 'echo \"S $ROTA_SCHEDULED_AT\" >> marks'}\n")
                .status,
            0);
  int deaths = 0;
  for (int turn = 2; turn <= 5; ++turn) {
    rotad_->signal(SIGKILL);
    rotad_->wait();
    auto before = marks().size();
    up(std::string(GetParam()) + ":kill:" + std::to_string(turn));
    ASSERT_TRUE(eventually(kPatience, [&] { return rotad_->ended() || marks().size() > before + 3; }));
    deaths += rotad_->ended();
    rotad_->signal(SIGKILL);
    rotad_->wait();
    up();
    ASSERT_EQ(ask({"daemon", "drain", "--off"}).status, 0);  // so many deaths would be its safe mode
    before = marks().size();
    ASSERT_TRUE(eventually(kPatience, [&] { return marks().size() > before; }));
  }
  EXPECT_GE(deaths, 3);
  ASSERT_EQ(ask({"schedule", "remove", "night"}).status, 0);
  ASSERT_EQ(ask({"wait", "all", "-q"}).status, 0);
  each_second_once(marks());
}

TEST_F(Schedules, overlap_skip_tells_why_a_time_was_passed_over) {
  up();
  ASSERT_EQ(enroll("schedule: {every: 1s}\njobs:\n  x: {run: 'while [ ! -e go ]; do sleep 0.05; done'}\n").status, 0);
  ASSERT_TRUE(eventually(kPatience, [&] {
    return listed().at("entries").as_array().at(0).as_object().at("passed") == json::value("overlap");
  }));
  EXPECT_EQ(listed().at("alive").as_array().size(), 1u);
  EXPECT_THAT(ask({"schedule", "list"}).out, HasSubstr("passed over: overlap"));
  EXPECT_THAT(ask({"events"}).out, HasSubstr("the run before it was not over"));
  ASSERT_EQ(ask({"schedule", "remove", "night"}).status, 0);
  service_.scene().write("go", "");
  EXPECT_EQ(ask({"wait", "all", "-q"}).status, 0);
}

TEST_F(Schedules, y10_next_tells_the_times_to_come_and_refuses_days_that_no_month_has) {
  const auto file = service_.scene().write("n.yaml", kYearly);
  const auto next = ask({"next", file, "-n", "2", "--from", "2026-06-01 00:00"});
  EXPECT_EQ(next.status, 0) << told(next);
  EXPECT_THAT(next.out, HasSubstr("2027-01-01 02:30:00"));
  EXPECT_THAT(next.out, HasSubstr("2028-01-01 01:30:00Z"));
  EXPECT_EQ(ask({"next", file, "-n", "0"}).status, 2);
  const auto never = service_.scene().write("f.yaml", "schedule: '0 3 30 2 *'\njobs:\n  x: {run: 'true'}\n");
  const auto refused = ask({"validate", never});
  EXPECT_EQ(refused.status, 2) << told(refused);
  EXPECT_THAT(refused.err, HasSubstr("f.yaml:1:11"));
  const auto often = service_.scene().write("s.yaml", "schedule: '* * * * * *'\njobs:\n  x: {run: 'true'}\n");
  const auto seconds = ask({"next", often, "-n", "3", "--from", "2026-06-01T00:00:00Z", "--json"});
  EXPECT_THAT(seconds.out, HasSubstr("2026-06-01T00:00:03"));
  const auto rare = service_.scene().write(
      "r.yaml", "schedule: {cron: '0 3 29 2 *', timezone: UTC}\njobs:\n  x: {run: 'true'}\n");
  EXPECT_THAT(ask({"next", rare, "-n", "1", "--from", "2096-03-01 00:00"}).out, HasSubstr("2104-02-29"))
      << "1 in 8 years around a century";
}

}  // namespace
}  // namespace rota::test
