// The service, its workers and what the verbs that steer it did, as text for people. Pure.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "scheduler/cli/view/table.h"
#include "scheduler/control/answers_json.h"
#include "scheduler/control/protocol.h"

namespace rota::cli {

/// "recovering 3/7: ..."; empty when it knows everything. `closed` as of answer::Runs: "drained: ...".
std::string recovery_note(const control::answer::Recovery& recovery);
std::string closed_note(std::string_view closed, std::string_view rota);

std::string status_text(const control::answer::Status& status, Now now, std::string_view rota, const Look& look);
/// WORKER KIND STATE PID SLOTS BUSY COROUTINES SINCE TREE.
std::string workers_table(const control::answer::Workers& workers, Now now, const Look& look);

/// One line on all that was to end, then a line for each task that had begun, at most kStoppedShown, and always for
/// each with a note: something of it may have survived.
inline constexpr std::size_t kStoppedShown = 40;
std::string stopped_text(const control::answer::Stopped& stopped, const Look& look);

/// What a pause has come to, or (pause: false) what undid it; a line or two. `rota`: how the program was called.
std::string paused_text(const control::answer::Paused& paused, bool pause, std::string_view selectors,
                        std::string_view rota);

/// "ok    socket   ...", a line each.
std::string findings_text(std::span<const control::Finding> findings, const Look& look);

}  // namespace rota::cli
