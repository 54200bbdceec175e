// The launcher: parent of process-mode attempts. `rota-worker launcher --seat N --generation G --width W`, with its
// socket at lane::descriptor::kLauncherSocket.
#pragma once

namespace rota::worker {

/// Serves until the coordinator says End and nothing runs, or is gone; then nothing of its attempts is alive. Returns
/// an exit status: 0, or 64 for a wrong call, 70 when the machine lacks what it needs.
int run_launcher(int argc, char** argv);

}  // namespace rota::worker
