// Lines on stderr.
#include "scheduler/daemon/service_log.h"

#include <fmt/format.h>
#include <limits.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "shared/text/text.h"

namespace rota::daemon {
namespace {

using Level = ServiceLog::Level;

std::string_view word(Level level) {
  switch (level) {
    case Level::info: return "info";
    case Level::warning: return "warning";
    case Level::error: return "error";
  }
  return "error";
}

/// As of syslog: what sd-daemon(3) and the journal understand at the start of a line.
std::string_view journal_prefix(Level level) {
  switch (level) {
    case Level::info: return "<6>";
    case Level::warning: return "<4>";
    case Level::error: return "<3>";
  }
  return "<3>";
}

std::string_view colour(Level level) {
  switch (level) {
    case Level::info: return "";
    case Level::warning: return "\x1b[33m";
    case Level::error: return "\x1b[31m";
  }
  return "";
}

std::string_view value_of(const std::vector<std::string>& env, std::string_view name) {
  for (const auto& entry : env) {
    if (entry.size() > name.size() && entry.starts_with(name) && entry[name.size()] == '=')
      return std::string_view(entry).substr(name.size() + 1);
  }
  return {};
}

/// A pipe that polls as writable takes this much without waiting.
constexpr std::size_t kLineBytes = PIPE_BUF - 1;

}  // namespace

void ServiceLog::write(Level level, std::string_view text) {
  const std::lock_guard lock(mutex_);
  if (dropped_ > 0) {
    if (!send(line(Level::warning, fmt::format("{} lines of this log were dropped: its reader is too slow", dropped_))))
      return static_cast<void>(++dropped_);
    dropped_ = 0;
  }
  if (!send(line(level, text))) ++dropped_;
}

std::string ServiceLog::line(Level level, std::string_view text) {
  std::string out;
  switch (style_) {
    case Style::journal: out = fmt::format("{}{}", journal_prefix(level), text::escape_terminal(text)); break;
    case Style::plain:
      out = fmt::format("{} {} {}", text::format_utc(clock_.now().wall), word(level), text::escape_terminal(text));
      break;
    case Style::colour:
      out = fmt::format("{} {}{}{} {}", text::format_utc(clock_.now().wall), colour(level), word(level),
                        colour(level).empty() ? "" : "\x1b[0m", text::escape_terminal(text));
      break;
  }
  if (out.size() > kLineBytes) out.resize(kLineBytes);
  out += '\n';
  return out;
}

/// False: there was no room. The descriptor is shared with others, so it is never made non-blocking.
bool ServiceLog::send(std::string_view line) {
  pollfd p{fd_, POLLOUT, 0};
  if (::poll(&p, 1, 0) == 1 && (p.revents & POLLOUT) == 0) return true;  // nobody will ever read it
  if (p.revents == 0) return false;
  const auto n = ::send(fd_, line.data(), line.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  if (n >= 0) return true;
  if (errno != ENOTSOCK) return errno != EAGAIN;
  (void)!::write(fd_, line.data(), line.size());
  return true;
}

ServiceLog::Style log_style(int fd, const std::vector<std::string>& env) {
  struct stat about {};
  if (const auto journal = value_of(env, "JOURNAL_STREAM");
      !journal.empty() && ::fstat(fd, &about) == 0 && journal == fmt::format("{}:{}", about.st_dev, about.st_ino))
    return ServiceLog::Style::journal;
  return ::isatty(fd) && value_of(env, "NO_COLOR").empty() ? ServiceLog::Style::colour : ServiceLog::Style::plain;
}

}  // namespace rota::daemon
