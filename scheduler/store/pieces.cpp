// Cutting and joining.
#include "scheduler/store/pieces.h"

#include "shared/wire/crc32c.h"

namespace rota::store {

Status cut(std::string_view body, std::size_t piece_bytes,
           const std::function<Status(std::string_view piece, std::uint32_t crc, bool last)>& put) {
  for (;;) {
    const auto piece = body.substr(0, piece_bytes);
    body.remove_prefix(piece.size());
    if (auto s = put(piece, wire::crc32c(piece), body.empty()); !s) return s;
    if (body.empty()) return {};
  }
}

Result<bool> Joiner::add(std::string_view piece, std::int64_t crc, bool last) {
  if (crc != std::int64_t{wire::crc32c(piece)}) return fail(Code::corrupt, "a stored row fails its checksum");
  if (!open_) body_.clear();
  body_ += piece;
  open_ = !last;
  return last;
}

}  // namespace rota::store
