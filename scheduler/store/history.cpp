// The union of all instances, and the truth about those whose coordinator died.
#include "scheduler/store/history.h"

#include <algorithm>

#include "scheduler/control/run_state.h"
#include "scheduler/store/instances.h"
#include "scheduler/store/journal.h"

namespace rota::store {
namespace {

using core::RunSummary;
using core::RunView;
using core::TaskState;

constexpr Reason kDied{ReasonKind::coordinator_lost, 0};

void see(Instant& latest, Instant t) { latest = std::max(latest, t); }

/// The last thing that is known to have happened in a run.
Instant last_seen(const RunView& view) {
  Instant latest = view.summary.submitted.mono;
  for (const auto& job : view.jobs) {
    for (const auto& task : job.tasks) {
      see(latest, task.since);
      for (const auto& attempt : task.attempts) {
        for (const Instant t : {attempt.granted, attempt.started, attempt.ended}) see(latest, t);
      }
    }
  }
  return latest;
}

void mark_lost(core::TaskView& task, Instant when) {
  if (task.state == TaskState::finished) return;
  for (auto& attempt : task.attempts) {
    if (attempt.outcome) continue;
    attempt.outcome = Outcome::lost;
    attempt.reason = kDied;
    attempt.ended = when;
  }
  task.state = TaskState::finished;
  task.outcome = Outcome::lost;
  task.reason = kDied;
  task.since = when;
  task.due = {};
}

/// What is left over goes to lost; the ended ones are counted already.
void mark_lost(core::Counts& counts) {
  const auto ended = counts.ended();
  counts.by_state = {};
  counts.by_state[static_cast<std::size_t>(TaskState::finished)] = counts.total;
  counts.by_outcome[static_cast<std::size_t>(Outcome::lost)] += counts.total - ended;
}

bool matches(const RunSummary& run, const HistoryFilter& filter) {
  if (filter.ended_only && !run.outcome) return false;
  if (filter.ended_since && run.outcome && run.wall(run.ended) < *filter.ended_since) return false;
  return filter.state.empty() || filter.state == control::run_state(run) ||
         filter.state == control::run_state_code(run);
}

/// The view of a run as its journal has it, or as the death of its coordinator leaves it.
Result<RunView> truthful_view(Reader& reader, const InstanceEntry& instance, RunId run) {
  auto view = reader.view(run);
  if (view && !instance.live) store::mark_lost(*view);
  return view;
}

/// The runs of one instance. None when it died before it had taken any.
Result<std::vector<RunSummary>> runs_of(const InstanceEntry& instance) {
  auto reader = open_reader(instance.directory);
  if (!reader) {
    if (reader.error().code == Code::not_found) return std::vector<RunSummary>();
    return reader.error();
  }
  auto runs = (*reader)->summaries(0);
  if (!runs || instance.live) return runs;
  for (auto& run : *runs) {
    if (run.outcome) continue;
    auto view = truthful_view(**reader, instance, run.run);
    if (!view) return view.error();
    run = std::move(view->summary);
  }
  return runs;
}

}  // namespace

void mark_lost(RunView& view) {
  auto& run = view.summary;
  if (run.outcome) return;
  const Instant when = last_seen(view);
  for (auto& job : view.jobs) {
    for (auto& task : job.tasks) mark_lost(task, when);
  }
  mark_lost(run.counts);
  run.outcome = Outcome::lost;
  run.reason = kDied;
  run.ended = when;
  run.stopping = false;
}

Result<Listing> summaries(const std::string& state_root, const HistoryFilter& filter) {
  auto instances = list_instances(state_root);
  if (!instances) return instances.error();
  Listing out;
  for (const auto& instance : *instances) {
    auto runs = runs_of(instance);
    if (!runs) {
      out.warnings.push_back("run " + std::to_string(instance.run) + " cannot be shown: " + to_text(runs.error()));
      continue;
    }
    for (auto& run : *runs) {
      if (matches(run, filter)) out.runs.push_back(std::move(run));
      if (filter.limit && out.runs.size() == filter.limit) return out;
    }
  }
  return out;
}

Result<Sight> view(const std::string& state_root, RunId run) {
  auto instance = find_instance(state_root, run);
  if (!instance) return instance.error();
  const auto never =
      fail(Code::not_found, "run " + std::to_string(run) + " ended before it had begun: nothing is known");
  auto reader = open_reader(instance->directory);
  if (!reader) return reader.error().code == Code::not_found ? never : reader.error();
  auto view = truthful_view(**reader, *instance, run);
  if (!view) return view.error().code == Code::not_found ? never : view.error();
  return Sight{std::move(*view), instance->directory, instance->live};
}

Result<RunId> last_run(const std::string& state_root) {
  auto instances = list_instances(state_root);
  if (!instances) return instances.error();
  for (const auto& instance : *instances) {
    auto runs = runs_of(instance);
    if (!runs || !runs->empty()) return instance.run;  // one that cannot be read is still the last: its view says why
  }
  return fail(Code::not_found, "there is no run yet: start one with `rota run FILE`");
}

}  // namespace rota::store
