// A directory of a test's own, gone when the test is.
#pragma once

#include <string>
#include <string_view>

namespace rota::test {

/// Made under $TMPDIR (else /tmp) with mode 0700; removed with everything in it. Any thread.
class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  const std::string& path() const { return path_; }
  std::string file(std::string_view name) const { return path_ + "/" + std::string(name); }
  /// Writes `text` to a file in it and returns the path; throws on failure.
  std::string write(std::string_view name, std::string_view text) const;

 private:
  std::string path_;
};

/// The whole file; empty when it does not exist (a test that cares asks for existence).
std::string read_file(const std::string& path);

}  // namespace rota::test
