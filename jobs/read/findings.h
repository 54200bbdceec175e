// Everything that is wrong with one job file, gathered while it is read and put in the file's order at the end.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "jobs/read/load.h"
#include "jobs/read/tree.h"

namespace rota::jobs {

class Findings {
 public:
  /// After so many the file is not looked at further: `full()`.
  static constexpr std::size_t kMost = 1000;
  /// So many are shown; beyond them no time is spent on suggestions.
  static constexpr std::size_t kShown = 50;

  void add(Place at, std::string message, std::string hint = {});
  /// With "did you mean" where one of the candidates is near `word`, else with `otherwise`.
  void add_unknown(Place at, std::string message, std::string_view word, std::span<const std::string_view> candidates,
                   std::string otherwise = {});

  bool empty() const { return found_.empty(); }
  bool full() const { return found_.size() >= kMost; }
  std::size_t size() const { return found_.size(); }

  /// In the file's order, each once; byte columns of `source` turned into characters.
  std::vector<Diagnostic> finish(std::string_view source) &&;

 private:
  std::vector<Diagnostic> found_;
};

/// Offset of the first byte of each line; [0] is 0. Lines end with LF.
std::vector<std::size_t> line_starts(std::string_view source);

}  // namespace rota::jobs
