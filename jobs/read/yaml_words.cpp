// A table from what the parser says to what the reader of the message needs.
#include "jobs/read/yaml_words.h"

#include "shared/text/text.h"

namespace rota::jobs {
namespace {

struct Row {
  std::string_view complaint, message, hint;
  bool names_open = false;
};
constexpr std::string_view kQuoteIt =
    "within { } and [ ] a text with one of { } [ ] , stands in quotes, as '${{ x }}' does";
constexpr Row kRows[] = {
    {"illegal map value", "':' cannot stand here", "indent it as the keys around it, or quote text that contains ': '"},
    {"illegal map key", "a key cannot stand here", "indent it as the keys around it"},
    {"illegal block entry", "'- ' cannot stand here", "put the list on lines of its own below the key, indented"},
    {"illegal flow end", "this bracket closes nothing that is open", ""},
    {"end of map not found", "this does not belong to the map around it", "indent it as the keys around it", true},
    {"end of map flow not found", "',' or '}' was expected", kQuoteIt, true},
    {"end of sequence not found", "this does not belong to the list around it", "indent it as the other '- '", true},
    {"end of sequence flow not found", "',' or ']' was expected", kQuoteIt, true},
    {"multi-line key", "a key must stand on one line", ""},
    {"unknown token", "text cannot begin with this character", "put the text in quotes"},
    {"the referenced anchor is not defined", "this alias names an anchor that is not defined above it", ""},
    {"illegal tab when looking for indentation", "a tab in the indentation; YAML takes spaces there", ""},
    {"unknown escape character", "this backslash begins no escape that double quotes know",
     "write \\\\ for a backslash, or use single quotes"},
    {"illegal EOF in scalar", "the file ends inside quotes", ""},
    {"illegal document indicator in scalar", "'---' or '...' inside quotes", "is the quote closed?"},
    {"illegal character found while scanning alias", "this alias has a character that cannot be in its name", ""},
    {"illegal character found while scanning anchor", "this anchor has a character that cannot be in its name", ""},
    {"alias not found after *", "'*' begins an alias: its name is missing", "put the text in quotes if it is text"},
    {"anchor not found after &", "'&' begins an anchor: its name is missing", "put the text in quotes if it is text"},
};

}  // namespace

YamlWords words_for(std::string_view complaint) {
  for (const auto& row : kRows) {
    if (complaint.starts_with(row.complaint)) return {std::string(row.message), std::string(row.hint), row.names_open};
  }
  return {"not YAML: " + text::escape_terminal(complaint), "", false};
}

}  // namespace rota::jobs
