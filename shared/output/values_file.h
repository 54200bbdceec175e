// The file that $ROTA_OUTPUT names, from before an attempt starts until it has ended. It lies in a directory that is
// ours, but the job writes it, and may put anything in its place: reading never waits and never follows a link.
#pragma once

#include <span>
#include <string>
#include <utility>

#include "shared/output/values.h"
#include "shared/result.h"

namespace rota::output {

class ValuesFile {
 public:
  /// None: there is no file, nothing is read.
  ValuesFile() = default;
  /// An empty file (0600). One that is there is of an attempt that was never heard of again, and is removed.
  static Result<ValuesFile> make(const std::string& path);
  ValuesFile(ValuesFile&& o) noexcept : path_(std::exchange(o.path_, {})) {}
  ValuesFile& operator=(ValuesFile&& o) noexcept;
  /// Removes it.
  ~ValuesFile();

  explicit operator bool() const { return !path_.empty(); }
  Values read(std::span<const DeclaredValue> declared) const;
  /// How the attempt hears of it: an entry of its environment.
  std::string variable() const { return "ROTA_OUTPUT=" + path_; }

 private:
  explicit ValuesFile(std::string path) : path_(std::move(path)) {}
  void remove();
  std::string path_;
};

}  // namespace rota::output
