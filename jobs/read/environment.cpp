// Environment maps of the file, of its defaults and of jobs.
#include "jobs/read/environment.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <unordered_map>

#include "shared/limits.h"
#include "shared/text/text.h"

namespace rota::jobs {
namespace {

/// Rota tells every attempt who it is with these, and finds what it left behind by them.
constexpr std::array<std::string_view, 7> kReserved{"ROTA_RUN_ID", "ROTA_JOB_ID", "ROTA_JOB",        "ROTA_ATTEMPT",
                                                    "ROTA_KEY",    "ROTA_OUTPUT", "ROTA_ARRAY_INDEX"};

}  // namespace

bool is_reserved_variable(std::string_view name) {
  return std::find(kReserved.begin(), kReserved.end(), name) != kReserved.end();
}

namespace {

bool check_name(Reading& in, NodeAt key, std::string_view name) {
  if (name.empty() || name.find('=') != std::string_view::npos || name.find('\0') != std::string_view::npos) {
    in.report(key, "the name of an environment variable is not empty and has neither '=' nor NUL");
    return false;
  }
  if (name.find(kExpressionOpen) != std::string_view::npos) {
    in.report(key, "'${{ }}' is not replaced in names of environment variables");
    return false;
  }
  if (!is_reserved_variable(name)) return true;
  in.report(key, fmt::format("'{}' is set by Rota itself", name));
  return false;
}

}  // namespace

void read_environment(Reading& in, NodeAt map, bool visible, Environment& env) {
  if (!in.is(map, Node::Kind::map)) return in.wrong(map, "env", "a map of names and values");
  std::unordered_map<std::string, std::size_t> places;
  for (std::size_t i = 0; i < env.size(); ++i) places.emplace(env[i].first, i);
  for (const auto entry : in.tree.entries(map)) {
    const auto name = in.tree.text(entry.key);
    if (!check_name(in, entry.key, name)) continue;
    if (in.is(entry.value, Node::Kind::null)) {
      in.report(entry.value, fmt::format("env '{}' has no value", text::escape_terminal(name)),
                "write \"\" for an empty one");
      continue;
    }
    auto value = in.substituted(entry.value, fmt::format("env.{}", text::escape_terminal(name)));
    if (!value) continue;
    if (name.size() + 1 + value->size() > limits::kArgBytes) {
      in.report(entry.value,
                fmt::format("env '{}' has more than {} bytes (arg_bytes)", text::escape_terminal(name.substr(0, 80)),
                            limits::kArgBytes),
                "pass large values in a file");
      continue;
    }
    if (visible) in.scope.set_env(std::string(name), *value);
    const auto [place, is_new] = places.emplace(name, env.size());
    if (is_new) {
      env.emplace_back(name, std::move(*value));
    } else {
      env[place->second].second = std::move(*value);
    }
  }
}

std::size_t bytes_of(const Environment& env) {
  std::size_t sum = 0;
  for (const auto& [name, value] : env) sum += name.size() + value.size() + 2;  // '=' and the final NUL
  return sum;
}

}  // namespace rota::jobs
