// rota logs: what was captured, of every mode alike.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <unordered_map>

#include "scheduler/cli/commands/commands.h"
#include "scheduler/cli/commands/end_watch.h"
#include "scheduler/cli/commands/output_of.h"
#include "scheduler/cli/commands/select.h"
#include "scheduler/cli/display/board.h"
#include "scheduler/cli/exit_code.h"
#include "scheduler/cli/paint.h"
#include "scheduler/cli/view/log_printer.h"
#include "scheduler/cli/view/page.h"
#include "scheduler/cli/view/tries.h"
#include "shared/output/lost.h"
#include "shared/text/text.h"

namespace rota::cli {
namespace {

constexpr Duration kLookAgain = std::chrono::milliseconds(100);  // whether the run is still alive
constexpr std::size_t kPaddedNames = 24;

bool ended_badly(const core::TaskView& task) { return task.outcome && is_failure(*task.outcome); }

// The attempts that the options mean. Code::not_found when --attempt names one that never was.
Result<Wanted> wanted_of(const Chosen& chosen, const verb::Logs& v) {
  Wanted wanted;
  wanted.later_too = v.follow && !v.attempt;
  const auto& view = chosen.sight.view;
  std::uint32_t most = 0;
  for (const auto& id : chosen.tasks) {
    const auto& task = task_of(view, id);
    if (v.failed && !ended_badly(task)) continue;
    most = std::max(most, tries_of(task));
    if (!v.attempt)
      wanted.attempts[id] = latest_attempt(task);
    else if (const auto* attempt = attempt_of_try(task, *v.attempt))
      wanted.attempts[id] = attempt->number;
  }
  if (!v.failed && !v.attempt && wanted.attempts.size() < chosen.count()) wanted.others = chosen.spans;
  if (v.attempt && wanted.attempts.empty() && !v.failed)
    return fail(Code::not_found,
                fmt::format("there is no attempt {} in {}: the last one is {}", *v.attempt, v.id, most));
  return wanted;
}

// The number of a try that began after the view was taken; looked up once for each.
class LaterTries {
 public:
  LaterTries(const Horizon& horizon, RunId run) : horizon_(horizon), run_(run) {}
  std::uint32_t number(const AttemptId& id) {
    if (const auto known = known_.find(id); known != known_.end()) return known->second;
    const auto seen = horizon_.see(run_, {{id.task.job, id.task.task, 1}});
    std::uint32_t number = id.number;
    const auto* task = seen && id.task.job < seen->sight.view.jobs.size()
                           ? seen->sight.view.jobs[id.task.job].find(id.task.task)
                           : nullptr;
    for (std::size_t i = 0; task && i < task->attempts.size(); ++i)
      if (task->attempts[i].number == id.number) number = core::try_number(*task, i);
    return known_[id] = number;
  }

 private:
  const Horizon& horizon_;
  RunId run_;
  std::unordered_map<AttemptId, std::uint32_t> known_;
};

// Names before lines: the job's, with the task where it has several, with the run where there are several, and with the
// attempt when a later one writes while following.
LogPrinter::NameOf names_for(const Chosen& chosen, const Wanted& wanted, bool with_run, const Horizon& horizon) {
  const auto later_tries = std::make_shared<LaterTries>(horizon, chosen.sight.view.summary.run);
  const auto label = [&view = chosen.sight.view, with_run](const TaskId& id) {
    const auto whole = control::task_text(view.summary.run, view.jobs[id.job], id.task);
    return with_run ? whole : whole.substr(whole.find('/') + 1);
  };
  std::size_t columns = 0;
  if (wanted.attempts.size() <= 50)
    for (const auto& [id, attempt] : wanted.attempts) columns = std::max(columns, label(id).size());
  columns = std::min(columns, kPaddedNames);
  return [label, columns, &wanted, later_tries](const AttemptId& id) {
    const auto at = wanted.attempts.find(id.task);
    const bool later = at != wanted.attempts.end() && at->second != 0 && id.number > at->second;
    return padded(label(id.task) + (later ? "#" + std::to_string(later_tries->number(id)) : ""), columns);
  };
}

bool stream_wanted(const output::Chunk& chunk, verb::Streams streams) {
  return streams == verb::Streams::both || (chunk.stream == output::Stream::out) == (streams == verb::Streams::out);
}

// Prints what is there, then what comes, until the run has ended.
Status follow(const Chosen& chosen, const Wanted& wanted, const Horizon& horizon, verb::Streams streams,
              LogPrinter& printer) {
  store::OutputFollower follower(chosen.sight.directory, chosen.sight.view.summary.run);
  EndWatch watch(horizon, chosen);
  const store::OutputSink sink = [&](const output::Chunk& chunk) {
    return !wanted.has(chunk) || !stream_wanted(chunk, streams) || printer.take(chunk);
  };
  while (true) {
    const bool over = watch.over();
    const auto polled = follower.poll(sink);
    if (!polled) return polled.error();
    if (!printer.settle()) return {};
    if (over && watch.trouble().empty()) return {};
    if (over) return fail(Code::unreachable, watch.trouble());
    if (auto waited = follower.wait(kLookAgain); !waited) return waited.error();
  }
}

void note_dropped(const Chosen& chosen, const Wanted& wanted, const Surroundings& world) {
  const auto& view = chosen.sight.view;
  for (const auto& [id, number] : wanted.attempts)
    for (const auto& attempt : task_of(view, id).attempts)
      if (attempt.number == number && attempt.report.output.dropped)
        world.err.write(fmt::format("rota logs: {} of the output of {} were {}\n",
                                    text::format_size(attempt.report.output.dropped),
                                    control::task_text(view.summary.run, view.jobs[id.job], id.task),
                                    text::escape_terminal(output::why_dropped(attempt.report))));
}

Exit print(const Chosen& chosen, const verb::Logs& v, const Horizon& horizon, bool several, const Surroundings& world) {
  const auto wanted = wanted_of(chosen, v);
  if (!wanted) return complain(world, "logs", wanted.error());
  const bool follows = v.follow && chosen.sight.live;
  const bool named = several || (chosen.whole_run ? chosen.sight.view.jobs.size() : chosen.count()) > 1;
  LogPrinter printer({named, world.out.terminal, world.out.colour, v.last_lines},
                     names_for(chosen, *wanted, several, horizon), world.out.write);
  const auto status = follows ? follow(chosen, *wanted, horizon, v.streams, printer)
                              : read_wanted(chosen.sight, *wanted, [&](const output::Chunk& chunk) {
                                  return !stream_wanted(chunk, v.streams) || printer.take(chunk);
                                });
  printer.finish();
  if (!status) return complain(world, "logs", status.error());
  if (!printer.wrote_any()) world.err.write(fmt::format("rota logs: {} wrote nothing\n", text::escape_terminal(v.id)));
  note_dropped(chosen, *wanted, world);
  if (v.follow && chosen.sight.stopped)
    remark(world, "logs", "the service is not running: nothing more comes until `rotad` is started again");
  return {};
}

}  // namespace

Exit logs(const Invocation& call, const verb::Logs& v, const Surroundings& world) {
  const auto horizon = Horizon::look(call, world);
  if (!horizon) return complain(world, "logs", horizon.error());
  const auto chosen = choose(*horizon, v.id);
  if (!chosen) return complain(world, "logs", chosen.error());
  if (v.follow && chosen->size() > 1)
    return complain(world, "logs", fail(Code::invalid, "-f follows one run; give one ID"));
  Exit exit;
  for (const auto& one : *chosen) {
    const auto ended = print(one, v, *horizon, chosen->size() > 1, world);
    exit.code = std::max(exit.code, ended.code);
  }
  return exit;
}

}  // namespace rota::cli
