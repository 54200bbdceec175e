// Walking the stretches of a zone: within one, local time runs like UTC, so the next match of a cron expression is one
// look-up; what clocks leave out or repeat lies where two stretches meet.
#include "jobs/calendar/occurrence.h"

#include <algorithm>

#include "jobs/calendar/cron.h"

namespace rota::jobs {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kFirst = -std::int64_t{200} * 366 * 86'400;  // no zone had rules before
constexpr std::int64_t kHorizon = std::int64_t{8} * 366 * 86'400;

std::int64_t seconds_after(WallTime t) {  // the first whole second after t
  const std::int64_t floor = t.ns >= 0 ? t.ns / kSecond : -((-t.ns + kSecond - 1) / kSecond);
  return floor + 1;
}

Occurrence occurs(std::int64_t utc, Change change) { return {{utc * kSecond}, change}; }

class CronWalk {
 public:
  CronWalk(const Schedule& s, const Cron& cron, const Zone& zone) : schedule_(s), cron_(cron), zone_(zone) {}

  std::optional<Occurrence> from(std::int64_t utc) const {
    const std::int64_t last = utc + kHorizon;
    for (Stretch now = zone_.stretch_at(utc); utc < last; utc = now.end, now = zone_.stretch_at(utc)) {
      const Stretch before = now.begin > kFirst ? zone_.stretch_at(now.begin - 1) : now;
      if (utc == now.begin && in_gap(before, now)) return occurs(utc, Change::gap);
      if (const auto found = within(before, now, utc)) return found;
    }
    return std::nullopt;
  }

 private:
  bool follows_hands() const { return !cron_.every_hour; }

  /// Local times in [before's end, now's begin) are on no clock.
  bool in_gap(const Stretch& before, const Stretch& now) const {
    if (!follows_hands() || schedule_.gap == Gap::skip || now.offset <= before.offset) return false;
    const auto left_out = next_match(cron_, now.begin + before.offset);
    return left_out && *left_out < now.begin + now.offset;
  }

  std::optional<Occurrence> within(const Stretch& before, const Stretch& now, std::int64_t utc) const {
    const LocalSeconds repeated_until = now.begin + before.offset;  // the clocks have shown all before it already
    LocalSeconds local = utc + now.offset;
    if (follows_hands() && schedule_.fold == Fold::once) local = std::max(local, repeated_until);
    const auto found = next_match(cron_, local);
    if (!found || *found - now.offset >= now.end) return std::nullopt;
    return occurs(*found - now.offset, comes_twice(before, now, *found) ? Change::fold : Change::none);
  }

  bool comes_twice(const Stretch& before, const Stretch& now, LocalSeconds local) const {
    if (!follows_hands()) return false;
    if (local < now.begin + before.offset) return true;
    return local >= now.end + zone_.stretch_at(now.end).offset;
  }

  const Schedule& schedule_;
  const Cron& cron_;
  const Zone& zone_;
};

std::optional<Occurrence> next_every(Duration period, WallTime since, WallTime after) {
  if (after.ns < since.ns) return Occurrence{{since.ns + period.count()}, Change::none};
  const std::int64_t passed = (after.ns - since.ns) / period.count();
  return Occurrence{{since.ns + (passed + 1) * period.count()}, Change::none};
}

}  // namespace

std::optional<Occurrence> next_occurrence(const Schedule& schedule, const Zone& zone, WallTime since, WallTime after) {
  if (const auto* every = std::get_if<Every>(&schedule.when)) return next_every(every->period, since, after);
  if (const auto* at = std::get_if<At>(&schedule.when))
    return at->time > after ? std::optional(Occurrence{at->time, Change::none}) : std::nullopt;
  return CronWalk(schedule, std::get<Cron>(schedule.when), zone).from(seconds_after(after));
}

std::optional<Occurrence> last_occurrence(const Schedule& schedule, const Zone& zone, WallTime since, WallTime after,
                                          WallTime until) {
  for (std::int64_t back = kSecond; after < until; back *= 2) {
    const bool whole = back >= until.ns - after.ns;
    auto found = next_occurrence(schedule, zone, since, whole ? after : WallTime{until.ns - back});
    if (found && found->at > until) found.reset();
    for (auto next = found; next && next->at <= until; next = next_occurrence(schedule, zone, since, next->at))
      found = next;
    if (found || whole) return found;
  }
  return std::nullopt;
}

}  // namespace rota::jobs
