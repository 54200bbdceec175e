// Where in shell text something is to be put: bare, within double quotes, or where it could not be kept from being
// read as shell text. Small and suspicious: it knows the quoting of sh and bash, and what it cannot follow it refuses.
// (What a program does with its arguments is its own affair: `awk "$x"` runs x as awk does.)
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace rota::jobs {

/// A part of the text for which a variable will stand.
struct Hole {
  std::size_t begin = 0, end = 0;
  bool in_double_quotes = false;  // found out: "...HOLE..."
  std::string refusal;            // not empty: where it is, in words, and why that is not safe
};

/// `holes` in their order. `bash`: $'...' has escapes.
void scan_shell(std::string_view text, bool bash, std::vector<Hole>& holes);

/// Whether the words of `shell:` call a shell whose quoting is known here, and whether it is bash.
struct ShellKind {
  bool known = false;
  bool bash = false;
};
ShellKind shell_kind(const std::vector<std::string>& shell);

}  // namespace rota::jobs
