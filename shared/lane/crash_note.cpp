// A few lines of text out of untrusted bytes.
#include "shared/lane/crash_note.h"

#include <fcntl.h>
#include <unistd.h>

#include <vector>

#include "shared/limits.h"

namespace rota::lane {
namespace {

constexpr std::size_t kLineBytes = 200;

std::string printable(std::string_view s) {
  std::string out;
  for (const char c : s.substr(0, kLineBytes)) out += c >= 0x20 && c < 0x7f ? c : '?';
  return out;
}

struct Frame {
  std::string_view file, symbol;  // symbol: "run_one+0x1a"; of one without a name "+0x1234"
};

Frame frame_of(std::string_view line) {
  const auto open = line.find('(');
  Frame f{line.substr(0, open), {}};
  if (const auto slash = f.file.rfind('/'); slash != std::string_view::npos) f.file.remove_prefix(slash + 1);
  if (open == std::string_view::npos) return f;
  f.symbol = line.substr(open + 1);
  f.symbol = f.symbol.substr(0, f.symbol.find(')'));
  return f;
}

/// What called the task is of no interest.
bool is_below(const Frame& f) {
  return f.file.starts_with("rota-worker") || f.file.starts_with("libc.so") || f.file.starts_with("libstdc++") ||
         f.file.starts_with("ld-linux") || f.file.empty();
}

}  // namespace

Result<posix::Fd> make_crash_note() {
  auto fd = posix::make_memfd("rota-crash-note", true);
  if (!fd) return fd;
  if (::ftruncate(fd->get(), static_cast<off_t>(limits::kCrashNoteBytes)) != 0)
    return system_error("cannot make room", "crash note");
  if (::fcntl(fd->get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
    return system_error("cannot seal", "crash note");
  return fd;
}

std::string read_crash_note(int fd) {
  std::string raw(limits::kCrashNoteBytes, '\0');
  const auto n = ::pread(fd, raw.data(), raw.size(), 0);
  raw.resize(n < 0 ? 0 : static_cast<std::size_t>(n));
  raw.resize(std::min(raw.size(), raw.find('\0')));
  return frames_text(raw);
}

std::string frames_text(std::string_view raw) {
  std::vector<Frame> frames;
  while (!raw.empty() && frames.size() < limits::kTraceFrames) {
    const auto end = raw.find('\n');
    if (end == std::string_view::npos) break;  // cut off
    frames.push_back(frame_of(raw.substr(0, end)));
    raw.remove_prefix(end + 1);
  }
  while (!frames.empty() && is_below(frames.back())) frames.pop_back();
  std::string out;
  for (const Frame& f : frames)
    out += (out.empty() ? "  " : "\n  ") + printable(f.symbol.empty() ? "?" : f.symbol) + " in " + printable(f.file);
  return out;
}

}  // namespace rota::lane
