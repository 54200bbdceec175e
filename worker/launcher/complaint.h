// A word on stderr that can neither block nor kill: its reader may be gone, or may have stopped reading. Any thread.
#pragma once

#include <string>

namespace rota::worker {

/// One line; dropped when stderr does not take it now. SIGPIPE must be ignored.
void complain(const std::string& what);

}  // namespace rota::worker
