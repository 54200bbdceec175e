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
  /// What job n has written so far, while it runs.
  std::string output_so_far(std::uint32_t n) {
    std::string text;
    auto reader = output::SegmentReader::open(segment_);
    output::Chunk chunk;
    while (reader) {
      const auto got = reader->next(chunk);
      if (!got || !*got) break;
      if (chunk.task.job == n) text += chunk.bytes;
    }
    return text;
  }
  /// Waits until job n has written `words`; the text up to there and beyond.
  std::string wait_output(std::uint32_t n, const std::string& words) {
    std::string text;
    EXPECT_TRUE(pool_.wait([&] {
      text = output_so_far(n);
      return text.find(words) != std::string::npos;
    })) << "no '"
        << words << "' in: " << text;
    return text;
  }
  Scratch scratch_;
  std::string segment_ = scratch_.path("000005.seg");
  PoolDriver pool_{program("rota-test-worker"), 2, segment_};
};

}  // namespace rota::test
