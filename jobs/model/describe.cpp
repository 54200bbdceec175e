// Actions for people.
#include "jobs/model/describe.h"

#include <algorithm>

#include "shared/text/text.h"

namespace rota::jobs {
namespace {

constexpr std::string_view kBare = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=,+@%";

std::string quoted(const std::string& word) {
  if (!word.empty() && word.find_first_not_of(kBare) == std::string::npos) return word;
  std::string out = "'";
  for (const char c : word) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

/// The first line, cut between characters.
std::string shortened(std::string_view s, std::size_t most) {
  s.remove_prefix(std::min(s.find_first_not_of(" \t\n"), s.size()));
  while (!s.empty() && s.back() == '\n') s.remove_suffix(1);
  auto end = std::min({s.find('\n'), s.size(), most});
  while (end > 0 && end < s.size() && (static_cast<unsigned char>(s[end]) & 0xC0) == 0x80) --end;
  return text::escape_terminal(s.substr(0, end)) + (end < s.size() ? "..." : "");
}

}  // namespace

std::string describe(const Action& action, std::size_t most_bytes) {
  if (const auto* run = std::get_if<RunText>(&action)) return "run: " + shortened(run->text, most_bytes);
  if (const auto* call = std::get_if<TargetCall>(&action)) return "target: " + shortened(call->target, most_bytes);
  std::string line;
  for (const auto& word : std::get<CommandLine>(action).argv) {
    if (line.size() > most_bytes) break;
    line += (line.empty() ? "" : " ") + quoted(word);
  }
  return "command: " + shortened(line, most_bytes);
}

}  // namespace rota::jobs
