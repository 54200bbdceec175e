// From chunks of captured output to whole lines: each (attempt, stream) has its own unfinished line, so that lines of
// jobs that write at the same time never mix. One thread.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "shared/ids.h"
#include "shared/output/segment.h"

namespace rota::cli {

/// Who wrote a line, and where to.
struct Origin {
  AttemptId attempt;
  output::Stream stream = output::Stream::out;
  auto operator<=>(const Origin&) const = default;
};

class LineAssembler {
 public:
  /// Gets each line without its newline; a carriage return before it is part of the line. Valid during the call.
  using Emit = std::function<void(const Origin&, std::string_view line)>;
  explicit LineAssembler(Emit emit) : emit_(std::move(emit)) {}

  /// Lines longer than limits::kDisplayLineBytes come in pieces of that size; so do unfinished ones while more than
  /// limits::kDisplayHeldBytes are held in all.
  void feed(const Origin& origin, std::string_view bytes);
  /// Emits what an attempt left unfinished: after its end, stdout first.
  void finish(const AttemptId& attempt);
  /// Emits everything unfinished, in the order of origins.
  void finish_all();
  std::size_t held_bytes() const { return held_; }

 private:
  struct Hash {
    std::size_t operator()(const Origin& o) const noexcept {
      return std::hash<AttemptId>{}(o.attempt) * 2 + static_cast<std::size_t>(o.stream);
    }
  };
  using Partials = std::unordered_map<Origin, std::string, Hash>;
  void hold(const Origin& origin, std::string_view rest);
  void release(Partials::iterator at);
  Emit emit_;
  Partials partials_;
  std::size_t held_ = 0;
};

}  // namespace rota::cli
