// Where in the source the bytes of a scalar's text stand, whatever its quotes, escapes, folds and indentation.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "jobs/read/tree.h"

namespace rota::jobs {

class TextPlaces {
 public:
  /// `lines`: line_starts(source). `own`: of the scalar. One pass over the text. Near enough where the two cannot be
  /// told apart; exact at each `${{` that is written as it is.
  TextPlaces(std::string_view source, const std::vector<std::size_t>& lines, Place own, std::string_view text);

  /// Of text[offset]; the column counts bytes. text.size() is past the text.
  Place at(std::size_t offset) const;
  /// The same, its column counting characters.
  Place for_people(std::size_t offset) const;

 private:
  void walk(std::string_view text, std::size_t at);

  std::string_view source_;
  const std::vector<std::size_t>& lines_;
  Place own_;
  std::vector<std::uint32_t> offsets_;  // in the source, of each byte of the text
};

}  // namespace rota::jobs
