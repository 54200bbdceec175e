// Looking up the address of a host, within a time: the system's own call knows none, and may take minutes.
#pragma once

#include <netdb.h>

#include <functional>
#include <memory>
#include <string>

#include "shared/clock.h"
#include "shared/result.h"

namespace rota::daemon {

using Addresses = std::shared_ptr<addrinfo>;  // null: none
/// As ::getaddrinfo; any thread.
using Lookup = std::function<int(const char* host, const char* port, const addrinfo* hints, addrinfo** found)>;

/// Ends at `until`, and when `over` becomes readable (below 0: there is none). A lookup that goes on beyond that is
/// left to itself: nobody waits for it, not even at the end of the service. Who asks for a name that is being looked up
/// waits for that answer; at most limits::kProbesAtOnce names are under way.
Result<Addresses> resolve(const std::string& host, const std::string& port, Instant until, int over,
                          const Lookup& lookup = ::getaddrinfo);

/// Waits until the descriptor is ready; an error when it is late or over.
Status wait_for(int fd, short what, Instant until, int over);

}  // namespace rota::daemon
