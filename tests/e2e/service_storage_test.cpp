// What becomes of the service when its storage fails, is of another version, or has to be made smaller.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <filesystem>

#include "shared/posix/fd.h"
#include "tests/e2e/service_scene.h"

namespace rota::test {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

constexpr off_t kUserVersionAt = 60;  // in the header of an SQLite file, four bytes, the highest first

void stops(const Service& service, Running& rotad) {
  EXPECT_EQ(service.ask({"daemon", "stop"}).status, 0);
  const auto e = rotad.wait();
  EXPECT_EQ(e.status, 0) << told(e);
}

TEST(FailedStorage, d07_ends_the_service_with_75_and_its_reason_and_the_jobs_go_on_until_it_is_mended) {
  const Service service;
  auto rotad = service.up();
  const auto run = service.submit(
      "jobs: {x: {run: 'echo S >> marks; while [ ! -e go ]; do sleep 0.05; done; exit 7'}}");
  ASSERT_TRUE(eventually(kPatience, [&] { return service.lines("marks").size() == 1; }));
  const auto journal = service.instance() + "/journal.db";
  fs::rename(journal, journal + ".away");
  const auto file = service.scene().write("second.yaml", "jobs: {y: {run: 'echo Y >> marks'}}");
  const auto refused = service.ask({"submit", file});
  EXPECT_NE(refused.status, 0) << "nothing is acknowledged that is not on disk";
  const auto e = rotad.wait();
  EXPECT_EQ(e.status, 75) << told(e);
  EXPECT_THAT(e.err, HasSubstr(journal));
  EXPECT_FALSE(service.launchers().empty()) << "what runs has nothing to do with it";
  EXPECT_EQ(service.ask({"daemon", "status"}).status, 4);

  fs::rename(journal + ".away", journal);
  auto mended = service.up();
  service.scene().write("go", "");
  EXPECT_EQ(service.ask({"wait", run}).status, 1);
  EXPECT_EQ(service.story(run)["x"].reason, "exit:7");
  EXPECT_EQ(service.lines("marks").size(), 1u) << service.read("marks");
  stops(service, mended);
}

TEST(StateLock, that_another_process_does_not_let_go_of_delays_a_submission_and_nobody_else) {
  const Service service;
  auto rotad = service.up();
  service.submit("jobs: {a: {run: 'true'}}");
  std::optional<posix::Fd> held = posix::open_file(service.path("state") + "/next", O_RDWR).value();
  ASSERT_TRUE(posix::try_lock(held->get()).value());
  auto submit = service.rota({"submit", "-q", service.scene().write("b.yaml", "jobs: {b: {run: 'true'}}")}).start();
  for (int i = 0; i < 5; ++i) EXPECT_EQ(service.ask({"daemon", "status"}).status, 0);
  held.reset();
  const auto submitted = submit.wait();
  EXPECT_EQ(submitted.status, 0) << told(submitted);
  EXPECT_EQ(submitted.out, "2\n");
  stops(service, rotad);
}

unsigned char patch_version(const std::string& journal, unsigned char version) {
  const auto file = posix::open_file(journal, O_RDWR).value();
  unsigned char before = 0;
  EXPECT_EQ(::pread(file.get(), &before, 1, kUserVersionAt + 3), 1);
  EXPECT_EQ(::pwrite(file.get(), &version, 1, kUserVersionAt + 3), 1);
  return before;
}

TEST(Upgrade, k19_a_journal_of_a_newer_version_is_refused_in_words_and_left_alone) {
  const Service service;
  auto rotad = service.up();
  const auto run = service.submit("jobs: {x: {run: 'echo well'}}");
  EXPECT_EQ(service.ask({"wait", run}).status, 0);
  stops(service, rotad);
  const auto journal = service.instance() + "/journal.db";
  const auto own = patch_version(journal, 200);
  const auto newer = read_file(journal);
  const auto e = service.rotad().run();
  EXPECT_EQ(e.status, 75) << told(e);
  EXPECT_THAT(e.err, HasSubstr("format 200"));
  EXPECT_THAT(e.err, HasSubstr("use the version that wrote it, or a newer one"));
  EXPECT_EQ(read_file(journal), newer);
  EXPECT_FALSE(fs::exists(service.socket()));
  EXPECT_EQ(patch_version(journal, own), 200);
  auto right = service.up();
  EXPECT_EQ(service.ask({"logs", run}).out, "well\n");
  stops(service, right);
}

TEST(Retention, keeps_as_many_runs_as_it_is_told_to_and_deletes_the_output_of_the_others) {
  const Service service;
  auto rotad = service.up();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(service.ask({"wait", service.submit("jobs: {x: {run: 'echo x'}}")}).status, 0);
  stops(service, rotad);
  EXPECT_EQ(service.ask({"history", "--json"}).status, 0);
  auto next = service.up({"--history", "keep_runs=1"});
  EXPECT_TRUE(eventually(kPatience, [&] { return service.ask({"ps", "-a", "-q"}).out == "3\n"; }));
  EXPECT_THAT(next.err(), HasSubstr("forgot 2 old runs"));
  EXPECT_TRUE(eventually(kPatience, [&] {
    const auto out = service.instance() + "/out";
    return !fs::exists(out + "/1") && !fs::exists(out + "/2");
  }));
  EXPECT_EQ(service.ask({"show", "1"}).status, 3);
  EXPECT_EQ(service.ask({"logs", "3"}).out, "x\n");
  stops(service, next);
}

TEST(CommandSlots, bound_the_commands_of_pool_workers_and_are_told_wherever_a_person_looks) {
  const Service service;
  auto rotad = service.up({"--pool", "2", "--threads", "2", "--command-slots", "1"});
  const auto run = service.submit(
      "jobs:\n  t: {mode: thread, run: 'echo S >> marks; while [ ! -e go ]; do sleep 0.05; done'}\n"
      "  a: {mode: async, run: 'echo S >> marks'}\n"
      "  target: {target: noop}\n");
  ASSERT_TRUE(eventually(kPatience, [&] { return service.lines("marks").size() == 1; }));
  ASSERT_TRUE(service.reaches(run, "target", "finished")) << "a target takes none";
  EXPECT_THAT(service.ask({"explain", run + "/a"}).out, HasSubstr("limit:command_slots"));
  EXPECT_THAT(service.ask({"ps", "--jobs", run}).out, HasSubstr("limit:command_slots"));
  EXPECT_EQ(service.story(run)["a"].reason, "limit:command_slots");
  EXPECT_THAT(service.ask({"daemon", "status"}).out, testing::ContainsRegex("command_slots +1 \\(--command-slots\\)"));
  EXPECT_THAT(service.ask({"worker", "list"}).out, HasSubstr("1 of 1 slots taken"));
  EXPECT_EQ(service.lines("marks").size(), 1u);
  service.scene().write("go", "");
  EXPECT_EQ(service.ask({"wait", run}).status, 0);
  EXPECT_EQ(service.lines("marks").size(), 2u);
  stops(service, rotad);
}

}  // namespace
}  // namespace rota::test
