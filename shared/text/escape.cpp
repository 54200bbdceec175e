// Text of strangers on a terminal: what could move the cursor or lie to the eye is spelled out.
#include <fmt/format.h>

#include "shared/text/text.h"
#include "shared/text/utf8.h"

namespace rota::text {

std::string escape_terminal(std::string_view s) {
  std::string out;
  out.reserve(s.size());
  for (std::size_t at = 0; at < s.size();) {
    const auto before = at;
    const auto c = next_code_point(s, at);
    if (c == kBadCodePoint || (c < 0x80 && is_deceptive(c))) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(s[before]));
    } else if (is_deceptive(c)) {
      out += fmt::format("\\u{{{:x}}}", static_cast<std::uint32_t>(c));
    } else {
      out.append(s, before, at - before);
    }
  }
  return out;
}

}  // namespace rota::text
