// Captured output: append-only segment files, one writer and one run each. Layout of a chunk, little-endian, 40 bytes
// and then `length` bytes of payload:
//   u32 magic 'RSEG' | u32 length | u32 job | u32 task | u32 attempt | u8 stream | u8 flags | u16 zero |
//   i64 wall ns | u32 zero | u32 crc32c of the 36 bytes before and the payload
// Each chunk is one append write, so a reader takes whole chunks and stops at a torn tail.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "shared/clock.h"
#include "shared/ids.h"
#include "shared/outcome.h"
#include "shared/posix/fd.h"
#include "shared/result.h"

namespace rota::output {

enum class Stream : std::uint8_t { out = 1, err = 2 };

struct Chunk {
  TaskId task;  // run is the reader's own
  std::uint32_t attempt = 0;
  Stream stream = Stream::out;
  bool after_gap = false;  // output was dropped between the chunk before and this one (past the cap)
  WallTime at;
  std::string_view bytes;  // valid until the next call
  std::uint64_t offset = 0;  // of the chunk in the file
  std::uint64_t end = 0;     // offset past it
};

/// The only writer of one segment. Thread-safe: chunks of several threads do not mix. The file is created at the first
/// append. Errors are kept and returned by every later append.
class SegmentWriter {
 public:
  SegmentWriter(std::uint32_t number, std::string path) : number_(number), path_(std::move(path)) {}
  struct Place {
    std::uint64_t first = 0, end = 0;
  };
  Result<Place> append(AttemptId attempt, Stream stream, std::string_view bytes, bool after_gap = false);
  std::uint32_t number() const { return number_; }
  std::uint64_t end() const;

 private:
  mutable std::mutex mutex_;
  std::uint32_t number_;
  std::string path_;
  posix::Fd fd_;
  std::uint64_t end_ = 0;
};

/// One attempt's stream of output on its way to a segment: the cap, the tail beyond it, the range for its OutputRef, and
/// the text that `ready: {log}` waits for (also across two writes). Not thread-safe: one attempt's executor owns it.
class Capture {
 public:
  Capture(SegmentWriter& to, AttemptId attempt, std::uint64_t max_bytes, std::string ready_text);
  /// True when this write completed the ready text for the first time.
  bool write(Stream stream, std::string_view bytes);
  /// Writes the kept tail; the final range. Idempotent.
  OutputRef finish();
  const Status& status() const { return status_; }  // first error of the segment, if any

 private:
  bool look_for_ready(std::string_view bytes);
  void keep_tail(Stream stream, std::string_view bytes);
  SegmentWriter& to_;
  AttemptId attempt_;
  std::uint64_t max_bytes_;
  std::string ready_text_;
  std::string ready_window_;
  std::string tail_[2];
  std::uint64_t tail_seen_[2] = {0, 0};
  OutputRef ref_;
  Status status_;
};

/// Reads whole chunks from an offset on; an incomplete tail is simply not there yet. Any process.
class SegmentReader {
 public:
  static Result<SegmentReader> open(const std::string& path);
  /// False at the (present) end. Code::corrupt when bytes that cannot be a torn tail are wrong.
  Result<bool> next(Chunk& chunk);
  void seek(std::uint64_t offset);

 private:
  explicit SegmentReader(posix::Fd fd) : fd_(std::move(fd)) {}
  posix::Fd fd_;
  std::uint64_t at_ = 0;
  std::string buffer_;
  std::uint64_t buffer_at_ = 0;
};

std::string segment_file_name(std::uint32_t number);  // "000001.seg"

}  // namespace rota::output
