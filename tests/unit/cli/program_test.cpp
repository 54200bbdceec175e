// The whole command in this process: words in, text and exit out. The coordinator is played by a function that leaves
// behind what a real one would.
#include "scheduler/cli/program.h"

#include <gtest/gtest.h>

#include <cerrno>

#include "scheduler/store/instances.h"
#include "scheduler/store/journal.h"
#include "shared/output/segment.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/cli/sinks.h"
#include "tests/unit/cli/views_of.h"

namespace rota::cli {
namespace {

using namespace testing;
using Words = std::vector<std::string>;

struct Outcomes {
  Exit exit;
  std::string out, err;
};

// One user with a state directory of their own.
struct Shell {
  test::TempDir home;
  FakeClock clock;
  std::optional<jobs::Plan> ran;  // what the coordinator was given
  std::vector<std::string> env;   // and with which environment
  int signal = 0;                 // that ends the next run
  std::optional<Error> trouble;   // that keeps the next run from starting
  int lost_by = 0;                // the errno that every write to stdout fails with

  std::string state() const { return home.path() + "/state"; }

  // Every job writes "hello from NAME" and succeeds, but those named "bad".
  core::RunView play(RunId run, const jobs::Plan& plan, const std::string& directory, control::RunObserver& observer) {
    std::vector<core::JobView> jobs;
    core::Scheduler idle;
    output::SegmentWriter segment(1, store::output_directory(directory) + "/" + output::segment_file_name(1));
    for (JobIndex j = 0; j < plan.jobs.size(); ++j) {
      const bool bad = plan.jobs[j].id.text() == "bad";
      auto job = bad ? ended_job(j, "bad", Outcome::failed, {ReasonKind::exit, 7})
                     : ended_job(j, plan.jobs[j].id.text(), Outcome::succeeded);
      auto& attempt = job.tasks[0].attempts[0];
      output::Capture capture(segment, {{run, j, 0}, 1}, 1 << 20, "");
      const auto text = "hello from " + job.id + "\n";
      capture.write(bad ? output::Stream::err : output::Stream::out, text);
      attempt.report.output = capture.finish();
      output::Chunk chunk;
      chunk.task = {run, j, 0};
      chunk.attempt = 1;
      chunk.stream = bad ? output::Stream::err : output::Stream::out;
      chunk.bytes = text;
      observer.on_output(chunk);
      core::record::AttemptEnded end{{{run, j, 0}, 1}, {1, 1}, *attempt.outcome, attempt.reason};
      end.report = attempt.report;
      const std::vector<core::Record> records{{end}};
      observer.on_turn(records, idle, clock.at);
      jobs.push_back(std::move(job));
    }
    return a_run(run, plan.name.text(), std::move(jobs));
  }

  Result<control::ForegroundEnd> coordinate(jobs::Plan plan, const control::ForegroundOptions& options,
                                            control::RunObserver& observer) {
    if (trouble) return *trouble;
    auto instance = store::create_run_instance(options.state_directory);
    if (!instance) return instance.error();
    observer.on_opened(instance->run, instance->directory);
    auto view = play(instance->run, plan, instance->directory, observer);
    auto journal = store::open_journal(instance->directory);
    if (!journal) return journal.error();
    const std::vector<store::FoldedRun> folded{{view}};
    if (auto s = (*journal)->commit({{}, folded}); !s) return s.error();
    ran = std::move(plan);
    env = options.env;
    return control::ForegroundEnd{instance->run, view, signal};
  }

  Outcomes type(const Words& words, const std::string& input = {}) {
    Sink out, err;
    clock.at = now_after(60);
    Surroundings world{out.stream(),
                       err.stream(),
                       {"ROTA_STATE_DIR=" + state(), "HOME=" + home.path(), "X=1"},
                       home.path(),
                       [input]() -> Result<std::string> { return input; },
                       clock};
    out.broken = lost_by != 0;
    world.out.broken_by = [this] { return lost_by; };
    const auto exit = run_program(words, world, [this](jobs::Plan plan, const auto& options, auto& observer) {
      return coordinate(std::move(plan), options, observer);
    });
    return {exit, out.text, err.text};
  }
};

constexpr auto kTwoJobs = "name: nightly\njobs:\n  good: {run: echo}\n  bad: {run: exit 7}\n";

TEST(Program, run_shows_output_failure_and_outcome_and_ends_with_1) {
  Shell shell;
  const auto e = shell.type({"run", "-"}, kTwoJobs);
  EXPECT_EQ(e.exit.code, 1);
  EXPECT_EQ(e.out, "good | hello from good\n");
  EXPECT_TRUE(has(e.err, "bad  | hello from bad\n")) << e.err;
  EXPECT_TRUE(has(e.err, "bad failed: exit status 7")) << e.err;
  EXPECT_TRUE(has(e.err, "rota logs 1/bad\n")) << e.err;
  EXPECT_TRUE(has(e.err, "run 1 failed: 1 ok, 1 failed in ")) << e.err;
}

TEST(Program, run_hands_over_the_plan_the_name_and_the_environment) {
  Shell shell;
  EXPECT_EQ(shell.type({"run", "--name", "other", "-"}, "jobs:\n  a: {run: echo}\n").exit.code, 0);
  EXPECT_EQ(shell.ran->name.text(), "other");
  EXPECT_TRUE(has(shell.env.back(), "X=1"));
  EXPECT_EQ(shell.type({"run", "--name", "a/b", "-"}, "jobs:\n  a: {run: echo}\n").exit.code, 2);
}

TEST(Program, a_single_command_is_a_job_named_after_it) {
  Shell shell;
  const auto e = shell.type({"run", "--", "/usr/bin/printf", "%s", "a b"});
  EXPECT_EQ(e.exit.code, 0);
  EXPECT_EQ(e.out, "hello from printf\n");
  const auto& job = shell.ran->jobs.at(0);
  EXPECT_EQ(std::get<jobs::CommandLine>(job.action).argv, (Words{"/usr/bin/printf", "%s", "a b"}));
  EXPECT_EQ(job.mode, Mode::process);
  EXPECT_EQ(shell.ran->settings_of(job).working_dir, shell.home.path());
}

TEST(Program, every_command_has_a_name_that_a_job_can_have) {
  Shell shell;
  for (const auto& command :
       std::vector<std::string>{"7", "./a b.sh", "...", "", "last", "x.7", "--", "日本", std::string(300, 'n')}) {
    EXPECT_EQ(shell.type({"run", "--", command}).exit.code, 0) << command;
    EXPECT_TRUE(Name::parse(shell.ran->jobs[0].id.text())) << command;
  }
}

TEST(Program, a_run_that_was_interrupted_ends_by_its_signal) {
  Shell shell;
  shell.signal = 15;
  EXPECT_EQ(shell.type({"run", "--", "true"}).exit.signal, 15);
}

TEST(Program, a_run_that_cannot_start_says_why_and_ends_by_the_error) {
  Shell shell;
  shell.trouble = fail(Code::refused, "no room", "/state");
  const auto e = shell.type({"run", "--", "true"});
  EXPECT_EQ(e.exit.code, 5);
  EXPECT_EQ(e.err, "rota run: /state: no room\n");
}

TEST(Program, output_that_is_lost_is_told_of_and_is_no_success) {
  Shell shell;
  ASSERT_EQ(shell.type({"run", "--", "true"}).exit.code, 0);
  const std::vector<Words> looks{{"run", "--", "true"}, {"ps", "-a"},       {"history"}, {"show", "last"},
                                 {"logs", "last"},      {"show", "--json", "last"}, {"targets"}, {"--help"}};
  for (const auto& words : looks) {
    shell.lost_by = ENOSPC;
    auto e = shell.type(words);
    EXPECT_EQ(e.exit.code, 1) << words[0];
    EXPECT_TRUE(has(e.err, "not all output could be written to stdout: No space left on device")) << words[0] << e.err;
    shell.lost_by = EPIPE;
    e = shell.type(words);
    EXPECT_EQ(e.exit.code, 0) << words[0] << ": a reader that had enough";
    EXPECT_FALSE(has(e.err, "not all output")) << words[0];
  }
}

TEST(Program, an_invalid_file_is_2_with_every_error_and_nothing_runs) {
  Shell shell;
  for (const auto* verb : {"run", "validate", "plan"}) {
    const auto e = shell.type({verb, "-"}, "jobs:\n  a: {rnu: echo}\n  b: {run: echo, needs: c}\n");
    EXPECT_EQ(e.exit.code, 2);
    EXPECT_EQ(e.out, "");
    EXPECT_TRUE(has(e.err, "<stdin>:2:")) << e.err;
    EXPECT_TRUE(has(e.err, "<stdin>:3:")) << e.err;
  }
  EXPECT_FALSE(shell.ran);
}

TEST(Program, a_file_that_is_not_there_is_an_invalid_file) {
  Shell shell;
  const auto e = shell.type({"validate", "nope.yaml"});
  EXPECT_EQ(e.exit.code, 2);
  EXPECT_TRUE(has(e.err, "nope.yaml")) << e.err;
}

TEST(Program, validate_says_ok_with_the_number_of_jobs) {
  Shell shell;
  const auto e = shell.type({"validate", "-"}, kTwoJobs);
  EXPECT_EQ(e.exit.code, 0);
  EXPECT_EQ(e.out, "<stdin>: ok: 2 jobs\n");
}

TEST(Program, ps_and_history_list_what_ran) {
  Shell shell;
  EXPECT_TRUE(has(shell.type({"ps"}).err, "no runs yet"));
  shell.type({"run", "-"}, kTwoJobs);
  for (const Words& words : {Words{"ps", "-a"}, {"ps", "1"}, {"ps", "last"}, {"ps", "-t", "F"}, {"history"}}) {
    const auto e = shell.type(words);
    EXPECT_EQ(e.exit.code, 0) << words.back();
    EXPECT_TRUE(has(e.out, "nightly")) << words.back() << e.out << e.err;
    EXPECT_TRUE(has(e.out, "1/1/2")) << e.out;
  }
  EXPECT_EQ(shell.type({"ps", "-a", "-q"}).out, "1\n");
  EXPECT_TRUE(has(shell.type({"ps", "--jobs", "1"}).out, "exit:7"));
  EXPECT_EQ(shell.type({"ps", "-t", "running"}).out, "");
  EXPECT_EQ(shell.type({"ps", "-t", "runing"}).exit.code, 2);
  EXPECT_TRUE(has(shell.type({"ps", "-t", "runing"}).err, "did you mean 'running'?"));
}

TEST(Program, show_has_a_page_for_a_run_and_one_for_a_job) {
  Shell shell;
  shell.type({"run", "-"}, kTwoJobs);
  const auto run = shell.type({"show", "last"});
  EXPECT_TRUE(has(run.out, "run 1 nightly")) << run.out;
  EXPECT_TRUE(has(run.out, "bad | hello from bad") || has(run.out, "bad  | hello from bad")) << run.out;
  const auto job = shell.type({"show", "1/bad"});
  EXPECT_TRUE(has(job.out, "exit status 7")) << job.out;
  EXPECT_TRUE(has(job.out, "Last lines:\n  hello from bad\n")) << job.out;
}

TEST(Program, logs_prints_one_job_as_it_is_and_several_after_their_names) {
  Shell shell;
  shell.type({"run", "-"}, kTwoJobs);
  EXPECT_EQ(shell.type({"logs", "1/good"}).out, "hello from good\n");
  const auto all = shell.type({"logs", "last"});
  EXPECT_TRUE(has(all.out, "good | hello from good\n")) << all.out;
  EXPECT_TRUE(has(all.out, "bad  | hello from bad\n")) << all.out;
  EXPECT_EQ(shell.type({"logs", "1", "--stderr"}).out, "bad  | hello from bad\n");
  EXPECT_EQ(shell.type({"logs", "1/bad", "--stdout"}).out, "");
  EXPECT_EQ(shell.type({"logs", "1", "--failed"}).out, "bad | hello from bad\n");
  EXPECT_EQ(shell.type({"logs", "-f", "1/good"}).out, "hello from good\n");
  EXPECT_EQ(shell.type({"logs", "1/good", "--attempt", "1"}).out, "hello from good\n");
  const auto none = shell.type({"logs", "1/good", "--attempt", "2"});
  EXPECT_EQ(none.exit.code, 3);
  EXPECT_TRUE(has(none.err, "no attempt 2")) << none.err;
}

TEST(Program, what_is_not_there_is_3_and_names_the_way_on) {
  Shell shell;
  EXPECT_EQ(shell.type({"show", "last"}).exit.code, 3);
  shell.type({"run", "-"}, kTwoJobs);
  for (const Words& words : {Words{"show", "99"}, {"logs", "99"}, {"ps", "99"}}) {
    const auto e = shell.type(words);
    EXPECT_EQ(e.exit.code, 3);
    EXPECT_EQ(e.err, "rota " + words[0] + ": no such run 99: `rota ps -a` lists them\n");
  }
  EXPECT_EQ(shell.type({"show", "1/nope"}).exit.code, 3);
  EXPECT_EQ(shell.type({"show", "1/"}).exit.code, 2);
}

TEST(Program, json_is_alone_on_stdout_also_for_errors) {
  Shell shell;
  shell.type({"run", "-"}, kTwoJobs);
  for (const Words& words :
       {Words{"ps", "--json"}, {"history", "--json"}, {"show", "1", "--json"}, {"limits", "--json"}}) {
    const auto e = shell.type(words);
    EXPECT_EQ(e.exit.code, 0);
    EXPECT_EQ(e.out.find(R"({"schema":"rota/1")"), 0u) << e.out;
    EXPECT_EQ(e.err, "");
  }
  const auto wrong = shell.type({"show", "99", "--json"});
  EXPECT_EQ(wrong.exit.code, 3);
  EXPECT_TRUE(has(wrong.out, R"("error":)")) << wrong.out;
  EXPECT_EQ(wrong.err, "");
}

TEST(Program, a_state_directory_by_flag_is_in_the_commands_that_are_suggested) {
  Shell shell;
  const auto other = shell.home.path() + "/other dir";
  const auto e = shell.type({"--state-dir", other, "run", "-"}, kTwoJobs);
  EXPECT_TRUE(has(e.err, "rota --state-dir '" + other + "' logs 1/bad\n")) << e.err;
  EXPECT_EQ(shell.type({"logs", "--state-dir", other, "1/good"}).out, "hello from good\n");
  EXPECT_EQ(shell.type({"ps", "-a"}).out, "");
}

TEST(Program, version_targets_and_limits_answer) {
  Shell shell;
  EXPECT_EQ(shell.type({"--version"}).out.find("rota "), 0u);
  EXPECT_TRUE(has(shell.type({"targets"}).out, "print_numbers"));
  EXPECT_TRUE(has(shell.type({"limits"}).out, "job_file_bytes"));
  EXPECT_EQ(shell.type({"schedule", "x"}).exit.code, 2);
}

}  // namespace
}  // namespace rota::cli
