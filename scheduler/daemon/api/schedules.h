// Questions about files that are registered to run by the calendar.
#pragma once

#include <string>

#include "jobs/model/plan.h"
#include "scheduler/control/protocol.h"
#include "scheduler/daemon/api/desk.h"

namespace rota::daemon {

/// Code::not_found, with the name that may be meant.
Error no_such_schedule(const Desk& desk, const std::string& name);

control::Reply answer_schedules(Desk& desk, const control::ask::Schedules& what);
/// Posts it; the reply may be said when the turn that comes is committed.
control::Reply post_reschedule(Desk& desk, const control::ask::Reschedule& what);

/// Why a plan cannot be registered under these terms, or at all.
Status check_registration(const Desk& desk, const jobs::Plan& plan, const control::ask::Submit& asked);
/// What is said of a registration, before it (as if there was nothing of this name) or after it.
control::answer::Registered registration_of(const Desk& desk, const jobs::Plan& plan);

}  // namespace rota::daemon
