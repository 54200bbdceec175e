// A worker that reads nothing: its ring fills, and nobody waits for it but what it holds.
#include <gtest/gtest.h>
#include <signal.h>

#include <boost/json.hpp>

#include "tests/e2e/service_scene.h"

namespace rota::test {
namespace {

namespace json = boost::json;

std::int64_t succeeded(const Service& service, const std::string& run) {
  const auto shown = service.ask({"show", run, "--json"});
  if (shown.status != 0) return -1;
  const auto tree = json::parse(shown.out);
  return tree.at("run").at("tasks").at("outcomes").at("succeeded").to_number<std::int64_t>();
}

TEST(SlowReader, w18_a_worker_that_reads_nothing_holds_up_neither_the_coordinator_nor_the_others) {
  const Service service;
  auto rotad = service.up({"--pool", "2", "--threads", "1"});
  const auto both = service.submit(
      "jobs:\n  x: {run: 'echo S >> marks; while [ ! -e go ]; do sleep 0.05; done', mode: thread, array: 0..1}\n");
  ASSERT_TRUE(eventually(kPatience, [&] { return service.lines("marks").size() == 2; }));
  const auto workers = service.pool_workers();
  ASSERT_EQ(workers.size(), 2u);
  ASSERT_EQ(::kill(workers[0].pid, SIGSTOP), 0);
  ASSERT_TRUE(eventually(kPatience, [&] { return is_stopped(workers[0]); }));
  service.scene().write("go", "");

  // More than a ring of 1 MiB can take: short tasks are granted hundreds ahead, and each of these is over 8 KiB long.
  const std::string words(8192, 'x');
  const auto many = service.submit("jobs:\n  m: {target: echo, args: ['${{ array.index }}', '" + words +
                                   "'], mode: thread, array: 1..3000}\n");
  EXPECT_TRUE(eventually(kPatience, [&] { return succeeded(service, many) > 1000; })) << succeeded(service, many);
  EXPECT_TRUE(is_stopped(workers[0]) || !alive(workers[0])) << "it was to read nothing all the while";
  EXPECT_EQ(service.ask({"daemon", "status"}).status, 0);

  ::kill(workers[0].pid, SIGCONT);
  EXPECT_EQ(service.ask({"wait", many}).status, 0);
  EXPECT_EQ(succeeded(service, many), 3000);
  EXPECT_EQ(service.ask({"wait", both}).status, 0);
  EXPECT_EQ(service.ask({"daemon", "stop", "--all"}).status, 0);
  EXPECT_EQ(rotad.wait().status, 0);
}

}  // namespace
}  // namespace rota::test
