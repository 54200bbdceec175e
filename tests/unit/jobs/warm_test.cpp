// Which targets under process run in warm processes, and the fields about these.
#include <gtest/gtest.h>

#include "tests/unit/jobs/loading.h"

namespace rota::jobs {
namespace {

Job sleeper(const std::string& fields) { return test::job("target: sleep, args: [1], " + fields); }

TEST(WarmFields, an_array_is_warm_and_a_single_job_is_fresh_unless_the_file_says_so) {
  EXPECT_FALSE(sleeper("mode: process").is_warm());
  EXPECT_TRUE(sleeper("mode: process, array: 3").is_warm());
  EXPECT_TRUE(sleeper("mode: process, matrix: {a: [1, 2]}").is_warm());
  EXPECT_TRUE(sleeper("mode: process, fresh: false").is_warm());
  EXPECT_FALSE(sleeper("mode: process, array: 3, fresh: true").is_warm());
  EXPECT_FALSE(sleeper("mode: process, array: 3, stdin: x").is_warm());
  EXPECT_FALSE(sleeper("array: 3").is_warm());
}

TEST(WarmFields, have_their_values) {
  const auto j = sleeper(
      "mode: process, array: 3, max_tasks: 7, max_rss: 2MiB, initializer: echo, initializer_args: [a, 1]");
  EXPECT_EQ(j.max_tasks, 7u);
  EXPECT_EQ(j.max_rss, 2u << 20);
  EXPECT_EQ(j.initializer, "echo");
  EXPECT_EQ(j.initializer_args.size(), 2u);
}

}  // namespace
}  // namespace rota::jobs
