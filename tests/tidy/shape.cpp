// Lengths of files, functions and lines, and the purpose that stands in the first line.
#include "tests/tidy/shape.h"

#include <algorithm>
#include <regex>
#include <sstream>

namespace rota::tidy {
namespace {

enum class Block { scope, function, other };

/// A brace glued to what stands before it (`a_{1}`, `= {`, `({`) opens an initialiser; blocks are set off by a space.
bool is_initialiser(const std::string& code, std::size_t brace, const std::string& head) {
  if (brace == 0) return false;
  const char before = code[brace - 1];
  if (before != ' ' && before != '\n') return true;
  const auto last = head.find_last_not_of(" \n\t");
  return last != std::string::npos && (head[last] == '=' || head[last] == ',' || head[last] == '(');
}

Block block_of(const std::string& head) {
  static const std::regex scope(R"(\b(namespace|class|struct|union|enum|extern|concept)\b)");
  static const std::regex returns_a_struct(R"(\b(struct|class|union|enum)\s+\w+\s*[&*]*\s+[\w:]+\()");
  const bool has_call = head.find('(') != std::string::npos;
  if (std::regex_search(head, scope) && !(has_call && std::regex_search(head, returns_a_struct))) return Block::scope;
  return has_call ? Block::function : Block::other;
}

std::vector<Finding> if_longer(const SourceFile& f, std::size_t is, std::size_t limit, const char* unit) {
  if (is <= limit) return {};
  std::ostringstream what;
  what << is << ' ' << unit << ", at most " << limit << " are allowed: find the part that has a name of its own";
  return {{f.path, 0, what.str()}};
}

std::size_t code_points(const std::string& line) {
  return static_cast<std::size_t>(
      std::count_if(line.begin(), line.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

}  // namespace

std::vector<Function> functions_of(const SourceFile& file) {
  struct Open {
    Block block;
    std::size_t line;
    std::string head;  // to go on with after an initialiser
  };
  const std::string& code = file.code;
  std::vector<Function> found;
  std::vector<Open> open;
  std::string head;
  std::size_t line = 1;
  int inside_functions = 0;
  for (std::size_t i = 0; i < code.size(); ++i) {
    const char c = code[i];
    line += c == '\n' ? 1 : 0;
    if (c == '{') {
      const bool plain = inside_functions > 0 || is_initialiser(code, i, head);
      const Block block = plain ? Block::other : block_of(head);
      inside_functions += block == Block::function ? 1 : 0;
      open.push_back({block, line, plain ? head : std::string()});
      head.clear();
    } else if (c == '}' && !open.empty()) {
      const Open closed = open.back();
      open.pop_back();
      if (closed.block == Block::function) {
        --inside_functions;
        found.push_back({closed.line, line - closed.line + 1});
      }
      head = closed.head;
    } else if (c == ';') {
      head.clear();
    } else {
      head += c;
    }
  }
  return found;
}

std::vector<Finding> check_file_length(const SourceFile& f) {
  return if_longer(f, f.lines.size(), kFileLines, "lines");
}

std::vector<Finding> check_function_length(const SourceFile& f) {
  std::vector<Finding> all;
  for (const auto& function : functions_of(f)) {
    for (auto finding : if_longer(f, function.length, kFunctionLines, "lines in a function")) {
      finding.line = function.line;
      all.push_back(finding);
    }
  }
  return all;
}

std::vector<Finding> check_line_length(const SourceFile& f) {
  std::vector<Finding> all;
  for (std::size_t i = 0; i < f.lines.size(); ++i) {
    if (code_points(f.lines[i]) > kColumns) all.push_back({f.path, i + 1, "longer than 120 columns"});
  }
  return all;
}

std::vector<Finding> check_first_line(const SourceFile& f) {
  std::size_t at = !f.lines.empty() && f.lines[0].starts_with("#!") ? 1 : 0;
  const std::string mark = f.is_cpp() ? "// " : "# ";
  const auto begins = [&](std::string_view with) { return f.lines.size() > at && f.lines[at].starts_with(with); };
  const bool says = begins(mark) || (f.path.ends_with(".py") && begins("\"\"\""));
  const auto words = says ? std::count(f.lines[at].begin() + 2, f.lines[at].end(), ' ') : 0;
  if (words >= 1) return {};
  return {{f.path, at + 1, "the first line must say, in a comment, what the file is for"}};
}

}  // namespace rota::tidy
