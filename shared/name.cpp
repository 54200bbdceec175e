// The rules of names.
#include "shared/name.h"

#include <algorithm>

#include "shared/limits.h"

namespace rota {
namespace {
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_alnum(char c) { return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
}  // namespace

Result<Name> Name::parse(std::string_view s) {
  const auto no = [](std::string why) { return fail(Code::invalid, std::move(why)); };
  if (s.empty()) return no("a name may not be empty");
  if (s.size() > limits::kNameBytes)
    return no("a name has at most " + std::to_string(limits::kNameBytes) + " bytes, this one has " +
              std::to_string(s.size()));
  if (!is_alnum(s.front())) return no("a name starts with a letter or a digit");
  if (!std::all_of(s.begin(), s.end(), [](char c) { return is_alnum(c) || c == '.' || c == '_' || c == '-'; }))
    return no("a name has only letters, digits, '.', '_' and '-'");
  const auto digits = std::find_if_not(s.rbegin(), s.rend(), is_digit);
  if (digits == s.rend()) return no("a name of digits alone would read as a run's number");
  if (digits != s.rbegin() && *digits == '.')
    return no("a name ending in '.' and digits would read as a task's number");
  if (s == "last" || s == "all") return no("'" + std::string(s) + "' is a selector and cannot be a name");
  Name name;
  name.text_ = std::string(s);
  return name;
}

}  // namespace rota
