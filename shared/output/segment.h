// Captured output: append-only segment files, one writer and one run each. Layout of a chunk, little-endian, 40 bytes
// and then `length` bytes of payload:
//   u32 magic 'RSEG' | u32 length | u32 job | u32 task | u32 attempt | u8 stream | u8 flags | u16 zero |
//   i64 wall ns | u32 zero | u32 crc32c of the 36 bytes before and the payload
// Each chunk is one append write, so a reader takes whole chunks and stops at a torn tail. A payload is at most
// kChunkBytes; longer writes become several chunks.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "shared/clock.h"
#include "shared/ids.h"
#include "shared/outcome.h"
#include "shared/output/mask.h"
#include "shared/posix/fd.h"
#include "shared/result.h"

namespace rota::output {

enum class Stream : std::uint8_t { out = 1, err = 2 };

inline constexpr std::size_t kChunkHeaderBytes = 40;
inline constexpr std::size_t kChunkBytes = 256u << 10;

struct Chunk {
  TaskId task;  // run is the reader's own
  std::uint32_t attempt = 0;
  Stream stream = Stream::out;
  bool after_gap = false;  // output was dropped between the chunk before and this one (past the cap)
  WallTime at;
  std::string_view bytes;    // valid until the next call
  std::uint64_t offset = 0;  // of the chunk in the file
  std::uint64_t end = 0;     // offset past it
};

/// The only writer of one segment. Thread-safe: chunks of several threads do not mix. The file is created at the first
/// append; one that is already there is refused. The first error is kept and returned by every later append; what a
/// failed write left behind is cut off again, so that the file ends with a whole chunk.
class SegmentWriter {
 public:
  SegmentWriter(std::uint32_t number, std::string path) : number_(number), path_(std::move(path)) {}
  struct Place {
    std::uint64_t first = 0, end = 0;
  };
  Result<Place> append(AttemptId attempt, Stream stream, std::string_view bytes, bool after_gap = false);
  std::uint32_t number() const { return number_; }
  /// Offset past the last whole chunk; 0 before the first.
  std::uint64_t end() const;

 private:
  Status append_chunk(AttemptId attempt, Stream stream, std::string_view bytes, bool after_gap);
  Status open_file();
  mutable std::mutex mutex_;
  Status status_;
  std::uint32_t number_;
  std::string path_;
  posix::Fd fd_;
  std::uint64_t end_ = 0;
};

/// One attempt's output on its way to a segment: the cap, the tail beyond it, the range for its OutputRef, and the text
/// that `ready: {log}` waits for (also across two writes of one stream). Not thread-safe: one attempt's executor owns
/// it. Beyond `max_bytes` (both streams together) the last limits::kLogTailBytes of each stream are kept in memory and
/// written by finish(); what lies between is counted in OutputRef::dropped, as are bytes that the segment did not take.
/// Masks stand before all of that, but for the ready text: it is looked for in what the attempt wrote.
class Capture {
 public:
  /// `masks`: none, or must outlive it.
  Capture(SegmentWriter& to, AttemptId attempt, std::uint64_t max_bytes, std::string ready_text,
          const Masks* masks = nullptr);
  /// True when this write completed the ready text for the first time.
  bool write(Stream stream, std::string_view bytes);
  /// Writes the kept tail; the final range. Idempotent.
  OutputRef finish();
  const Status& status() const { return status_; }  // first error of the segment, if any

 private:
  struct Lane {
    std::string ready_window;    // end of the stream, shorter than the ready text
    std::string tail;            // ring of the last bytes past the cap
    std::uint64_t past_cap = 0;  // bytes that went past the cap
    std::optional<MaskedStream> masked;
  };
  bool look_for_ready(Lane& lane, std::string_view bytes);
  void keep(Stream stream, std::string_view bytes);
  void append(Stream stream, std::string_view bytes, bool after_gap);
  void keep_tail(Lane& lane, std::string_view bytes);
  void write_tail(Stream stream);
  Lane& lane(Stream stream) { return lanes_[stream == Stream::err ? 1 : 0]; }
  SegmentWriter& to_;
  AttemptId attempt_;
  std::uint64_t max_bytes_;
  std::string ready_text_;  // empty once it was found
  Lane lanes_[2];
  OutputRef ref_;
  Status status_;
};

/// Reads whole chunks from an offset on; an incomplete tail is simply not there yet, so a follower may call next()
/// again when told that the segment grew. Any process.
class SegmentReader {
 public:
  static Result<SegmentReader> open(const std::string& path);
  /// False at the (present) end. Code::corrupt when bytes that cannot be a torn tail are wrong.
  Result<bool> next(Chunk& chunk);
  void seek(std::uint64_t offset);

 private:
  SegmentReader(posix::Fd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}
  Result<bool> have(std::size_t bytes);
  Result<bool> damaged(const char* what, std::uint64_t chunk_end);
  posix::Fd fd_;
  std::string path_;
  std::uint64_t at_ = 0;
  std::string buffer_;
  std::uint64_t buffer_at_ = 0;
};

std::string segment_file_name(std::uint32_t number);  // "000001.seg"

}  // namespace rota::output
