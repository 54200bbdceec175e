// The first look at a job file: is it text that a YAML parser may see at all?
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "jobs/read/findings.h"

namespace rota::jobs {

/// Reports size, UTF-16, byte order mark, NUL, bad UTF-8, control characters and lone carriage returns, the first of
/// each kind. True if the bytes may go to the parser.
bool check_bytes(std::string_view bytes, Findings& findings);

/// The place of a byte; takes time in proportion to what stands before it.
Place place_of(std::string_view bytes, std::size_t at);

/// Where lines begin with a tab among their indentation (blank lines and comments aside), in order. Whether that is
/// wrong depends on what is around it: in the text of a block or of quotes it is not.
std::vector<Place> tabs_in_indentation(std::string_view bytes);

}  // namespace rota::jobs
