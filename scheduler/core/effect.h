// What a step asks of the world: records to make durable first, then actions to carry out. Actions follow from state
// and may be repeated without harm: the receiving side ignores what it already knows.
#pragma once

#include <variant>
#include <vector>

#include "scheduler/core/record.h"
#include "shared/ids.h"

namespace rota::core {

namespace action {
struct StartAttempt {
  WorkerId worker;
  AttemptId attempt;
};
/// The mode's ladder, carried out by the worker.
struct StopAttempt {
  WorkerId worker;
  AttemptId attempt;
  StopCause cause = StopCause::cancel_user;
  Duration grace{};
  bool now = false;
};
/// Let its whole tree stand still, or go on; told by event::Frozen when it is so.
struct FreezeAttempt {
  WorkerId worker;
  AttemptId attempt;
  bool freeze = true;
};
/// Give it back if it has not begun.
struct RetractAttempt {
  WorkerId worker;
  AttemptId attempt;
};
/// A thread or coroutine outlived its grace: the worker must die (SIGKILL, then the pidfd, then WorkerDown) and be
/// replaced.
struct KillWorker {
  WorkerId worker;
};
/// One of its attempts outlived its timeout and its grace: the worker is given nothing more, its neighbours may end,
/// and then it is killed. Its successor is to be there at once.
struct DrainWorker {
  WorkerId worker;
};
/// A worker has been given all the attempts of its life, and they have ended: it is to go.
struct RetireWorker {
  WorkerId worker;
};
/// Everything of the run has ended and RunEnded is in this turn: fold it into history.
struct FoldRun {
  RunId run = 0;
};
}  // namespace action

using Action = std::variant<action::StartAttempt, action::StopAttempt, action::RetractAttempt, action::KillWorker,
                            action::FoldRun, action::RetireWorker, action::DrainWorker,
                            action::FreezeAttempt>;

struct Effects {
  std::vector<Record> records;
  std::vector<Action> actions;
};

}  // namespace rota::core
