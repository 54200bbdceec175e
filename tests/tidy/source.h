// The repository as text: what every tidy check reads.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace rota::tidy {

struct SourceFile {
  std::string path;  // from the root of the repository
  std::string text;
  std::vector<std::string> lines;
  std::string code;  // text without comments, literals and preprocessor lines; same length, same line breaks
  bool is_cpp() const;
  bool is_header() const { return path.ends_with(".h"); }
};

/// One breach: where, and what to do about it.
struct Finding {
  std::string path;
  std::size_t line = 0;  // from 1; 0: the file as a whole
  std::string what;
};

SourceFile make_source(std::string path, std::string text);
/// Every file of the repository that people wrote: sources, scripts, CMake files, documents, examples.
std::vector<SourceFile> read_repository(const std::string& root);

std::size_t line_of(std::string_view text, std::size_t offset);
std::string to_text(const std::vector<Finding>& found);

}  // namespace rota::tidy
