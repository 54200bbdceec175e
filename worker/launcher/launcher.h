// The launcher: parent of process-mode attempts. `rota-worker launcher --seat N --generation G --width W`, with its
// socket at lane::descriptor::kLauncherSocket; `--home DIR --epoch E` as well for one that outlives its coordinator,
// with the lock and the listening socket of that home (shared/lane/launcher_home.h) at their descriptors.
#pragma once

namespace rota::worker {

/// Serves until the coordinator says End and nothing runs, or is gone; then nothing of its attempts is alive. With a
/// home: until nothing runs and no coordinator is there, or it has said End and knows all ends; the journal tells what
/// nobody has acknowledged. Returns an exit status: 0, or 64 for a wrong call, 70 when the machine lacks what it needs.
int run_launcher(int argc, char** argv);

}  // namespace rota::worker
