// Environment maps of the file, of its defaults and of jobs.
#include "jobs/read/environment.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <unordered_map>

#include "jobs/read/run_script.h"
#include "shared/limits.h"
#include "shared/text/text.h"

namespace rota::jobs {
namespace {

/// Rota tells every attempt who it is with these, and finds what it left behind by them.
constexpr std::array<std::string_view, 11> kReserved{
    "ROTA_RUN_ID",  "ROTA_JOB_ID", "ROTA_JOB",         "ROTA_ATTEMPT",     "ROTA_KEY",         "ROTA_RUN_KEY",
    "ROTA_OUTPUT", "ROTA_SCHEDULE", "ROTA_ARRAY_INDEX", "ROTA_ARRAY_COUNT", "ROTA_SCHEDULED_AT"};

}  // namespace

bool is_reserved_variable(std::string_view name) {
  return is_script_variable(name) || std::find(kReserved.begin(), kReserved.end(), name) != kReserved.end();
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

/// The value of one entry; nothing after a report.
std::optional<Reading::Late<std::string>> read_entry(Reading& in, Tree::Entry entry) {
  const auto name = in.tree.text(entry.key);
  if (!check_name(in, entry.key, name)) return {};
  if (in.is(entry.value, Node::Kind::null)) {
    in.report(entry.value, fmt::format("env '{}' has no value", text::escape_terminal(name)),
              "write \"\" for an empty one");
    return {};
  }
  auto value = in.late_text(entry.value, fmt::format("env.{}", text::escape_terminal(name)));
  if (!value || name.size() + 1 + value->now.size() <= limits::kArgBytes) return value;
  in.report(entry.value,
            fmt::format("env '{}' has more than {} bytes (arg_bytes)", text::escape_terminal(name.substr(0, 80)),
                        limits::kArgBytes),
            "pass large values in a file");
  return {};
}

/// Where names are in an environment.
class Places {
 public:
  explicit Places(Environment& env) : env_(env) {
    for (std::size_t i = 0; i < env.size(); ++i) places_.emplace(env[i].first, i);
  }
  std::size_t set(std::string_view name, std::string value) {
    const auto [place, is_new] = places_.emplace(name, env_.size());
    if (is_new) {
      env_.emplace_back(name, std::move(value));
    } else {
      env_[place->second].second = std::move(value);
    }
    return place->second;
  }

 private:
  Environment& env_;
  std::unordered_map<std::string, std::size_t> places_;
};

}  // namespace

void read_environment(Reading& in, NodeAt map, Environment& env) {
  if (!in.is(map, Node::Kind::map)) return in.wrong(map, "env", "a map of names and values");
  Places places(env);
  for (const auto entry : in.tree.entries(map)) {
    const auto name = in.tree.text(entry.key);
    auto value = read_entry(in, entry);
    if (value && value->late) {
      in.refuse_late(entry.value, fmt::format("env.{}", text::escape_terminal(name)));
      continue;
    }
    if (!value) continue;
    in.scope.set_env(std::string(name), value->now);
    places.set(name, std::move(value->now));
  }
}

void read_job_environment(Reading& in, NodeAt map, Environment& env, std::vector<LatePart>& late) {
  if (!in.is(map, Node::Kind::map)) return in.wrong(map, "env", "a map of names and values");
  Places places(env);
  for (const auto entry : in.tree.entries(map)) {
    auto value = read_entry(in, entry);
    if (!value) continue;
    const auto index = static_cast<std::uint32_t>(places.set(in.tree.text(entry.key), std::move(value->now)));
    std::erase_if(late,
                  [&](const LatePart& p) { return p.place == LatePart::Place::variable && p.index == index; });
    if (value->late) late.push_back({LatePart::Place::variable, index, {}, std::move(*value->late)});
  }
}

std::size_t bytes_of(const Environment& env) {
  std::size_t sum = 0;
  for (const auto& [name, value] : env) sum += name.size() + value.size() + 2;  // '=' and the final NUL
  return sum;
}

}  // namespace rota::jobs
