// Questions that are answered by what happens to runs, and which of them a record concerns.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

#include "scheduler/control/protocol.h"
#include "scheduler/core/record.h"
#include "scheduler/daemon/api/desk.h"

namespace rota::daemon {

using ClientId = std::uint64_t;

class Pending {
 public:
  virtual ~Pending() = default;
  /// The runs whose records it wants to see.
  virtual std::vector<RunId> runs() const = 0;
  virtual void note(const core::Record& record) = 0;
  /// The answer, when there is one by now.
  virtual std::optional<control::Reply> answer(Desk& desk) = 0;
  /// When it is answered at the latest, and how then; none: it waits for as long as it takes.
  virtual std::optional<Instant> due() const { return std::nullopt; }
  virtual control::Reply late_answer() const { return control::answer::Done{}; }
};

/// The run that a record speaks of; 0: of none.
RunId run_of(const core::Record& record);
/// The task that a record ends for good, and how.
struct TaskEnd {
  TaskId task;
  Outcome outcome = Outcome::succeeded;
  const core::record::AttemptEnded* attempt = nullptr;  // none: without an attempt
};
/// Calls f(const TaskEnd&) for each of them.
template <class F>
void each_task_end(const core::Record& record, F&& f) {
  std::visit(
      [&](const auto& r) {
        if constexpr (requires { r.tasks.count; r.outcome; }) {  // tasks that lie side by side
          for (TaskIndex i = 0; i < r.tasks.count; ++i)
            f(TaskEnd{{r.run, r.tasks.job, r.tasks.first + i}, r.outcome, nullptr});
        } else if constexpr (requires { r.task; r.outcome; }) {
          f(TaskEnd{r.task, r.outcome, nullptr});
        } else if constexpr (requires { r.attempt; r.outcome; r.next; }) {
          if (r.next == core::record::Next::finished) f(TaskEnd{r.attempt.task, r.outcome, &r});
        }
      },
      record.fact);
}

/// All that is pending, one question a client. A turn costs what its records concern.
class PendingQuestions {
 public:
  void add(ClientId client, std::unique_ptr<Pending> question);
  void drop(ClientId client);
  /// The last word to a question of this client that is due by now; none: there is no such question.
  std::optional<control::Reply> overdue(ClientId client, Instant now);
  using Answers = std::vector<std::pair<ClientId, control::Reply>>;
  /// Shows the records of a turn to those they concern; the answers that came of it.
  Answers after_turn(std::span<const core::Record> records, Desk& desk);

 private:
  std::unordered_map<ClientId, std::unique_ptr<Pending>> questions_;
  std::unordered_map<RunId, std::set<ClientId>> by_run_;
};

}  // namespace rota::daemon
