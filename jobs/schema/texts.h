// Texts that ship with the program: what editors and beginners start from.
#pragma once

#include <string_view>

namespace rota::jobs {

/// The JSON Schema (draft 2020-12) of a job file, as jobs/schema/rota.schema.json.
std::string_view schema_text();

/// A small job file with comments that runs as it is, as jobs/schema/starter.yaml.
std::string_view starter_text();

}  // namespace rota::jobs
