// One worker with two threads, and a segment to read its output back from.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "shared/output/read.h"
#include "tests/support/pool_driver.h"
#include "tests/support/scratch.h"

namespace rota::test {

class PoolFixture : public ::testing::Test {
 protected:
  AttemptReport run(const lane::Assignment& a) {
    pool_.start(a);
    return pool_.wait_finished(a.id.task.job);
  }
  /// What job n has written.
  std::string output(std::uint32_t n, std::optional<output::Stream> only = std::nullopt) {
    std::string text;
    const auto& report = pool_.story(n).report;
    if (!report || report->output.bytes == 0) return text;
    const auto s = output::read_attempt(segment_, {{1, n, 0}, 1}, report->output, only, [&](const output::Chunk& c) {
      text += c.bytes;
      return true;
    });
    EXPECT_TRUE(s) << to_text(s.error());
    return text;
  }
  Scratch scratch_;
  std::string segment_ = scratch_.path("000005.seg");
  PoolDriver pool_{program("rota-test-worker"), 2, segment_};
};

}  // namespace rota::test
