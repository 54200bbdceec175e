// Runs and the announcements of their output.
#include "worker/launcher/open_runs.h"

#include <algorithm>

namespace rota::worker {
namespace {
constexpr Duration kOutputPause = std::chrono::milliseconds(50);
}

std::optional<lane::up::Output> OpenRun::news() {
  const auto end = segment_.end();
  if (end == told_) return std::nullopt;
  told_ = end;
  return lane::up::Output{segment_.number(), end};
}

std::optional<lane::up::Output> OpenRun::news_if_due(Instant now) {
  if (now < next_) return std::nullopt;
  const auto out = news();
  if (out) next_ = now + kOutputPause;
  return out;
}

lane::up::Holds::Segment OpenRun::described() {
  told_ = segment_.end();
  return {id_, segment_.number(), path_, told_};
}

std::optional<Instant> OpenRun::due() const {
  if (segment_.end() == told_) return std::nullopt;
  return next_;
}

void OpenRuns::open(lane::down::OpenRun plan) {
  const RunId id = plan.run;
  runs_.try_emplace(id, std::make_shared<OpenRun>(std::move(plan)));
}

std::shared_ptr<OpenRun> OpenRuns::find(RunId run) const {
  const auto found = runs_.find(run);
  return found == runs_.end() ? nullptr : found->second;
}

std::vector<lane::up::Holds::Segment> OpenRuns::described(std::size_t path_bytes) {
  std::vector<lane::up::Holds::Segment> out;
  std::vector<RunId> beyond;
  for (const bool busy : {true, false}) {
    for (const auto& [id, run] : runs_) {
      if ((run.use_count() > 1) != busy) continue;
      auto segment = run->described();
      const bool fits = busy || segment.path.size() <= path_bytes;
      if (fits) path_bytes -= std::min(path_bytes, segment.path.size());
      if (fits) out.push_back(std::move(segment));
      if (!fits) beyond.push_back(id);
    }
  }
  for (const RunId id : beyond) runs_.erase(id);
  return out;
}

}  // namespace rota::worker
