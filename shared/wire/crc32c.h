// CRC-32C (Castagnoli): the checksum of frames and of captured output. Pure; any thread, any process.
#pragma once

#include <cstdint>
#include <string_view>

namespace rota::wire {

/// The checksum of `bytes`. To go on from an earlier part, give what that part returned:
/// crc32c(b, crc32c(a)) == crc32c(a + b). The empty string has 0.
std::uint32_t crc32c(std::string_view bytes, std::uint32_t before = 0);

/// The same by table, on any machine: what the hardware's answer is tested against.
std::uint32_t crc32c_by_table(std::string_view bytes, std::uint32_t before = 0);

}  // namespace rota::wire
