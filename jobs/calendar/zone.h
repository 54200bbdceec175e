// Time zones by their IANA names, from the machine's own tzdata. The only user of the time zone library.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "shared/result.h"

namespace date {
class time_zone;
}

namespace rota::jobs {

/// A stretch of time during which a zone keeps its distance to UTC. Seconds since 1970-01-01T00:00:00Z.
struct Stretch {
  std::int64_t begin = 0, end = 0;  // [begin, end)
  std::int64_t offset = 0;          // local time = UTC + offset
  bool operator==(const Stretch&) const = default;
};

/// Cheap to copy; lives as long as the program. Any thread.
class Zone {
 public:
  /// Code::invalid with a suggestion for an unknown name; Code::system when the machine has no tzdata.
  static Result<Zone> find(std::string_view name);
  /// The one that the machine is set to (TZ, else /etc/localtime); UTC when that cannot be told.
  static Zone local();
  static Zone utc();
  /// Of a name that was found before; UTC where the machine has lost it meanwhile.
  static Zone known(std::string_view name);

  std::string name() const;
  Stretch stretch_at(std::int64_t utc_seconds) const;

 private:
  explicit Zone(const date::time_zone* zone) : zone_(zone) {}
  const date::time_zone* zone_;
};

/// For suggestions; empty on a machine without tzdata.
std::vector<std::string> zone_names();

}  // namespace rota::jobs
