// rota-worker: which kind of worker this process is.
#include <cstdio>
#include <string_view>

#include "worker/describe_plugin.h"
#include "worker/launcher/launcher.h"
#include "worker/pool/pool.h"
#include "worker/run_target.h"

int main(int argc, char** argv) {
  using namespace rota::worker;
  const std::string_view kind = argc > 1 ? argv[1] : "";
  if (kind == "pool") return run_pool(argc - 2, argv + 2, built_in_targets());
  if (kind == "launcher") return run_launcher(argc - 1, argv + 1);
  if (kind == "run-target") return run_target(built_in_targets());
  if (kind == "describe-plugin") return describe_plugin({argv + 2, argv + argc});
  std::fputs("rota-worker is started by Rota's coordinator and launchers; use the command `rota`\n", stderr);
  return 64;
}
