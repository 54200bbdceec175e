// Lengths and first lines: what a file must look like before anybody reads it.
#pragma once

#include <string>
#include <vector>

#include "tests/tidy/source.h"

namespace rota::tidy {

inline constexpr std::size_t kFileLines = 500;
inline constexpr std::size_t kFunctionLines = 60;
inline constexpr std::size_t kColumns = 120;

struct Function {
  std::size_t line = 0;    // of its opening brace
  std::size_t length = 0;  // lines from the opening to the closing brace, both counted
};
/// Outermost functions, by matching braces; classes, namespaces, enums and initialisers are looked through.
std::vector<Function> functions_of(const SourceFile& file);

std::vector<Finding> check_file_length(const SourceFile& file);
std::vector<Finding> check_function_length(const SourceFile& file);
std::vector<Finding> check_line_length(const SourceFile& file);
std::vector<Finding> check_first_line(const SourceFile& file);

}  // namespace rota::tidy
