// A map of the job file against a table of its fields: read, reserved ("not yet supported"), or unknown.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "jobs/read/reading.h"
#include "shared/text/text.h"

namespace rota::jobs {

template <class Reader>
struct Field {
  std::string_view name;
  void (*read)(Reader&, NodeAt value);  // null: reserved, refused as not yet supported
  bool first = false;                   // read by the first pass, where there are two: others build upon it
};

/// A map may be read in two passes; what is unknown or reserved is reported by the second.
enum class Pass : std::uint8_t { both, first, second };

/// What people call a field elsewhere.
struct Synonym {
  std::string_view theirs, ours;
};

struct MapWords {
  std::string_view inside;  // "retry" for messages; empty for the file and for a job
  bool own_keys = false;    // `x-*` keys are the user's
  std::span<const Synonym> synonyms = {};
};

void report_reserved(Reading& in, NodeAt key, std::string_view inside);
void report_unknown(Reading& in, NodeAt key, const MapWords& words, std::span<const std::string_view> names);

/// Reads every entry of `map` that the table knows, in the file's order, and reports the others.
template <class Reader, std::size_t N>
void read_fields(Reading& in, NodeAt map, const Field<Reader> (&table)[N], const MapWords& words, Reader& reader,
                 Pass pass = Pass::both) {
  for (const auto entry : in.tree.entries(map)) {
    const auto name = in.tree.text(entry.key);
    const auto field = std::find_if(std::begin(table), std::end(table), [&](const auto& f) { return f.name == name; });
    if (field != std::end(table) && field->read) {
      if (pass == Pass::both || field->first == (pass == Pass::first)) field->read(reader, entry.value);
    } else if (pass == Pass::first) {
      continue;
    } else if (field != std::end(table)) {
      report_reserved(in, entry.key, words.inside);
    } else if (!words.own_keys || !name.starts_with("x-")) {
      std::vector<std::string_view> names;
      for (const auto& f : table) {
        if (f.read) names.push_back(f.name);
      }
      report_unknown(in, entry.key, words, names);
    }
  }
}

}  // namespace rota::jobs
