// How the state root is laid out: shared by the files that number, list and prune instances.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shared/ids.h"
#include "shared/posix/fd.h"
#include "shared/result.h"

namespace rota::store {

std::string runs_directory(const std::string& state_root);

std::string lock_path(const std::string& instance_directory);

/// A run's number as its directory is named: digits without a leading zero.
std::optional<RunId> run_number(std::string_view name);

/// Numbers of the directories in <root>/runs, ascending; none when there is no such directory.
Result<std::vector<RunId>> run_numbers(const std::string& state_root);

/// <root>/next, open and locked: whoever holds it gives numbers or decides what goes.
Result<posix::Fd> lock_numbers(const std::string& state_root);
/// The same without waiting. None: another holds it.
Result<std::optional<posix::Fd>> try_lock_numbers(const std::string& state_root);

}  // namespace rota::store
