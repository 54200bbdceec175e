// What a crash handler writes down of where its thread was, and how that becomes text for people. A memfd of fixed
// size, shared with the worker: it cannot be made longer, and it is read only after the worker's death. Never trusted.
#pragma once

#include <string>
#include <string_view>

#include "shared/posix/fd.h"
#include "shared/result.h"

namespace rota::lane {

Result<posix::Fd> make_crash_note();
/// As frames_text of what is in it.
std::string read_crash_note(int fd);
/// Lines of backtrace_symbols_fd, "/lib/libsim.so(run_one+0x1a) [0x7f00]", as "  run_one+0x1a in libsim.so". Printable
/// ASCII, at most limits::kTraceFrames of them. What stands below the
/// task's own code is left out.
std::string frames_text(std::string_view raw);

}  // namespace rota::lane
