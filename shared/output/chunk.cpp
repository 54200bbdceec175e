// Packing and checking of chunk headers, little-endian.
#include "shared/output/chunk.h"

#include <bit>
#include <cstring>

#include "shared/wire/crc32c.h"

namespace rota::output {
namespace {

static_assert(std::endian::native == std::endian::little, "segments are little-endian; this machine needs a swap");

constexpr std::uint32_t kMagic = 0x47455352;  // "RSEG"
constexpr std::size_t kCrcAt = 36;
constexpr std::uint8_t kAfterGap = 1;

struct Layout {
  std::uint32_t magic, length, job, task, attempt;
  std::uint8_t stream, flags;
  std::uint16_t zero16;
  std::uint32_t wall_low, wall_high;
  std::uint32_t zero32, crc;
};
static_assert(sizeof(Layout) == kChunkHeaderBytes && offsetof(Layout, crc) == kCrcAt);

}  // namespace

std::string packed(const ChunkHeader& h, std::string_view payload) {
  const auto wall = static_cast<std::uint64_t>(h.at.ns);
  Layout l{kMagic,
           h.length,
           h.job,
           h.task,
           h.attempt,
           static_cast<std::uint8_t>(h.stream),
           h.after_gap ? kAfterGap : std::uint8_t{0},
           0,
           static_cast<std::uint32_t>(wall),
           static_cast<std::uint32_t>(wall >> 32),
           0,
           0};
  std::string bytes(reinterpret_cast<const char*>(&l), sizeof l);
  const auto crc = wire::crc32c(payload, wire::crc32c(std::string_view(bytes).substr(0, kCrcAt)));
  std::memcpy(bytes.data() + kCrcAt, &crc, sizeof crc);
  return bytes;
}

HeaderState unpack(std::string_view bytes, ChunkHeader& h) {
  Layout l;
  std::memcpy(&l, bytes.data(), sizeof l);
  if (l.magic != kMagic) {
    return bytes.find_first_not_of('\0') == std::string_view::npos ? HeaderState::zeros : HeaderState::bad;
  }
  if (l.length > kChunkBytes || l.stream < 1 || l.stream > 2 || l.flags > kAfterGap) return HeaderState::bad;
  h = {l.length,
       l.job,
       l.task,
       l.attempt,
       static_cast<Stream>(l.stream),
       (l.flags & kAfterGap) != 0,
       {static_cast<std::int64_t>(l.wall_low | std::uint64_t{l.wall_high} << 32)}};
  return HeaderState::good;
}

bool checksum_holds(std::string_view header_bytes, std::string_view payload) {
  std::uint32_t crc = 0;
  std::memcpy(&crc, header_bytes.data() + kCrcAt, sizeof crc);
  return crc == wire::crc32c(payload, wire::crc32c(header_bytes.substr(0, kCrcAt)));
}

}  // namespace rota::output
