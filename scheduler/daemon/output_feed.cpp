// Following segments as far as the workers say.
#include "scheduler/daemon/output_feed.h"

namespace rota::daemon {

void OutputFeed::add(std::uint32_t segment, std::string path) {
  if (sink_) segments_[segment].path = std::move(path);
}

Status OutputFeed::pump(std::uint32_t segment, std::uint64_t end) {
  const auto found = segments_.find(segment);
  if (found == segments_.end()) return {};  // a hostile worker may name what it was never given
  auto& s = found->second;
  if (s.failed || s.seen >= end) return {};
  auto status = pump_open(s, end);
  if (!status) s.failed = true;
  return status;
}

Status OutputFeed::pump_open(Segment& s, std::uint64_t end) {
  if (!s.reader) {
    auto reader = output::SegmentReader::open(s.path);
    if (!reader) return reader.error();
    s.reader.emplace(std::move(*reader));
  }
  output::Chunk chunk;
  while (s.seen < end) {
    auto got = s.reader->next(chunk);
    if (!got) return got.error();
    if (!*got) break;
    s.seen = chunk.end;
    sink_(chunk);
  }
  return {};
}

}  // namespace rota::daemon
