// Reading the repository, and blanking what is not code so that a check never trips over a comment or a literal.
#include "tests/tidy/source.h"

#include <algorithm>
#include <filesystem>
#include <sstream>

#include "tests/support/temp_dir.h"

namespace rota::tidy {
namespace {

namespace fs = std::filesystem;

/// Walks over C++ text once and blanks comments, literals and preprocessor lines.
class Blanker {
 public:
  explicit Blanker(std::string text) : text_(std::move(text)) {}

  std::string blanked() {
    bool line_start = true;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '\n') {
        line_start = true;
        ++at_;
      } else if (c == '#' && line_start) {
        blank_directive();
      } else if (starts_with("//")) {
        blank_until(text_.find('\n', at_));
      } else if (starts_with("/*")) {
        blank_past("*/", 2);
      } else if (starts_with("R\"")) {
        blank_raw_string();
      } else if (c == '"' || (c == '\'' && !inside_number())) {
        blank_literal(c);
      } else {
        line_start = line_start && (c == ' ' || c == '\t');
        ++at_;
      }
    }
    return std::move(text_);
  }

 private:
  bool starts_with(std::string_view s) const { return std::string_view(text_).substr(at_, s.size()) == s; }
  /// The quote of 1'000'000.
  bool inside_number() const { return at_ > 0 && std::isalnum(static_cast<unsigned char>(text_[at_ - 1])) != 0; }

  void blank_until(std::size_t end) {
    end = std::min(end, text_.size());
    for (; at_ < end; ++at_) {
      if (text_[at_] != '\n') text_[at_] = ' ';
    }
  }
  void blank_past(std::string_view closing, std::size_t opening) {
    const auto end = text_.find(closing, at_ + opening);
    blank_until(end == std::string::npos ? end : end + closing.size());
  }
  void blank_directive() {
    auto end = text_.find('\n', at_);
    while (end != std::string::npos && text_[end - 1] == '\\') end = text_.find('\n', end + 1);
    blank_until(end);
  }
  void blank_raw_string() {
    const auto open = text_.find('(', at_);
    const std::string closing = ")" + text_.substr(at_ + 2, open - at_ - 2) + "\"";
    blank_past(closing, open - at_ + 1);
  }
  void blank_literal(char quote) {
    auto end = at_ + 1;
    while (end < text_.size() && text_[end] != quote && text_[end] != '\n') end += text_[end] == '\\' ? 2 : 1;
    blank_until(end + 1);
  }

  std::string text_;
  std::size_t at_ = 0;
};

bool is_ours(const fs::path& path) {
  static const std::vector<std::string> kinds{".h",    ".cpp", ".md",   ".txt", ".cmake", ".yaml",
                                              ".json", ".sh",  ".bash", ".py",  ""};
  return std::find(kinds.begin(), kinds.end(), path.extension().string()) != kinds.end();
}

bool is_skipped(const std::string& name) {
  return name == ".git" || name == "__pycache__" || name == "build" || name.starts_with("build-");
}

}  // namespace

bool SourceFile::is_cpp() const { return path.ends_with(".h") || path.ends_with(".cpp"); }

SourceFile make_source(std::string path, std::string text) {
  SourceFile f{std::move(path), std::move(text), {}, {}};
  std::istringstream in(f.text);
  for (std::string line; std::getline(in, line);) f.lines.push_back(line);
  f.code = f.is_cpp() ? Blanker(f.text).blanked() : f.text;
  return f;
}

std::vector<SourceFile> read_repository(const std::string& root) {
  std::vector<SourceFile> files;
  for (fs::recursive_directory_iterator it(root), end; it != end; ++it) {
    if (it->is_directory()) {
      if (is_skipped(it->path().filename())) it.disable_recursion_pending();
    } else if (it->is_regular_file() && it->path().filename() != ".git" && is_ours(it->path())) {
      files.push_back(make_source(fs::relative(it->path(), root).string(), test::read_file(it->path().string())));
    }
  }
  std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
  return files;
}

std::size_t line_of(std::string_view text, std::size_t offset) {
  return 1 +
         static_cast<std::size_t>(std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(offset), '\n'));
}

std::string to_text(const std::vector<Finding>& found) {
  std::ostringstream text;
  for (const auto& f : found) text << f.path << ':' << f.line << ": " << f.what << '\n';
  return text.str();
}

}  // namespace rota::tidy
