// Which setting is in force, and where it came from.
#include "scheduler/main/rotad_settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/temp_dir.h"

namespace rota::rotad {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

TEST(RotadSettings, a_flag_counts_before_the_file_and_that_before_the_default) {
  jobs::ServiceConfig flags, file;
  flags.pool = jobs::Placed<std::uint32_t>{1, 0};
  file.pool = jobs::Placed<std::uint32_t>{2, 5};
  file.threads = jobs::Placed<std::uint32_t>{3, 6};
  file.keep_for = jobs::Placed<Duration>{1h, 7};
  const auto s = settle(flags, file, "/etc/rota/config.yaml");
  EXPECT_EQ(s.pool.value, 1u);
  EXPECT_EQ(s.pool.origin, "--pool");
  EXPECT_EQ(s.threads.value, 3u);
  EXPECT_EQ(s.threads.origin, "/etc/rota/config.yaml:6");
  EXPECT_EQ(s.keep_for.value, 1h);
  EXPECT_EQ(s.keep_for.origin, "/etc/rota/config.yaml:7");
  EXPECT_EQ(s.keep_runs.value, 100u);
  EXPECT_EQ(s.keep_runs.origin, "default");
  EXPECT_EQ(s.stop_grace.value, 10s);
}

TEST(RotadSettings, the_file_is_looked_for_where_configurations_are) {
  EXPECT_EQ(config_path("/a/../b.yaml", {}), "/b.yaml");
  EXPECT_TRUE(config_path("c.yaml", {}).starts_with("/"));
  EXPECT_EQ(config_path("", {"XDG_CONFIG_HOME=/x", "HOME=/h"}), "/x/rota/config.yaml");
  EXPECT_EQ(config_path("", {"XDG_CONFIG_HOME=relative", "HOME=/h"}), "/h/.config/rota/config.yaml");
  EXPECT_EQ(config_path("", {}), "");
}

TEST(RotadSettings, a_file_that_was_named_must_be_there_and_be_right) {
  const test::TempDir dir;
  EXPECT_FALSE(read_config(dir.file("none.yaml"), false).value().found);
  EXPECT_FALSE(read_config("", false).value().found);
  EXPECT_THAT(read_config(dir.file("none.yaml"), true).error().what, HasSubstr("none.yaml"));
  EXPECT_EQ(read_config(dir.write("good.yaml", "pool: 3\n"), true).value().config.pool->value, 3u);
  const auto bad = read_config(dir.write("bad.yaml", "pol: 3\n"), false).error();
  EXPECT_EQ(bad.code, Code::invalid);
  EXPECT_THAT(bad.what, HasSubstr("bad.yaml:1:1: error: unknown field 'pol'"));
  EXPECT_THAT(bad.what, HasSubstr("did you mean 'pool'?"));
}

}  // namespace
}  // namespace rota::rotad
