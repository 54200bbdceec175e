// Bytes in small portions, each looked at before it is handed out.
#include "jobs/read/guarded_stream.h"

#include <fmt/format.h>

#include <algorithm>

#include "jobs/read/bytes.h"
#include "shared/limits.h"

namespace rota::jobs {
namespace {

constexpr std::size_t kPortion = 4096;
/// Far more than any file that the exact check of depth lets pass, so that brackets in texts do no harm.
constexpr std::size_t kOpenBrackets = 16'384;

}  // namespace

GuardedStream::int_type GuardedStream::underflow() {
  if (next_ == bytes_.size()) return traits_type::eof();
  // Not in the first portion: the parser reads it while it is being made, and would leak what it has.
  if (next_ > 0 && give_up_ && *give_up_) throw TreeBuilder::Refusal{place_of(bytes_, told_), "reading it was given up"};
  if (next_ - told_ > limits::kJobFileFlowBytes)
    throw TreeBuilder::Refusal{
        place_of(bytes_, told_),
        fmt::format("more than {} bytes from here without an end (job_file_flow_bytes)", limits::kJobFileFlowBytes)};
  const auto portion = bytes_.substr(next_, kPortion);
  for (std::size_t i = 0; i < portion.size(); ++i) {
    const char c = portion[i];
    if (c == '[' || c == '{') ++depth_;
    if ((c == ']' || c == '}') && depth_ > 0) --depth_;
    if (depth_ > kOpenBrackets)
      throw TreeBuilder::Refusal{place_of(bytes_, next_ + i),
                                 fmt::format("nesting deeper than {} levels (job_file_depth)", limits::kJobFileDepth)};
  }
  next_ += portion.size();
  auto* begin = const_cast<char*>(portion.data());  // the get area is only read
  setg(begin, begin, begin + portion.size());
  return traits_type::to_int_type(*begin);
}

}  // namespace rota::jobs
