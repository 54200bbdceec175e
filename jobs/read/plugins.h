// The plugins that one job file names, each asked once.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <utility>

#include "jobs/catalogue/plugin_table.h"

namespace rota::jobs {

/// Tells what the library at an absolute path offers, without loading it into this process.
using DescribePlugin = std::function<Result<PluginTable>(const std::string& path)>;

class Plugins {
 public:
  explicit Plugins(DescribePlugin describe) : describe_(std::move(describe)) {}
  /// Null where nobody can be asked: then the worker sees what is wrong.
  const Result<PluginTable>* find(const std::string& path) {
    if (!describe_) return nullptr;
    const auto known = known_.find(path);
    return &(known == known_.end() ? known_.emplace(path, describe_(path)).first : known)->second;
  }

 private:
  DescribePlugin describe_;
  std::map<std::string, Result<PluginTable>> known_;
};

}  // namespace rota::jobs
