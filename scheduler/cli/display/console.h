// The two streams of `rota run` and the live block below them: a line of text wipes the block first, so that the block
// is never torn and never left behind. Each stream that breaks falls silent by itself. One thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "scheduler/cli/stream.h"

namespace rota::cli {

class Console {
 public:
  Console(Stream out, Stream err) : out_(std::move(out)), err_(std::move(err)) {}

  /// Bytes for stdout, as they are. False when nobody reads them any more.
  bool print_out(std::string_view bytes);
  /// Text for stderr.
  bool print_err(std::string_view text);
  /// Replaces the block by these lines; only on a terminal.
  void draw(const std::vector<std::string>& lines);
  /// Takes the block away.
  void wipe();
  bool drawn() const { return height_ > 0; }

  const Stream& out() const { return out_; }
  const Stream& err() const { return err_; }

 private:
  Stream out_, err_;
  std::size_t height_ = 0;  // lines of the block on the screen, above the cursor
};

}  // namespace rota::cli
