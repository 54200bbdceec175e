// What the verbs that make runs for the service share.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "scheduler/cli/commands/horizon.h"
#include "scheduler/control/answers_json.h"

namespace rota::cli {

/// A job file's bytes; "-" is standard input.
Result<std::string> bytes_of(const std::string& file, const Surroundings& world);

/// Asks until there is an answer: should the service go away before it answers, the same key finds out afterwards
/// whether the run was taken. `remedy`: what to do when it does not come back.
Result<control::Reply> ask_under_key(Horizon& horizon, const control::Ask& question,
                                     std::optional<std::string_view> bytes, const std::string& remedy);

/// Says what became of a file; with `quiet` only the run's number.
void tell(const control::SubmittedFile& one, bool quiet, const Stream& to,
          std::string_view relation = "what is left of");

}  // namespace rota::cli
