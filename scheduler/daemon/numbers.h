// Numbers that no two lives of a coordinator give twice: segments of captured output and generations of workers. A
// launcher that outlives its coordinator goes on writing the segments that it was given, and is known by its
// generation. Kept in a small file, ahead of their use; written, not synced: what could use them outlives processes,
// not power, and what lies on disk is looked at besides (at_least). Coordinator's thread only.
#pragma once

#include <cstdint>
#include <string>

#include "shared/posix/fd.h"
#include "shared/result.h"

namespace rota::daemon {

class Numbers {
 public:
  /// From 1, for a coordinator with one life.
  Numbers() = default;
  /// Goes on behind what earlier lives may have given.
  static Result<Numbers> open(const std::string& path);

  std::uint32_t next_segment() { return ++segment_; }
  std::uint32_t next_generation() { return ++generation_; }
  /// These are in use, whatever the file says.
  void at_least(std::uint32_t segment, std::uint32_t generation);
  /// Once a turn: writes the file when what it has set aside is used up by half.
  Status keep_ahead();

 private:
  posix::Fd file_;  // none: one life
  std::string path_;
  std::uint32_t segment_ = 0, generation_ = 0;                // given last
  std::uint32_t segments_aside_ = 0, generations_aside_ = 0;  // by the file, up to and with these
};

/// The highest number of a segment file that lies in `<output>/R/` of any run R; 0: there is none.
Result<std::uint32_t> highest_segment(const std::string& output_directory);

}  // namespace rota::daemon
