// The verbs by name: those that work, with their place in the help, and those that are known and not yet due.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace rota::cli {

/// The text of `rota --help`.
std::string overview();

/// Whether this version has the verb.
bool has_verb(std::string_view word);

/// What to say to a word that is no verb of this version: not yet due, or unknown with the nearest one.
std::string refuse_verb(std::string_view word);

}  // namespace rota::cli
