// Reading the pool worker's flags.
#include "worker/pool/flags.h"

#include <charconv>
#include <string>
#include <string_view>

#include "shared/limits.h"

namespace rota::worker {

Result<PoolFlags> parse_pool_flags(std::span<char* const> words) {
  PoolFlags flags;
  for (std::size_t i = 0; i < words.size(); i += 2) {
    const std::string_view flag = words[i];
    if (flag == "--load" && i + 1 < words.size()) {
      flags.libraries.emplace_back(words[i + 1]);
      continue;
    }
    auto* to = flag == "--seat"         ? &flags.worker.seat
               : flag == "--generation" ? &flags.worker.generation
               : flag == "--threads"    ? &flags.threads
                                        : nullptr;
    if (!to) return fail(Code::invalid, "unknown flag '" + std::string(flag) + "'");
    const std::string_view value = i + 1 < words.size() ? words[i + 1] : "";
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), *to);
    if (error != std::errc{} || end != value.data() + value.size() || value.empty())
      return fail(Code::invalid, std::string(flag) + " takes a number, not '" + std::string(value) + "'");
  }
  if (flags.threads < 1 || flags.threads > limits::kThreadSlots)
    return fail(Code::invalid, "--threads is 1 to " + std::to_string(limits::kThreadSlots));
  return flags;
}

}  // namespace rota::worker
