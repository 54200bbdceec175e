// One lane: a single-producer single-consumer ring of frames in 64-byte cells. Each side writes only its own region:
// the producer the cells and the tail, the consumer the head (in *its* region). Both keep their own index in private
// memory; an index read from the peer is believed only within the bounds that it cannot leave honestly, and a frame is
// copied before it is checked. One thread per side.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "shared/lane/layout.h"

namespace rota::lane {

/// The producer's side.
class RingWriter {
 public:
  enum class Put { done, full, corrupt };

  /// `cells`: ring of the own region; `own`, `peer`: the header pages of both regions.
  RingWriter(std::byte* cells, HeaderPage* own, const HeaderPage* peer, std::uint32_t generation)
      : cells_(cells), own_(own), peer_(peer), generation_(generation) {}

  /// Writes one frame of at most limits::kFrameBytes; not visible before publish(). corrupt: the peer's head is
  /// nonsense.
  Put put(std::string_view payload, std::uint16_t flags);
  /// Makes everything put so far visible. Sequentially consistent: what the caller loads after it (the peer's sleep
  /// count) is not older.
  void publish();
  std::uint64_t unpublished() const { return tail_ - published_; }

 private:
  bool make_room(std::uint64_t cells);
  void copy_in(std::uint64_t byte, const void* from, std::size_t n);
  std::byte* cells_;
  HeaderPage* own_;
  const HeaderPage* peer_;
  std::uint32_t generation_;
  std::uint64_t tail_ = 0;       // next cell to write
  std::uint64_t published_ = 0;  // what the peer can see
  std::uint64_t head_ = 0;       // the peer's head when last looked
  bool corrupt_ = false;
};

/// The consumer's side.
class RingReader {
 public:
  enum class Take { frame, nothing, corrupt };

  RingReader(const std::byte* cells, HeaderPage* own, const HeaderPage* peer, std::uint32_t generation)
      : cells_(cells), own_(own), peer_(peer), generation_(generation) {}

  /// Appends the payload of the next frame. After `corrupt` the ring stays corrupt and breach() says why.
  Take take(std::string& payload, std::uint16_t& flags);
  /// Whether there is a frame to take (or a breach to see).
  bool has_frame();
  /// Tells the producer how far this side has read. Sequentially consistent, as publish() above.
  void publish();
  std::uint64_t unpublished() const { return head_ - published_; }
  const char* breach() const { return breach_; }

 private:
  Take broken(const char* why);
  void copy_out(std::uint64_t byte, void* to, std::size_t n) const;
  const std::byte* cells_;
  HeaderPage* own_;
  const HeaderPage* peer_;
  std::uint32_t generation_;
  std::uint64_t head_ = 0;       // next cell to read
  std::uint64_t published_ = 0;  // what the peer can see
  std::uint64_t tail_ = 0;       // the peer's tail when last looked
  const char* breach_ = nullptr;
};

}  // namespace rota::lane
