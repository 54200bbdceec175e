// The bytes of a job file as the stream that the YAML parser reads. The parser tokenises a flow list, a flow map or a
// text to its end before it tells of it, and keeps up to 230 bytes per byte meanwhile: this stream sees that it does
// not run too far ahead of what it has told.
#pragma once

#include <atomic>
#include <cstddef>
#include <streambuf>
#include <string_view>

#include "jobs/read/tree_builder.h"

namespace rota::jobs {

class GuardedStream final : public std::streambuf {
 public:
  /// The bytes outlive the stream. `give_up`, if any: another thread sets it to end the parser.
  explicit GuardedStream(std::string_view bytes, const std::atomic<bool>* give_up = nullptr)
      : bytes_(bytes), give_up_(give_up) {}

  /// The parser has told of what lies at `at`.
  void told(std::size_t at) {
    told_ = at;
    depth_ = 0;
  }

 protected:
  /// Throws TreeBuilder::Refusal when the parser asks for more than the limits let it hold.
  int_type underflow() override;

 private:
  std::string_view bytes_;
  const std::atomic<bool>* give_up_;
  std::size_t next_ = 0;  // not yet handed out
  std::size_t told_ = 0;
  std::size_t depth_ = 0;  // brackets opened and not closed since then, quotes and comments not considered
};

}  // namespace rota::jobs
