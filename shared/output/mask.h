// Secrets on their way out: their bytes become ***, in a stream however it is cut, in a text, in a value. A secret of
// several lines is also looked for line by line. What is shorter than kShortestMask bytes is not masked: it would be
// found everywhere, and replacing it would give it away.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "shared/value.h"

namespace rota::output {

inline constexpr std::size_t kShortestMask = 4;
inline constexpr std::string_view kMasked = "***";

class Masks {
 public:
  Masks() = default;
  explicit Masks(const std::vector<std::string>& secrets);
  bool empty() const { return patterns_.empty(); }
  std::string masked(std::string_view text) const;
  /// Of a message, which is at most limits::kMessageBytes long: one that is as long as that was cut, perhaps within a
  /// secret, so what may be the beginning of one at its end is masked as well.
  std::string masked_message(std::string_view text) const;
  /// Texts and keys of the value. False: a number in it bears a secret, and cannot be masked.
  bool mask(Value& value) const;

 private:
  friend class MaskedStream;
  struct Pattern {
    std::string bytes;
    std::vector<std::uint32_t> border;  // of the first i bytes: the longest proper prefix that is their suffix
    explicit Pattern(std::string b);
  };
  std::vector<Pattern> patterns_;
};

/// One stream of bytes. Bytes that may be the beginning of a secret are kept back until the next ones decide, or the
/// end: whatever the cut, no secret leaves, and no other byte is changed or lost. One thread.
class MaskedStream {
 public:
  /// The masks must outlive it.
  explicit MaskedStream(const Masks& masks) : masks_(&masks), states_(masks.patterns_.size()) {}
  /// Appends to `out` what is decided.
  void put(std::string_view bytes, std::string& out);
  /// The end of the stream: appends what was kept back.
  void finish(std::string& out);
  std::size_t held() const { return held_.size(); }

 private:
  struct State {
    std::size_t matched = 0;      // bytes of the pattern that the stream ends with
    std::uint64_t covered_to = 0;  // end of its last match
  };
  void scan(const Masks::Pattern& pattern, State& state, std::string_view bytes);
  void release(std::size_t bytes, std::string& out);

  const Masks* masks_;
  std::vector<State> states_;
  std::string held_;
  std::vector<bool> covered_;    // of each byte held: part of a secret
  std::uint64_t released_ = 0;   // bytes before held_[0]
  bool in_secret_ = false;       // the last byte released was part of one
};

}  // namespace rota::output
