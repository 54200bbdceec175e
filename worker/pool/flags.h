// The command line of a pool worker.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "shared/ids.h"
#include "shared/result.h"

namespace rota::worker {

struct PoolFlags {
  WorkerId worker;
  std::uint32_t threads = 1;
  std::vector<std::string> libraries;  // to be loaded ahead of the first attempt
};
/// `--seat N --generation G --threads T`, in any order, each once, and `--load PATH` any number of times. Code::invalid
/// names the word that is wrong.
Result<PoolFlags> parse_pool_flags(std::span<char* const> words);

}  // namespace rota::worker
