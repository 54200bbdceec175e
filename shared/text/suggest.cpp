// "did you mean": the nearest of some candidates, by the number of slips of a keyboard.
#include <algorithm>
#include <utility>

#include "shared/text/text.h"

namespace rota::text {
namespace {

constexpr std::size_t kLongestWord = 64;  // longer words are not typing slips of ours

/// Edits (insert, drop, change, swap of neighbours) between two words of at most kLongestWord bytes; anything above
/// `limit` is reported as limit + 1.
std::size_t distance(std::string_view a, std::string_view b, std::size_t limit) {
  std::size_t rows[3][kLongestWord + 1];
  auto *before = rows[0], *last = rows[1], *now = rows[2];
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    auto least = now[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = a[i - 1] == b[j - 1] ? 0 : 1;
      now[j] = std::min({last[j] + 1, now[j - 1] + 1, last[j - 1] + change});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) now[j] = std::min(now[j], before[j - 2] + 1);
      least = std::min(least, now[j]);
    }
    if (least > limit) return limit + 1;
    std::swap(before, last);
    std::swap(last, now);
  }
  return last[b.size()];
}

}  // namespace

std::string nearest(std::string_view word, std::span<const std::string_view> candidates) {
  if (word.empty() || word.size() > kLongestWord) return {};
  const auto limit = std::max<std::size_t>(2, word.size() / 3);
  auto best = limit + 1;
  std::string_view found;
  for (const auto candidate : candidates) {
    const auto shorter = std::min(word.size(), candidate.size()), longer = std::max(word.size(), candidate.size());
    if (candidate.empty() || longer > kLongestWord || longer - shorter >= best) continue;
    const auto d = distance(word, candidate, best - 1);
    if (d >= best || d >= longer || (d == 2 && shorter <= 2)) continue;  // two slips in two letters is another word
    best = d;
    found = candidate;
  }
  return std::string(found);
}

}  // namespace rota::text
