// The last lines of stderr of every attempt that is alive: what a failure shows. Bounded by limits::kDisplayTail*.
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "shared/ids.h"

namespace rota::cli {

class Tails {
 public:
  void add(const AttemptId& attempt, std::string_view line);
  /// The lines, oldest first, and forgets them.
  std::vector<std::string> take(const AttemptId& attempt);
  void forget(const AttemptId& attempt) { tails_.erase(attempt); }
  std::size_t size() const { return tails_.size(); }

 private:
  struct Tail {
    std::deque<std::string> lines;
    std::size_t bytes = 0;
  };
  std::unordered_map<AttemptId, Tail> tails_;
};

}  // namespace rota::cli
