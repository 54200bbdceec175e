// Reads what workers append to their segments and passes it on, chunk by chunk, in the order of each segment. The
// workers say how far each segment has grown; nothing is polled. Coordinator's thread only.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <unordered_map>

#include "shared/output/segment.h"

namespace rota::daemon {

class OutputFeed {
 public:
  using Sink = std::function<void(const output::Chunk&)>;
  /// Without a sink nothing is read: those who want to see output read the segments themselves.
  explicit OutputFeed(Sink sink) : sink_(std::move(sink)) {}

  void add(std::uint32_t segment, std::string path);
  /// The segment is known to reach `end`: passes on what was not yet. The first error of a segment ends its display and
  /// is returned once; the bytes on disk are what they are.
  Status pump(std::uint32_t segment, std::uint64_t end);

 private:
  struct Segment {
    std::string path;
    std::optional<output::SegmentReader> reader;
    std::uint64_t seen = 0;
    bool failed = false;
  };
  Status pump_open(Segment& s, std::uint64_t end);
  Sink sink_;
  std::unordered_map<std::uint32_t, Segment> segments_;
};

}  // namespace rota::daemon
