// Equal settings once per plan.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "jobs/model/plan.h"

namespace rota::jobs {

class SettingsPool {
 public:
  /// `settings` holds the defaults at [0] and outlives the pool.
  explicit SettingsPool(std::vector<Settings>& settings);
  /// The index of equal settings, added when new.
  std::uint32_t intern(Settings s);

 private:
  std::vector<Settings>& settings_;
  std::unordered_map<std::string, std::uint32_t> index_;  // by encoded bytes
};

}  // namespace rota::jobs
