// Line assembly.
#include "scheduler/cli/display/lines.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "shared/limits.h"

namespace rota::cli {

void LineAssembler::feed(const Origin& origin, std::string_view bytes) {
  auto newline = bytes.find('\n');
  if (newline != bytes.npos && held_ > 0) {
    if (const auto at = partials_.find(origin); at != partials_.end()) {
      held_ += newline;
      at->second.append(bytes.substr(0, newline));
      release(at);
      bytes.remove_prefix(newline + 1);
      newline = bytes.find('\n');
    }
  }
  for (; newline != bytes.npos; newline = bytes.find('\n')) {
    emit_(origin, bytes.substr(0, newline));
    bytes.remove_prefix(newline + 1);
  }
  if (!bytes.empty()) hold(origin, bytes);
}

void LineAssembler::hold(const Origin& origin, std::string_view rest) {
  const auto at = partials_.try_emplace(origin).first;
  auto& line = at->second;
  while (!rest.empty()) {
    if (line.size() == limits::kDisplayLineBytes) {
      emit_(origin, line);
      held_ -= line.size();
      line.clear();
    }
    const auto taken = rest.substr(0, limits::kDisplayLineBytes - line.size());
    line.append(taken);
    held_ += taken.size();
    rest.remove_prefix(taken.size());
  }
  if (held_ > limits::kDisplayHeldBytes) release(at);
}

void LineAssembler::release(Partials::iterator at) {
  const auto origin = at->first;
  const auto line = std::move(at->second);
  partials_.erase(at);
  held_ -= line.size();
  emit_(origin, line);
}

void LineAssembler::finish(const AttemptId& attempt) {
  if (partials_.empty()) return;
  for (const auto stream : {output::Stream::out, output::Stream::err})
    if (const auto at = partials_.find(Origin{attempt, stream}); at != partials_.end()) release(at);
}

void LineAssembler::finish_all() {
  std::vector<Origin> left;
  for (const auto& [origin, line] : partials_) left.push_back(origin);
  std::sort(left.begin(), left.end());
  for (const auto& origin : left)
    if (const auto at = partials_.find(origin); at != partials_.end()) release(at);
}

}  // namespace rota::cli
