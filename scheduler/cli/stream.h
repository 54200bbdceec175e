// One output stream of the command: where text goes and what may be done there. Tests make their own on a string.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace rota::cli {

struct Extent {
  unsigned columns = 0;  // 0: unbounded
  unsigned rows = 0;
};

/// Values and two functions, so that a test can take any of them. One thread at a time.
struct Stream {
  /// Everything or nothing more: false when nobody reads any more (EPIPE) or the disk is full. Stays false from then
  /// on.
  std::function<bool(std::string_view)> write;
  /// Why writing stopped, as an errno; 0 while it works.
  std::function<int()> broken_by = [] { return 0; };
  /// The terminal's present size; unbounded elsewhere.
  std::function<Extent()> extent = [] { return Extent{}; };
  /// Whether everything written so far has gone out: what may wait (a frame of the live block) is not added to a
  /// backlog.
  std::function<bool()> idle = [] { return true; };
  bool terminal = false;
  bool colour = false;   // only ever with terminal
  bool unicode = false;  // whether the locale can show more than ASCII
};

/// The stream of a descriptor, which must outlive it. `env` ("K=V") is asked for NO_COLOR, TERM and the locale.
Stream stream_on(int fd, const std::vector<std::string>& env);

/// The value of a variable in "K=V" words; the last one counts; empty when it is not there.
std::string_view variable(const std::vector<std::string>& env, std::string_view name);

}  // namespace rota::cli
