// env_file: which files, and what of them goes into an environment.
#include "jobs/read/env_file.h"

#include <fmt/format.h>

#include <unordered_map>

#include "jobs/read/load.h"
#include "shared/limits.h"

namespace rota::jobs {
namespace {

using Kind = Node::Kind;
constexpr std::size_t kFaultsShown = 10;  // of one file

class EnvFiles {
 public:
  EnvFiles(Reading& in, bool visible, Environment& env) : in_(in), visible_(visible), env_(env) {
    for (std::size_t i = 0; i < env.size(); ++i) places_.emplace(env[i].first, i);
  }

  void one(NodeAt at) {
    const auto path = in_.path(at, "env_file");
    if (!path) return;
    const auto file = read_env_file(*path);
    if (!file) return in_.report(at, fmt::format("'env_file': {}", to_text(file.error())));
    std::vector<EnvFileFault> faults;
    auto entries = parse_env_file(file->bytes, faults);
    for (const auto& [name, value] : entries) {
      if (is_reserved_variable(name)) faults.push_back({0, fmt::format("'{}' is set by Rota itself", name)});
    }
    if (faults.size() > kFaultsShown) faults.resize(kFaultsShown);
    for (const auto& f : faults)
      in_.report(at, f.line == 0 ? fmt::format("{}: {}", *path, f.message)
                                 : fmt::format("{}:{}: {}", *path, f.line, f.message));
    for (auto& [name, value] : entries) put(std::move(name), std::move(value));
  }

 private:
  void put(std::string name, std::string value) {
    if (visible_) in_.scope.set_env(name, value);
    const auto [place, is_new] = places_.emplace(name, env_.size());
    if (is_new) env_.emplace_back(std::move(name), std::move(value));
    else env_[place->second].second = std::move(value);
  }

  Reading& in_;
  bool visible_;
  Environment& env_;
  std::unordered_map<std::string, std::size_t> places_;
};

}  // namespace

void read_env_files(Reading& in, NodeAt at, bool visible, Environment& env) {
  EnvFiles files(in, visible, env);
  if (in.is(at, Kind::scalar)) return files.one(at);
  if (!in.is(at, Kind::list)) return in.wrong(at, "env_file", "a path or a list of paths");
  if (in.tree[at].count > limits::kEnvFiles)
    return in.report(at, fmt::format("'env_file' names {} files; at most {} (env_files)", in.tree[at].count,
                                     limits::kEnvFiles));
  for (const auto item : in.tree.items(at)) files.one(item);
}

}  // namespace rota::jobs
