// The verbs that look at the service, and those that look at runs with a service behind them.
#include <gtest/gtest.h>

#include <sys/stat.h>

#include "tests/support/eventually.h"
#include "tests/unit/cli/service_shell.h"

namespace rota::cli {
namespace {

using namespace testing;

TEST(PsOfService, is_the_union_of_what_lives_there_and_what_the_files_say) {
  ServiceShell shell;
  shell.service.alive = {a_run(42, "live", {running_job(0, "a")})};
  shell.ended_foreground(a_run(1, "done", {ended_job(0, "a", Outcome::succeeded)}));
  const auto e = shell.type({"ps", "-a"});
  EXPECT_EQ(e.exit.code, 0);
  EXPECT_TRUE(has(e.out, "42   live")) << e.out;
  EXPECT_TRUE(has(e.out, "1    done")) << e.out;
  EXPECT_EQ(e.err, "");
  EXPECT_EQ(shell.type({"ps", "-a", "-q"}).out, "42\n1\n");
  EXPECT_EQ(shell.type({"ps", "-q", "last"}).out, "42\n");
  EXPECT_TRUE(has(shell.type({"ps", "--jobs", "42"}).out, "thread"));
}

TEST(PsOfService, hides_nothing_that_is_active_behind_what_ended_after_it) {
  ServiceShell shell;
  shell.service.alive = {a_run(1, "live", {running_job(0, "a")})};
  for (RunId run = 2; run <= 25; ++run)
    shell.service.alive.push_back(a_run(run, "done", {ended_job(0, "a", Outcome::succeeded)}));
  const auto all = shell.type({"ps", "-q"}).out;
  EXPECT_TRUE(all.starts_with("25\n24\n")) << all;
  EXPECT_TRUE(all.ends_with("\n6\n1\n")) << "the newest twenty that ended, and what is active: " << all;
  EXPECT_EQ(shell.type({"ps", "-q", "-n", "2"}).out, "25\n24\n");
}

TEST(PsOfService, says_recovery_and_drain_beside_the_table_and_in_json) {
  ServiceShell shell;
  shell.service.alive = {a_run(42, "live", {running_job(0, "a")})};
  shell.service.recovery = {3, 7};
  shell.service.closed = "limit:drain";
  const auto e = shell.type({"ps"});
  EXPECT_TRUE(has(e.err, "rota ps: recovering 3/7")) << e.err;
  EXPECT_TRUE(has(e.err, "rota ps: drained")) << e.err;
  const auto json = shell.type({"ps", "--json"});
  EXPECT_TRUE(has(json.out, R"("service":{"recovering":{"known":3,"total":7},"closed":"limit:drain"})")) << json.out;
}

TEST(PsOfService, without_one_the_files_tell_and_nothing_is_said) {
  ServiceShell shell;
  shell.service_up = false;
  shell.ended_foreground(a_run(1, "done", {ended_job(0, "a", Outcome::succeeded)}));
  const auto e = shell.type({"ps", "-a"});
  EXPECT_EQ(e.exit.code, 0);
  EXPECT_EQ(e.err, "");
  EXPECT_TRUE(has(shell.type({"ps", "-a", "--json"}).out, R"("service":null)"));
}

TEST(PsOfService, one_that_holds_its_lock_and_is_silent_is_worth_a_line) {
  ServiceShell shell;
  shell.service_up = false;
  const auto instance = shell.service_instance();
  const auto e = shell.type({"ps", "-a"});
  EXPECT_EQ(e.exit.code, 0);
  EXPECT_TRUE(has(e.err, "does not answer at " + shell.socket())) << e.err;
  EXPECT_TRUE(has(e.err, "from its files")) << e.err;
  const auto submit = shell.type({"submit", "-"}, "jobs:\n  a: {run: echo}\n");
  EXPECT_EQ(submit.exit.code, 4);
  EXPECT_TRUE(has(submit.err, "pid " + std::to_string(::getpid()))) << submit.err;
}

TEST(PsOfService, a_socket_of_another_state_directory_is_refused_when_both_were_named) {
  ServiceShell shell;
  shell.service.hello.instance_directory = "/elsewhere/service";
  const auto e = shell.type({"ps"});
  EXPECT_EQ(e.exit.code, 2);
  EXPECT_TRUE(has(e.err, "keeps its runs in /elsewhere")) << e.err;
}

TEST(ShowOfService, asks_for_a_live_run_and_says_what_is_uncertain) {
  ServiceShell shell;
  shell.service.alive = {a_run(42, "live", {running_job(0, "a")})};
  shell.service.recovery = {0, 1};
  const auto e = shell.type({"show", "42"});
  EXPECT_TRUE(has(e.out, "run 42 live")) << e.out;
  EXPECT_TRUE(has(e.out, "Note: recovering 0/1")) << e.out;
  EXPECT_TRUE(has(shell.type({"show", "42/a"}).out, "Note: recovering 0/1"));
  EXPECT_TRUE(has(shell.type({"show", "--json", "42"}).out, R"("run":42)"));
}

struct LogShell : ServiceShell {
  LogShell() {
    service.alive = {a_run(42, "live", {running_job(0, "a")})};
    root();
    const auto directory = store::output_directory(state() + "/service", 42);
    make_all(directory);
    segment = std::make_unique<output::SegmentWriter>(1, directory + "/" + output::segment_file_name(1));
    write("first\n");
  }
  void write(std::string_view text) { EXPECT_TRUE(segment->append({{42, 0, 0}, 1}, output::Stream::out, text)); }
  static void make_all(const std::string& directory) { ASSERT_TRUE(posix::make_directories(directory)); }
  std::unique_ptr<output::SegmentWriter> segment;
};

TEST(LogsOfService, are_read_from_its_files) {
  LogShell shell;
  EXPECT_EQ(shell.type({"logs", "42"}).out, "first\n");
}

TEST(LogsOfService, are_followed_until_the_service_says_that_the_run_has_ended) {
  LogShell shell;
  shell.service.on<ask::Wait>([&](const ask::Wait& w) -> Result<control::Reply> {
    EXPECT_EQ(w.selectors, "42");
    shell.write("last\n");
    return control::Reply(answer::Waited{true, {}, {Outcome::succeeded}});
  });
  const auto e = shell.type({"logs", "-f", "42"});
  EXPECT_EQ(e.out, "first\nlast\n");
  EXPECT_EQ(e.exit.code, 0);
}

TEST(LogsOfService, a_run_that_was_folded_meanwhile_has_ended) {
  LogShell shell;
  shell.service.on<ask::Wait>([](const ask::Wait&) -> Result<control::Reply> {
    return control::Reply(refusal(Code::not_found, "no such run"));
  });
  EXPECT_EQ(shell.type({"logs", "-f", "42"}).out, "first\n");
}

TEST(LogsOfService, follow_and_submit_in_one_end_with_the_outcome) {
  LogShell shell;
  shell.service.on<ask::Submit>([](const ask::Submit&) -> Result<control::Reply> {
    return control::Reply(answer::Submitted{42, "live", 1, false});
  });
  shell.service.on<ask::Wait>([](const ask::Wait&) -> Result<control::Reply> {
    return control::Reply(
        answer::Waited{true, {a_run(42, "live", {ended_job(0, "a", Outcome::failed)}).summary}, {Outcome::failed}});
  });
  const auto e = shell.type({"submit", "--follow", "-"}, "jobs:\n  a: {run: echo}\n");
  EXPECT_EQ(e.exit.code, 1);
  EXPECT_EQ(e.out, "first\n") << "stdout is the jobs' alone";
  EXPECT_EQ(e.err, "run 42 submitted: live, 1 job\nrun 42 failed: 1 failed in 5.0s\n");
}

TEST(Daemon, without_a_service_every_action_is_4) {
  ServiceShell shell;
  shell.service_up = false;
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"daemon", "status"}, {"daemon", "stop"}, {"daemon", "drain"}, {"worker", "list"}})
    EXPECT_EQ(shell.type(words).exit.code, 4) << words[1];
  EXPECT_TRUE(has(shell.type({"daemon", "status", "--json"}).out, R"("code":"unreachable")"));
}

TEST(Daemon, status_is_a_page_or_a_document) {
  ServiceShell shell;
  shell.service.on<ask::Status>([](const ask::Status&) -> Result<control::Reply> {
    answer::Status s;
    s.version = "9.9";
    s.pid = 4711;
    s.settings = {{"threads", "2 (--threads)"}};
    return control::Reply(s);
  });
  EXPECT_TRUE(has(shell.type({"daemon", "status"}).out, "rotad 9.9\n"));
  EXPECT_TRUE(has(shell.type({"daemon", "status", "--json"}).out, R"x("settings":{"threads":"2 (--threads)"})x"));
}

TEST(Daemon, drain_goes_both_ways) {
  ServiceShell shell;
  shell.service.on<ask::Drain>(
      [](const ask::Drain&) -> Result<control::Reply> { return control::Reply(answer::Done{}); });
  EXPECT_TRUE(has(shell.type({"daemon", "drain"}).out, "`rota daemon drain --off` ends that"));
  EXPECT_TRUE(has(shell.type({"daemon", "drain", "--off"}).out, "takes up new work again"));
  const auto asked = shell.service.asked<ask::Drain>();
  EXPECT_TRUE(asked.at(0).drain);
  EXPECT_FALSE(asked.at(1).drain);
}

TEST(Daemon, stop_returns_when_nobody_holds_the_instance) {
  ServiceShell shell;
  std::optional<store::Instance> instance = shell.service_instance();
  shell.service.on<ask::Stop>(
      [](const ask::Stop&) -> Result<control::Reply> { return control::Reply(answer::Done{}); });
  shell.on_rest = [&] { instance.reset(); };
  const auto e = shell.type({"daemon", "stop", "--all"});
  EXPECT_EQ(e.exit.code, 0);
  EXPECT_EQ(e.out, "rotad (pid 4711) stopped; everything was cancelled\n");
  EXPECT_EQ(shell.rests, 1u);
  EXPECT_TRUE(shell.service.asked<ask::Stop>().at(0).all);
}

TEST(Daemon, a_stop_that_does_not_come_true_is_said) {
  ServiceShell shell;
  const auto instance = shell.service_instance();
  shell.service.on<ask::Stop>(
      [](const ask::Stop&) -> Result<control::Reply> { return control::Reply(answer::Done{}); });
  const auto e = shell.type({"daemon", "stop"});
  EXPECT_EQ(e.exit.code, 4);
  EXPECT_TRUE(has(e.err, "still runs")) << e.err;
}

TEST(Workers, are_a_table_or_a_document_and_none_is_said) {
  ServiceShell shell;
  answer::Workers workers;
  shell.service.on<ask::Workers>(
      [&](const ask::Workers&) -> Result<control::Reply> { return control::Reply(workers); });
  EXPECT_TRUE(has(shell.type({"worker", "list"}).err, "there are none"));
  EXPECT_TRUE(has(shell.type({"worker", "list", "--json"}).out, R"("workers":[])"));
  workers.workers = {{{1, 1}, "pool", "up", 100, 4, 2, 0, after(0), ""}};
  EXPECT_TRUE(has(shell.type({"worker", "list"}).out, "w1      pool"));
}

TEST(Prune, asks_the_service_for_its_runs_and_does_the_others_itself) {
  ServiceShell shell;
  for (RunId i = 1; i <= 3; ++i) shell.ended_foreground(a_run(i, "x", {ended_job(0, "a", Outcome::succeeded)}));
  shell.service.on<ask::Prune>([](const ask::Prune& p) -> Result<control::Reply> {
    EXPECT_EQ(p.keep_runs, 1u);
    return control::Reply(answer::Pruned{{40, 41}, 1024});
  });
  const auto dry = shell.type({"prune", "--keep", "1", "--dry-run"});
  EXPECT_TRUE(has(dry.out, "4 runs would go")) << dry.out << dry.err;
  const auto e = shell.type({"prune", "--keep", "1"});
  EXPECT_EQ(e.exit.code, 0);
  EXPECT_TRUE(has(e.out, "4 runs forgotten")) << e.out;
  EXPECT_TRUE(has(e.out, "41, 40, 2, 1")) << e.out;
  EXPECT_TRUE(has(shell.type({"prune", "--keep", "1", "--json"}).out, R"("pruned":[41,40])"));
}

TEST(Prune, a_service_that_refuses_is_told_after_the_rest_was_done) {
  ServiceShell shell;
  shell.ended_foreground(a_run(1, "x", {ended_job(0, "a", Outcome::succeeded)}));
  shell.service.on<ask::Prune>([](const ask::Prune&) -> Result<control::Reply> {
    return control::Reply(refusal(Code::refused, "the disk is full"));
  });
  const auto e = shell.type({"prune", "--keep", "0"});
  EXPECT_EQ(e.exit.code, 5);
  EXPECT_TRUE(has(e.out, "1 run forgotten")) << e.out;
  EXPECT_EQ(e.err, "rota prune: the disk is full\n");
}

TEST(Events, tell_the_journal_with_the_names_of_jobs) {
  ServiceShell shell;
  EXPECT_EQ(shell.type({"events"}).exit.code, 3);
  const auto instance = shell.service_instance();
  auto journal = store::open_service_journal(instance.directory).value();
  const std::vector<core::Record> records{
      {core::record::Submitted{7, kSubmitted, test::a_plan("nightly").job("build").done(), {}}},
      {core::record::Started{{{7, 0, 0}, 1}, {1, 1}, 4711, after(1)}}};
  ASSERT_TRUE(journal->commit({records, {}}));
  const auto e = shell.type({"events"});
  EXPECT_EQ(e.exit.code, 0) << e.err;
  EXPECT_TRUE(has(e.out, "run 7 submitted: nightly, 1 job\n")) << e.out;
  EXPECT_TRUE(has(e.out, "7/build started on w1, pid 4711\n")) << e.out;
  const auto json = shell.type({"events", "--from", "2", "--jsonl"});
  EXPECT_EQ(std::count(json.out.begin(), json.out.end(), '\n'), 1);
  EXPECT_TRUE(has(json.out, R"({"schema":"rota/1","event":{"number":2,)")) << json.out;
  EXPECT_TRUE(has(json.out, R"("kind":"started","run":7,"job":)")) << json.out;
  EXPECT_TRUE(has(json.out, R"("attempt_id":1)")) << json.out;
  const auto last = shell.type({"events", "-n", "1"});
  EXPECT_FALSE(has(last.out, "submitted")) << last.out;
  EXPECT_TRUE(has(last.out, "7/build started")) << last.out;
  EXPECT_EQ(shell.type({"events", "-n", "100"}).out, e.out) << "that is all there is";
  EXPECT_EQ(shell.type({"events", "-n", "0"}).out, "");
}

TEST(Events, that_are_followed_begin_near_now) {
  ServiceShell shell;
  const auto instance = shell.service_instance();
  auto journal = store::open_service_journal(instance.directory).value();
  std::vector<core::Record> records;
  for (RunId run = 1; run <= 50; ++run)
    records.push_back({core::record::Submitted{run, kSubmitted, test::a_plan("nightly").job("build").done(), {}}});
  ASSERT_TRUE(journal->commit({records, {}}));
  shell.lost_by = EPIPE;  // the reader goes away with the first lines
  EXPECT_TRUE(has(shell.type({"events", "-f"}).tried, "run 41 submitted")) << "the last 10";
  EXPECT_FALSE(has(shell.type({"events", "-f"}).tried, "run 40 submitted"));
  EXPECT_TRUE(has(shell.type({"events", "-f", "--from", "1"}).tried, "run 1 submitted"));
  EXPECT_TRUE(has(shell.type({"events", "-f", "-n", "20"}).tried, "run 31 submitted"));
  EXPECT_EQ(shell.type({"events", "--from", "1", "-n", "2"}).exit.code, 2);
}

TEST(Doctor, finds_everything_well_without_a_service) {
  ServiceShell shell;
  shell.service_up = false;
  const auto e = shell.type({"doctor"});
  EXPECT_EQ(e.exit.code, 0) << e.out;
  for (const auto* about : {"version", "state directory", "free space", "socket", "service", "worker program",
                            "process trees", "memory limits", "open files", "settings"})
    EXPECT_TRUE(has(e.out, about)) << about << "\n" << e.out;
  EXPECT_TRUE(has(e.out, "is not running")) << e.out;
}

TEST(Doctor, a_silent_service_and_a_foreign_socket_fail) {
  ServiceShell shell;
  shell.service_up = false;
  const auto instance = shell.service_instance();
  shell.home.write("s", "no socket");
  const auto e = shell.type({"doctor"});
  EXPECT_EQ(e.exit.code, 1);
  EXPECT_TRUE(has(e.out, "is no socket")) << e.out;
  EXPECT_TRUE(has(e.out, "does not answer")) << e.out;
  const auto json = shell.type({"doctor", "--json"});
  EXPECT_EQ(json.exit.code, 1);
  EXPECT_TRUE(has(json.out, R"({"schema":"rota/1","ok":false,"findings":[)")) << json.out;
}

TEST(Doctor, tells_the_settings_in_force_and_what_is_odd_about_the_service) {
  ServiceShell shell;
  shell.service.on<ask::Status>([](const ask::Status&) -> Result<control::Reply> {
    answer::Status s;
    s.version = "0.0-other";
    s.pid = 4711;
    s.closed = "limit:safe-mode";
    s.settings = {{"threads", "2 (/etc/rota/config.yaml:3)"}};
    return control::Reply(s);
  });
  shell.service.on<ask::Workers>([](const ask::Workers&) -> Result<control::Reply> {
    return control::Reply(answer::Workers{{{{2, 1}, "launcher", "up", 9, 8, 0, 0, {}, "cgroup"}}});
  });
  const auto e = shell.type({"doctor"});
  EXPECT_EQ(e.exit.code, 0) << e.out;
  EXPECT_TRUE(has(e.out, "ok    threads          2 (/etc/rota/config.yaml:3)")) << e.out;
  EXPECT_TRUE(has(e.out, "safe mode")) << e.out;
  EXPECT_TRUE(has(e.out, "is version 0.0-other")) << e.out;
  EXPECT_TRUE(has(e.out, "level cgroup, as the service's launchers say")) << e.out;
}

TEST(Doctor, a_state_directory_that_others_may_write_to_fails) {
  ServiceShell shell;
  shell.root();
  ASSERT_EQ(::chmod(shell.state().c_str(), 0777), 0);
  const auto e = shell.type({"doctor"});
  EXPECT_EQ(e.exit.code, 1);
  EXPECT_TRUE(has(e.out, "fail  state directory")) << e.out;
}

}  // namespace
}  // namespace rota::cli
