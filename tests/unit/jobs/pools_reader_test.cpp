// `pools` of a file, and `pool`, `priority` and `resources` of a job, at their bounds and one past them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "shared/limits.h"
#include "tests/unit/jobs/loading.h"

namespace rota::jobs {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

Plan with_pools(const std::string& pools) { return test::plan("pools: " + pools + "\njobs: {a: {run: x}}\n"); }
std::string refused(const std::string& pools, const std::string& job = "run: x") {
  std::string out;
  for (const auto& finding : test::findings("pools: " + pools + "\njobs: {a: {" + job + "}}\n")) out += finding + "\n";
  return out;
}
/// {p0: 1, p1: 1, ...}
std::string many(std::uint64_t n) {
  std::string out = "{";
  for (std::uint64_t i = 0; i < n; ++i) out += (i ? ", p" : "p") + std::to_string(i) + ": 1";
  return out + "}";
}

TEST(PoolFields, are_slots_a_rate_or_both) {
  EXPECT_EQ(with_pools("{db: 4}").pools, (std::vector<Pool>{{"db", 4, 0, 1s}}));
  EXPECT_EQ(with_pools("{api: {rate: 100/m}}").pools, (std::vector<Pool>{{"api", 0, 100, 1min}}));
  EXPECT_EQ(with_pools("{api: {slots: 2, rate: 5/30s}}").pools, (std::vector<Pool>{{"api", 2, 5, 30s}}));
  for (const std::string rate : {"0/s", "-1/s", "5", "5/", "5/0s", "5/30", "1.5/s", "/s"})
    EXPECT_THAT(refused("{api: {rate: " + rate + "}}"), HasSubstr("'pools.rate' takes")) << rate;
}

TEST(PoolFields, have_bounds) {
  using namespace limits;
  EXPECT_EQ(with_pools("{a: " + std::to_string(kPoolSlots) + "}").pools[0].slots, kPoolSlots);
  EXPECT_NE(refused("{a: " + std::to_string(kPoolSlots + 1) + "}"), "");
  EXPECT_NE(refused("{a: 0}"), "");
  EXPECT_EQ(with_pools("{a: {rate: " + std::to_string(kPoolRate) + "/s}}").pools[0].rate, kPoolRate);
  EXPECT_NE(refused("{a: {rate: " + std::to_string(kPoolRate + 1) + "/s}}"), "");
  EXPECT_EQ(with_pools(many(kPoolsOfFile)).pools.size(), kPoolsOfFile);
  EXPECT_THAT(refused(many(kPoolsOfFile + 1)), HasSubstr("at most 1000"));
}

TEST(PoolFields, of_a_job_name_pools_of_the_file) {
  const auto uses = [](const std::string& pool) {
    const auto plan = test::plan("pools: {db: 4, disk: 2}\njobs: {a: {run: x, pool: " + pool + "}}\n");
    return plan.settings_of(plan.jobs[0]).pools;
  };
  EXPECT_EQ(uses("db"), (std::vector<PoolUse>{{"db", 1}}));
  EXPECT_EQ(uses("{db: 4, disk: 1}"), (std::vector<PoolUse>{{"db", 4}, {"disk", 1}}));
  EXPECT_THAT(refused("{db: 4}", "run: x, pool: {db: 5}"), HasSubstr("wants 5 slots of 'db', which has 4"));
  EXPECT_THAT(refused("{database: 4}", "run: x, pool: databse"), HasSubstr("did you mean 'database'?"));
  const auto all = many(limits::kPoolsOfJob + 1);
  EXPECT_EQ(refused(all, "run: x, pool: " + many(limits::kPoolsOfJob)), "");
  EXPECT_THAT(refused(all, "run: x, pool: " + all), HasSubstr("more than 16 pools"));
}

TEST(PoolFields, that_a_daemon_keeps_from_who_needs_it_are_refused) {
  const auto with = [](const std::string& slots) {
    return "pools: {lic: " + slots + "}\njobs:\n  srv: {run: x, daemon: true, pool: lic}\n" +
           "  late: {run: x, needs: srv, pool: {lic: 2}}\n  apart: {run: x, pool: {lic: 2}}\n";
  };
  EXPECT_TRUE(test::says(with("2"), "4:25 'srv' holds 1 of the 2 slots of pool 'lic' for as long as 'late' needs it"));
  EXPECT_TRUE(test::findings(with("3")).empty());
}

TEST(PoolFields, stand_beside_a_priority) {
  EXPECT_EQ(test::settings("run: x, priority: -100").priority, -100);
  EXPECT_EQ(test::settings("run: x, priority: 100").priority, 100);
  for (const std::string n : {"101", "-101", "1.5", "high"})
    EXPECT_THAT(refused("{a: 1}", "run: x, priority: " + n), HasSubstr("'priority' takes")) << n;
}

/// A machine of two cores and 1 GiB.
std::string said_on_a_small_machine(const std::string& resources) {
  auto o = test::options();
  o.machine = {2000, 1u << 30};
  const auto found = test::loaded("jobs:\n  a: {run: x, resources: " + resources + "}\n", o);
  const auto* wrong = std::get_if<std::vector<Diagnostic>>(&found);
  if (!wrong) return "";
  return std::to_string(wrong->at(0).line) + ":" + std::to_string(wrong->at(0).column) + " " + wrong->at(0).message;
}

TEST(Resources, that_the_machine_has_not_are_refused_where_they_stand_and_with_both_figures) {
  EXPECT_EQ(said_on_a_small_machine("{cpus: 2, memory: 1GiB}"), "");
  EXPECT_EQ(said_on_a_small_machine("{cpus: 2.5}"), "2:33 'resources.cpus' wants 2.5, and this machine has 2");
  EXPECT_EQ(said_on_a_small_machine("{memory: 3GiB}"),
            "2:35 'resources.memory' wants 3 GiB, and this machine has 1 GiB");
}

TEST(Resources, are_not_looked_at_where_it_is_not_known_what_the_file_will_run_on) {
  EXPECT_TRUE(std::holds_alternative<Plan>(
      test::loaded("jobs:\n  a: {run: x, resources: {cpus: 4096, memory: 1048576GiB}}\n")));
}

}  // namespace
}  // namespace rota::jobs
