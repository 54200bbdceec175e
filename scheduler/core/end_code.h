// Ends of attempts as few bytes: each is written as what sets it apart from the one before, so that the thousandth
// success of an array costs about as much as its two times. For pages of tasks, for turns of the journal, for history.
#pragma once

#include <cstdint>
#include <string>

#include "scheduler/core/record.h"
#include "shared/wire/codec.h"

namespace rota::core {

class EndWriter {
 public:
  explicit EndWriter(std::string& out) : out_(out) {}
  void put(const record::AttemptEnded& end);

 private:
  std::string& out_;
  record::AttemptEnded last_;
  std::uint32_t known_ = 0;  // of its usage
};

/// What a writer wrote, in the same order. A breach is `in.bad()`.
class EndReader {
 public:
  void take(wire::Reader& in, record::AttemptEnded& end);

 private:
  record::AttemptEnded last_;
  std::uint32_t known_ = 0;
};

}  // namespace rota::core
