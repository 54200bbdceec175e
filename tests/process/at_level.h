// Tests of a launcher at both levels of keeping a tree together: cgroup, where there is one, and proc.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "shared/process/tree.h"
#include "tests/support/launcher_driver.h"

namespace rota::test {

class AtLevel : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (GetParam() == std::string("cgroup")) {
      const auto home = process::cgroup_home();
      if (!home) GTEST_SKIP() << "no cgroup level here: " << to_text(home.error());
    }
  }
  LauncherOptions options_at(std::uint32_t seat, std::uint32_t width, std::uint32_t epoch = 0) const {
    return {.seat = seat, .width = width, .tree = GetParam() == std::string("proc") ? "none" : "", .epoch = epoch};
  }
};

}  // namespace rota::test
