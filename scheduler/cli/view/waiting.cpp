// Sentences about waiting.
#include "scheduler/cli/view/waiting.h"

#include <fmt/format.h>

#include <algorithm>

#include "scheduler/cli/view/runs.h"
#include "scheduler/cli/view/tries.h"
#include "scheduler/cli/words.h"
#include "scheduler/control/run_state.h"
#include "scheduler/control/selector.h"
#include "shared/text/text.h"

namespace rota::cli {
namespace {

using Line = control::Explanation::Line;

constexpr Duration kAtOnce = std::chrono::seconds(1);

std::string until_text(WallTime when, Now now) {
  return fmt::format("{}, in {}", text::format_local(when),
                     text::short_duration(std::max(Duration::zero(), Duration{when.ns - now.wall.ns})));
}

Line dep_line(const core::RunView& run, const Reason& reason, const WaitingWords& words) {
  const auto index = static_cast<std::size_t>(reason.value);
  if (index >= run.jobs.size()) return {"dep", "a job that it needs has not got there", ""};
  const auto& need = run.jobs[index];
  const bool uncertain = std::any_of(need.tasks.begin(), need.tasks.end(),
                                     [](const core::TaskView& t) { return t.reason.kind == ReasonKind::recovering; });
  return {"dep",
          fmt::format("it needs job '{}', which is {}{}", need.id, standing(need).word,
                      uncertain ? " until its launcher is heard" : ""),
          fmt::format("`{} explain {}/{}` says more of that one", words.rota, run.summary.run, need.id)};
}

std::string before_text(const Reason& reason) {
  if (reason.value <= 0) return {};
  return fmt::format(", with about {} before it", number_of(static_cast<std::uint64_t>(reason.value), "task"));
}

std::string_view more_slots(Mode mode) {
  switch (mode) {
    case Mode::thread: return "`rotad --threads` or `--pool` makes more";
    case Mode::process: return "`rotad --process-slots` makes more";
    case Mode::async: return "`rotad --async-slots` or `--pool` makes more";
  }
  return "";
}

Line slots_line(const core::JobView& job, const Reason& reason) {
  return {"limit:slots", fmt::format("all slots of mode {} are taken{}", to_text(job.mode), before_text(reason)),
          fmt::format("it starts when one falls free; {}", more_slots(job.mode))};
}

// A worker is given more than it has room for, so that the next one starts the moment one ends.
Line starting_line(const core::TaskView& task, Now now) {
  const auto span = now.mono - task.since;
  if (task.attempts.empty() || span < kAtOnce) return {"", "it was given to a worker and is about to start", ""};
  return {"",
          fmt::format("it was given to worker w{} {} ago and waits there behind what that one runs",
                      task.attempts.back().worker.seat, text::short_duration(span)),
          "it starts when that ends, or where a slot falls free before"};
}

std::string held_by(const core::Block& block, std::string_view each) {
  std::string out;
  for (const auto& id : block.holders)
    out += (out.empty() ? "" : ", ") + (each.empty() ? id : fmt::format("{} {}", each, id));
  if (block.more > 0) out += fmt::format(" and {} more", number(block.more));
  if (block.paused == 0) return out;
  return out + (block.paused < block.holders.size() + block.more ? fmt::format(", {} paused", number(block.paused))
                                                                 : std::string(", paused"));
}

// "2 of 2 slots are held (by 3/train, 4/render)".
std::string held_text(const core::Block& block, ReasonKind kind, std::string_view unit) {
  const auto by = held_by(block, kind == ReasonKind::concurrency ? "run" : "");
  return fmt::format("{} of {}{} {} held{}", core::amount_text(kind, block.held), core::amount_text(kind, block.total),
                     unit, block.total == 1 ? "is" : "are", by.empty() ? "" : " (by " + by + ")");
}

std::string next_text(const core::Block& block, Now now) {
  if (!block.next) return {};
  const auto wait = std::max(Duration::zero(), *block.next - now.mono);
  return ": the next may start at " + until_text({now.wall.ns + wait.count()}, now);
}

std::string pool_sentence(const core::Block& block, ReasonKind kind, Now now) {
  const auto name = one_line(block.name);
  const auto wanted = core::amount_text(kind, block.wanted);
  const auto kept = block.kept ? ", and what is free is kept for what waits before it" : "";
  switch (kind) {
    case ReasonKind::rate:
      return fmt::format("pool {} has let as many start as its rate allows{}", name, next_text(block, now));
    case ReasonKind::res_cpus:
      return fmt::format("it needs {} cpu{}, and {}{}", wanted, block.wanted == 1000 ? "" : "s",
                         held_text(block, kind, ""), kept);
    case ReasonKind::res_memory:
      return fmt::format("it needs {} of memory, and {}{}", wanted, held_text(block, kind, ""), kept);
    case ReasonKind::concurrency:
      return fmt::format("{} of group '{}'", held_text(block, kind, block.total == 1 ? " place" : " places"), name);
    default:
      return fmt::format("it waits for {} in pool {}: {}{}", block.wanted == 1 ? "a place" : wanted + " slots", name,
                         held_text(block, kind, block.total == 1 ? " slot" : " slots"), kept);
  }
}

control::Explanation::About about(const core::Block& block, ReasonKind kind, Now now) {
  const double unit = kind == ReasonKind::res_cpus ? 1000 : 1;
  const auto in_units = [&](std::uint64_t n) { return static_cast<double>(n) / unit; };
  const auto wait = block.next ? std::max(Duration::zero(), *block.next - now.mono) : Duration::zero();
  return {block.name, in_units(block.wanted), in_units(block.total), in_units(block.held),
          block.next ? WallTime{now.wall.ns + wait.count()} : WallTime{}, block.holders, block.more, block.paused};
}

// Who is held: the job, or its whole run.
std::string held_id(const core::RunView& run, const core::JobView& job) {
  const auto id = std::to_string(run.summary.run);
  return job.held && !run.summary.held ? id + "/" + job.id : id;
}

// What was paused of which it is: all of its run, its job, or itself; and who did that, when.
Line paused_line(const core::RunView& run, const core::JobView& job, const core::TaskView& task,
                 const WaitingWords& words) {
  const auto number = std::to_string(run.summary.run);
  const auto& note = run.summary.paused ? run.summary.paused : job.paused;
  const auto by = note ? note->by : task.paused_by.value_or("");
  const auto since = task.state == core::TaskState::paused || !note ? task.since : note->since;
  std::string what = task.state == core::TaskState::paused ? "it stands still: paused" : "paused";
  if (!by.empty()) what += " by " + one_line(by);
  const auto at = run.summary.wall(since);
  const Duration span{std::max<std::int64_t>(0, words.now.wall.ns - at.ns)};
  what += fmt::format(" since {}, for {}", text::format_local(at), text::short_duration(span));
  const auto id = run.summary.paused ? number
                  : job.paused       ? number + "/" + job.id
                                     : control::task_text(run.summary.run, job, task.index);
  return {to_text(Reason{ReasonKind::paused, 0}), what, fmt::format("`{} resume {}` goes on", words.rota, id)};
}

Line line_of(const core::RunView& run, const core::JobView& job, const Reason& reason, const WaitingWords& words) {
  const auto code = to_text(reason);
  switch (reason.kind) {
    case ReasonKind::hold:
      return {code, why({.reason = reason}), fmt::format("`{} release {}`", words.rota, held_id(run, job))};
    case ReasonKind::begin:
      return {code,
              run.summary.begin.ns ? "it may not begin before " + until_text(run.summary.begin, words.now)
                                   : why({.reason = reason}),
              "it begins then by itself"};
    case ReasonKind::after:
      return {code, why({.reason = reason}),
              fmt::format("`{} show {}` tells where that one is", words.rota, reason.value)};
    case ReasonKind::concurrency:
      return {code, why({.reason = reason}),
              fmt::format("the file's concurrency says how many of group '{}' may be alive", run.summary.group)};
    case ReasonKind::dep: return dep_line(run, reason, words);
    case ReasonKind::slots: return slots_line(job, reason);
    case ReasonKind::command_slots:
      return {code, why({.reason = reason}) + before_text(reason),
              "it starts when one falls free; `rotad --command-slots` makes more"};
    case ReasonKind::processes:
      return {code, why({.reason = reason}),
              "it starts by itself when some have ended; `ulimit -u`, or pids.max of the control group, is the limit"};
    case ReasonKind::max_parallel:
      return {code, why({.reason = reason}),
              "it starts when one of the run's tasks ends; the file's max_parallel is the limit"};
    case ReasonKind::job_parallel:
      return {code, why({.reason = reason}),
              fmt::format("it starts when a task of '{}' ends; the job's max_parallel is the limit", job.id)};
    case ReasonKind::pool:
    case ReasonKind::res_cpus:
    case ReasonKind::res_memory:
      return {code, why({.reason = reason}), "it starts when tasks that hold enough of it have ended, and in its turn"};
    case ReasonKind::rate: return {code, why({.reason = reason}), "it starts by itself as the rate allows"};
    case ReasonKind::recovering:
      return {code, why({.reason = reason}) + ": the service does not run, or was started again a moment ago",
              "known as soon as `rotad` runs and the launcher answers or is proved dead"};
    case ReasonKind::drained:
    case ReasonKind::safe_mode:
      return {code, why({.reason = reason}), fmt::format("`{} daemon drain --off`", words.rota)};
    default: return {code, why({.reason = reason}), ""};
  }
}

// What is not a reason of the core: a task that waits for its next try, and one that does not wait at all.
std::vector<Line> movement_of(const core::TaskView& task, const WaitingWords& words) {
  using core::TaskState;
  if (control::is_unknown(task)) return {};
  const auto tries = tries_of(task);
  if (task.state == TaskState::backoff) {
    const auto wait = std::max(Duration::zero(), task.due - words.now.mono);
    const auto how = task.attempts.empty() || !task.attempts.back().outcome
                         ? std::string("the last try failed")
                         : fmt::format("try {} ended: {}", tries,
                                       verdict({*task.attempts.back().outcome, task.attempts.back().reason,
                                                task.attempts.back().report.message}));
    return {{"backoff", how, fmt::format("it is tried again in {}", text::short_duration(wait))}};
  }
  if (task.state == TaskState::starting && task.reason.kind == ReasonKind::processes) return {};
  if (task.state == TaskState::starting) return {starting_line(task, words.now)};
  if (task.state == TaskState::running || task.state == TaskState::stopping) {
    const auto span = text::short_duration(words.now.mono - task.since);
    auto how = fmt::format("it does not wait: it has been {} for {}", core::to_text(task.state), span);
    if (task.paused_by) how += "; it is to be paused, and does not stand still yet";
    return {{"", std::move(how), ""}};
  }
  return {};
}

}  // namespace

std::vector<Line> blocks_of(const core::RunView& run, const core::JobView& job, const core::TaskView& task,
                            std::span<const Reason> reasons, const WaitingWords& words) {
  std::vector<Line> out;
  for (const auto& reason : reasons)
    out.push_back(reason.kind == ReasonKind::paused ? paused_line(run, job, task, words)
                                                    : line_of(run, job, reason, words));
  for (const auto& block : words.blocks) {
    if (block.reason >= reasons.size()) continue;
    const auto kind = reasons[block.reason].kind;
    auto& line = out[block.reason];
    const auto sentence = pool_sentence(block, kind, words.now);
    line.what = kind == ReasonKind::concurrency ? line.what + ": " + sentence : sentence;
    line.about = about(block, kind, words.now);
  }
  auto more = movement_of(task, words);
  std::move(more.begin(), more.end(), std::back_inserter(out));
  if (out.empty())
    out.push_back({"", "nothing is known to block it: it starts as soon as its coordinator has a slot for it", ""});
  return out;
}

std::vector<Reason> reasons_in(const core::RunView& run, const core::JobView& job, const core::TaskView& task) {
  using core::TaskState;
  std::vector<Reason> out;
  if (task.reason.kind == ReasonKind::recovering) out.push_back(task.reason);
  if (task.state == TaskState::paused) out.push_back({ReasonKind::paused, 0});
  if (task.state != TaskState::pending && task.state != TaskState::queued) return out;
  if (!job.hook && (run.summary.paused || job.paused)) out.push_back({ReasonKind::paused, 0});
  if (run.summary.held || job.held) out.push_back({ReasonKind::hold, 0});
  if (task.reason.kind == ReasonKind::begin || task.reason.kind == ReasonKind::after ||
      task.reason.kind == ReasonKind::concurrency)
    out.push_back(task.reason);
  for (const auto need : job.needs) {
    if (need >= run.jobs.size()) continue;
    const auto& tasks = run.jobs[need].tasks;
    if (std::any_of(tasks.begin(), tasks.end(), [](const core::TaskView& t) { return !t.outcome; }))
      out.push_back({ReasonKind::dep, static_cast<std::int32_t>(need)});
  }
  return out;
}

std::string blocks_text(const control::Explanation& task, const Look& look) {
  auto out =
      paint(one_line(task.id), Style::bold, look.colour) + " " + paint(task.state, Style::busy, look.colour) + "\n";
  for (const auto& block : task.blocks) {
    out += "  " + one_line(block.what);
    if (!block.code.empty()) out += " " + paint("(" + block.code + ")", Style::dim, look.colour);
    out += "\n";
    if (!block.remedy.empty()) out += "    " + one_line(block.remedy) + "\n";
  }
  return out;
}

}  // namespace rota::cli
