// Much of everything: a run of a million tasks costs what runs of it, and who asks for more than he reads waits alone.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/e2e/service_scene.h"

namespace rota::test {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

void stops(const Service& service, Running& rotad) {
  EXPECT_EQ(service.ask({"daemon", "stop", "--all"}).status, 0);
  EXPECT_EQ(rotad.wait().status, 0) << rotad.err();
  EXPECT_TRUE(service.scene().nothing_lives()) << describe(service.scene().living());
}

/// A number that /proc/PID/status tells, in KiB.
std::uint64_t kib_of(pid_t pid, const std::string& field) {
  for (const auto& line : split_lines(read_file("/proc/" + std::to_string(pid) + "/status"))) {
    if (line.starts_with(field + ":")) return std::stoull(line.substr(field.size() + 1));
  }
  ADD_FAILURE() << field << " is not told";
  return 0;
}

std::uint64_t bytes_of_journal(const Service& service) {
  std::uint64_t bytes = 0;
  for (const std::string name : {"/journal.db", "/journal.db-wal"}) {
    std::error_code none;
    if (const auto size = fs::file_size(service.instance() + name, none); !none) bytes += size;
  }
  return bytes;
}

TEST(Burden, c11_a_million_tasks_are_one_run_and_cost_what_runs) {
  const Service service;
  auto rotad = service.up({"--process-slots", "2"});
  const std::string task = "run: 'echo S >> marks; while [ ! -e go ]; do sleep 0.05; done'";
  ASSERT_EQ(service.ask({"wait", service.submit("jobs: {x: {run: echo}}\n")}).status, 0);
  const auto kib_before = kib_of(rotad.pid(), "VmRSS"), journal_before = bytes_of_journal(service);

  const auto run = service.submit("jobs:\n  a: {" + task + ", array: 1000000}\n");
  ASSERT_TRUE(eventually(kPatience, [&] { return service.lines("marks").size() == 2; }));
  EXPECT_EQ(service.ask({"ps", "-a", "-q"}).out, run + "\n1\n") << "one run among as many as may be alive";
  EXPECT_THAT(service.ask({"ps"}).out, HasSubstr("/1000000"));
  EXPECT_LT(kib_of(rotad.pid(), "VmHWM") - kib_before, 16u * 1024) << "two words for each would be too much";
  EXPECT_LT(bytes_of_journal(service) - journal_before, 1u << 20) << "one submission, and the starts of two tasks";
  EXPECT_LE(service.scene().living().size(), 40u) << describe(service.scene().living());

  EXPECT_EQ(service.ask({"cancel", run, "--now"}).status, 0);
  EXPECT_EQ(service.lines("marks").size(), 2u) << "nothing but these has ever run";
  EXPECT_LT(bytes_of_journal(service) - journal_before, 4u << 20) << "nor is the end of each told by itself";
  stops(service, rotad);
}

TEST(Burden, c10_a_viewer_that_stalls_waits_alone_and_misses_nothing) {
  const Service service;
  auto rotad = service.up();
  const auto run = service.submit("jobs:\n  x: {run: 'echo S >> marks; while [ ! -e begin ]; do sleep 0.05; done; "
                                  "seq 1 300000'}\n");
  ASSERT_TRUE(eventually(kPatience, [&] { return !service.lines("marks").empty(); }));
  // It begins to follow, and from its first line on takes nothing that does not fit into a pipe.
  auto viewer = service.scene()
                    .shell("rota --socket " + service.socket() + " logs -f " + run +
                           " | { read -r first; echo \"$first\" > seen; while [ ! -e go ]; do sleep 0.05; done; "
                           "cat >> seen; }")
                    .start();
  service.scene().write("begin", "");
  EXPECT_EQ(service.ask({"wait", run}).status, 0) << "its job ends";
  ASSERT_TRUE(eventually(kPatience, [&] { return service.read("seen") == "1\n"; }));
  EXPECT_EQ(service.ask({"daemon", "status"}).status, 0);
  const auto whole = service.ask({"logs", run}).out;
  EXPECT_GT(whole.size(), 1u << 20);
  EXPECT_FALSE(viewer.ended());
  service.scene().write("go", "");
  EXPECT_EQ(viewer.wait().status, 0);
  EXPECT_TRUE(service.read("seen") == whole) << service.read("seen").size() << " bytes of " << whole.size();
  stops(service, rotad);
}

}  // namespace
}  // namespace rota::test
