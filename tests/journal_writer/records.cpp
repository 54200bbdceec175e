// Records, plans and views for tests of the store.
#include "tests/journal_writer/records.h"

#include "shared/wire/codec.h"

namespace rota::test {
namespace {

Name name(const std::string& text) { return Name::parse(text).value(); }
constexpr Now kSubmitted{{1'000'000'000}, {1'700'000'000'000'000'000}};
Instant second(int n) { return kSubmitted.mono + std::chrono::seconds(n); }

AttemptReport a_report(const std::string& message) {
  AttemptReport r;
  r.message = message;
  r.usage = {1500, 700, 3400, 2};
  r.output = {1, 40, 120, 40, 0};
  r.started = second(1);
  r.ended = second(2);
  return r;
}

}  // namespace

jobs::Plan a_plan(std::size_t jobs, bool chained) {
  jobs::Plan plan;
  plan.name = name("sweep");
  plan.source_path = "/home/someone/sweep.yaml";
  plan.settings.emplace_back();
  plan.jobs.reserve(jobs);
  for (std::size_t i = 0; i < jobs; ++i) {
    jobs::Job job;
    job.id = name("j" + std::to_string(i) + "x");
    job.action = jobs::CommandLine{{"/usr/bin/convert", "input-" + std::to_string(i), "--to", "png"}};
    if (chained && i) job.needs.push_back({static_cast<JobIndex>(i - 1), jobs::NeedKind::success});
    plan.jobs.push_back(std::move(job));
  }
  return plan;
}

core::Record submitted(RunId run, jobs::Plan plan) {
  return {core::record::Submitted{run, kSubmitted, std::move(plan)}};
}
core::Record submitted(RunId run, jobs::Plan plan, const std::string& key, int at) {
  core::record::Submitted fact{run, {second(at), wall_of(at)}, std::move(plan), {}};
  fact.terms->key = key;
  fact.terms->run_key = "machine-" + std::to_string(run);
  fact.terms->env = {"HOME=/home/someone"};
  return {std::move(fact)};
}
WallTime wall_of(int second) { return {kSubmitted.wall.ns + second * 1'000'000'000ll}; }
core::Record granted(AttemptId attempt) { return {core::record::Granted{attempt, {1, 1}, second(1)}}; }
core::Record started(AttemptId attempt, int pid) { return {core::record::Started{attempt, {1, 1}, pid, second(1)}}; }
core::Record attempt_ended(AttemptId attempt, Outcome outcome, const std::string& message) {
  const Reason reason = outcome == Outcome::failed ? Reason{ReasonKind::exit, 7} : Reason{};
  return {core::record::AttemptEnded{
      attempt, {1, 1}, outcome, reason, core::record::Next::finished, {}, a_report(message)}};
}
core::Record run_ended(RunId run, Outcome outcome) {
  return {core::record::RunEnded{run, outcome, {}, {second(3), {kSubmitted.wall.ns + 3'000'000'000}}}};
}

core::RunView ended_view(RunId run, std::size_t jobs) {
  core::RunView view;
  auto& s = view.summary;
  s.run = run;
  s.name = "sweep";
  s.source_path = "/home/someone/sweep.yaml";
  s.submitted = kSubmitted;
  s.ended = second(3);
  s.outcome = Outcome::succeeded;
  s.counts.total = static_cast<std::uint32_t>(jobs);
  s.counts.by_state[static_cast<std::size_t>(core::TaskState::finished)] = s.counts.total;
  s.counts.by_outcome[static_cast<std::size_t>(Outcome::succeeded)] = s.counts.total;
  s.modes = 1u << static_cast<unsigned>(Mode::process);
  view.jobs.reserve(jobs);
  for (std::size_t i = 0; i < jobs; ++i) {
    core::JobView job;
    job.index = static_cast<JobIndex>(i);
    job.id = "j" + std::to_string(i) + "x";
    job.action = "/usr/bin/convert input-" + std::to_string(i) + " --to png";
    core::TaskView task;
    task.state = core::TaskState::finished;
    task.outcome = Outcome::succeeded;
    task.since = second(2);
    task.attempts.push_back(
        {1, {1, 1}, 4711, second(1), second(1), second(2), Outcome::succeeded, {}, false, {}, a_report("")});
    job.tasks.push_back(std::move(task));
    view.jobs.push_back(std::move(job));
  }
  return view;
}

std::vector<store::FoldedRun> folded(std::vector<core::RunView> views) {
  std::vector<store::FoldedRun> out;
  for (auto& view : views) out.push_back({std::move(view)});
  return out;
}

std::string bytes_of(const std::vector<core::Record>& records) {
  std::string out;
  for (const auto& r : records) wire::encode(out, r.fact);
  return out;
}

std::vector<core::Record> numbered_turn(std::uint32_t number) {
  std::vector<core::Record> out;
  for (std::uint32_t i = 0; i <= number % 7; ++i)
    out.push_back({core::record::StopAsked{{{3, number, i}, 1}, StopCause::cancel_user, second(1)}});
  return out;
}

}  // namespace rota::test
