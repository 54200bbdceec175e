// Reading captured output for `logs` and `show`.
#include "scheduler/cli/commands/output_of.h"

#include <algorithm>
#include <deque>

#include "scheduler/cli/display/lines.h"

namespace rota::cli {
namespace {

// The attempt's own report when it is the only one wanted and has ended.
const core::AttemptView* single_ended(const store::Sight& sight, const Wanted& wanted) {
  if (wanted.attempts.size() != 1 || wanted.later_too || !wanted.others.empty()) return nullptr;
  const auto& [id, number] = *wanted.attempts.begin();
  for (const auto& attempt : task_of(sight.view, id).attempts) {
    if (attempt.number != number || !attempt.outcome) continue;
    // Of one whose worker died nobody told what it has written.
    const auto& output = attempt.report.output;
    const bool is_told = *attempt.outcome == Outcome::succeeded || output.bytes > 0 || output.dropped > 0;
    return is_told ? &attempt : nullptr;
  }
  return nullptr;
}

}  // namespace

const core::TaskView& task_of(const core::RunView& view, const TaskId& id) {
  return *view.jobs[id.job].find(id.task);
}

std::uint32_t latest_attempt(const core::TaskView& task) {
  for (auto a = task.attempts.rbegin(); a != task.attempts.rend(); ++a)
    if (a->outcome != Outcome::revoked) return a->number;
  return 0;
}

Status read_wanted(const store::Sight& sight, const Wanted& wanted, const store::OutputSink& sink) {
  if (const auto* attempt = single_ended(sight, wanted))
    return store::read_output(sight.directory, {wanted.attempts.begin()->first, attempt->number},
                              attempt->report.output, sink);
  store::OutputFollower follower(sight.directory, sight.view.summary.run);
  auto all = follower.poll([&](const output::Chunk& chunk) { return !wanted.has(chunk) || sink(chunk); });
  if (!all) return all.error();
  return {};
}

std::vector<std::string> last_lines(const store::Sight& sight, const std::vector<TaskId>& tasks, std::size_t lines,
                                    std::uint64_t bytes_most) {
  Wanted wanted;
  std::uint64_t bytes = 0;
  for (const auto& id : tasks) {
    const auto& task = task_of(sight.view, id);
    wanted.attempts[id] = latest_attempt(task);
    if (!task.attempts.empty()) bytes += task.attempts.back().report.output.bytes;
  }
  if (bytes > bytes_most) return {};
  std::deque<std::string> last;
  LineAssembler assembler([&](const Origin& origin, std::string_view line) {
    const auto& name = sight.view.jobs[origin.attempt.task.job].id;
    last.push_back(tasks.size() > 1 ? name + " | " + std::string(line) : std::string(line));
    if (last.size() > lines) last.pop_front();
  });
  const auto status = read_wanted(sight, wanted, [&](const output::Chunk& chunk) {
    assembler.feed({{chunk.task, chunk.attempt}, chunk.stream}, chunk.bytes);
    return true;
  });
  if (!status) return {"(its output cannot be read: " + to_text(status.error()) + ")"};
  assembler.finish_all();
  return {last.begin(), last.end()};
}

}  // namespace rota::cli
