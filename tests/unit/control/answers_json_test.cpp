// Names and forms of the answers in JSON: a promise to scripts.
#include "scheduler/control/answers_json.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "tests/support/a_plan.h"

namespace rota::control {
namespace {

namespace json = boost::json;

json::value answer_at(const std::string& text, const std::string& pointer) {
  return json::parse(text).at_pointer(pointer);
}

core::RunSummary a_summary(RunId run) {
  core::RunSummary s;
  s.run = run;
  s.name = "sweep";
  s.submitted = {{1'000'000'000}, {1'700'000'000'250'000'000}};
  return s;
}

TEST(AnswersJson, a_listing_tells_of_the_service_or_that_none_answers) {
  const std::vector runs{a_summary(42)};
  answer::Runs service;
  service.recovery = {3, 7};
  const auto text = listing_json(runs, service);
  EXPECT_EQ(answer_at(text, "/runs/0/run"), 42);
  EXPECT_EQ(json::serialize(answer_at(text, "/service")), R"({"recovering":{"known":3,"total":7},"closed":null})");
  EXPECT_EQ(listing_json({}, std::nullopt), R"({"schema":"rota/1","runs":[],"service":null})");
}

TEST(AnswersJson, what_was_submitted_and_what_went_wrong_after) {
  const std::vector<SubmittedFile> files{{"a.yaml", {42, "nightly", 4, false}}, {"b.yaml", {0, "dry", 1, false}}};
  EXPECT_EQ(submitted_json(files),
            R"({"schema":"rota/1","submitted":[{"file":"a.yaml","run":42,"name":"nightly","tasks":4,"known":false,)"
            R"("retry_of":null},{"file":"b.yaml","run":null,"name":"dry","tasks":1,"known":false,"retry_of":null}]})");
  const auto error = fail(Code::refused, "full", "queue");
  const std::vector runs{a_summary(42)};
  const auto text = submitted_json({}, &runs, &error, "wait");
  EXPECT_EQ(answer_at(text, "/runs/0/run"), 42);
  EXPECT_EQ(json::serialize(answer_at(text, "/error")), R"({"code":"refused","message":"queue: full","hint":"wait"})");
}

TEST(AnswersJson, what_was_waited_for_and_what_was_stopped) {
  EXPECT_EQ(waited_json(false, true, {}), R"({"schema":"rota/1","satisfied":false,"timed_out":true,"runs":[]})");
  const answer::Stopped tasks{{{{42, 0, 7}, "42/train.7", "train", Outcome::cancelled, "killed", "pid 9"}},
                              {{"train", Outcome::cancelled, "not started", 500}}};
  const std::vector<RunId> ended{41};
  EXPECT_EQ(stopped_json(tasks, ended),
            R"({"schema":"rota/1","tasks":[{"id":"42/train.7","run":42,"job":"train","task":7,"outcome":"cancelled",)"
            R"("how":"killed","note":"pid 9"}],)"
            R"("others":[{"job":"train","outcome":"cancelled","how":"not started","count":500}],)"
            R"("ended_before":[41]})");
}

TEST(AnswersJson, an_explanation_has_blocks_or_causes) {
  Explanation e{"42/a",
                "pending",
                {{"hold:user", "held", "release it"}},
                {{"42/a", "failed", 1, Outcome::failed, {ReasonKind::exit, 7}}}};
  EXPECT_EQ(
      explained_json(std::span(&e, 1)),
      R"({"schema":"rota/1","explained":[{"id":"42/a","state":"pending","blocks":[{"code":"hold:user","what":"held",)"
      R"("remedy":"release it","about":null}],"causes":[{"id":"42/a","depth":1,"outcome":"failed","reason":"exit:7",)"
      R"("what":"failed"}]}]})");
}

TEST(AnswersJson, workers_status_prune_and_findings) {
  answer::Workers workers{{{{2, 3}, "launcher", "up", 99, 8, 1, 0, {500'000'000}, "cgroup"}}, 3, 32};
  EXPECT_EQ(
      workers_json(workers, {{1'500'000'000}, {1'700'000'001'000'000'000}}),
      R"({"schema":"rota/1","workers":[{"worker":{"seat":2,"generation":3},"kind":"launcher","state":"up","pid":99,)"
      R"("slots":8,"busy":1,"coroutines":0,"since":"2023-11-14T22:13:20.000Z","tree":"cgroup",)"
      R"("crew":null,"note":null}],)"
      R"("commands":{"busy":3,"slots":32}})");
  answer::Status status;
  status.version = "1.0";
  status.settings = {{"threads", "2 (default)"}};
  EXPECT_EQ(answer_at(status_json(status), "/service/settings/threads"), "2 (default)");
  EXPECT_EQ(answer_at(status_json(status), "/service/recovering/total"), 0);
  EXPECT_EQ(pruned_json(std::vector<RunId>{3, 1}, 10, true),
            R"({"schema":"rota/1","pruned":[3,1],"bytes":10,"dry_run":true})");
  const std::vector<Finding> findings{{Finding::Grade::fail, "socket", "gone"}};
  EXPECT_EQ(findings_json(findings),
            R"({"schema":"rota/1","ok":false,"findings":[{"grade":"fail","about":"socket","what":"gone"}]})");
}

std::string kind_of(const core::Fact& fact) {
  return std::string(answer_at(event_json(1, {}, fact, "a"), "/event/kind").as_string());
}

TEST(EventJson, every_fact_has_a_kind_that_never_changes) {
  namespace r = core::record;
  EXPECT_EQ(kind_of(r::Submitted{1, {}, test::a_plan().job("a").done(), {}}), "submitted");
  EXPECT_EQ(kind_of(r::Granted{}), "granted");
  EXPECT_EQ(kind_of(r::Started{}), "started");
  EXPECT_EQ(kind_of(r::BecameReady{}), "ready");
  EXPECT_EQ(kind_of(r::StopAsked{}), "stop_asked");
  EXPECT_EQ(kind_of(r::AttemptEnded{}), "attempt_ended");
  EXPECT_EQ(kind_of(r::BackoffOver{}), "backoff_over");
  EXPECT_EQ(kind_of(r::TaskEnded{}), "task_ended");
  EXPECT_EQ(kind_of(r::RunStopping{}), "run_stopping");
  EXPECT_EQ(kind_of(r::HoldChanged{1, {}, true, {}}), "held");
  EXPECT_EQ(kind_of(r::HoldChanged{1, {}, false, {}}), "released");
  EXPECT_EQ(kind_of(r::PauseChanged{}), "pause_asked");
  EXPECT_EQ(kind_of(r::PauseChanged{1, {}, false, false, {}, ""}), "resume_asked");
  EXPECT_EQ(kind_of(r::Frozen{{}, true, {}}), "paused");
  EXPECT_EQ(kind_of(r::Frozen{{}, false, {}}), "resumed");
  EXPECT_EQ(kind_of(r::Updated{}), "updated");
  EXPECT_EQ(kind_of(r::GateOpened{}), "gate_opened");
  EXPECT_EQ(kind_of(r::RunEnded{}), "run_ended");
  EXPECT_EQ(kind_of(r::EpochBegan{}), "epoch_began");
  EXPECT_EQ(kind_of(r::Registered{test::a_plan().job("a").done(), {}, {}, true, {}}), "schedule_registered");
  EXPECT_EQ(kind_of(r::Unregistered{"nightly", {}}), "schedule_removed");
  EXPECT_EQ(kind_of(r::ScheduleEnabled{"nightly", true, {}}), "schedule_enabled");
  EXPECT_EQ(kind_of(r::ScheduleEnabled{"nightly", false, {}}), "schedule_disabled");
  EXPECT_EQ(kind_of(r::Occurred{}), "occurred");
}

TEST(EventJson, an_end_has_all_that_is_known) {
  core::record::AttemptEnded end{{{42, 0, 7}, 2}, {1, 3}, Outcome::failed, {ReasonKind::exit, 7}};
  end.report.message = "no\xff";
  end.next = core::record::Next::backoff;
  EXPECT_EQ(
      event_json(12, {1'700'000'000'250'000'000}, end, "build"),
      R"({"schema":"rota/1","event":{"number":12,"at":"2023-11-14T22:13:20.250Z","kind":"attempt_ended","run":42,)"
      R"("job":"build","task":7,"attempt_id":2,"worker":{"seat":1,"generation":3},"outcome":"failed",)"
      "\"reason\":\"exit:7\",\"message\":\"no\uFFFD\",\"next\":\"backoff\"}}");
}

}  // namespace
}  // namespace rota::control
