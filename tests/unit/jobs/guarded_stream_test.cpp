// The stream below the YAML parser: all bytes in order, and an end to running ahead.
#include "jobs/read/guarded_stream.h"

#include <gtest/gtest.h>

#include "shared/limits.h"
#include "tests/unit/jobs/loading.h"

namespace rota::jobs {
namespace {

std::size_t read(GuardedStream& stream, std::size_t most) {
  std::string into(most, '\0');
  return static_cast<std::size_t>(stream.sgetn(into.data(), static_cast<std::streamsize>(most)));
}

TEST(GuardedStream, hands_out_every_byte_once) {
  std::string bytes;
  for (int i = 0; i < 100'000; ++i) bytes += static_cast<char>('a' + i % 26);
  GuardedStream stream(bytes);
  std::string into(bytes.size() + 10, '?');
  EXPECT_EQ(stream.sgetn(into.data(), static_cast<std::streamsize>(into.size())),
            static_cast<std::streamsize>(bytes.size()));
  EXPECT_EQ(into.substr(0, bytes.size()), bytes);
}

TEST(GuardedStream, ends_a_parser_that_runs_too_far_ahead_of_what_it_told) {
  const std::string bytes(2 * limits::kJobFileFlowBytes + (1 << 20), ' ');
  GuardedStream silent(bytes);
  EXPECT_THROW(read(silent, bytes.size()), TreeBuilder::Refusal);
  GuardedStream telling(bytes);
  EXPECT_EQ(read(telling, limits::kJobFileFlowBytes), limits::kJobFileFlowBytes);
  telling.told(limits::kJobFileFlowBytes);
  EXPECT_EQ(read(telling, limits::kJobFileFlowBytes), limits::kJobFileFlowBytes);
}

TEST(GuardedStream, ends_a_parser_when_another_thread_gives_up) {
  std::atomic<bool> give_up = false;
  const std::string bytes(1 << 20, ' ');
  GuardedStream stream(bytes, &give_up);
  EXPECT_EQ(read(stream, 1 << 19), std::size_t{1} << 19);
  give_up = true;
  EXPECT_THROW(read(stream, 1 << 19), TreeBuilder::Refusal);
  LoadOptions options;
  options.give_up = &give_up;
  const auto loaded = load({"x.yaml", "jobs: {a: {command: [x]}}\n"}, options);
  ASSERT_TRUE(std::holds_alternative<std::vector<Diagnostic>>(loaded));
  EXPECT_EQ(std::get<std::vector<Diagnostic>>(loaded).at(0).message, "reading it was given up");
}

TEST(GuardedStream, y02_a_megabyte_of_brackets_never_reaches_the_parser) {
  const std::string bytes = "x-a: " + std::string(1 << 20, '[');
  GuardedStream stream(bytes);
  EXPECT_THROW(read(stream, bytes.size()), TreeBuilder::Refusal);
  EXPECT_TRUE(test::says(bytes, "nesting deeper than 64 levels (job_file_depth)"));
}

TEST(GuardedStream, brackets_in_texts_do_no_harm) {
  std::string yaml = "jobs:\n";
  for (int i = 0; i < 2000; ++i) yaml += "  j" + std::to_string(i) + ": {run: 'echo \"[[[[[[[[[[\"'}  # [[[[\n";
  EXPECT_TRUE(test::findings(yaml).empty());
}

}  // namespace
}  // namespace rota::jobs
