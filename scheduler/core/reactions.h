// What each event means: reports are fenced against what the state expects, then become records.
#pragma once

#include "scheduler/core/event.h"
#include "scheduler/core/ledger.h"

namespace rota::core {

void react(Ledger& ledger, event::Submit& e);
void react(Ledger& ledger, event::WorkerUp& e);
void react(Ledger& ledger, event::WorkerDown& e);
void react(Ledger& ledger, event::Started& e);
void react(Ledger& ledger, event::BecameReady& e);
void react(Ledger& ledger, event::ProbeFailed& e);
void react(Ledger& ledger, event::Shortage& e);
void react(Ledger& ledger, event::Progressed& e);
void react(Ledger& ledger, event::WorkerWorn& e);
void react(Ledger& ledger, event::Finished& e);
void react(Ledger& ledger, event::CancelRun& e);
void react(Ledger& ledger, event::CancelTasks& e);
void react(Ledger& ledger, event::Hold& e);
void react(Ledger& ledger, event::Update& e);
void react(Ledger& ledger, event::Pause& e);
void react(Ledger& ledger, event::Frozen& e);
void react(Ledger& ledger, event::Admission& e);
void react(Ledger& ledger, event::Bounds& e);
void react(Ledger& ledger, event::ShutDown& e);
void react(Ledger& ledger, event::NoWorker& e);
void react(Ledger& ledger, event::Wake& e);
void react(Ledger& ledger, event::Recovered& e);

}  // namespace rota::core
