// submit and retry: what is asked of the service, what is said, and every way to end.
#include <gtest/gtest.h>

#include "scheduler/cli/args.h"
#include "tests/unit/cli/service_shell.h"

namespace rota::cli {
namespace {

using namespace testing;

constexpr auto kYaml = "jobs:\n  a: {run: echo}\n";

control::Reply submitted(RunId run, std::uint32_t tasks = 4) { return answer::Submitted{run, "nightly", tasks, false}; }

struct SubmitShell : ServiceShell {
  SubmitShell() {
    service.on<ask::Submit>([](const ask::Submit&) -> Result<control::Reply> { return submitted(42); });
  }
};

TEST(Submit, sends_the_file_and_says_the_number_the_name_and_the_jobs) {
  SubmitShell shell;
  shell.home.write("nightly.yaml", kYaml);
  const auto e = shell.type({"submit", "nightly.yaml", "-p", "a=1", "--name", "other", "--hold"});
  EXPECT_EQ(e.exit.code, 0);
  EXPECT_EQ(e.out, "run 42 submitted: nightly, 4 jobs\n");
  EXPECT_EQ(e.err, "");
  ASSERT_EQ(shell.service.files, std::vector<std::string>{kYaml});
  const auto ask = shell.service.asked<ask::Submit>().at(0);
  EXPECT_EQ(ask.file, "nightly.yaml");
  EXPECT_EQ(ask.absolute_path, shell.home.path() + "/nightly.yaml");
  EXPECT_EQ(ask.directory, shell.home.path());
  EXPECT_EQ(ask.params, (Params{{"a", "1"}}));
  EXPECT_EQ(ask.name, "other");
  EXPECT_TRUE(ask.hold);
  EXPECT_EQ(ask.key, "key-1") << "a lost answer can be asked for again";
}

TEST(Submit, reads_standard_input_whose_paths_start_here) {
  SubmitShell shell;
  EXPECT_EQ(shell.type({"submit", "-q", "-"}, kYaml).out, "42\n");
  const auto ask = shell.service.asked<ask::Submit>().at(0);
  EXPECT_EQ(ask.file, "-");
  EXPECT_EQ(ask.absolute_path, "");
  EXPECT_EQ(ask.directory, shell.home.path());
}

TEST(Submit, carries_a_short_list_of_the_environment_and_what_export_adds) {
  SubmitShell shell;
  shell.more_env = {"PATH=/bin", "LC_TIME=C", "TZ=UTC", "SECRET=x", "TOKEN=y"};
  const auto env_of = [&](const std::vector<std::string>& more) {
    std::vector<std::string> words{"submit", "-"};
    words.insert(words.end(), more.begin(), more.end());
    EXPECT_EQ(shell.type(words, kYaml).exit.code, 0);
    return shell.service.asked<ask::Submit>().back().env;
  };
  const std::vector<std::string> plain{"HOME=" + shell.home.path(), "PATH=/bin", "LC_TIME=C", "TZ=UTC"};
  EXPECT_EQ(env_of({}), plain);
  auto with_token = plain;
  with_token.push_back("TOKEN=y");
  EXPECT_EQ(env_of({"--export", "TOKEN,TZ"}), with_token);
  EXPECT_EQ(env_of({"--export", "all"}).size(), 8u);
  const auto missing = shell.type({"submit", "--export", "NOPE", "-"}, kYaml);
  EXPECT_EQ(missing.exit.code, 2);
  EXPECT_TRUE(has(missing.err, "there is no variable NOPE in this environment")) << missing.err;
}

TEST(Submit, an_invalid_file_is_told_as_the_service_renders_it_and_ends_with_2) {
  SubmitShell shell;
  shell.service.on<ask::Submit>([](const ask::Submit&) -> Result<control::Reply> {
    return control::Reply(answer::Invalid{"f.yaml:2:3: error: unknown field\n"});
  });
  const auto e = shell.type({"submit", "-"}, kYaml);
  EXPECT_EQ(e.exit.code, 2);
  EXPECT_EQ(e.out, "");
  EXPECT_EQ(e.err, "f.yaml:2:3: error: unknown field\n");
  const auto json = shell.type({"submit", "--json", "-"}, kYaml);
  EXPECT_EQ(json.exit.code, 2);
  EXPECT_EQ(json.err, "");
  EXPECT_TRUE(has(json.out, R"("submitted":[],"error":{"code":"invalid","message":"f.yaml:2:3)")) << json.out;
}

TEST(Submit, of_several_files_one_that_is_wrong_keeps_back_all) {
  SubmitShell shell;
  shell.home.write("b.yaml", kYaml);
  const auto e = shell.type({"submit", "nope.yaml", "b.yaml", "nowhere.yaml"});
  EXPECT_EQ(e.exit.code, 2);
  EXPECT_EQ(e.out, "");
  EXPECT_TRUE(has(e.err, "nope.yaml") && has(e.err, "nowhere.yaml")) << "all that is wrong is told: " << e.err;
  EXPECT_TRUE(e.err.ends_with("rota submit: nothing was submitted\n")) << e.err;
  for (const auto& ask : shell.service.asked<ask::Submit>()) EXPECT_TRUE(ask.dry_run);

  shell.service.on<ask::Submit>([](const ask::Submit& ask) -> Result<control::Reply> {
    if (ask.file == "bad.yaml") return control::Reply(answer::Invalid{"bad.yaml:2:3: error: unknown field\n"});
    if (ask.file == "late.yaml") return control::Reply(refusal(Code::refused, "no more", "wait"));
    return submitted(ask.dry_run ? 0 : 42);
  });
  shell.home.write("bad.yaml", kYaml);
  shell.home.write("late.yaml", kYaml);
  const auto invalid = shell.type({"submit", "b.yaml", "bad.yaml", "late.yaml"});
  EXPECT_EQ(invalid.exit.code, 5);
  EXPECT_EQ(invalid.out, "");
  EXPECT_EQ(invalid.err,
            "bad.yaml:2:3: error: unknown field\nrota submit: no more: wait\nrota submit: nothing was submitted\n");
  const auto json = shell.type({"submit", "--json", "b.yaml", "bad.yaml"});
  EXPECT_EQ(json.exit.code, 2);
  EXPECT_TRUE(has(json.out, R"("submitted":[],"error":{"code":"invalid")")) << json.out;
}

TEST(Submit, a_dry_run_of_several_files_tells_of_each_what_is_wrong) {
  SubmitShell shell;
  shell.home.write("b.yaml", kYaml);
  const auto e = shell.type({"submit", "--dry-run", "nope.yaml", "b.yaml"});
  EXPECT_EQ(e.exit.code, 2);
  EXPECT_TRUE(has(e.err, "nope.yaml") && !has(e.err, "nothing was submitted")) << e.err;
  EXPECT_EQ(shell.service.asked<ask::Submit>().size(), 1u) << "b.yaml was looked at all the same";
}

TEST(Submit, among_several_files_one_with_a_schedule_cannot_be_waited_for) {
  SubmitShell shell;
  shell.home.write("a.yaml", kYaml);
  shell.home.write("b.yaml", kYaml);
  shell.service.on<ask::Submit>([](const ask::Submit& ask) -> Result<control::Reply> {
    if (ask.file == "b.yaml") return control::Reply(answer::Registered{.name = "nightly"});
    return submitted(ask.dry_run ? 0 : 42);
  });
  const auto e = shell.type({"submit", "--wait", "a.yaml", "b.yaml"});
  EXPECT_EQ(e.exit.code, 2);
  EXPECT_EQ(e.out, "");
  EXPECT_TRUE(has(e.err, "nightly has a schedule") && has(e.err, "nothing was submitted")) << e.err;
}

TEST(Submit, when_the_service_goes_away_while_it_looks_nothing_was_submitted) {
  SubmitShell shell;
  shell.home.write("a.yaml", kYaml);
  shell.service.on<ask::Submit>([](const ask::Submit&) -> Result<control::Reply> {
    return fail(Code::unreachable, "the coordinator went away");
  });
  const auto e = shell.type({"submit", "a.yaml", "a.yaml"});
  EXPECT_EQ(e.exit.code, 4);
  EXPECT_TRUE(has(e.err, "went away while it looked") && !has(e.err, "not known")) << e.err;
}

TEST(Submit, several_files_become_a_run_each_after_all_were_looked_at) {
  SubmitShell shell;
  shell.home.write("a.yaml", kYaml);
  const auto e = shell.type({"submit", "a.yaml", "-"}, "jobs:\n  b: {run: echo}\n");
  EXPECT_EQ(e.exit.code, 0);
  EXPECT_EQ(e.out, "run 42 submitted: nightly, 4 jobs\nrun 42 submitted: nightly, 4 jobs\n");
  std::vector<bool> dry;
  for (const auto& ask : shell.service.asked<ask::Submit>()) dry.push_back(ask.dry_run);
  EXPECT_EQ(dry, (std::vector{true, true, false, false}));
  EXPECT_EQ(shell.service.files.back(), "jobs:\n  b: {run: echo}\n") << "standard input is read once";
}

TEST(Submit, without_a_service_it_is_4_and_says_what_to_do) {
  SubmitShell shell;
  shell.service_up = false;
  const auto e = shell.type({"submit", "-"}, kYaml);
  EXPECT_EQ(e.exit.code, 4);
  EXPECT_TRUE(has(e.err, "start rotad, or use `rota run FILE`")) << e.err;
  const auto json = shell.type({"submit", "--json", "-"}, kYaml);
  EXPECT_EQ(json.exit.code, 4);
  EXPECT_TRUE(has(json.out, R"("code":"unreachable")")) << json.out;
  EXPECT_TRUE(has(json.out, R"("hint":"start `rotad`)")) << json.out;
}

TEST(Submit, what_the_service_refuses_is_5_with_its_hint) {
  SubmitShell shell;
  shell.service.on<ask::Submit>([](const ask::Submit&) -> Result<control::Reply> {
    return control::Reply(refusal(Code::refused, "10000 runs are alive", "wait for some to end"));
  });
  const auto e = shell.type({"submit", "-"}, kYaml);
  EXPECT_EQ(e.exit.code, 5);
  EXPECT_EQ(e.err, "rota submit: 10000 runs are alive: wait for some to end\n");
}

TEST(Submit, an_answer_that_was_lost_is_asked_for_again_under_the_same_key) {
  SubmitShell shell;
  int tries = 0;
  shell.service.on<ask::Submit>([&](const ask::Submit&) -> Result<control::Reply> {
    if (++tries < 3) return fail(Code::unreachable, "the coordinator went away");
    return control::Reply(answer::Submitted{42, "nightly", 4, true});
  });
  const auto e = shell.type({"submit", "-"}, kYaml);
  EXPECT_EQ(e.exit.code, 0);
  EXPECT_EQ(e.out, "run 42 was submitted before under this key: nightly, 4 jobs; nothing new was submitted\n");
  const auto asked = shell.service.asked<ask::Submit>();
  ASSERT_EQ(asked.size(), 3u);
  EXPECT_EQ(asked[0].key, asked[2].key);
}

TEST(Submit, when_no_answer_comes_it_says_how_to_find_out) {
  SubmitShell shell;
  shell.service.on<ask::Submit>([](const ask::Submit&) -> Result<control::Reply> {
    return fail(Code::unreachable, "the coordinator went away");
  });
  const auto e = shell.type({"submit", "-"}, kYaml);
  EXPECT_EQ(e.exit.code, 4);
  EXPECT_TRUE(has(e.err, "--idempotency-key key-1")) << e.err;
}

TEST(Submit, terms_are_read_before_anything_is_sent) {
  SubmitShell shell;
  shell.service.alive = {a_run(41, "x", {running_job(0, "a")})};
  EXPECT_EQ(shell.type({"submit", "--begin", "now+90m", "--after", "41,last", "--idempotency-key", "k", "-"}, kYaml)
                .exit.code,
            0);
  const auto ask = shell.service.asked<ask::Submit>().at(0);
  EXPECT_EQ(ask.begin.ns, shell.clock.at.wall.ns + 90 * 60 * kSecond);
  EXPECT_EQ(ask.after, (std::vector<RunId>{41, 41}));
  EXPECT_EQ(ask.key, "k");
  EXPECT_EQ(shell.type({"submit", "--begin", "soon", "-"}, kYaml).exit.code, 2);
  EXPECT_EQ(shell.type({"submit", "--after", "99", "-"}, kYaml).exit.code, 3);
  EXPECT_EQ(shell.type({"submit", "--after", "41/a", "-"}, kYaml).exit.code, 2);
  EXPECT_EQ(shell.service.asked<ask::Submit>().size(), 1u);
}

TEST(Submit, a_dry_run_submits_nothing_and_says_so) {
  SubmitShell shell;
  shell.service.on<ask::Submit>([](const ask::Submit&) -> Result<control::Reply> { return submitted(0); });
  const auto e = shell.type({"submit", "--dry-run", "-"}, kYaml);
  EXPECT_EQ(e.out, "-: ok: nightly, 4 jobs (dry run: nothing was submitted)\n");
  EXPECT_TRUE(shell.service.asked<ask::Submit>().at(0).dry_run);
  EXPECT_TRUE(has(shell.type({"submit", "--dry-run", "--json", "-"}, kYaml).out, R"("run":null)"));
}

TEST(Submit, wait_ends_with_the_outcome_of_all) {
  SubmitShell shell;
  shell.service.alive = {a_run(42, "nightly", {running_job(0, "a")})};
  shell.service.on<ask::Wait>([](const ask::Wait& w) -> Result<control::Reply> {
    EXPECT_EQ(w.selectors, "42");
    return control::Reply(
        answer::Waited{true,
                       {a_run(42, "nightly", {ended_job(0, "a", Outcome::failed, {ReasonKind::exit, 7})}).summary},
                       {Outcome::failed}});
  });
  const auto e = shell.type({"submit", "--wait", "-"}, kYaml);
  EXPECT_EQ(e.exit.code, 1);
  EXPECT_EQ(e.out, "run 42 submitted: nightly, 4 jobs\nrun 42 failed: 1 failed in 5.0s\n");
  const auto json = shell.type({"submit", "--wait", "--json", "-"}, kYaml);
  EXPECT_EQ(json.exit.code, 1);
  EXPECT_TRUE(has(json.out, R"("submitted":[{"file":"-","run":42)")) << json.out;
  EXPECT_TRUE(has(json.out, R"("runs":[{"run":42)")) << json.out;
  EXPECT_EQ(std::count(json.out.begin(), json.out.end(), '\n'), 1);
}

TEST(Retry, asks_for_what_is_left_and_says_the_new_number) {
  ServiceShell shell;
  shell.service.alive = {a_run(12, "nightly", {ended_job(0, "a", Outcome::failed)})};
  shell.service.on<ask::Retry>([](const ask::Retry&) -> Result<control::Reply> { return submitted(13, 1); });
  const auto e = shell.type({"retry", "last", "--failed", "--job", "a", "--downstream"});
  EXPECT_EQ(e.exit.code, 0) << e.err;
  EXPECT_EQ(e.out, "run 13 submitted: nightly, 1 job (what is left of run 12)\n");
  const auto ask = shell.service.asked<ask::Retry>().at(0);
  EXPECT_EQ(ask.run, 12u);
  EXPECT_EQ(ask.job, "a");
  EXPECT_TRUE(ask.failed_only && ask.downstream);
  EXPECT_EQ(shell.type({"retry", "-q", "12"}).out, "13\n");
  EXPECT_TRUE(has(shell.type({"retry", "--json", "12"}).out, R"("retry_of":12)"));
}

TEST(Retry, is_for_one_run_of_the_service) {
  ServiceShell shell;
  const auto here = shell.ended_foreground(a_run(1, "x", {ended_job(0, "a", Outcome::failed)}));
  const auto foreign = shell.type({"retry", std::to_string(here)});
  EXPECT_EQ(foreign.exit.code, 5);
  EXPECT_TRUE(has(foreign.err, "is of `rota run`")) << foreign.err;
  EXPECT_TRUE(has(foreign.err, "`rota submit /home/me/jobs.yaml`")) << foreign.err;
  EXPECT_EQ(shell.type({"retry", "1,2"}).exit.code, 2);
  EXPECT_EQ(shell.type({"retry", "99"}).exit.code, 3);
}

TEST(Retry, of_a_job_or_of_tasks_is_named_as_on_every_verb) {
  ServiceShell shell;
  shell.service.alive = {a_run(12, "nightly", {ended_job(0, "a", Outcome::failed)})};
  shell.service.on<ask::Retry>([](const ask::Retry&) -> Result<control::Reply> { return submitted(13, 1); });
  EXPECT_EQ(shell.type({"retry", "last/a[3,5-99]", "--failed"}).exit.code, 0);
  EXPECT_EQ(shell.type({"retry", "12.7", "--downstream"}).exit.code, 0);
  EXPECT_EQ(shell.type({"retry", "12/a", "--downstream"}).exit.code, 0);
  const auto asked = shell.service.asked<ask::Retry>();
  EXPECT_EQ(asked.at(0).job + asked.at(0).tasks, "a[3,5-99]");
  EXPECT_TRUE(asked.at(0).failed_only);
  EXPECT_EQ(asked.at(1).job + asked.at(1).tasks, "[7]");
  EXPECT_EQ(asked.at(2).job + asked.at(2).tasks, "a");
  const auto twice = shell.type({"retry", "12/a", "--job", "a"});
  EXPECT_EQ(twice.exit.code, 2);
  EXPECT_TRUE(has(twice.err, "name the job once")) << twice.err;
  const auto all = shell.type({"retry", "12", "--downstream"});
  EXPECT_EQ(all.exit.code, 2);
  EXPECT_TRUE(has(all.err, "`rota retry 12/NAME --downstream`")) << all.err;
}

}  // namespace
}  // namespace rota::cli
