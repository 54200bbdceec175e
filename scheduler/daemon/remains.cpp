// Reading and ending what a launcher left.
#include "scheduler/daemon/remains.h"

#include <algorithm>

#include "scheduler/daemon/assign.h"
#include "shared/process/tree.h"

namespace rota::daemon {
namespace {

constexpr auto kKillWithin = std::chrono::milliseconds(1000);

void held_in(const core::RunView& view, WorkerId worker, std::vector<AttemptId>& out) {
  for (const auto& job : view.jobs) {
    if (job.mode != Mode::process) continue;
    for (const auto& task : job.tasks) {
      if (task.attempts.empty() || task.attempts.back().outcome || task.attempts.back().worker != worker) continue;
      out.push_back({{view.summary.run, job.index, task.index}, task.attempts.back().number});
    }
  }
}

void end_processes(const std::vector<AttemptId>& attempts, const core::Scheduler& scheduler) {
  process::sweep_dead_trees();
  std::vector<std::string> entries;
  for (const auto& attempt : attempts) {
    const auto* terms = scheduler.terms(attempt.task.run);
    if (terms && !terms->run_key.empty()) entries.push_back(task_entry(attempt.task, terms->run_key));
  }
  if (!entries.empty()) process::kill_named_everywhere(entries, kKillWithin);
}

}  // namespace

std::vector<AttemptId> held_by(WorkerId worker, const core::Scheduler& scheduler) {
  std::vector<AttemptId> out;
  for (const RunId run : scheduler.runs()) {
    if (const auto view = scheduler.view(run)) held_in(*view, worker, out);
  }
  std::sort(out.begin(), out.end());
  return out;
}

Result<Remains> settle_remains(WorkerId launcher, const std::string& home, const core::Scheduler& scheduler) {
  Remains remains;
  auto account = lane::read_launcher_account(home);
  if (!account && account.error().code == Code::system) return account.error();
  if (account) {
    remains.account = std::move(*account);
  } else {
    remains.note = "what launcher " + std::to_string(launcher.seat) +
                   " had started is not known, and counts as lost: " +
                   to_text(account.error());
    remains.account.begun = held_by(launcher, scheduler);
  }
  end_processes(remains.account.begun, scheduler);
  return remains;
}

}  // namespace rota::daemon
