// rota-worker: what it is to be is its first argument.
#include <cstdio>
#include <cstring>

#include "worker/launcher/launcher.h"

int main(int argc, char** argv) {
  if (argc > 1 && std::strcmp(argv[1], "launcher") == 0) return rota::worker::run_launcher(argc - 1, argv + 1);
  std::fprintf(stderr, "usage: rota-worker launcher ...; it is started by a coordinator, not by hand\n");
  return 64;
}
