// Code points out of UTF-8 bytes that need not be valid. For the few places that must look at characters.
#pragma once

#include <cstddef>
#include <string_view>

namespace rota::text {

inline constexpr char32_t kBadCodePoint = 0xFFFFFFFF;

/// The code point at s[at], at < s.size(), and `at` moved past it. Bad bytes (surrogates, overlong forms, cut or stray
/// bytes) give kBadCodePoint and move `at` by one.
char32_t next_code_point(std::string_view s, std::size_t& at);

/// Whether showing it can move the cursor, hide text or turn its direction: C0 but tab, DEL, C1, bidi controls, line
/// and paragraph separators, the byte order mark.
bool is_deceptive(char32_t c);

/// Columns of a terminal, near enough for a caret: 0 for combining marks, 2 for East Asian wide and emoji, else 1.
int columns_of(char32_t c);

}  // namespace rota::text
