// Coroutines in Python by the thousand on one loop.
#include <gtest/gtest.h>

#include "tests/e2e/service_scene.h"

namespace rota::test {
namespace {

class PythonLoop : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!has_python()) GTEST_SKIP() << "this build has no Python";
  }
  Scene scene_;
};

TEST_F(PythonLoop, ten_thousand_coroutines_wait_at_once) {
  // Nobody comes back before all of them are there.
  scene_.write("nap.py", "import asyncio\nthere = 0\nasync def f():\n    global there\n    there += 1\n"
                         "    while there < 10000: await asyncio.sleep(0.05)\n");
  const Ended e = scene_.run("jobs: {x: {target: \"nap.py:f\", mode: async, array: 10000}}\n");
  EXPECT_EQ(e.status, 0) << told(e);
}

TEST_F(PythonLoop, w22_a_stop_reaches_those_whose_turn_on_the_loop_is_still_to_come) {
  // The first one holds the loop past the time that all of them have.
  scene_.write("many.py", "import asyncio, time\nasync def f(n: int):\n    if n == 0: time.sleep(2)\n"
                          "    await asyncio.sleep(1000)\n");
  const Ended e = scene_.run("jobs: {x: {target: \"many.py:f\", args: [\"${{ array.index }}\"], mode: async, "
                             "array: 1000, timeout: 1s, stop: {grace: 30s}}}\n");
  EXPECT_EQ(e.status, 1) << told(e);
  EXPECT_TRUE(contains(scene_.rota({"show", "last", "--json"}).run().out, "\"timed_out\":1000")) << told(e);
  for (const std::string n : {"1", "500", "999"}) {
    const auto page = scene_.rota({"show", "last/x." + n}).run().out;
    EXPECT_TRUE(contains(page, "timed out") && !contains(page, "killed")) << page;
  }
}

}  // namespace
}  // namespace rota::test
