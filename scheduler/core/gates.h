// What keeps a run, or a job of it, from starting: holds, `begin`, `after`, its group; and when nothing does any more.
#pragma once

#include "scheduler/core/event.h"
#include "scheduler/core/ledger.h"

namespace rota::core {

/// Opens the gate of a run when nothing keeps it closed any more; else arms what will look again. For runs that
/// something happened to: a gate that stays closed is not looked at.
void look_at_gate(Ledger& ledger, RunId run);

/// What has ended cannot be held, nor what is ending.
void change_hold(Ledger& ledger, const event::Hold& wish);

/// Another priority or another bound for what is alive.
void update(Ledger& ledger, const event::Update& wish);

/// Asks a worker to give back what it was granted and may no longer start: the run or job is held, or the run starts
/// nothing new.
void retract_held_back(Ledger& ledger, const Seat& seat);

}  // namespace rota::core
