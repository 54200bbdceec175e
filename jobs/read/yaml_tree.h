// YAML text into a Tree. The only door to yaml-cpp.
#pragma once

#include <atomic>
#include <optional>
#include <string_view>

#include "jobs/read/findings.h"
#include "jobs/read/tree.h"

namespace rota::jobs {

/// What a file that is read through this door is called in messages.
struct DocumentWords {
  std::string_view empty;        // the file holds nothing; "": it may, and reads as a map without entries
  std::string_view not_a_map;
  std::string_view second;       // a second document
  std::string_view tagged;
};
extern const DocumentWords kJobFileWords, kConfigWords;

/// Parses bytes that check_bytes() let pass. Refuses what YAML allows and a job file does not: a root that is not a
/// map, two documents, duplicate keys, tags, keys that are not text, tabs as indentation, and everything beyond the
/// limits of nodes, depth and aliases. `<<` is merged. Nothing when the structure cannot be trusted; findings may be
/// added even when there is a tree (their nodes are `broken`). Never throws. `give_up`: as in LoadOptions.
std::optional<Tree> parse_yaml(std::string_view bytes, Findings& findings, const DocumentWords& words = kJobFileWords,
                               const std::atomic<bool>* give_up = nullptr);

}  // namespace rota::jobs
