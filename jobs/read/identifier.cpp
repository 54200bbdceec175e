// What may name a value.
#include "jobs/read/identifier.h"

#include <algorithm>

#include "shared/limits.h"
#include "shared/text/text.h"

namespace rota::jobs {
namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

bool is_identifier(std::string_view s) {
  return !s.empty() && s.size() <= limits::kNameBytes && is_letter(s.front()) &&
         std::all_of(s.begin(), s.end(), [](char c) { return is_letter(c) || is_digit(c) || c == '-'; });
}

bool is_variable_name(std::string_view s) {
  return !s.empty() && is_letter(s.front()) &&
         std::all_of(s.begin(), s.end(), [](char c) { return is_letter(c) || is_digit(c); });
}

std::string shown_name(std::string_view name) { return text::escape_terminal(name.substr(0, 80)); }

}  // namespace rota::jobs
