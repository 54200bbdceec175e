// The lane alone: round trips with another process, and frames within one.
#include <benchmark/benchmark.h>

namespace rota {
}  // namespace rota
