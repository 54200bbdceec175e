// Long byte strings in rows: cut into pieces with a checksum each, and joined again. Pure.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "shared/result.h"

namespace rota::store {

/// Calls `put(piece, crc, last)` for one or more pieces of at most `piece_bytes`; an empty body is one empty piece.
Status cut(std::string_view body, std::size_t piece_bytes,
           const std::function<Status(std::string_view piece, std::uint32_t crc, bool last)>& put);

/// The way back, piece by piece.
class Joiner {
 public:
  /// True: the body is whole, see `body()`. Code::corrupt when the checksum says so.
  Result<bool> add(std::string_view piece, std::int64_t crc, bool last);
  std::string_view body() const { return body_; }
  /// Pieces were added and the last one has not come.
  bool open() const { return open_; }

 private:
  std::string body_;
  bool open_ = false;
};

}  // namespace rota::store
