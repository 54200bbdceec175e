// Loading of YAML written in tests: plans or findings, as short texts.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "jobs/read/load.h"

namespace rota::jobs::test {

inline LoadOptions options() {
  LoadOptions o;
  o.directory = "/home/u/work";
  o.absolute_path = "/home/u/work/file.yaml";
  return o;
}

inline Loaded loaded(const std::string& yaml, const LoadOptions& o = options()) { return load({"file.yaml", yaml}, o); }

/// "3:5 message | hint" of each finding; empty when the file is good.
inline std::vector<std::string> findings(const std::string& yaml, const LoadOptions& o = options()) {
  std::vector<std::string> out;
  const auto result = loaded(yaml, o);
  if (const auto* found = std::get_if<std::vector<Diagnostic>>(&result)) {
    for (const auto& d : *found)
      out.push_back(std::to_string(d.line) + ":" + std::to_string(d.column) + " " + d.message +
                    (d.hint.empty() ? "" : " | " + d.hint));
  }
  return out;
}

/// The plan of a file that must be good; its findings fail the test.
inline Plan plan(const std::string& yaml, const LoadOptions& o = options()) {
  auto result = loaded(yaml, o);
  if (auto* p = std::get_if<Plan>(&result)) return std::move(*p);
  ADD_FAILURE() << render(std::get<std::vector<Diagnostic>>(result), {"file.yaml", yaml});
  return {};
}

/// The one job of `jobs: {j: FIELDS}`.
inline Job job(const std::string& fields) {
  const auto p = plan("jobs: {j: {" + fields + "}}");
  return p.jobs.empty() ? Job{} : p.jobs.front();
}
inline Settings settings(const std::string& fields) {
  const auto p = plan("jobs: {j: {" + fields + "}}");
  return p.jobs.empty() ? Settings{} : p.settings_of(p.jobs.front());
}

/// Whether one of the findings holds the text.
inline ::testing::AssertionResult says(const std::string& yaml, const std::string& text,
                                       const LoadOptions& o = options()) {
  const auto found = findings(yaml, o);
  for (const auto& f : found) {
    if (f.find(text) != std::string::npos) return ::testing::AssertionSuccess();
  }
  auto failure = ::testing::AssertionFailure() << "nothing says '" << text << "' of: " << yaml.substr(0, 300);
  for (const auto& f : found) failure << "\n  " << f;
  return failure;
}

}  // namespace rota::jobs::test
