// What every executor of a pool worker needs besides the attempt itself.
#pragma once

#include "shared/lane/ends.h"
#include "worker/pool/mailbox.h"
#include "worker/pool/offspring.h"
#include "worker/targets/target.h"

namespace rota::worker {

class AttemptOutput;
class Household;
class Warm;

struct Surroundings {
  TargetTable targets;
  lane::WorkerEnd& lane;  // from a pool thread: only begun() and its own blame slot
  Mailbox& mailbox;
  Offspring& offspring;  // the commands
  Household& household;
  Warm& warm;
};

}  // namespace rota::worker
