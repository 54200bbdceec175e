// Views as JSON, "schema":"rota/1": only additive changes. Instants are RFC 3339 in UTC, durations numbers of seconds,
// sizes numbers of bytes; what is not known is null. Bytes that are not UTF-8 become U+FFFD. No newline at the end.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "scheduler/core/view.h"
#include "shared/result.h"

namespace rota::control {

/// {"schema":"rota/1","runs":[...]}
std::string runs_json(std::span<const core::RunSummary> runs);

/// One run without its jobs on one line, with its schema: a line of --jsonl.
std::string run_line_json(const core::RunSummary& run);

/// {"schema":"rota/1","run":{..., "jobs":[{..., "tasks":[{..., "attempts":[...]}]}]}}
std::string run_json(const core::RunView& view);

/// {"schema":"rota/1","limits":[{"name","value","unit","meaning"}]}
std::string limits_json();

/// {"schema":"rota/1","error":{"code","message","hint"}}; an empty hint is null.
std::string error_json(const Error& error, std::string_view hint);

}  // namespace rota::control
