// The command line's words: what they mean, and what is said when they mean nothing.
#include "scheduler/cli/args.h"

#include <gtest/gtest.h>

#include "scheduler/cli/verbs.h"

namespace rota::cli {
namespace {

using Words = std::vector<std::string>;

Invocation understood(const Words& words) {
  auto parsed = parse_args(words);
  if (const auto* answer = std::get_if<Answer>(&parsed)) ADD_FAILURE() << answer->text;
  return std::get<Invocation>(std::move(parsed));
}

template <class V>
V verb_of(const Words& words) {
  return std::get<V>(understood(words).verb);
}

Answer answer_to(const Words& words) {
  auto parsed = parse_args(words);
  if (std::holds_alternative<Invocation>(parsed)) {
    ADD_FAILURE() << "was understood";
    return {};
  }
  return std::get<Answer>(parsed);
}

const char* const kEveryVerb[] = {"run",    "validate", "plan",    "targets", "limits",  "ps",    "status",
                                  "show",   "logs",     "history", "version", "submit",  "retry", "wait",
                                  "cancel", "kill",     "hold",    "release", "explain", "why",   "events",
                                  "worker", "daemon",   "prune",   "doctor",  "graph",   "rescue",
                                  "next",   "schedule", "schema",  "init",    "pause",   "resume"};

void expect_refusal(const Words& words, const std::string& with) {
  const auto answer = answer_to(words);
  EXPECT_EQ(answer.exit, 2) << answer.text;
  EXPECT_NE(answer.text.find(with), std::string::npos) << answer.text;
  EXPECT_EQ(answer.text.find('\n'), answer.text.size() - 1) << "one line: " << answer.text;
}

TEST(Args, run_takes_a_file_and_parameters_in_order) {
  const auto v =
      verb_of<verb::Run>({"run", "-p", "a=1", "f.yaml", "-p", "b=x=y", "--param", "c=", "-q", "--name", "nightly"});
  EXPECT_EQ(v.file, "f.yaml");
  EXPECT_EQ(v.params, (Params{{"a", "1"}, {"b", "x=y"}, {"c", ""}}));
  EXPECT_TRUE(v.quiet);
  EXPECT_EQ(v.name, "nightly");
}

TEST(Args, everything_after_two_dashes_is_the_command) {
  const auto v = verb_of<verb::Run>({"run", "-q", "--", "ls", "-l", "--", "--help", "x y"});
  EXPECT_EQ(v.command, (Words{"ls", "-l", "--", "--help", "x y"}));
  EXPECT_TRUE(v.file.empty());
  EXPECT_TRUE(v.quiet);
}

TEST(Args, what_looks_before_anything_runs) {
  const auto plan = verb_of<verb::Plan>({"plan", "f.yaml", "--only", "report", "-p", "a=1", "--json"});
  EXPECT_EQ(plan.only, "report");
  EXPECT_TRUE(plan.json);
  EXPECT_TRUE(verb_of<verb::Graph>({"graph", "f.yaml", "--dot"}).dot);
  EXPECT_EQ(verb_of<verb::Run>({"run", "f.yaml", "--only", "report"}).only, "report");
  expect_refusal({"graph", "f.yaml", "--dot", "--json"}, "either --dot or --json");
  expect_refusal({"run", "--only", "x", "--", "make"}, "--only names a job of a job file");
}

TEST(Args, what_does_a_run_again) {
  const auto retry = verb_of<verb::Retry>({"retry", "12", "--job", "train", "--downstream", "--from-file", "new.yaml"});
  EXPECT_EQ(retry.file, "new.yaml");
  EXPECT_TRUE(retry.reload) << "another file is read";
  EXPECT_TRUE(verb_of<verb::Retry>({"retry", "12", "--reload"}).reload);
  EXPECT_EQ(verb_of<verb::Rescue>({"rescue", "last"}).id, "last");
  expect_refusal({"rescue"}, "no run was given");
}

TEST(Args, elsewhere_two_dashes_only_end_the_options) {
  EXPECT_EQ(verb_of<verb::Validate>({"validate", "--", "-p"}).files, Words{"-p"});
  EXPECT_EQ(verb_of<verb::Show>({"show", "--json", "--", "12"}).id, "12");
}

TEST(Args, a_dash_is_standard_input) { EXPECT_EQ(verb_of<verb::Validate>({"validate", "-"}).files, Words{"-"}); }

TEST(Args, options_of_the_program_stand_before_or_after_the_verb) {
  EXPECT_EQ(understood({"--state-dir", "/s", "ps"}).state_dir, "/s");
  EXPECT_EQ(understood({"ps", "--state-dir=/s"}).state_dir, "/s");
  EXPECT_EQ(understood({"--state-dir=/s", "--no-color", "ps"}).state_dir, "/s");
  EXPECT_TRUE(understood({"--no-color", "ps"}).no_color);
  EXPECT_TRUE(understood({"ps", "--no-color"}).no_color);
}

TEST(Args, status_is_ps) {
  const auto v = verb_of<verb::Ps>({"status", "-a", "-n", "5", "--jobs", "-t", "R,failed", "12,13", "last"});
  EXPECT_TRUE(v.all);
  EXPECT_TRUE(v.jobs);
  EXPECT_EQ(v.limit, 5u);
  EXPECT_EQ(v.states, "R,failed");
  EXPECT_EQ(v.selectors, "12,13,last");
}

TEST(Args, logs_knows_its_streams_and_numbers) {
  const auto v = verb_of<verb::Logs>({"logs", "-f", "-n", "20", "--stderr", "--attempt", "2", "--failed", "12/build"});
  EXPECT_EQ(v.id, "12/build");
  EXPECT_TRUE(v.follow);
  EXPECT_TRUE(v.failed);
  EXPECT_EQ(v.last_lines, 20u);
  EXPECT_EQ(v.attempt, 2u);
  EXPECT_EQ(v.streams, verb::Streams::err);
}

TEST(Args, submit_knows_its_terms) {
  const auto v = verb_of<verb::Submit>({"submit", "a.yaml", "-", "-p", "a=1", "--hold", "--begin", "22:30", "--after",
                                        "41,last", "--export", "A,B", "--dry-run", "-q"});
  EXPECT_EQ(v.files, (Words{"a.yaml", "-"}));
  EXPECT_EQ(v.params, (Params{{"a", "1"}}));
  EXPECT_TRUE(v.hold && v.dry_run && v.quiet);
  EXPECT_EQ(v.begin, "22:30");
  EXPECT_EQ(v.after, "41,last");
  EXPECT_EQ(v.exports, (Words{"A", "B"}));
  EXPECT_EQ(verb_of<verb::Submit>({"submit", "a", "--export", "A,B", "--export", "C"}).exports, (Words{"A", "B", "C"}));
  const auto one = verb_of<verb::Submit>({"submit", "a.yaml", "--idempotency-key", "k", "--name", "n", "--follow"});
  EXPECT_EQ(one.key, "k");
  EXPECT_EQ(one.name, "n");
  EXPECT_TRUE(one.follow);
  EXPECT_TRUE(verb_of<verb::Submit>({"submit", "a.yaml", "--wait", "--json"}).wait);
}

TEST(Args, wait_cancel_kill_and_their_like_join_their_ids) {
  const auto wait = verb_of<verb::Wait>({"wait", "41", "42,43/a", "--any", "--until", "success", "--timeout", "5m"});
  EXPECT_EQ(wait.selectors, "41,42,43/a");
  EXPECT_TRUE(wait.any);
  EXPECT_EQ(wait.until, verb::Until::success);
  EXPECT_EQ(wait.timeout, std::chrono::minutes(5));
  EXPECT_EQ(verb_of<verb::Wait>({"wait", "41"}).until, verb::Until::done);
  const auto cancel = verb_of<verb::Cancel>({"cancel", "all", "--grace", "10s", "--reason", "why not"});
  EXPECT_EQ(cancel.grace, std::chrono::seconds(10));
  EXPECT_EQ(cancel.reason, "why not");
  for (const auto* signal : {"USR1", "SIGUSR1", "10"})
    EXPECT_EQ(verb_of<verb::Kill>({"kill", "-s", signal, "1"}).signal, 10) << signal;
  EXPECT_EQ(verb_of<verb::Kill>({"kill", "1"}).signal, 15);
  EXPECT_TRUE(verb_of<verb::Hold>({"hold", "1"}).hold);
  EXPECT_FALSE(verb_of<verb::Hold>({"release", "1"}).hold);
  EXPECT_TRUE(verb_of<verb::Pause>({"pause", "1"}).pause);
  EXPECT_FALSE(verb_of<verb::Pause>({"resume", "1", "2/a.3"}).pause);
  EXPECT_EQ(verb_of<verb::Pause>({"resume", "1", "2/a.3"}).selectors, "1,2/a.3");
  EXPECT_EQ(verb_of<verb::Explain>({"why", "1/a"}).id, "1/a");
}

TEST(Args, the_services_own_verbs) {
  using Action = verb::Daemon::Action;
  EXPECT_EQ(verb_of<verb::Daemon>({"daemon", "status", "--json"}).action, Action::status);
  EXPECT_TRUE(verb_of<verb::Daemon>({"daemon", "stop", "--all"}).all);
  EXPECT_TRUE(verb_of<verb::Daemon>({"daemon", "drain", "--off"}).off);
  EXPECT_TRUE(verb_of<verb::Workers>({"worker", "list", "--json"}).json);
  EXPECT_EQ(verb_of<verb::Events>({"events", "-f", "--from", "1200", "--jsonl"}).from, 1200u);
  const auto prune = verb_of<verb::Prune>({"prune", "--keep", "5", "--older-than", "30d", "--dry-run"});
  EXPECT_EQ(prune.keep, 5u);
  EXPECT_EQ(prune.older_than, std::chrono::hours(24 * 30));
  EXPECT_EQ(understood({"ps", "--socket", "/s"}).socket, "/s");
  EXPECT_EQ(understood({"--socket", "/s", "ps"}).socket, "/s");
}

TEST(Args, each_mistake_with_the_service_is_named_with_its_remedy) {
  expect_refusal({"submit"}, "no job file was given: `rota submit FILE`");
  expect_refusal({"submit", "a", "b", "--idempotency-key", "k"}, "--idempotency-key is for one run");
  expect_refusal({"submit", "a", "b", "--follow"}, "--follow follows one run");
  expect_refusal({"submit", "-", "-"}, "standard input (-) can be read only once");
  expect_refusal({"submit", "a", "--follow", "--json"}, "with --json use --wait");
  expect_refusal({"submit", "a", "-q", "--json"}, "either --json or -q");
  expect_refusal({"submit", "a", "--dry-run", "--wait"}, "--dry-run submits nothing");
  expect_refusal({"submit", "a", "--hold", "--wait"}, "--hold waits for `rota release`");
  expect_refusal({"submit", "a", "--export", "A=1"}, "--export wants names of variables");
  expect_refusal({"prune", "--keep"}, "--keep takes a value: --keep N; `rota prune --help`");
  expect_refusal({"prune", "--keep", "1", "--keep", "2"}, "--keep is given more than once: --keep N once is enough");
  expect_refusal({"wait"}, "no run was given: `rota wait last`");
  expect_refusal({"wait", "1", "--until", "sucess"},
                 "--until is running, done or success, not 'sucess': did you mean 'success'?");
  expect_refusal({"wait", "1", "--timeout", "soon"}, "--timeout: ");
  expect_refusal({"cancel"}, "nothing to cancel was given");
  expect_refusal({"cancel", "1", "--now", "--grace", "1s"}, "either --now or --grace");
  expect_refusal({"kill", "1", "-s", "NOPE"}, "-s wants a signal such as TERM, SIGUSR1 or 9, not 'NOPE'");
  expect_refusal({"kill", "1", "-s", "0"}, "-s wants a signal");
  expect_refusal({"kill", "1", "-s", "65"}, "-s wants a signal");
  expect_refusal({"prune"}, "what may go?");
  expect_refusal({"prune", "--keep", "5000000000"}, "more than there can be");
  expect_refusal({"daemon"}, "`rota daemon status`");
  expect_refusal({"daemon", "start"}, "a client never starts the service");
  expect_refusal({"daemon", "sttus"}, "did you mean 'status'?");
  expect_refusal({"daemon", "status", "--all"}, "--all goes with `rota daemon stop`");
  expect_refusal({"daemon", "stop", "--off"}, "--off goes with `rota daemon drain`");
  expect_refusal({"daemon", "stop", "--json"}, "--json goes with `rota daemon status`");
  expect_refusal({"worker"}, "`rota worker list`");
  expect_refusal({"worker", "kill"}, "there is no 'worker kill'");
  expect_refusal({"explain"}, "no run was given");
  expect_refusal({"sbmit", "a"}, "did you mean 'submit'?");
}

TEST(Args, version_in_three_ways) {
  for (const Words& words : {Words{"version"}, Words{"--version"}, Words{"run", "--version"}})
    EXPECT_TRUE(std::holds_alternative<verb::Version>(understood(words).verb));
}

TEST(Args, help_goes_to_stdout_with_exit_zero) {
  for (const Words& words : {Words{"--help"}, Words{"-h"}, Words{"help"}}) {
    EXPECT_EQ(answer_to(words).exit, 0);
    EXPECT_EQ(answer_to(words).text, overview());
  }
  for (const auto* verb : kEveryVerb) {
    const auto answer = answer_to({verb, "--help"});
    EXPECT_EQ(answer.exit, 0) << verb;
    EXPECT_NE(answer.text.find("Usage: rota "), std::string::npos) << answer.text;
    EXPECT_TRUE(answer.text.ends_with('\n')) << answer.text;
    EXPECT_EQ(answer_to({"help", verb}).text, answer.text);
    EXPECT_NE(answer.text.find("Example"), std::string::npos) << answer.text;
    EXPECT_NE(answer.text.find("--socket PATH"), std::string::npos) << answer.text;
    EXPECT_TRUE(has_verb(verb));
  }
}

TEST(Args, every_verb_of_the_overview_is_one) {
  for (const std::string verb : kEveryVerb) {
    const bool beside_another = verb == "release" || verb == "resume" || verb == "status" || verb == "why";
    if (beside_another) continue;
    EXPECT_NE(overview().find("\n  " + verb + " "), std::string::npos) << verb;
  }
  for (const auto* word : {"release ID", "resume ID", "also: status", "also: why"})
    EXPECT_NE(overview().find(word), std::string::npos) << word;
}

TEST(Args, no_words_at_all_ask_for_a_verb) { expect_refusal({}, "which verb?"); }

TEST(Args, an_unknown_verb_gets_the_nearest_one) {
  expect_refusal({"vaildate", "f"}, "did you mean 'validate'?");
  expect_refusal({"frobnicate"}, "`rota --help` lists them");
}

TEST(Args, a_verb_of_later_says_so_and_what_to_do_instead) {
  for (const auto* verb : {"top", "acct", "queue", "journal", "completion"}) {
    expect_refusal({verb, "12"}, std::string("rota ") + verb + ": not in this version yet; ");
    EXPECT_FALSE(has_verb(verb));
    EXPECT_EQ(overview().find(std::string("\n  ") + verb + " "), std::string::npos) << verb;
  }
}

TEST(Args, an_unknown_option_gets_the_nearest_one) {
  expect_refusal({"logs", "12", "--folow"}, "there is no option '--folow': did you mean '--follow'?");
  expect_refusal({"ps", "--frobnicate"}, "there is no option '--frobnicate'");
  expect_refusal({"ps", "-x"}, "there is no option '-x'");
}

TEST(Args, control_characters_are_not_given_back_raw) {
  EXPECT_EQ(answer_to({"\x1b[2J"}).text.find('\x1b'), std::string::npos);
  EXPECT_EQ(answer_to({"ps", "--\x1b[2J"}).text.find('\x1b'), std::string::npos);
}

TEST(Args, each_mistake_is_named_with_its_remedy) {
  expect_refusal({"run"}, "no job file was given: `rota run FILE`");
  expect_refusal({"run", "f.yaml", "--", "ls"}, "not both");
  expect_refusal({"run", "--"}, "no command after `--`");
  expect_refusal({"run", "-p", "x", "f"}, "-p wants NAME=VALUE, not 'x'");
  expect_refusal({"run", "-p", "=x", "f"}, "-p wants NAME=VALUE, not '=x'");
  expect_refusal({"run", "-p", "a=b", "--", "ls"}, "a single command has none");
  expect_refusal({"run", "a", "b"}, "'b' is one word too many");
  expect_refusal({"show"}, "no run was given");
  expect_refusal({"logs"}, "no run was given");
  expect_refusal({"logs", "1", "-n", "abc"}, "-n wants a whole number, not 'abc'");
  expect_refusal({"logs", "1", "-n", "-3"}, "-n wants a whole number");
  expect_refusal({"logs", "1", "--attempt", "0"}, "--attempt counts from 1");
  expect_refusal({"logs", "1", "--stdout", "--stderr"}, "either --stdout or --stderr");
  expect_refusal({"ps", "--json", "-q"}, "either --json or -q");
  expect_refusal({"plan", "-p"}, "-p");
}

}  // namespace
}  // namespace rota::cli
