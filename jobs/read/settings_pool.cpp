// Settings by their bytes: the codec already knows every field.
#include "jobs/read/settings_pool.h"

#include "shared/wire/codec.h"

namespace rota::jobs {

SettingsPool::SettingsPool(std::vector<Settings>& settings) : settings_(settings) {
  for (std::uint32_t i = 0; i < settings.size(); ++i) index_.emplace(wire::encoded(settings[i]), i);
}

std::uint32_t SettingsPool::intern(Settings s) {
  const auto [it, added] = index_.emplace(wire::encoded(s), static_cast<std::uint32_t>(settings_.size()));
  if (added) settings_.push_back(std::move(s));
  return it->second;
}

}  // namespace rota::jobs
