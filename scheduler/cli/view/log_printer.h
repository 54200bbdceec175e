// Captured output on its way to a person or a pipe: one job's bytes as they came, several jobs' line by line after
// their names; only the last lines where asked; made safe for a terminal. One thread.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "scheduler/cli/display/lines.h"

namespace rota::cli {

struct LogStyle {
  bool named = false;     // each line after its job's name
  bool terminal = false;  // escaped
  bool colour = false;
  std::optional<std::uint64_t> last_lines;
};

class LogPrinter {
 public:
  using Write = std::function<bool(std::string_view)>;
  /// The name of an attempt's job, padded as wished; asked only when `named`.
  using NameOf = std::function<std::string(const AttemptId&)>;
  LogPrinter(LogStyle style, NameOf name_of, Write write);

  /// False: nobody reads any more.
  bool take(const output::Chunk& chunk);
  /// What was kept back for `last_lines` goes out, and from now on everything does.
  bool settle();
  /// Unfinished lines too. Nothing may be taken after.
  bool finish();
  bool wrote_any() const { return wrote_any_; }

 private:
  bool raw() const { return !style_.named && !style_.terminal; }
  void on_line(const Origin& origin, std::string_view line);
  void put(std::string_view text);
  bool flush();

  LogStyle style_;
  NameOf name_of_;
  Write write_;
  LineAssembler lines_;
  std::string pending_;           // on its way out, or (raw, last_lines) the end so far
  std::deque<std::string> kept_;  // (last_lines) the last lines so far
  bool alive_ = true;
  bool wrote_any_ = false;
};

/// The last `n` lines of a text, an unfinished one counting as a line.
std::string_view last_lines_of(std::string_view text, std::uint64_t n);

}  // namespace rota::cli
