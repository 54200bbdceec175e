// The runs that this launcher works for: their environment, their segment, and what the coordinator knows of its
// growth.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "shared/clock.h"
#include "shared/lane/message.h"
#include "shared/output/segment.h"

namespace rota::worker {

class OpenRun {
 public:
  explicit OpenRun(lane::down::OpenRun plan)
      : id_(plan.run), env_(std::move(plan.env)), path_(plan.segment_path), segment_(plan.segment, plan.segment_path) {}
  const std::vector<std::string>& env() const { return env_; }
  output::SegmentWriter& segment() { return segment_; }

  /// What the coordinator must be told of the segment before it hears of an end: nothing if it knows.
  std::optional<lane::up::Output> news();
  /// The same, but not more often than every 50 ms.
  std::optional<lane::up::Output> news_if_due(Instant now);
  /// How the coordinator hears of this run when it asks what is there; from then on it knows of the growth until now.
  lane::up::Holds::Segment described();
  /// When to ask next; none while there is nothing to tell.
  std::optional<Instant> due() const;

 private:
  RunId id_;
  std::vector<std::string> env_;
  std::string path_;
  output::SegmentWriter segment_;
  std::uint64_t told_ = 0;
  Instant next_{0};
};

class OpenRuns {
 public:
  void open(lane::down::OpenRun plan);
  /// Forgets it; what still runs for it keeps it alive.
  void close(RunId run) { runs_.erase(run); }
  /// Null: it was never opened.
  std::shared_ptr<OpenRun> find(RunId run) const;
  /// All of them, what works first, up to so many bytes of paths; runs beyond that are closed.
  std::vector<lane::up::Holds::Segment> described(std::size_t path_bytes);
  auto begin() const { return runs_.begin(); }
  auto end() const { return runs_.end(); }

 private:
  std::map<RunId, std::shared_ptr<OpenRun>> runs_;  // shared with the attempts of the run, as a close may come first
};

}  // namespace rota::worker
