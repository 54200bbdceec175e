// Which tasks a cancel must see ended, and which rung of the ladder ended each.
#include "scheduler/daemon/api/cancel.h"

namespace rota::daemon {
namespace {

std::string rung_of(const TaskEnd& end, Mode mode) {
  if (!end.attempt) return "not started";
  const auto& ending = end.attempt->report.ending;
  if (ending.kind == Ending::Kind::revoked || ending.kind == Ending::Kind::spawn_failed) return "not started";
  if (ending.stopped_by == StopCause::none) return "ended first";
  if (!ending.forced) return "asked";
  return mode == Mode::process ? "killed" : "worker replaced";
}

class Cancel final : public Pending {
 public:
  void add(const core::RunView& view, const Target& target) {
    runs_.insert(target.run);
    if (target.whole) {
      for (const auto& job : view.jobs)
        for (const auto& task : job.tasks) add(view, {target.run, job.index, task.index});
      return;
    }
    for (const TaskId task : target.tasks) add(view, task);
  }

  std::vector<RunId> runs() const override { return {runs_.begin(), runs_.end()}; }

  void note(const core::Record& record) override {
    const auto end = task_end(record);
    if (!end) return;
    const auto found = open_.find(end->task);
    if (found == open_.end()) return;
    auto& task = stopped_.tasks[found->second.first];
    task.outcome = end->outcome;
    task.rung = rung_of(*end, found->second.second);
    if (end->outcome == Outcome::lost && end->attempt) task.note = end->attempt->report.message;
    open_.erase(found);
  }

  std::optional<control::Reply> answer(Desk&) override {
    if (!open_.empty()) return std::nullopt;
    return std::move(stopped_);
  }

 private:
  void add(const core::RunView& view, TaskId id) {
    const auto& job = view.jobs.at(id.job);
    if (job.tasks.at(id.task).outcome || open_.contains(id)) return;
    open_[id] = {stopped_.tasks.size(), job.mode};
    auto& task = stopped_.tasks.emplace_back();
    task.task = id;
    task.job = job.id;
  }

  std::set<RunId> runs_;
  std::unordered_map<TaskId, std::pair<std::size_t, Mode>> open_;  // place in stopped_
  control::answer::Stopped stopped_;
};

}  // namespace

std::vector<core::Event> cancel_events(const std::vector<Target>& targets, bool now) {
  std::vector<core::Event> out;
  for (const auto& target : targets) {
    if (!target.alive) continue;
    if (target.whole) out.emplace_back(core::event::CancelRun{target.run, StopCause::cancel_user, now});
    else out.emplace_back(core::event::CancelTasks{target.tasks, now});
  }
  return out;
}

Result<std::unique_ptr<Pending>> make_cancel(Views& views, const std::vector<Target>& targets) {
  auto cancel = std::make_unique<Cancel>();
  for (const auto& target : targets) {
    if (!target.alive) continue;
    const auto view = views.of(target.run);
    if (!view) return view.error();
    cancel->add(**view, target);
  }
  return std::unique_ptr<Pending>(std::move(cancel));
}

}  // namespace rota::daemon
