// Where a service listens, in the order of who says so.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "scheduler/control/client.h"
#include "tests/support/temp_dir.h"

namespace rota::control {
namespace {

TEST(SocketPath, the_flag_comes_before_the_variable_and_that_before_the_runtime_directory) {
  test::TempDir dir;
  std::vector<std::string> env{"XDG_RUNTIME_DIR=" + dir.path(), "ROTA_SOCKET=/run/x/a.sock"};
  EXPECT_EQ(socket_path("/s/b.sock", env, "/state"), "/s/b.sock");
  EXPECT_EQ(socket_path("", env, "/state"), "/run/x/a.sock");
  env.pop_back();
  EXPECT_EQ(socket_path("", env, "/state"), dir.path() + "/rota/rotad.sock");
  EXPECT_EQ(socket_path("", {}, "/state"), "/state/run/rotad.sock");
}

TEST(SocketPath, a_runtime_directory_that_is_not_ours_alone_is_not_used) {
  test::TempDir dir;
  const auto path = [&](const std::string& runtime) {
    return socket_path("", {"XDG_RUNTIME_DIR=" + runtime}, "/state");
  };
  for (const std::string bad : {"", "relative", "/nowhere/at/all"})
    EXPECT_EQ(path(bad), "/state/run/rotad.sock") << bad;
  EXPECT_EQ(path(dir.write("file", "")), "/state/run/rotad.sock");
  ASSERT_EQ(::chmod(dir.path().c_str(), 0777), 0);
  EXPECT_EQ(path(dir.path()), "/state/run/rotad.sock");
  ASSERT_EQ(::chmod(dir.path().c_str(), 0700), 0);
  EXPECT_EQ(path(dir.path()), dir.path() + "/rota/rotad.sock");
}

TEST(SocketPath, a_relative_flag_becomes_absolute) {
  EXPECT_EQ(socket_path("x/../y.sock", {}, "/state"), std::filesystem::current_path().string() + "/y.sock");
}

}  // namespace
}  // namespace rota::control
