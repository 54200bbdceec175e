// Who holds an instance: read from its lock, which says so of itself. Any process.
#pragma once

#include <optional>
#include <string>

namespace rota::cli {

struct Holder {
  int pid = 0;        // 0: it has not said yet
  std::string since;  // "2026-03-01 10:00:05"
};

/// The coordinator that has the instance in this directory; none: nobody has.
std::optional<Holder> holder_of(const std::string& instance_directory);

/// "pid 12 since 2026-03-01 10:00:05".
std::string to_text(const Holder& holder);

}  // namespace rota::cli
