// `rotad`: the coordinator as a service, from its lock to its end.
#pragma once

#include "scheduler/control/settings.h"
#include "scheduler/daemon/service_log.h"

namespace rota::daemon {

/// Runs until it is told to stop; returns the exit status of the process: 0 stopped, 2 what it was told cannot be done
/// (the socket, the worker program), 69 already running, 75 storage failed. Call on the main thread, before any other
/// thread was made: SIGTERM and SIGINT stop it
/// (a second one at once), SIGHUP and SIGPIPE are ignored, and the death signal of pool workers follows this thread.
/// NOTIFY_SOCKET in the environment is told when it is ready.
///
/// When it returns no pool worker is left. Launchers with work are, unless everything was to be cancelled: the next
/// life finds them.
int run_service(const control::ServicePlaces& places, const control::ServiceSettings& settings, ServiceLog& log);

}  // namespace rota::daemon
