// Frames into cells and out of them, believing nothing that the peer has written.
#include "shared/lane/ring.h"

#include <algorithm>
#include <cstring>

#include "shared/wire/crc32c.h"

namespace rota::lane {
namespace {

constexpr std::uint64_t kRingBytes = std::uint64_t{kRingCells} * kCellBytes;

constexpr std::uint64_t cells_of(std::size_t payload) {
  return (sizeof(FrameHeader) + payload + kCellBytes - 1) / kCellBytes;
}

std::uint32_t checksum(FrameHeader header, std::string_view payload) {
  header.crc = 0;
  const std::string_view head(reinterpret_cast<const char*>(&header), sizeof header);
  return wire::crc32c(payload, wire::crc32c(head));
}

}  // namespace

bool RingWriter::make_room(std::uint64_t cells) {
  if (tail_ - head_ + cells <= kRingCells) return true;
  const auto head = peer_->head.load(std::memory_order_seq_cst);
  if (head - head_ > tail_ - head_) {  // it went back, or past what was written
    corrupt_ = true;
    return false;
  }
  head_ = head;
  return tail_ - head_ + cells <= kRingCells;
}

void RingWriter::copy_in(std::uint64_t byte, const void* from, std::size_t n) {
  const auto at = byte % kRingBytes;
  const auto first = std::min<std::uint64_t>(n, kRingBytes - at);
  std::memcpy(cells_ + at, from, first);
  std::memcpy(cells_, static_cast<const std::byte*>(from) + first, n - first);
}

RingWriter::Put RingWriter::put(std::string_view payload, std::uint16_t flags) {
  const auto cells = cells_of(payload.size());
  if (corrupt_) return Put::corrupt;
  if (!make_room(cells)) return corrupt_ ? Put::corrupt : Put::full;
  FrameHeader header{static_cast<std::uint32_t>(payload.size()), 0, kFrameOfMessage, flags, generation_, tail_};
  header.crc = checksum(header, payload);
  copy_in(tail_ * kCellBytes, &header, sizeof header);
  copy_in(tail_ * kCellBytes + sizeof header, payload.data(), payload.size());
  tail_ += cells;
  return Put::done;
}

void RingWriter::publish() {
  own_->tail.store(tail_, std::memory_order_seq_cst);
  published_ = tail_;
}

RingReader::Take RingReader::broken(const char* why) {
  breach_ = why;
  return Take::corrupt;
}

bool RingReader::has_frame() {
  if (breach_ || head_ != tail_) return true;
  const auto tail = peer_->tail.load(std::memory_order_seq_cst);
  if (tail - head_ > kRingCells) breach_ = "the index of what was written is nonsense";
  if (!breach_) tail_ = tail;
  return breach_ || head_ != tail_;
}

void RingReader::copy_out(std::uint64_t byte, void* to, std::size_t n) const {
  const auto at = byte % kRingBytes;
  const auto first = std::min<std::uint64_t>(n, kRingBytes - at);
  std::memcpy(to, cells_ + at, first);
  std::memcpy(static_cast<std::byte*>(to) + first, cells_, n - first);
}

RingReader::Take RingReader::take(std::string& payload, std::uint16_t& flags) {
  if (!has_frame()) return Take::nothing;
  if (breach_) return Take::corrupt;
  FrameHeader header;
  copy_out(head_ * kCellBytes, &header, sizeof header);
  // From here on only the private copy is looked at: the peer may still be scribbling.
  if (header.length > limits::kFrameBytes) return broken("a frame is longer than a frame may be");
  const auto cells = cells_of(header.length);
  if (cells > tail_ - head_) return broken("a frame reaches past what was written");
  const auto before = payload.size();
  payload.resize(before + header.length);
  copy_out(head_ * kCellBytes + sizeof header, payload.data() + before, header.length);
  if (header.crc != checksum(header, std::string_view(payload).substr(before)))
    return broken("the checksum of a frame is wrong");
  if (header.position != head_) return broken("a frame does not lie where it says");
  if (header.generation != generation_) return broken("a frame is of another generation");
  if (header.kind != kFrameOfMessage || (header.flags & ~(kFirst | kLast)))
    return broken("a frame is of no known kind");
  flags = header.flags;
  head_ += cells;
  return Take::frame;
}

void RingReader::publish() {
  own_->head.store(head_, std::memory_order_seq_cst);
  published_ = head_;
}

}  // namespace rota::lane
