// What a plugin offers, told by a process that has nothing else to do and nothing to lose.
#pragma once

#include <span>

namespace rota::worker {

/// `rota-worker describe-plugin PATH`: loads it and prints its table as JSON (jobs::PluginTable), or {"error": "..."}.
/// What the plugin itself prints meanwhile goes nowhere. Exit code 0 if it could be told, else 1.
int describe_plugin(std::span<char* const> words);

}  // namespace rota::worker
