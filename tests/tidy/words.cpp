// Refused words. Patterns are put together from pieces, so that this file passes its own checks.
#include "tests/tidy/words.h"

#include <regex>

namespace rota::tidy {
namespace {

struct Refusal {
  std::regex pattern;
  std::string why;
};

std::vector<Finding> search(const SourceFile& f, const std::string& text, const Refusal& refusal) {
  std::vector<Finding> found;
  for (std::sregex_iterator it(text.begin(), text.end(), refusal.pattern), end; it != end; ++it) {
    found.push_back(
        {f.path, line_of(text, static_cast<std::size_t>(it->position())), "'" + it->str() + "': " + refusal.why});
  }
  return found;
}

std::vector<Finding> search_all(const SourceFile& f, const std::string& text, const std::vector<Refusal>& refusals) {
  std::vector<Finding> all;
  for (const auto& refusal : refusals) {
    auto found = search(f, text, refusal);
    all.insert(all.end(), found.begin(), found.end());
  }
  return all;
}

/// Programs that misbehave on purpose, as the jobs of tests do.
bool plays_a_job(const SourceFile& f) { return f.path == "tests/support/child_main.cpp"; }

}  // namespace

std::vector<Finding> check_type_names(const SourceFile& f) {
  static const Refusal type{std::regex(R"(\b(class|struct|enum|union|concept|using)\s+(class\s+)?\w*)"
                                       R"((Manager|Handler|Helper|Util|Utils|Data|Info)(?![a-z])\w*)"),
                            "a name that says nothing: name what it is or does"};
  static const Refusal file{
      std::regex(R"((^|[/_])(manager|handler|helper|helpers|util|utils|data|info|common|misc)(_\w+)?\.)"),
      "a file name that says nothing: name what is in it"};
  auto found = search(f, f.code, type);
  for (auto finding : search(f, f.path, file)) {
    finding.line = 0;
    found.push_back(finding);
  }
  return found;
}

// clang-format off
std::vector<Finding> check_unfinished(const SourceFile& f) {
  static const std::string notes = "\\b(TO" "DO|FIX" "ME|XX" "X|HA" "CK)\\b|";
  static const std::string phrases =
      "\\b([Ss]tu" "b(bed|s)?|place" "holder|for " "now|not " "implemented|un" "implemented)\\b";
  static const Refusal undone{std::regex(notes + phrases),
                              "work left undone: finish it, or refuse it in words that a user understands"};
  return search(f, f.text, undone);
}

std::vector<Finding> check_calls(const SourceFile& f) {
  // Plugins that do what nobody should.
  if (f.path == "tests/support/evil_main.cpp" || f.path == "tests/support/plugin_main.cpp") return {};
  static const std::string naps =
      "\\bsleep_" "(for|until)\\s*\\(|\\bu" "sleep\\s*\\(|\\bnano" "sleep\\s*\\(|(^|[^\\w:.>])(::)?sle" "ep\\s*\\(";
  static const std::vector<Refusal> everywhere{
      {std::regex("(^|[^\\w.>])v?fo" "rk\\s*\\("), "processes of ours have threads: spawn through shared/process"},
      {std::regex("catch\\s*\\(\\s*\\.\\.\\.\\s*\\)\\s*\\{\\s*\\}"), "an error swallowed"},
  };
  static const std::vector<Refusal> in_programs{
      {std::regex("\\b(popen|std::system)\\s*\\("), "runs a shell: spawn through shared/process"},
      {std::regex("\\bwaitpid\\s*\\(\\s*-1"), "reaps children of others: wait for one pidfd"},
  };
  static const std::vector<Refusal> in_tests{
      {std::regex(naps), "tests do not sleep: wait for an event, or eventually(deadline, condition)"},
  };
  if (plays_a_job(f)) return {};
  auto found = search_all(f, f.code, everywhere);
  const auto more = search_all(f, f.code, f.path.starts_with("tests/") ? in_tests : in_programs);
  found.insert(found.end(), more.begin(), more.end());
  return found;
}

std::vector<Finding> check_own_machine(const SourceFile& f) {
  static const Refusal path{std::regex("(^|[^\\w.$}\\)/])/(wo" "rk|ro" "ot)/\\w+"), "a path of one machine"};
  return search(f, f.text, path);
}
// clang-format on

}  // namespace rota::tidy
