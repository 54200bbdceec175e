// Tails of stderr.
#include "scheduler/cli/display/tails.h"

#include "shared/limits.h"

namespace rota::cli {

void Tails::add(const AttemptId& attempt, std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (line.size() > limits::kDisplayTailBytes) line = line.substr(line.size() - limits::kDisplayTailBytes);
  auto& tail = tails_[attempt];
  tail.lines.emplace_back(line);
  tail.bytes += line.size();
  while (tail.lines.size() > limits::kDisplayTailLines || tail.bytes > limits::kDisplayTailBytes) {
    tail.bytes -= tail.lines.front().size();
    tail.lines.pop_front();
  }
}

std::vector<std::string> Tails::take(const AttemptId& attempt) {
  const auto at = tails_.find(attempt);
  if (at == tails_.end()) return {};
  std::vector<std::string> lines(std::make_move_iterator(at->second.lines.begin()),
                                 std::make_move_iterator(at->second.lines.end()));
  tails_.erase(at);
  return lines;
}

}  // namespace rota::cli
