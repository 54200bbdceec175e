// The units of systemd: keys that the service stands on, and what systemd itself says of them where it is there.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "tests/e2e/scene.h"
#include "tests/support/paths.h"

namespace rota::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const std::string kSystem = "rotad.service", kUser = "user/rotad.service";

std::string unit(const std::string& name) { return read_file(source_path("packaging/systemd/" + name)); }

void has_line(const std::string& name, const std::string& line) {
  const auto lines = split_lines(unit(name));
  EXPECT_NE(std::find(lines.begin(), lines.end(), line), lines.end()) << name << " has no line '" << line << "'";
}

TEST(TheUnits, leave_running_jobs_alone_and_wait_until_the_service_is_ready) {
  for (const auto& name : {kSystem, kUser}) {
    for (const char* line : {"Type=notify", "KillMode=process", "Delegate=yes", "OOMPolicy=continue",
                             "Restart=on-failure", "RestartPreventExitStatus=2 69", "RuntimeDirectory=rota",
                             "RuntimeDirectoryMode=0700", "ExecStart=/usr/bin/rotad"})
      has_line(name, line);
  }
}

TEST(TheUnits, the_machines_service_is_no_root_and_its_directories_are_its_own) {
  has_line(kSystem, "User=rota");
  has_line(kSystem, "StateDirectory=rota");
  has_line(kSystem, "StateDirectoryMode=0700");
  EXPECT_THAT(unit("sysusers.d/rota.conf"), HasSubstr("\nu rota "));
  EXPECT_THAT(unit(kUser), Not(HasSubstr("\nUser=")));
}

TEST(TheUnits, systemd_finds_nothing_wrong_with_them) {
  const Scene scene;
  const auto analyze = scene.shell("command -v systemd-analyze").run();
  if (analyze.status != 0) GTEST_SKIP() << "there is no systemd-analyze here";
  std::filesystem::create_directory(scene.path("user"));
  std::filesystem::permissions(scene.directory(), std::filesystem::perms::owner_all);
  for (const auto& name : {kSystem, kUser}) {
    auto text = unit(name);
    const std::string program = "/usr/bin/rotad";
    text.replace(text.find(program), program.size(), rota_binary());  // any program that is there
    auto verify = scene.shell("systemd-analyze verify --man=no " + std::string(name == kUser ? "--user " : "") +
                              scene.write(name, text));
    const auto e = verify.env("XDG_RUNTIME_DIR", scene.directory()).run();
    EXPECT_EQ(e.status, 0) << told(e);
    EXPECT_EQ(e.err, "") << name << ": of an unknown key it only speaks";
  }
}

}  // namespace
}  // namespace rota::test
