// Looking at the clock, and at what should have happened by now.
#include "scheduler/daemon/timetable.h"

#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "shared/limits.h"
#include "shared/text/text.h"

namespace rota::daemon {
namespace {

constexpr Duration kMissedAfter = std::chrono::minutes(1);  // the machine slept, or its clock was set
constexpr Duration kTryAgain = std::chrono::seconds(5);

WallTime later(WallTime t, Duration d) { return {t.ns + d.count()}; }

/// The same delay for the same occurrence, in this life and the next.
WallTime begin_of(const std::string& name, const jobs::Schedule& schedule, WallTime occurrence) {
  if (schedule.jitter <= Duration::zero()) return {};
  const auto seed = std::hash<std::string>{}(name + '\n' + schedule.text) ^ static_cast<std::uint64_t>(occurrence.ns);
  const auto mixed = (seed ^ (seed >> 31)) * 0x9E3779B97F4A7C15ull;
  const auto most = static_cast<std::uint64_t>(schedule.jitter.count());
  return later(occurrence, Duration{static_cast<std::int64_t>(mixed % most)});
}

}  // namespace

Result<std::unique_ptr<Timetable>> Timetable::create(Loop& loop, const core::Scheduler& scheduler, WallTime began,
                                                     Ways ways) {
  posix::Fd timer(::timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC));
  if (!timer) return system_error("timerfd_create");
  std::unique_ptr<Timetable> made(new Timetable(loop, scheduler, began, std::move(ways), std::move(timer)));
  auto watched = loop.watch(made->timer_.get(), EPOLLIN, [raw = made.get()](std::uint32_t) {
    std::uint64_t times = 0;
    // Fails with ECANCELED when the clock was set. Either way it is time to look.
    [[maybe_unused]] const auto n = ::read(raw->timer_.get(), &times, sizeof times);
    raw->armed_.reset();
  });
  if (!watched) return watched.error();
  made->plan_all();
  return made;
}

Timetable::Timetable(Loop& loop, const core::Scheduler& scheduler, WallTime began, Ways ways, posix::Fd timer)
    : loop_(loop), scheduler_(scheduler), began_(began), ways_(std::move(ways)), timer_(std::move(timer)) {}

Timetable::~Timetable() { loop_.forget(timer_.get()); }

void Timetable::plan_all() {
  files_.clear();
  for (const auto& [name, file] : scheduler_.schedules().files) plan(name);
}

void Timetable::plan(const std::string& name) {
  armed_.reset();
  files_.erase(name);
  const auto& all = scheduler_.schedules().files;
  const auto found = all.find(name);
  if (found == all.end()) return;
  auto& entries = files_[name];
  for (std::size_t i = 0; i < found->second.marks.size(); ++i) {
    const auto& schedule = found->second.plan.schedules[i];
    const auto& mark = found->second.marks[i];
    Entry& entry = entries.emplace_back(Entry{jobs::Zone::known(schedule.zone), std::nullopt});
    if (found->second.enabled && schedule.enabled)
      entry.next = jobs::next_occurrence(schedule, entry.zone, mark.since, mark.last);
  }
}

void Timetable::look(Now now) {
  if (armed_ && now.wall < *armed_) return;
  if (not_before_ > later(now.wall, kTryAgain)) not_before_ = {};  // the clock was set back
  if (now.wall < not_before_) return arm();
  for (const auto& [name, entries] : files_) {
    for (std::uint32_t i = 0; i < entries.size(); ++i)
      if (entries[i].next && entries[i].next->at <= now.wall && look_at(name, i, now)) break;
  }
  arm();
}

/// Of what came while nobody looked, and is not to be caught up with one by one, the newest stands for all.
core::event::Occur Timetable::occurrence_of(const std::string& name, std::uint32_t entry, Now now) const {
  const auto& file = scheduler_.schedules().files.find(name)->second;
  const auto& schedule = file.plan.schedules[entry];
  const auto& mark = file.marks[entry];
  const Entry& known = files_.find(name)->second[entry];
  core::event::Occur occur;
  occur.name = name;
  occur.entry = entry;
  occur.occurrence = known.next->at;
  const WallTime unseen = std::max(began_, later(now.wall, -kMissedAfter));
  occur.missed = occur.occurrence <= unseen;
  if (!occur.missed) return occur;
  if (schedule.catch_up != jobs::CatchUp::all) {
    const auto last = jobs::last_occurrence(schedule, known.zone, mark.since, mark.last, now.wall);
    if (last) occur.occurrence = last->at;
    occur.missed = occur.occurrence <= unseen;
  } else if (const WallTime window = later(now.wall, -schedule.catch_up_window); occur.occurrence < window) {
    const auto before = jobs::last_occurrence(schedule, known.zone, mark.since, mark.last, {window.ns - 1});
    if (before) occur.occurrence = before->at;
    occur.pass = true;
  }
  return occur;
}

bool Timetable::look_at(const std::string& name, std::uint32_t entry, Now now) {
  const auto& file = scheduler_.schedules().files.find(name)->second;
  auto occur = occurrence_of(name, entry, now);
  occur.full = scheduler_.runs().size() >= limits::kRunsQueued;
  if (scheduler_.pass_over_reason(occur, now).kind == ReasonKind::none && !give_number(occur, file)) {
    not_before_ = later(now.wall, kTryAgain);
    return false;
  }
  ways_.post(std::move(occur));
  return true;
}

bool Timetable::give_number(core::event::Occur& occur, const core::Scheduled& file) {
  const auto& schedule = file.plan.schedules[occur.entry];
  const auto taken = ways_.take_number();
  if (!taken) {
    ways_.warn("schedule " + occur.name + ": no run can be made, tried again: " + to_text(taken.error()));
    return false;
  }
  const auto number = *taken;
  if (!number) return false;  // another process is taking one
  core::Terms asked = file.terms;
  asked.schedule = occur.name;
  asked.occurrence = occur.occurrence;
  auto terms = ways_.open_run(*number, file.plan, std::move(asked));
  if (!terms) {
    ways_.warn("schedule " + occur.name + ": no run can be made, tried again: " + to_text(terms.error()));
    return false;
  }
  occur.run = *number;
  occur.begin = begin_of(occur.name, schedule, occur.occurrence);
  occur.run_key = std::move(terms->run_key);
  occur.env = std::move(terms->env);
  return true;
}

void Timetable::after_turn(std::span<const core::Record> records) {
  for (const auto& record : records) {
    if (const auto* occurred = std::get_if<core::record::Occurred>(&record.fact)) plan(occurred->name);
    if (const auto* registered = std::get_if<core::record::Registered>(&record.fact))
      plan(registered->plan->name.text());
    if (const auto* enabled = std::get_if<core::record::ScheduleEnabled>(&record.fact)) plan(enabled->name);
    if (const auto* removed = std::get_if<core::record::Unregistered>(&record.fact)) plan(removed->name);
  }
  if (!armed_) arm();
}

std::optional<jobs::Occurrence> Timetable::next(const std::string& name, std::uint32_t entry) const {
  const auto found = files_.find(name);
  if (found == files_.end() || entry >= found->second.size()) return std::nullopt;
  return found->second[entry].next;
}

void Timetable::arm() {
  std::optional<WallTime> first;
  for (const auto& [name, entries] : files_)
    for (const Entry& entry : entries)
      if (entry.next && (!first || entry.next->at < *first)) first = entry.next->at;
  if (first && *first < not_before_) first = not_before_;
  const WallTime at = first.value_or(WallTime{std::numeric_limits<std::int64_t>::max()});
  if (armed_ == at) return;
  armed_ = at;
  itimerspec spec{};
  if (first) {
    const auto ns = std::max<std::int64_t>(at.ns, 1);
    spec.it_value = {static_cast<time_t>(ns / 1'000'000'000), static_cast<long>(ns % 1'000'000'000)};
  }
  ::timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME | (first ? TFD_TIMER_CANCEL_ON_SET : 0), &spec, nullptr);
}

}  // namespace rota::daemon
