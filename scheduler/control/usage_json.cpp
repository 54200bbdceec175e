// What was used, as JSON: seconds and bytes as numbers, null where it is not known.
#include <boost/json.hpp>

#include "scheduler/control/json_parts.h"

namespace rota::control {
namespace {

namespace json = boost::json;

json::value known(std::int64_t value, std::int64_t factor = 1) {
  return value < 0 ? json::value() : json::value(value * factor);
}
json::value known_seconds(std::int64_t us) {
  return us < 0 ? json::value() : json::value(static_cast<double>(us) / 1e6);
}

}  // namespace

json::object usage_object(const Usage& usage) {
  return {{"cpu_seconds", known_seconds(usage.cpu_us)},
          {"cpu_user_seconds", known_seconds(usage.cpu_user_us())},
          {"cpu_system_seconds", known_seconds(usage.cpu_system_us)},
          {"max_rss_bytes", known(usage.max_rss_kib, 1024)},
          {"voluntary_switches", known(usage.voluntary_switches)},
          {"involuntary_switches", known(usage.involuntary_switches)},
          {"loop_seconds", known_seconds(usage.loop_us)}};
}

json::object totals_object(const core::Totals& totals) {
  const auto span = totals.last < totals.first ? Duration::zero() : totals.last - totals.first;
  return {{"attempts", totals.attempts},
          {"measured", totals.measured},
          {"cpu_seconds", known_seconds(totals.measured ? totals.cpu_us : -1)},
          {"wall_seconds", known_seconds(totals.attempts ? span.count() / 1000 : -1)},
          {"max_rss_bytes", known(totals.max_rss_kib, 1024)}};
}

}  // namespace rota::control
