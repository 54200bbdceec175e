// Runs and the announcements of their output.
#include "worker/launcher/open_runs.h"

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

}  // namespace rota::worker
