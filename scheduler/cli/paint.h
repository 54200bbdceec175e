// Text for the eye: colours, the width that text takes on a terminal, cutting and padding, and making foreign bytes
// safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace rota::cli {

enum class Style : std::uint8_t { plain, bold, dim, good, bad, warn, busy };

/// The text in this style; unchanged when `colour` is false.
std::string paint(std::string_view text, Style style, bool colour);

/// Columns that the text takes (UTF-8; wide characters take two, combining ones none). Without control characters.
std::size_t display_width(std::string_view text);

/// Cut to at most `columns`, the cut marked by "…" (or "~").
std::string cut(std::string_view text, std::size_t columns, bool unicode);
/// Filled with spaces to `columns`.
std::string padded(std::string_view text, std::size_t columns, bool right = false);

/// A line of a job's output for a terminal: escaped but for tabs and colours (SGR sequences). With colours off those
/// are dropped. Ends with a reset when the line coloured anything, so that nothing leaks into the next.
std::string safe_line(std::string_view line, bool colour);

}  // namespace rota::cli
