// Every reason has one code, the same wherever it is told; a sentence; and a line in the document of the codes.
#include <gtest/gtest.h>

#include <array>
#include <fstream>
#include <set>
#include <sstream>

#include "scheduler/cli/view/causes.h"
#include "scheduler/cli/view/event_line.h"
#include "scheduler/cli/view/runs.h"
#include "scheduler/cli/view/waiting.h"
#include "scheduler/cli/words.h"
#include "scheduler/control/answers_json.h"
#include "scheduler/control/view_json.h"
#include "tests/support/paths.h"
#include "tests/unit/cli/views_of.h"

namespace rota::cli {
namespace {

enum class Of : std::uint8_t { nothing, end, waiting, both, occurrence };

struct Case {
  ReasonKind kind;
  Of of;
  std::int32_t value;
  std::string_view code;        // with that value
  std::string_view documented;  // as the document has it
};

/// In the order of ReasonKind: a new one has its line at the end.
constexpr auto kCases = std::to_array<Case>({
    {ReasonKind::none, Of::nothing, 0, "", ""},
    {ReasonKind::exit, Of::end, 7, "exit:7", "exit:N"},
    {ReasonKind::signal, Of::end, 11, "signal:11", "signal:N"},
    {ReasonKind::oom, Of::end, 0, "oom", "oom"},
    {ReasonKind::timeout, Of::end, 0, "timeout", "timeout"},
    {ReasonKind::run_timeout, Of::end, 0, "timeout:run", "timeout:run"},
    {ReasonKind::cancel_user, Of::end, 0, "cancel:user", "cancel:user"},
    {ReasonKind::cancel_policy, Of::end, 0, "cancel:policy", "cancel:policy"},
    {ReasonKind::stop_policy, Of::end, 0, "stop:policy", "stop:policy"},
    {ReasonKind::dep, Of::both, 0, "dep", "dep"},
    {ReasonKind::spawn, Of::end, 2, "spawn:ENOENT", "spawn:ERRNO"},
    {ReasonKind::exception, Of::end, 0, "exception", "exception"},
    {ReasonKind::bad_call, Of::end, 0, "bad-call", "bad-call"},
    {ReasonKind::worker_lost, Of::end, 0, "worker-lost", "worker-lost"},
    {ReasonKind::coordinator_lost, Of::end, 0, "coordinator-lost", "coordinator-lost"},
    {ReasonKind::not_needed, Of::end, 0, "not-needed", "not-needed"},
    {ReasonKind::output, Of::end, 0, "output", "output"},
    {ReasonKind::hold, Of::waiting, 0, "hold:user", "hold:user"},
    {ReasonKind::begin, Of::waiting, 0, "begin", "begin"},
    {ReasonKind::after, Of::waiting, 41, "after:41", "after:N"},
    {ReasonKind::slots, Of::waiting, 0, "limit:slots", "limit:slots"},
    {ReasonKind::max_parallel, Of::waiting, 0, "limit:max_parallel", "limit:max_parallel"},
    {ReasonKind::recovering, Of::waiting, 0, "recovering", "recovering"},
    {ReasonKind::drained, Of::waiting, 0, "limit:drain", "limit:drain"},
    {ReasonKind::safe_mode, Of::waiting, 0, "limit:safe-mode", "limit:safe-mode"},
    {ReasonKind::done, Of::end, 41, "done:41", "done:N"},
    {ReasonKind::shut_down, Of::end, 0, "shutdown", "shutdown"},
    {ReasonKind::condition, Of::end, 0, "if", "if"},
    {ReasonKind::expression, Of::end, 0, "expression", "expression"},
    {ReasonKind::bad_output, Of::end, 0, "output-value", "output-value"},
    {ReasonKind::fail_fast, Of::end, 0, "cancel:fail_fast", "cancel:fail_fast"},
    {ReasonKind::max_failures, Of::end, 0, "stop:max_failures", "stop:max_failures"},
    {ReasonKind::secret, Of::end, 0, "secret", "secret"},
    {ReasonKind::job_parallel, Of::waiting, 0, "limit:job_parallel", "limit:job_parallel"},
    {ReasonKind::command_slots, Of::waiting, 0, "limit:command_slots", "limit:command_slots"},
    {ReasonKind::overlap, Of::occurrence, 0, "overlap", "overlap"},
    {ReasonKind::missed, Of::occurrence, 0, "missed", "missed"},
    {ReasonKind::start_deadline, Of::occurrence, 0, "missed:start_deadline", "missed:start_deadline"},
    {ReasonKind::runs_queued, Of::occurrence, 0, "limit:runs", "limit:runs"},
    {ReasonKind::accused, Of::end, 11, "accused:11", "accused:N"},
    {ReasonKind::initializer, Of::end, 0, "initializer", "initializer"},
    {ReasonKind::pool, Of::waiting, 0, "limit:pool", "limit:pool"},
    {ReasonKind::rate, Of::waiting, 0, "rate", "rate"},
    {ReasonKind::res_cpus, Of::waiting, 0, "res:cpus", "res:cpus"},
    {ReasonKind::res_memory, Of::waiting, 0, "res:mem", "res:mem"},
    {ReasonKind::concurrency, Of::waiting, 41, "limit:concurrency", "limit:concurrency"},
    {ReasonKind::replaced, Of::end, 44, "cancel:replaced:44", "cancel:replaced:N"},
    {ReasonKind::group_full, Of::end, 41, "group-full:41", "group-full:N"},
    {ReasonKind::not_live, Of::end, 0, "not-live", "not-live"},
    {ReasonKind::not_ready, Of::end, 0, "not-ready", "not-ready"},
    {ReasonKind::processes, Of::waiting, 11, "limit:processes", "limit:processes"},
    {ReasonKind::paused, Of::waiting, 0, "paused:user", "paused:user"},
});
static_assert(kCases.size() == static_cast<std::size_t>(ReasonKind::last_) + 1, "a reason has no case here");

class EveryReason : public ::testing::TestWithParam<Case> {
 protected:
  const Case& c() const { return GetParam(); }
  Reason reason() const { return {c().kind, c().value}; }
  bool is_end() const { return c().of == Of::end || c().of == Of::both; }
  bool is_waiting() const { return c().of == Of::waiting || c().of == Of::both; }
  std::string quoted() const { return "\"" + std::string(c().code) + "\""; }

  /// A run of one job that ended so, or waits for it.
  core::RunView run() const {
    auto view = testing::a_run(42, "nightly", {testing::ended_job(0, "a", Outcome::failed, reason())});
    if (is_end()) {
      view.summary.reason = reason();
      return view;
    }
    core::TaskView& task = view.jobs[0].tasks[0];
    task.state = core::TaskState::pending;
    task.outcome.reset();
    task.attempts.clear();
    view = testing::a_run(42, "nightly", std::move(view.jobs));
    return view;
  }
};

bool has_word(const std::string& text, std::string_view word) {
  std::istringstream in(text);
  for (std::string w; in >> w;)
    if (w == word) return true;
  return false;
}

TEST_P(EveryReason, has_its_code_and_a_sentence) {
  EXPECT_EQ(to_text(reason()), c().code);
  if (c().of == Of::nothing) return;
  const auto sentence = why({.outcome = Outcome::failed, .reason = reason()});
  EXPECT_FALSE(sentence.empty());
  EXPECT_NE(sentence, c().code) << "that is no sentence";
  EXPECT_EQ(sentence.find('?'), std::string::npos) << sentence;
}

TEST_P(EveryReason, is_told_by_the_same_code_in_ps_and_in_json) {
  if (c().of == Of::nothing || c().of == Of::occurrence) return;
  const auto view = run();
  EXPECT_TRUE(has_word(jobs_table(std::span(&view, 1), "", testing::after(9), {}), c().code));
  EXPECT_TRUE(has_word(tasks_table(std::span(&view, 1), "", 10, testing::after(9), {}), c().code));
  EXPECT_NE(control::run_json(view).find("\"reason\":" + quoted()), std::string::npos);
  if (!is_end()) return;
  EXPECT_TRUE(has_word(runs_table(std::span(&view.summary, 1), testing::after(9), {}), c().code));
  EXPECT_NE(control::run_line_json(view.summary).find("\"reason\":" + quoted()), std::string::npos);
}

TEST_P(EveryReason, is_told_by_the_same_code_in_events) {
  namespace record = core::record;
  if (c().of == Of::occurrence) {
    const core::Fact fact = record::Occurred{"nightly", 0, {}, 0, reason(), {}};
    EXPECT_NE(control::event_json(1, {}, fact, "").find("\"passed\":" + quoted()), std::string::npos);
    EXPECT_NE(event_line(1, {}, fact, {}, {}).find(why({.reason = reason()})), std::string::npos);
  }
  if (!is_end()) return;
  record::AttemptEnded attempt{{{42, 0, 0}, 1}, {1, 1}, Outcome::failed, reason()};
  for (const core::Fact& fact : {core::Fact(record::TaskEnded{{42, 0, 0}, Outcome::failed, reason(), {}}),
                                 core::Fact(record::TasksEnded{42, {0, 0, 2}, Outcome::failed, reason(), {}, ""}),
                                 core::Fact(record::RunEnded{42, Outcome::failed, reason(), {}}),
                                 core::Fact(attempt)}) {
    EXPECT_NE(control::event_json(1, {}, fact, "a").find("\"reason\":" + quoted()), std::string::npos);
    EXPECT_NE(event_line(1, {}, fact, {"a", {}}, {}).find(why({.outcome = Outcome::failed, .reason = reason()})),
              std::string::npos);
  }
}

TEST_P(EveryReason, is_explained_under_the_same_code) {
  const auto view = run();
  const auto& job = view.jobs[0];
  if (is_waiting()) {
    auto pending = view;
    const Reason told = reason();
    const auto lines = blocks_of(pending, job, job.tasks[0], std::span(&told, 1), {});
    ASSERT_FALSE(lines.empty());
    EXPECT_EQ(lines[0].code, c().code);
    EXPECT_FALSE(lines[0].what.empty());
    const control::Explanation one{"42/a", "pending", lines, {}};
    EXPECT_NE(control::explained_json(std::span(&one, 1)).find("\"code\":" + quoted()), std::string::npos);
  }
  if (!is_end()) return;
  const auto causes = causes_of(view, job, job.tasks[0]);
  ASSERT_FALSE(causes.empty());
  EXPECT_EQ(to_text(causes[0].reason), c().code);
  const control::Explanation one{"42/a", "failed", {}, causes};
  EXPECT_NE(control::explained_json(std::span(&one, 1)).find("\"reason\":" + quoted()), std::string::npos);
}

/// The codes that stand first in a row of a table, by the heading above it.
std::set<std::string> documented(std::string_view heading) {
  std::ifstream in(rota::test::source_path("scheduler/cli/REASONS.md"));
  std::set<std::string> codes;
  bool below = false;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("## ")) below = line == "## " + std::string(heading);
    if (below && line.starts_with("| `")) codes.insert(line.substr(3, line.find('`', 3) - 3));
  }
  return codes;
}

TEST(ReasonCodes, are_unique_and_in_their_order) {
  std::set<std::string_view> codes;
  for (std::size_t i = 0; i < kCases.size(); ++i) {
    EXPECT_EQ(static_cast<std::size_t>(kCases[i].kind), i);
    EXPECT_TRUE(codes.insert(kCases[i].documented).second) << kCases[i].documented;
  }
}

TEST(ReasonCodes, the_document_lists_each_one_and_no_other) {
  std::set<std::string> ends, waits, occurrences;
  for (const Case& c : kCases) {
    if (c.of == Of::end || c.of == Of::both) ends.emplace(c.documented);
    if (c.of == Of::waiting || c.of == Of::both) waits.emplace(c.documented);
    if (c.of == Of::occurrence) occurrences.emplace(c.documented);
  }
  EXPECT_EQ(documented("Of what waits"), waits);
  EXPECT_EQ(documented("Of an end"), ends);
  EXPECT_EQ(documented("Of an occurrence that became no run"), occurrences);
}

INSTANTIATE_TEST_SUITE_P(Reasons, EveryReason, ::testing::ValuesIn(kCases), [](const auto& info) {
  std::string name(info.param.kind == ReasonKind::none ? "none" : info.param.code);
  for (char& ch : name)
    if (!std::isalnum(static_cast<unsigned char>(ch))) ch = '_';
  return name;
});

}  // namespace
}  // namespace rota::cli
