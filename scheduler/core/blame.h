// The verdict on an attempt that seems to have brought down its worker. Once accused it runs again, alone in a worker
// of its own: only what brings that down too has crashed, and is charged for it. Pure.
#pragma once

#include "scheduler/core/event.h"
#include "scheduler/core/judge.h"

namespace rota::core {

/// With this a worker ends of which a task has closed the descriptors that it hears by.
inline constexpr std::int32_t kExitDeaf = 71;

/// How a worker came to die, as far as one of its attempts goes.
struct Accusation {
  bool named = false;  // its own thread took the signal, or called exit
  bool alone = false;  // it was in quarantine: nobody else can have done it
  std::int32_t signal = 0;
  std::int32_t exit = 0;  // where no signal did
};

/// What the death says of this attempt; none: it is a bystander.
std::optional<Accusation> accusation_of(const event::WorkerDown& death, AttemptId attempt, bool alone);

/// `report` gets the ending and the message. `trace`: where it was, as the worker wrote it down.
Verdict judge_accused(const Run& run, TaskSlot slot, const Accusation& accusation, const std::string& trace,
                      AttemptReport& report);

}  // namespace rota::core
