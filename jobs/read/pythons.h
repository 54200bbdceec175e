// The interpreter of Python that one job file runs with, and the modules that it names, each asked once.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "jobs/catalogue/ask_python.h"

namespace rota::jobs {

class Pythons {
 public:
  /// `env` is the caller's: its PATH is looked through for python3 unless another interpreter is chosen.
  Pythons(DescribePython describe, const std::vector<std::pair<std::string, std::string>>& env, std::string directory)
      : describe_(std::move(describe)), directory_(std::move(directory)) {
    for (const auto& [name, value] : env)
      if (name == "PATH") path_ = {name + "=" + value};
  }
  void choose(std::string interpreter) { interpreter_ = std::move(interpreter); }
  /// Null where nobody can be asked: then the worker sees what is wrong.
  const Result<PythonAnswer>* find(const std::string& module) {
    if (const auto known = known_.find(module); known != known_.end()) return &known->second;
    auto answer = ask(module);
    if (!answer) return nullptr;
    return &known_.emplace(module, std::move(*answer)).first->second;
  }
  const std::vector<std::string>& path() const { return path_; }
  /// The one that runs the targets of the file; empty if it has none.
  std::string used() const { return used_ ? interpreter_ : std::string(); }

 private:
  std::optional<Result<PythonAnswer>> ask(const std::string& module) {
    used_ = true;
    if (interpreter_.empty()) {
      auto found = find_interpreter("python3", path_);
      if (!found) return found.error();
      interpreter_ = std::move(*found);
    }
    if (!describe_) return {};
    auto answer = describe_({interpreter_, directory_, module});
    if (answer) interpreter_ = answer->interpreter;
    return answer;
  }
  DescribePython describe_;
  std::string directory_, interpreter_;
  std::vector<std::string> path_;
  std::map<std::string, Result<PythonAnswer>> known_;
  bool used_ = false;
};

}  // namespace rota::jobs
