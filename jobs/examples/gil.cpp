// The same work as in gil.py, in C++.
#include <rota/rota.hpp>

namespace {

std::int64_t count_primes(rota::Context& ctx, std::int64_t limit) {
  std::int64_t found = 0;
  for (std::int64_t n = 2; n < limit; ++n) {
    std::int64_t divisor = 2;
    while (divisor * divisor <= n && n % divisor != 0) ++divisor;
    if (divisor * divisor > n) ++found;
  }
  ctx.out(std::to_string(found) + "\n");
  return found;
}
ROTA_TARGET(count_primes, "limit").summary("counts the primes below a limit, by trying");

}  // namespace
