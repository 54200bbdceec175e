// Small pure functions on text that several rooms need: durations, sizes, suggestions, escaping, UTF-8.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "shared/clock.h"
#include "shared/result.h"

namespace rota::text {

/// "250ms", "5s", "3m", "1h30m", "2d", "1.5s"; a bare number is seconds. Units ns us ms s m h d, descending, each once.
/// At most 100 years. The error says what was expected.
Result<Duration> parse_duration(std::string_view s);
/// The shortest text that parse_duration reads back as the same value ("1h30m", "250ms", "0s").
std::string format_duration(Duration d);
/// For people: "0.05s", "4.2s", "00:41", "01:02:03", "2d03h".
std::string short_duration(Duration d);

/// "64MiB", "1GB", "512" (bytes), "1.5KiB". Units B kB KB KiB MB MiB GB GiB TB TiB.
Result<std::uint64_t> parse_size(std::string_view s);
std::string format_size(std::uint64_t bytes);  // for people: "64 MiB", "1.5 KiB", "12 B"

/// The candidate nearest to `word` (edit distance at most 2, or a third of the length), or empty.
std::string nearest(std::string_view word, std::span<const std::string_view> candidates);

/// Whether the bytes are valid UTF-8 (no surrogates, no overlong forms); `*bad_at` gets the first bad offset.
bool is_utf8(std::string_view s, std::size_t* bad_at = nullptr);

/// Safe for a terminal: control characters (but tab), DEL, C1, bidi overrides and bad UTF-8 become \xNN or \u{...}.
std::string escape_terminal(std::string_view s);

/// RFC 3339 in UTC with milliseconds: "2026-03-29T01:30:00.250Z".
std::string format_utc(WallTime t);
/// Local time for tables: "2026-03-29 03:30:00".
std::string format_local(WallTime t);

}  // namespace rota::text
