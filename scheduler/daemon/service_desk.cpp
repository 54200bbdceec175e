// Answers from the coordinator, and wishes to it.
#include "scheduler/daemon/service_desk.h"

#include <fmt/format.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>

#include "scheduler/daemon/assign.h"
#include "scheduler/daemon/pool_lock.h"
#include "scheduler/store/instances.h"
#include "shared/limits.h"
#include "shared/text/text.h"

namespace rota::daemon {

/// Where it cannot be told it is not refused: then the journal says what is wrong.
Status ServiceDesk::check_space() const {
  struct statvfs fs {};
  const auto& directory = world_.instance_directory;
  if (::statvfs(directory.c_str(), &fs)) return {};
  const auto bytes = std::uint64_t{fs.f_bavail} * fs.f_frsize;
  if (bytes >= limits::kFreeSpaceBytes) return {};
  return fail(Code::refused,
              fmt::format("only {} are free where the state is, and below {} (free_space_bytes) no run is taken: "
                          "`rota prune` makes room",
                          text::format_size(bytes), text::format_size(limits::kFreeSpaceBytes)),
              directory);
}

Result<std::optional<RunId>> ServiceDesk::take_number() {
  return store::try_take_run_number(world_.places.state_directory, world_.journal.highest_run());
}

Result<core::Terms> ServiceDesk::open_run(RunId run, const jobs::Plan& plan, core::Terms asked,
                                          const std::vector<std::string>& caller_env) {
  if (auto made = store::make_output_directory(world_.instance_directory, run); !made) return made.error();
  auto key = random_key();
  if (!key) return key.error();
  asked.run_key = std::move(*key);
  asked.env = base_environment(plan, caller_env);
  asked.env.push_back("ROTA_RUN_KEY=" + asked.run_key);
  if (!asked.schedule.empty()) asked.env.push_back("ROTA_SCHEDULE=" + asked.schedule);
  if (asked.occurrence.ns != 0) {
    const std::string at = text::format_utc(asked.occurrence);  // whole seconds are all that a schedule has
    asked.env.push_back("ROTA_SCHEDULED_AT=" + at.substr(0, 19) + "Z");
  }
  return asked;
}

std::optional<RunId> ServiceDesk::find_key(const std::string& key) {
  const Duration remembered = std::chrono::hours(limits::kIdempotencyHours);
  return world_.journal.find_key(key, {now().wall.ns - remembered.count()});
}

Result<Desk::Known> ServiceDesk::recall(RunId run, const core::Wanted& wanted) {
  if (const auto* plan = scheduler().plan(run))
    return Known{*plan, *scheduler().terms(run), *scheduler().view(run, wanted)};
  auto submission = world_.journal.submission(run);
  if (!submission) return submission.error();
  auto view = world_.journal.view(run, wanted);
  if (!view) return view.error();
  return Known{std::move(submission->plan), std::move(submission->terms), std::move(*view)};
}

std::string ServiceDesk::output_directory(RunId run) const {
  return store::output_directory(world_.instance_directory, run);
}

std::optional<jobs::Occurrence> ServiceDesk::next_occurrence(const std::string& name, std::uint32_t entry) const {
  return world_.timetable ? world_.timetable->next(name, entry) : std::nullopt;
}

bool ServiceDesk::signal_attempt(AttemptId attempt, int signal) { return world_.coordinator.signal(attempt, signal); }

control::answer::Workers ServiceDesk::workers() const {
  control::answer::Workers out{world_.coordinator.fleet().list(), 0, 0};
  for (auto& worker : out.workers) {
    worker.coroutines = scheduler().held(worker.worker, Mode::async);
    worker.busy -= std::min(worker.busy, worker.coroutines);
  }
  const auto commands = scheduler().commands();
  out.commands = commands.busy;
  out.command_slots = commands.slots;
  return out;
}

control::answer::Status ServiceDesk::status() const {
  control::answer::Status status;
  status.version = ROTA_VERSION;
  status.pid = ::getpid();
  status.epoch = scheduler().epoch();
  status.since = world_.since;
  status.state_directory = world_.places.state_directory;
  status.instance_directory = world_.instance_directory;
  status.socket = world_.places.socket;
  status.closed = to_text(Reason{scheduler().admission_closed(), 0});
  const auto recovery = scheduler().recovery();
  status.recovery = {recovery.known, recovery.total};
  for (const RunId run : scheduler().runs()) {
    const auto summary = scheduler().summary(run);
    if (!summary || summary->outcome) continue;
    ++status.runs;
    using S = core::TaskState;
    for (const auto s : {S::pending, S::queued, S::backoff}) status.tasks_waiting += summary->counts.of(s);
    for (const auto s : {S::starting, S::running, S::paused, S::stopping})
      status.tasks_running += summary->counts.of(s);
  }
  status.settings = describe(world_.settings, world_.shape);
  return status;
}

void ServiceDesk::drain(bool drain) {
  if (!drain) {
    if (auto s = world_.starts.forgiven(); !s) world_.log.warning(to_text(s.error()));
  }
  world_.log.info(drain ? "draining: nothing new is started" : "work is started again");
  post(core::event::Admission{drain ? ReasonKind::drained : ReasonKind::none});
}

void ServiceDesk::stop(bool all) {
  if (all) {
    stop_ = Stop::all;
  } else if (stop_ == Stop::no) {
    stop_ = Stop::yes;
  }
}

void ServiceDesk::prune(const control::ask::Prune& what, PruneThen then) {
  store::PruneOrder order;
  order.keep_runs = what.keep_runs;
  if (what.older_than) order.ended_before = WallTime{now().wall.ns - what.older_than->count()};
  order.dry_run = what.dry_run;
  world_.retention.prune(order, now(), [then = std::move(then)](Result<store::Pruned> pruned) {
    if (!pruned) return then(pruned.error());
    then(control::answer::Pruned{std::move(pruned->runs), pruned->bytes});
  });
}

std::vector<std::pair<std::string, std::string>> describe(const control::ServiceSettings& settings,
                                                          const FleetShape& shape) {
  std::vector<std::pair<std::string, std::string>> out;
  const auto add = [&](const char* key, std::string value, const std::string& origin) {
    out.emplace_back(key, fmt::format("{} ({})", value, origin));
  };
  const auto number = [](auto n) { return fmt::format("{}", n); };
  add("pool", number(shape.pool_workers), settings.pool.origin);
  add("threads", number(shape.threads_each), settings.threads.origin);
  add("process_slots", number(shape.process_slots), settings.process_slots.origin);
  add("launchers", number(shape.launchers), settings.launchers.origin);
  add("command_slots", number(shape.command_slots), settings.command_slots.origin);
  add("async_slots", number(shape.async_each), settings.async_slots.origin);
  add("keep_runs", number(settings.keep_runs.value), settings.keep_runs.origin);
  add("keep_for", text::format_duration(settings.keep_for.value), settings.keep_for.origin);
  add("max_log_bytes", text::format_size(settings.max_log_bytes.value), settings.max_log_bytes.origin);
  const auto log_max = settings.log_max_bytes.value ? settings.log_max_bytes.value : limits::kLogBytesPerAttempt;
  add("log_max_bytes", text::format_size(log_max), settings.log_max_bytes.origin);
  add("stop_grace", text::format_duration(settings.stop_grace.value), settings.stop_grace.origin);
  const auto& python = settings.python.value;
  add("python", python.empty() ? "python3 on the caller's PATH" : python, settings.python.origin);
  return out;
}

}  // namespace rota::daemon
