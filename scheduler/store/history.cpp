// The union of all instances, and the truth about those whose coordinator died.
#include "scheduler/store/history.h"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <iterator>

#include "scheduler/control/run_state.h"
#include "scheduler/store/instances.h"
#include "scheduler/store/journal.h"

namespace rota::store {
namespace {

using core::RunSummary;
using core::RunView;

bool matches(const RunSummary& run, const HistoryFilter& filter) {
  if (filter.ended_only && !run.outcome) return false;
  if (filter.ended_since && run.outcome && run.wall(run.ended) < *filter.ended_since) return false;
  return filter.state.empty() || filter.state == control::run_state(run) ||
         filter.state == control::run_state_code(run);
}

/// What of a filter the rows of history can answer. None: no run that ended is in that state.
std::optional<Pick> pick_of(const HistoryFilter& filter) {
  Pick pick{filter.folded_limit ? filter.folded_limit : filter.limit, filter.ended_since, {}};
  if (filter.state.empty()) return pick;
  for (int i = 0; i <= static_cast<int>(Outcome::last_); ++i) {
    const auto outcome = static_cast<Outcome>(i);
    if (filter.state != to_text(outcome) && filter.state != short_code(outcome)) continue;
    pick.outcome = outcome;
    return pick;
  }
  return std::nullopt;
}

/// When something was last written of an instance: its records, or what its jobs wrote.
WallTime heard_of(const std::string& directory) {
  namespace fs = std::filesystem;
  std::int64_t latest = 0;
  const auto look = [&](const std::string& path) {
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0) return;
    latest = std::max(latest, std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec);
  };
  for (const char* name : {"/journal.db", "/journal.db-wal"}) look(directory + name);
  std::error_code none;
  for (fs::directory_iterator at(output_directory(directory), none), end; !none && at != end; at.increment(none))
    look(at->path().string());
  return {latest};
}

/// The runs of one instance of a foreground run. None when it died before it had taken any.
Result<std::vector<RunSummary>> runs_of(const InstanceEntry& instance) {
  auto reader = open_reader(instance.directory);
  if (!reader) {
    if (reader.error().code == Code::not_found) return std::vector<RunSummary>();
    return reader.error();
  }
  auto runs = (*reader)->summaries(0);
  if (!runs || instance.live) return runs;
  for (auto& run : *runs) {
    if (run.outcome) continue;
    auto view = (*reader)->view(run.run);
    if (!view) return view.error();
    mark_lost(*view, heard_of(instance.directory));
    run = std::move(view->summary);
  }
  return runs;
}

/// Those of the service that a filter asks for, newest first.
struct ServiceRuns {
  std::vector<RunSummary> runs;
  std::vector<RunId> stopped;
};

Result<ServiceRuns> runs_of_service(const std::string& root, const HistoryFilter& filter) {
  ServiceRuns out;
  auto service = find_service(root);
  if (!service) return service.error();
  if (!*service) return out;
  auto reader = open_reader((*service)->directory);
  if (!reader) return reader.error().code == Code::not_found ? Result<ServiceRuns>(out) : reader.error();
  if (const auto pick = pick_of(filter)) {
    auto folded = (*reader)->folded(*pick);
    if (!folded) return folded.error();
    out.runs = std::move(*folded);
  }
  if (filter.service_folded_only) return out;
  const bool live = (*service)->live;
  auto open = (*reader)->unfolded([&](RunView view) {
    if (!live) mark_stopped(view);
    return std::move(view.summary);
  });
  if (!open) return open.error();
  for (auto& run : *open) {
    if (!matches(run, filter)) continue;
    if (!live && !run.outcome) out.stopped.push_back(run.run);
    out.runs.push_back(std::move(run));
  }
  std::sort(out.runs.begin(), out.runs.end(), [](const auto& a, const auto& b) { return a.run > b.run; });
  return out;
}

/// Takes what it is given, newest first, until there is enough.
class Gathering {
 public:
  explicit Gathering(std::size_t limit) : limit_(limit) {}
  bool full() const { return limit_ != 0 && out_.runs.size() >= limit_; }
  void take(RunSummary run) {
    if (!full()) out_.runs.push_back(std::move(run));
  }
  void warn(std::string warning) { out_.warnings.push_back(std::move(warning)); }
  Listing end(std::vector<RunId> stopped) {
    std::sort(stopped.begin(), stopped.end());
    for (const auto& run : out_.runs) {
      if (std::binary_search(stopped.begin(), stopped.end(), run.run)) out_.stopped.push_back(run.run);
    }
    std::sort(out_.stopped.begin(), out_.stopped.end());
    return std::move(out_);
  }

 private:
  std::size_t limit_;
  Listing out_;
};

Error nothing_known(RunId run) {
  return fail(Code::not_found, "run " + std::to_string(run) + " ended before it had begun: nothing is known");
}

/// Of an instance that is there: a journal or a run that is not means that it never came to it.
Result<std::unique_ptr<Reader>> reader_of(const InstanceEntry& instance, RunId run) {
  auto reader = open_reader(instance.directory);
  if (!reader && reader.error().code == Code::not_found) return nothing_known(run);
  return reader;
}

bool is_service(const std::string& root, const InstanceEntry& instance) {
  return instance.directory == service_directory(root);
}

}  // namespace

Result<Listing> summaries(const std::string& state_root, const HistoryFilter& filter) {
  auto instances = list_instances(state_root);
  if (!instances) return instances.error();
  Gathering gathering(filter.limit);
  auto service = runs_of_service(state_root, filter);
  if (!service) {
    gathering.warn("the service's runs cannot be shown: " + to_text(service.error()));
    service = ServiceRuns();
  }
  auto next = service->runs.begin();
  const auto take_newer_than = [&](RunId run) {
    for (; next != service->runs.end() && next->run > run; ++next) gathering.take(std::move(*next));
  };
  for (const auto& instance : *instances) {
    take_newer_than(instance.run);
    if (gathering.full()) break;
    auto runs = runs_of(instance);
    if (!runs) {
      gathering.warn("run " + std::to_string(instance.run) + " cannot be shown: " + to_text(runs.error()));
      continue;
    }
    for (auto& run : *runs) {
      if (matches(run, filter)) gathering.take(std::move(run));
    }
  }
  take_newer_than(0);
  return gathering.end(std::move(service->stopped));
}

Result<Sight> view(const std::string& state_root, RunId run, const core::Wanted& wanted) {
  auto instance = find_instance(state_root, run);
  if (!instance) return instance.error();
  auto reader = reader_of(*instance, run);
  if (!reader) return reader.error();
  auto view = (*reader)->view(run, wanted);
  if (!view) return view.error().code == Code::not_found ? nothing_known(run) : view.error();
  Sight sight{std::move(*view), instance->directory, instance->live, false};
  if (instance->live) return sight;
  if (is_service(state_root, *instance)) {
    sight.stopped = !sight.view.summary.outcome;
    mark_stopped(sight.view);
  } else {
    mark_lost(sight.view, heard_of(instance->directory));
  }
  return sight;
}

Result<Submission> submission(const std::string& state_root, RunId run) {
  auto instance = find_instance(state_root, run);
  if (!instance) return instance.error();
  auto reader = reader_of(*instance, run);
  if (!reader) return reader.error();
  auto out = (*reader)->submission(run);
  if (!out && out.error().code == Code::not_found)
    return fail(Code::not_found,
                "what was submitted as run " + std::to_string(run) + " is not kept: run its job file again");
  return out;
}

Result<RunId> last_run(const std::string& state_root, bool service_folded_only) {
  RunId last = 0;
  auto service = runs_of_service(state_root, {.limit = 1, .service_folded_only = service_folded_only});
  if (!service) return service.error();
  if (!service->runs.empty()) last = service->runs.front().run;
  auto instances = list_instances(state_root);
  if (!instances) return instances.error();
  for (const auto& instance : *instances) {
    if (instance.run < last) break;
    auto runs = runs_of(instance);
    if (!runs || !runs->empty()) return instance.run;  // one that cannot be read is still the last: its view says why
  }
  if (last != 0) return last;
  return fail(Code::not_found, "there is no run yet: start one with `rota run FILE`");
}

}  // namespace rota::store
