// Printing captured output.
#include "scheduler/cli/view/log_printer.h"

#include "scheduler/cli/paint.h"

namespace rota::cli {
namespace {
constexpr std::size_t kBatch = 64u << 10;
constexpr std::size_t kTrim = 1u << 20;  // a kept end is cut back when it has doubled, so that cutting stays cheap
}  // namespace

std::string_view last_lines_of(std::string_view text, std::uint64_t n) {
  auto start = text.size();
  if (start > 0 && text[start - 1] == '\n') --start;
  for (; n > 0 && start > 0; --n) {
    const auto newline = text.rfind('\n', start - 1);
    if (newline == text.npos) return text;
    start = newline;
    if (n == 1) return text.substr(start + 1);
  }
  return n == 0 ? std::string_view() : text;
}

LogPrinter::LogPrinter(LogStyle style, NameOf name_of, Write write)
    : style_(style),
      name_of_(std::move(name_of)),
      write_(std::move(write)),
      lines_([this](const Origin& origin, std::string_view line) { on_line(origin, line); }) {}

bool LogPrinter::take(const output::Chunk& chunk) {
  wrote_any_ = true;
  if (raw())
    put(chunk.bytes);
  else
    lines_.feed({{chunk.task, chunk.attempt}, chunk.stream}, chunk.bytes);
  return pending_.size() < kBatch || style_.last_lines ? alive_ : flush();
}

void LogPrinter::on_line(const Origin& origin, std::string_view line) {
  std::string text;
  if (style_.named) text = paint(name_of_(origin.attempt) + " |", Style::dim, style_.colour) + " ";
  if (style_.terminal && line.ends_with('\r')) line.remove_suffix(1);
  text += style_.terminal ? safe_line(line, style_.colour) : std::string(line);
  text += '\n';
  if (!style_.last_lines) return put(text);
  kept_.push_back(std::move(text));
  if (kept_.size() > *style_.last_lines) kept_.pop_front();
}

void LogPrinter::put(std::string_view text) {
  pending_ += text;
  if (!style_.last_lines || pending_.size() < kTrim) return;
  const auto end = last_lines_of(pending_, *style_.last_lines);
  if (end.size() * 2 < pending_.size()) pending_ = std::string(end);
}

bool LogPrinter::settle() {
  if (style_.last_lines) {
    if (raw()) pending_ = std::string(last_lines_of(pending_, *style_.last_lines));
    for (const auto& line : kept_) pending_ += line;
    kept_.clear();
    style_.last_lines.reset();
  }
  return flush();
}

bool LogPrinter::finish() {
  lines_.finish_all();
  return settle();
}

bool LogPrinter::flush() {
  if (alive_ && !pending_.empty()) alive_ = write_(pending_);
  pending_.clear();
  return alive_;
}

}  // namespace rota::cli
