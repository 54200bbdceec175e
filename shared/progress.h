// How far an attempt is, as it says itself: thousandths, so that it is small and compares.
#pragma once

#include <cmath>
#include <cstdint>
#include <optional>

namespace rota {

using Progress = std::uint16_t;  // 0..kProgressDone
inline constexpr Progress kProgressDone = 1000;
inline constexpr Progress kProgressUnknown = 0xffff;

/// From a share of one; what lies outside is the nearest end, and no number is nothing.
inline std::optional<Progress> progress_of(double done) {
  if (std::isnan(done)) return std::nullopt;
  if (done <= 0) return Progress{0};
  return done >= 1 ? kProgressDone : static_cast<Progress>(done * kProgressDone + 0.5);
}
/// Worth telling after `told`: a hundredth more or less, or the end.
inline bool is_progress(Progress told, Progress now) {
  if (told == kProgressUnknown) return true;
  const int step = now > told ? now - told : told - now;
  return step >= 10 || (step > 0 && now == kProgressDone);
}

}  // namespace rota
