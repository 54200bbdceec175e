// Tasks that come in one StartMany: each is an attempt of its own.
#include <gmock/gmock.h>

#include <map>
#include <set>

#include "tests/pool/pool_fixture.h"

namespace rota {
namespace {

using test::PoolDriver;

/// One word that starts so many jobs' worth of tasks. The driver knows attempts by their job, so each is a job of one.
lane::down::StartMany crowd(const std::string& target, ValueList args, std::uint32_t job, std::uint32_t tasks) {
  lane::down::StartMany m;
  m.common = PoolDriver::target(job, Mode::thread, target, std::move(args));
  m.own = {{"ROTA_JOB_ID=1/crowd.", lane::OwnVariable::Of::number}, {"ROTA_KEY=k-", lane::OwnVariable::Of::task}};
  for (std::uint32_t i = 0; i < tasks; ++i) m.members.push_back({i, 1, 1, 100 + i});
  return m;
}

class PoolCrowd : public test::PoolFixture {
 protected:
  /// Takes words until so many attempts have ended; each of them once.
  std::map<AttemptId, AttemptReport> ends(std::size_t wanted) {
    std::map<AttemptId, AttemptReport> out;
    EXPECT_TRUE(test::eventually(
        [&] {
          pool_.end().flush();
          for (lane::Up m;;) {
            const auto got = pool_.end().receive(m);
            EXPECT_TRUE(got);
            if (!got || !*got) break;
            if (const auto* s = std::get_if<lane::up::Started>(&m)) started_.insert(s->attempt);
            auto* f = std::get_if<lane::up::Finished>(&m);
            if (!f) continue;
            if (f->report.ending.kind == Ending::Kind::returned) EXPECT_TRUE(started_.contains(f->attempt));
            EXPECT_TRUE(out.emplace(f->attempt, f->report).second);
          }
          return out.size() >= wanted;
        },
        std::chrono::seconds(60)));
    return out;
  }

 private:
  std::set<AttemptId> started_;
};

TEST_F(PoolCrowd, every_task_of_it_ends_once_with_times_of_its_own) {
  pool_.send(crowd("noop", {}, 0, 5000));
  const auto all = ends(5000);
  ASSERT_EQ(all.size(), 5000u);
  for (const auto& [id, report] : all) {
    EXPECT_EQ(report.ending, Ending{});
    EXPECT_GT(report.started.ns, 0);
    EXPECT_GE(report.ended.ns, report.started.ns);
    EXPECT_GE(report.usage.cpu_us, 0);
  }
  EXPECT_EQ(pool_.end().in_flight(), 0u);
}

TEST_F(PoolCrowd, a_task_sees_its_own_numbers_and_one_with_output_is_told_in_full) {
  pool_.send(crowd("env", {Value("ROTA_JOB_ID")}, 0, 3));
  for (const auto& [id, report] : ends(3)) {
    std::string text;
    ASSERT_TRUE(output::read_attempt(segment_, id, report.output, std::nullopt, [&](const output::Chunk& c) {
      text += c.bytes;
      return true;
    }));
    EXPECT_EQ(text, "1/crowd." + std::to_string(100 + id.task.task));
  }
}

TEST_F(PoolCrowd, those_that_fail_say_so) {
  pool_.send(crowd("fails", {Value("no such camera")}, 0, 10));
  for (const auto& [id, report] : ends(10)) {
    EXPECT_EQ(report.ending.kind, Ending::Kind::threw);
    EXPECT_EQ(report.message, "no such camera");
  }
}

TEST_F(PoolCrowd, what_has_not_begun_is_taken_back_one_by_one) {
  pool_.send(crowd("sleep", {Value("1h")}, 0, 6));  // on two threads
  AttemptId id{{1, 0, 0}, 1};
  for (TaskIndex task = 2; task < 6; ++task) {
    id.task.task = task;
    pool_.send(lane::down::Retract{id});
  }
  const auto back = ends(4);
  ASSERT_EQ(back.size(), 4u);
  for (const auto& [attempt, report] : back) EXPECT_EQ(report.ending.kind, Ending::Kind::revoked);
  for (TaskIndex task = 0; task < 2; ++task) {
    id.task.task = task;
    pool_.send(lane::down::Stop{id, StopCause::cancel_user, 0, false});
  }
  for (const auto& [attempt, report] : ends(2)) EXPECT_EQ(report.ending.stopped_by, StopCause::cancel_user);
}

}  // namespace
}  // namespace rota
