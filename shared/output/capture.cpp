// One attempt's output: cap, tail, range, and the text that says it is ready.
#include <algorithm>
#include <cstring>

#include "shared/limits.h"
#include "shared/output/segment.h"

namespace rota::output {

Capture::Capture(SegmentWriter& to, AttemptId attempt, std::uint64_t max_bytes, std::string ready_text,
                 const Masks* masks)
    : to_(to), attempt_(attempt), max_bytes_(max_bytes), ready_text_(std::move(ready_text)) {
  ref_.segment = to.number();
  if (!masks || masks->empty()) return;
  for (auto& lane : lanes_) lane.masked.emplace(*masks);
}

bool Capture::write(Stream stream, std::string_view bytes) {
  if (bytes.empty()) return false;
  Lane& l = lane(stream);
  const bool ready = look_for_ready(l, bytes);
  if (l.masked) {
    std::string decided;
    l.masked->put(bytes, decided);
    keep(stream, decided);
  } else {
    keep(stream, bytes);
  }
  return ready;
}

void Capture::keep(Stream stream, std::string_view bytes) {
  Lane& l = lane(stream);
  // Once a stream has gone past the cap, all of its later bytes do: what is kept stays in order.
  const std::uint64_t room = l.past_cap > 0 || ref_.bytes >= max_bytes_ ? 0 : max_bytes_ - ref_.bytes;
  const auto within = bytes.substr(0, room);
  if (!within.empty()) append(stream, within, false);
  if (within.size() < bytes.size()) keep_tail(l, bytes.substr(within.size()));
}

void Capture::append(Stream stream, std::string_view bytes, bool after_gap) {
  const auto place = to_.append(attempt_, stream, bytes, after_gap);
  if (!place) {
    if (status_) status_ = place.error();
    ref_.dropped += bytes.size();
    return;
  }
  if (ref_.bytes == 0) ref_.first = place->first;
  ref_.last = place->end;
  ref_.bytes += bytes.size();
}

bool Capture::look_for_ready(Lane& l, std::string_view bytes) {
  if (ready_text_.empty()) return false;
  const std::size_t keep = ready_text_.size() - 1;
  // Only the seam between the writes needs the window; the rest is searched where it lies.
  const std::string seam = l.ready_window + std::string(bytes.substr(0, keep));
  if (seam.find(ready_text_) != std::string::npos || bytes.find(ready_text_) != std::string_view::npos) {
    ready_text_.clear();
    l.ready_window.clear();
    return true;
  }
  if (bytes.size() >= keep) {
    l.ready_window = bytes.substr(bytes.size() - keep);
  } else {
    l.ready_window = seam.size() > keep ? seam.substr(seam.size() - keep) : seam;
  }
  return false;
}

void Capture::keep_tail(Lane& l, std::string_view bytes) {
  constexpr std::size_t ring = limits::kLogTailBytes;
  if (l.tail.empty()) l.tail.resize(ring);
  if (bytes.size() > ring) {
    l.past_cap += bytes.size() - ring;
    bytes.remove_prefix(bytes.size() - ring);
  }
  const std::size_t at = l.past_cap % ring;
  const std::size_t first = std::min(bytes.size(), ring - at);
  std::memcpy(l.tail.data() + at, bytes.data(), first);
  std::memcpy(l.tail.data(), bytes.data() + first, bytes.size() - first);
  l.past_cap += bytes.size();
}

void Capture::write_tail(Stream stream) {
  Lane& l = lane(stream);
  if (l.past_cap == 0) return;
  const std::uint64_t kept = std::min<std::uint64_t>(l.past_cap, l.tail.size());
  const std::uint64_t lost = l.past_cap - kept;
  const std::size_t at = l.past_cap % l.tail.size();
  std::string bytes =
      lost > 0 || kept == l.tail.size() ? l.tail.substr(at) + l.tail.substr(0, at) : l.tail.substr(0, kept);
  ref_.dropped += lost;
  append(stream, bytes, lost > 0);
  l = Lane{};
}

OutputRef Capture::finish() {
  for (const auto stream : {Stream::out, Stream::err}) {
    auto& masked = lane(stream).masked;
    if (!masked) continue;
    std::string rest;
    masked->finish(rest);
    keep(stream, rest);
    masked.reset();
  }
  write_tail(Stream::out);
  write_tail(Stream::err);
  max_bytes_ = 0;
  return ref_;
}

}  // namespace rota::output
