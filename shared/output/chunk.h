// The 40 bytes before a chunk's payload: one place that knows the layout, for writer and reader.
#pragma once

#include <string>
#include <string_view>

#include "shared/output/segment.h"

namespace rota::output {

struct ChunkHeader {
  std::uint32_t length = 0;
  JobIndex job = 0;
  TaskIndex task = 0;
  std::uint32_t attempt = 0;
  Stream stream = Stream::out;
  bool after_gap = false;
  WallTime at;
};

/// The header's bytes, checksum over header and payload included.
std::string packed(const ChunkHeader& header, std::string_view payload);

enum class HeaderState { good, zeros, bad };
/// Reads kChunkHeaderBytes without their checksum. `zeros`: a hole that a power cut left past the last write.
HeaderState unpack(std::string_view bytes, ChunkHeader& header);
/// Whether the checksum of a header's bytes and its payload is right.
bool checksum_holds(std::string_view header_bytes, std::string_view payload);

}  // namespace rota::output
