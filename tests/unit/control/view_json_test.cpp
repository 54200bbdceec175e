// JSON of views: the names that never change, the forms of times and numbers, and bytes that are not text.
#include "scheduler/control/view_json.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "scheduler/control/run_state.h"
#include "shared/limits.h"

namespace rota::control {
namespace {

namespace json = boost::json;

core::RunView a_view() {
  core::RunView view;
  auto& run = view.summary;
  run.run = 42;
  run.name = "sweep";
  run.source_path = "/home/someone/sweep.yaml";
  run.submitted = {{5'000'000'000}, {1'700'000'000'250'000'000}};
  run.ended = {9'500'000'000};
  run.outcome = Outcome::failed;
  run.counts.total = 1;
  run.counts.by_state[static_cast<std::size_t>(core::TaskState::finished)] = 1;
  run.counts.by_outcome[static_cast<std::size_t>(Outcome::failed)] = 1;
  run.modes = 1u << static_cast<unsigned>(Mode::async) | 1u << static_cast<unsigned>(Mode::thread);
  core::AttemptView attempt;
  attempt.number = 2;
  attempt.worker = {3, 4};
  attempt.pid = 4711;
  attempt.started = {6'000'000'000};
  attempt.ended = {6'125'000'000};
  attempt.outcome = Outcome::failed;
  attempt.reason = {ReasonKind::exit, 7};
  attempt.report.message = "it broke";
  attempt.report.usage.cpu_us = 1500;
  attempt.report.usage.max_rss_kib = 10;
  attempt.report.output.bytes = 11;
  core::TaskView task;
  task.state = core::TaskState::finished;
  task.outcome = Outcome::failed;
  task.reason = {ReasonKind::exit, 7};
  task.attempts.push_back(attempt);
  core::JobView job;
  job.id = "build";
  job.action = "make all";
  job.needs = {0};
  job.tasks.push_back(task);
  job.counts = view.summary.counts;
  view.jobs.push_back(job);
  return view;
}

json::value at(const std::string& text, const std::string& pointer) { return json::parse(text).at_pointer(pointer); }

TEST(ViewJson, a_run_with_its_jobs_has_these_names_and_forms) {
  // The whole text on purpose: names and forms are a promise.
  EXPECT_EQ(
      run_json(a_view()),
      R"({"schema":"rota/1","run":{"run":42,"name":"sweep","source":"/home/someone/sweep.yaml","state":"failed",)"
      R"("outcome":"failed","reason":null,"lack":null,"cancel_reason":null,"submitted":"2023-11-14T22:13:20.250Z",)"
      R"("ended":"2023-11-14T22:13:24.750Z",)"
      R"("seconds":4.5,"modes":["thread","async"],"tasks":{"total":1,"states":{"pending":0,"queued":0,"starting":0,)"
      R"("running":0,"paused":0,"backoff":0,"stopping":0,"finished":1,"unknown":0},)"
      R"("outcomes":{"succeeded":0,"failed":1,)"
      R"("timed_out":0,"cancelled":0,"crashed":0,"oom":0,"lost":0,"skipped":0,"upstream_failed":0}},)"
      R"("progress":null,)"
      R"("usage":{"attempts":0,"measured":0,"cpu_seconds":null,"wall_seconds":null,"max_rss_bytes":null},)"
      R"("held":false,"paused":null,"begin":null,"priority":0,"max_parallel":null,"group":null,)"
      R"("retry_of":null,"schedule":null,"occurrence":null,)"
      R"("jobs":[{"job":"build","name":null,"mode":"process","daemon":false,"continue_on_error":false,"held":false,)"
      R"("paused":null,"hook":null,"message":null,)"
      R"("counts":{"total":1,"states":{"pending":0,"queued":0,"starting":0,"running":0,)"
      R"("paused":0,"backoff":0,"stopping":0,"finished":1,"unknown":0},"outcomes":{"succeeded":0,"failed":1,)"
      R"("timed_out":0,"cancelled":0,"crashed":0,"oom":0,"lost":0,"skipped":0,"upstream_failed":0}},)"
      R"("usage":{"attempts":0,"measured":0,"cpu_seconds":null,"wall_seconds":null,"max_rss_bytes":null},)"
      R"("action":"make all","needs":["build"],"tasks":[{"task":0,"id":"42/build","matrix":{},)"
      R"("state":"finished","outcome":"failed",)"
      R"("reason":"exit:7","lack":null,"cancel_reason":null,)"
      R"("since":null,"due":null,"paused_by":null,"attempts":[{"attempt":1,"worker":{"seat":3,"generation":4},)"
      R"("pid":4711,"granted":null,"started":"2023-11-14T22:13:21.250Z","ended":"2023-11-14T22:13:21.375Z",)"
      R"("seconds":0.125,"outcome":"failed","reason":"exit:7","message":"it broke","ready":false,"progress":null,)"
      R"("usage":{"cpu_seconds":0.0015,"cpu_user_seconds":null,"cpu_system_seconds":null,"max_rss_bytes":10240,)"
      R"("voluntary_switches":null,"involuntary_switches":null,"loop_seconds":null},)"
      R"("outputs":{},"output":{"bytes":11,"dropped":0}}]}]}]}})");
}

TEST(ViewJson, a_run_without_jobs_is_still_json) {
  auto view = a_view();
  view.jobs.clear();
  EXPECT_TRUE(at(run_json(view), "/run/jobs").as_array().empty());
}

TEST(ViewJson, a_list_has_every_run_and_an_empty_one_has_none) {
  const std::vector runs{a_view().summary, a_view().summary};
  EXPECT_EQ(at(runs_json(runs), "/runs").as_array().size(), 2u);
  EXPECT_EQ(runs_json({}), R"({"schema":"rota/1","runs":[]})");
}

TEST(ViewJson, a_line_is_one_line_and_the_same_as_in_the_list) {
  const auto run = a_view().summary;
  EXPECT_EQ(run_line_json(run).find('\n'), std::string::npos);
  EXPECT_EQ(at(run_line_json(run), "/run"), at(runs_json(std::span(&run, 1)), "/runs/0"));
}

TEST(ViewJson, a_run_that_is_alive_has_nulls_for_its_end) {
  auto run = a_view().summary;
  run.outcome.reset();
  run.ended = {};
  const auto text = run_line_json(run);
  for (const char* name : {"/run/outcome", "/run/ended", "/run/seconds"}) EXPECT_TRUE(at(text, name).is_null()) << name;
  EXPECT_EQ(at(text, "/run/state"), "running");
}

TEST(ViewJson, bytes_that_are_not_utf8_become_replacement_characters) {
  auto view = a_view();
  view.jobs[0].action = "a\xff\xfe" "b\xe2\x82 \x01\"\\";
  const auto text = run_json(view);
  EXPECT_EQ(at(text, "/run/jobs/0/action"), "a\uFFFD\uFFFDb\uFFFD\uFFFD \x01\"\\");
}

TEST(ViewJson, seconds_are_plain_numbers_however_small_or_large) {
  auto run = a_view().summary;
  run.ended = run.submitted.mono + std::chrono::nanoseconds(1);
  EXPECT_NE(run_line_json(run).find(R"("seconds":0.000000001,)"), std::string::npos) << run_line_json(run);
  run.ended = run.submitted.mono + std::chrono::hours(24 * 365 * 100);
  EXPECT_NE(run_line_json(run).find(R"("seconds":3153600000,)"), std::string::npos) << run_line_json(run);
}

TEST(ViewJson, limits_are_all_there_with_their_values) {
  const auto list = at(limits_json(), "/limits").as_array();
  std::size_t i = 0;
  for (const auto& limit : limits::all()) {
    EXPECT_EQ(list[i].at("name"), json::string_view(limit.name));
    EXPECT_EQ(list[i++].at("value").to_number<std::uint64_t>(), limit.value);
  }
  EXPECT_EQ(i, list.size());
}

TEST(ViewJson, an_error_has_its_code_its_message_and_perhaps_a_hint) {
  EXPECT_EQ(
      error_json(fail(Code::not_found, "no such run 99"), "`rota ps -a` lists them"),
      R"({"schema":"rota/1","error":{"code":"not_found","message":"no such run 99",)"
      R"("hint":"`rota ps -a` lists them"}})");
  EXPECT_TRUE(at(error_json(fail(Code::system, "broken", "/x"), ""), "/error/hint").is_null());
}

TEST(RunState, is_the_outcome_or_else_what_the_tasks_say) {
  auto run = a_view().summary;
  EXPECT_EQ(run_state(run), "failed");
  EXPECT_EQ(run_state_code(run), "F");
  run.outcome.reset();
  EXPECT_EQ(run_state(run), "running");
  EXPECT_EQ(run_state_code(run), "R");
  run.counts.by_state = {};
  run.counts.by_state[static_cast<std::size_t>(core::TaskState::pending)] = 1;
  run.counts.total = 1;
  EXPECT_EQ(run_state(run), "pending");
  EXPECT_EQ(run_state_code(run), "PD");
  run.counts.by_state = {};
  run.counts.by_state[static_cast<std::size_t>(core::TaskState::queued)] = 1;
  EXPECT_EQ(run_state(run), "running") << "as a reader of files knows it";
  run.reason = {ReasonKind::drained, 0};
  EXPECT_EQ(run_state(run), "pending") << "while drained nothing starts";
  run.stopping = true;
  EXPECT_EQ(run_state(run), "stopping");
  EXPECT_EQ(run_state_code(run), "SP");
}

TEST(RunState, of_a_run_that_is_held_is_held_also_when_some_of_it_has_ended) {
  auto run = a_view().summary;
  run.outcome.reset();
  run.held = true;
  run.counts.by_state = {};
  run.counts.total = 5;
  const auto tasks = [&](core::TaskState s) -> std::uint32_t& {
    return run.counts.by_state[static_cast<std::size_t>(s)];
  };
  tasks(core::TaskState::finished) = 2;
  tasks(core::TaskState::pending) = 3;
  EXPECT_EQ(run_state(run), "pending");
  EXPECT_EQ(run_state_code(run), "HD");
  tasks(core::TaskState::running) = 1;
  tasks(core::TaskState::pending) = 2;
  EXPECT_EQ(run_state_code(run), "R");
}

}  // namespace
}  // namespace rota::control
