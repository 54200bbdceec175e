// SHA-256 (FIPS 180-4), for the checksum target. Not for secrets.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace rota::worker {

class Sha256 {
 public:
  void add(std::string_view bytes);
  /// The digest in lower-case hex; the object is done afterwards.
  std::string finish();

 private:
  void block(const unsigned char* p);
  std::uint32_t state_[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                             0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::string rest_;  // less than a block
  std::uint64_t bytes_ = 0;
};

}  // namespace rota::worker
