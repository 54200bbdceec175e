// What the parser's events do not say of a node: is it tagged, do its quotes end? Read from the source again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace rota::jobs {

struct QuoteEnd {
  bool open = false;        // a quote begins here and the file ends before it does
  bool block = false;       // a block text ('|' or '>'), which ends with its indentation
  std::uint32_t lines = 0;  // line feeds within the quotes
};

/// For a scalar that is not plain and whose node (anchor and tag included) begins at `at`.
QuoteEnd end_of_quotes(std::string_view source, std::size_t at);

/// Whether the node that begins at `at` bears a tag.
bool is_tagged(std::string_view source, std::size_t at);

}  // namespace rota::jobs
