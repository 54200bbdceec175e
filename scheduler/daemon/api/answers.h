// The questions that are answered at once, from what the coordinator knows or by what it does.
#pragma once

#include "scheduler/control/protocol.h"
#include "scheduler/daemon/api/desk.h"

namespace rota::daemon {

control::Reply answer_list(Desk& desk);
control::Reply answer_view(Desk& desk, const control::ask::View& what);
/// Sends the signal to the process of every attempt that is named.
control::Reply answer_kill(Desk& desk, const control::ask::Kill& what);
control::Reply answer_explain(Desk& desk, const control::ask::Explain& what);

/// Posts the holds or releases; the reply may be said when the turn they take part in is committed.
control::Reply post_holds(Desk& desk, const control::ask::Hold& what);
/// The same of other terms for what is alive.
control::Reply post_updates(Desk& desk, const control::ask::Update& what);

}  // namespace rota::daemon
