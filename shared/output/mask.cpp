// Finding secrets in a stream: for each of them the automaton of Knuth, Morris and Pratt, so that a cut is nothing
// special and no stream is slow.
#include "shared/output/mask.h"

#include <algorithm>
#include <set>

#include "shared/limits.h"

namespace rota::output {

Masks::Pattern::Pattern(std::string b) : bytes(std::move(b)), border(bytes.size() + 1) {
  for (std::size_t i = 1, k = 0; i < bytes.size(); ++i) {
    while (k && bytes[i] != bytes[k]) k = border[k];
    if (bytes[i] == bytes[k]) ++k;
    border[i + 1] = static_cast<std::uint32_t>(k);
  }
}

Masks::Masks(const std::vector<std::string>& secrets) {
  std::set<std::string> all;
  const auto add = [&](std::string_view s) {
    if (s.size() >= kShortestMask) all.emplace(s);
  };
  for (const std::string_view secret : secrets) {
    add(secret);
    for (std::size_t at = 0; secret.find('\n') != secret.npos && at <= secret.size();) {
      const auto end = std::min(secret.find('\n', at), secret.size());
      auto line = secret.substr(at, end - at);
      if (line.ends_with('\r')) line.remove_suffix(1);
      add(line);
      at = end + 1;
    }
  }
  for (const auto& s : all) patterns_.emplace_back(s);
}

std::string Masks::masked(std::string_view text) const {
  if (empty()) return std::string(text);
  std::string out;
  MaskedStream stream(*this);
  stream.put(text, out);
  stream.finish(out);
  return out;
}

std::string Masks::masked_message(std::string_view text) const {
  if (empty() || text.size() < limits::kMessageBytes) return masked(text);
  std::string out;
  MaskedStream stream(*this);
  stream.put(text, out);
  if (!stream.held()) return out;
  out.resize(std::min<std::size_t>(out.size(), limits::kMessageBytes - kMasked.size()));
  return out += kMasked;
}

bool Masks::mask(Value& value) const {
  if (empty()) return true;
  if (auto* text = std::get_if<std::string>(&value.data)) {
    *text = masked(*text);
  } else if (auto* list = std::get_if<ValueList>(&value.data)) {
    return std::all_of(list->begin(), list->end(), [this](Value& v) { return mask(v); });
  } else if (auto* map = std::get_if<ValueMap>(&value.data)) {
    return std::all_of(map->begin(), map->end(), [this](auto& entry) {
      entry.first = masked(entry.first);
      return mask(entry.second);
    });
  } else if (const auto text_of = to_text(value); masked(text_of) != text_of) {
    return false;
  }
  return true;
}

void MaskedStream::scan(const Masks::Pattern& p, State& state, std::string_view bytes) {
  const auto start = released_ + held_.size() - bytes.size();  // of `bytes` in the stream
  std::size_t k = state.matched;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (k == 0) {
      i = bytes.find(p.bytes[0], i);
      if (i == bytes.npos) break;
    }
    while (k && bytes[i] != p.bytes[k]) k = p.border[k];
    if (bytes[i] == p.bytes[k]) ++k;
    if (k < p.bytes.size()) continue;
    const auto end = start + i + 1;
    // What its last match covers is marked already: a secret that repeats itself is marked once.
    const auto from = std::max(end - p.bytes.size(), state.covered_to);
    std::fill(covered_.begin() + static_cast<std::ptrdiff_t>(from - released_),
              covered_.begin() + static_cast<std::ptrdiff_t>(end - released_), true);
    state.covered_to = end;
    k = p.border[k];
  }
  state.matched = k;
}

void MaskedStream::put(std::string_view bytes, std::string& out) {
  held_ += bytes;
  covered_.resize(held_.size());
  std::size_t undecided = 0;
  for (std::size_t i = 0; i < states_.size(); ++i) {
    scan(masks_->patterns_[i], states_[i], bytes);
    undecided = std::max(undecided, states_[i].matched);
  }
  release(held_.size() - undecided, out);
}

void MaskedStream::finish(std::string& out) {
  release(held_.size(), out);
  for (auto& state : states_) state.matched = 0;
}

void MaskedStream::release(std::size_t bytes, std::string& out) {
  for (std::size_t at = 0; at < bytes;) {
    const bool secret = covered_[at];
    auto end = at + 1;
    while (end < bytes && covered_[end] == secret) ++end;
    if (!secret) {
      out.append(held_, at, end - at);
    } else if (at > 0 || !in_secret_) {
      out += kMasked;
    }
    in_secret_ = secret;
    at = end;
  }
  held_.erase(0, bytes);
  covered_.erase(covered_.begin(), covered_.begin() + static_cast<std::ptrdiff_t>(bytes));
  released_ += bytes;
}

}  // namespace rota::output
