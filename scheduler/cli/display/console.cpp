// Cursor movements.
#include "scheduler/cli/display/console.h"

#include <fmt/format.h>

namespace rota::cli {
namespace {
std::string up(std::size_t lines) { return lines ? fmt::format("\r\x1b[{}A", lines) : std::string(); }
constexpr std::string_view kClearBelow = "\x1b[J";
constexpr std::string_view kClearLine = "\x1b[K";
}  // namespace

bool Console::print_out(std::string_view bytes) {
  if (out_.terminal) wipe();
  return out_.write(bytes);
}

bool Console::print_err(std::string_view text) {
  wipe();
  return err_.write(text);
}

// Line by line over the old block and not by clearing first: that would flicker.
void Console::draw(const std::vector<std::string>& lines) {
  if (!err_.terminal || !err_.idle()) return;
  auto text = up(height_);
  for (const auto& line : lines) text.append(line).append(kClearLine).append("\n");
  if (lines.size() < height_) text += kClearBelow;
  height_ = lines.size();
  err_.write(text);
}

void Console::wipe() {
  if (height_ == 0) return;
  err_.write(up(height_).append(kClearBelow));
  height_ = 0;
}

}  // namespace rota::cli
