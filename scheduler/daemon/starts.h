// How often the service was started lately without having ended in order: kept in a small file, so that a service that
// dies again and again over what it has to do stops doing it. One thread.
#pragma once

#include <string>
#include <vector>

#include "shared/clock.h"
#include "shared/result.h"

namespace rota::daemon {

class Starts {
 public:
  static constexpr std::size_t kMost = 5;
  static constexpr Duration kWithin = std::chrono::seconds(60);

  /// Notes this start. The instance is ours.
  static Result<Starts> note(const std::string& path, WallTime now);

  /// So many starts before this one, so lately, did not end in order: nothing is to be started before a person says so.
  bool too_many() const { return unordered_ >= kMost; }
  std::size_t unordered() const { return unordered_; }
  /// This life ends in order: what was before counts no more.
  Status ended_in_order();
  /// A person has looked: only this start counts from now on.
  Status forgiven();

 private:
  Starts(std::string path, WallTime now, std::size_t unordered)
      : path_(std::move(path)), now_(now), unordered_(unordered) {}
  Status write(const std::vector<WallTime>& starts);

  std::string path_;
  WallTime now_;
  std::size_t unordered_;
};

}  // namespace rota::daemon
