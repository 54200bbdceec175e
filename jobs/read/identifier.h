// Names that expressions speak of: params, axes of a matrix, outputs.
#pragma once

#include <string>
#include <string_view>

namespace rota::jobs {

inline constexpr std::string_view kIdentifierRule = "a letter, then letters, digits, '_' and '-', at most 64";

/// A letter or '_', then letters, digits, '_' and '-'; at most limits::kNameBytes.
bool is_identifier(std::string_view s);

/// A letter or '_', then letters, digits and '_': what a shell takes for the name of a variable.
bool is_variable_name(std::string_view s);

/// A name of whatever bytes and length, safe to show.
std::string shown_name(std::string_view name);

}  // namespace rota::jobs
