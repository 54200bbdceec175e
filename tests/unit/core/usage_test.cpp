// What attempts used, on its way through records: as few bytes as possible, and the sums that follow from it.
#include <gtest/gtest.h>

#include "scheduler/core/end_code.h"
#include "scheduler/core/view.h"

namespace rota::core {
namespace {

record::AttemptEnded end_of(TaskIndex task, const Usage& usage) {
  record::AttemptEnded e;
  e.attempt = {{1, 0, task}, 1};
  e.worker = {1, 1};
  e.outcome = Outcome::succeeded;
  e.report.usage = usage;
  e.report.started.ns = 1000 + task;
  e.report.ended.ns = 2000 + task;
  return e;
}

TEST(UsageCode, comes_back_as_it_went_whatever_is_known) {
  const Usage all[] = {{},
                       {1, 0, -1, 2, 0, -1},
                       {0, 0, 0, 0, 0, 0},
                       {INT64_MAX, 1, 2, 3, 4, 5},
                       {-1, -1, 400, -1, -1, -1},
                       {7, -1, -1, -1, -1, 9},
                       {7, -1, -1, -1, -1, 9}};
  std::string bytes;
  EndWriter writer(bytes);
  TaskIndex n = 0;
  for (const Usage& u : all) writer.put(end_of(n++, u));
  wire::Reader in(bytes);
  EndReader reader;
  n = 0;
  for (const Usage& u : all) {
    record::AttemptEnded e;
    reader.take(in, e);
    EXPECT_EQ(e.report.usage, u) << n++;
  }
  EXPECT_TRUE(in.done());
}

TEST(UsageCode, a_short_task_of_an_array_costs_at_most_three_bytes_for_it) {
  const auto bytes_of = [](const Usage& usage) {
    std::string bytes;
    EndWriter writer(bytes);
    for (TaskIndex i = 0; i < 100; ++i) writer.put(end_of(i, usage));
    return bytes.size();
  };
  EXPECT_LE(bytes_of({42, -1, -1, -1, -1, -1}), bytes_of({}) + 3 * 100 + 2);
}

TEST(Totals, add_up_what_was_started_and_say_of_how_much_of_it_they_know) {
  Totals t;
  t.add(AttemptReport{});  // never started
  EXPECT_EQ(t, Totals{});
  auto report = end_of(5, {100, -1, 300, -1, -1, -1}).report;
  t.add(report);
  report = end_of(1, {50, -1, 200, -1, -1, -1}).report;
  t.add(report);
  report = end_of(9, {}).report;
  t.add(report);
  EXPECT_EQ(t.attempts, 3u);
  EXPECT_EQ(t.measured, 2u);
  EXPECT_EQ(t.cpu_us, 150);
  EXPECT_EQ(t.max_rss_kib, 300);
  EXPECT_EQ(t.first.ns, 1001);
  EXPECT_EQ(t.last.ns, 2009);
}

}  // namespace
}  // namespace rota::core
