// The service's instance: one owner, parts that are ours, numbers that nobody gets twice.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <set>
#include <thread>

#include "scheduler/store/instances.h"
#include "scheduler/store/journal.h"
#include "scheduler/store/schema.h"
#include "tests/journal_writer/records.h"
#include "tests/store/writer.h"
#include "tests/support/scratch.h"

namespace rota::store {
namespace {

namespace fs = std::filesystem;
using test::Scratch;
using test::WriterProcess;

bool says(const Error& e, const std::string& text) { return to_text(e).find(text) != std::string::npos; }

mode_t mode_of(const std::string& path) {
  struct stat st {};
  EXPECT_EQ(::stat(path.c_str(), &st), 0) << path;
  return st.st_mode & 07777;
}

TEST(ServiceInstance, z02_it_is_made_whole_and_for_its_owner_alone) {
  Scratch s;
  const auto instance = open_service_instance(s.path());
  ASSERT_TRUE(instance) << to_text(instance.error());
  EXPECT_EQ(instance->run, 0u);
  EXPECT_EQ(instance->directory, s.path("service"));
  EXPECT_EQ(instance->directory, service_directory(s.path()));
  for (const char* part : {"", "/out", "/launchers"}) EXPECT_EQ(mode_of(instance->directory + part), 0700u) << part;
  EXPECT_TRUE(find_service(s.path()).value()->live);
}

TEST(ServiceInstance, it_is_found_again_and_is_not_live_when_its_owner_is_gone) {
  Scratch s;
  EXPECT_FALSE(find_service(s.path()).value());
  { auto instance = open_service_instance(s.path()).value(); }
  EXPECT_FALSE(find_service(s.path()).value()->live);
  EXPECT_TRUE(open_service_instance(s.path()));
}

TEST(ServiceInstance, c01_of_fifty_racing_services_one_has_it_and_the_others_are_told_who) {
  Scratch s;
  std::vector<WriterProcess> racers;
  for (int i = 0; i < 50; ++i) racers.emplace_back("service", s.path());
  int winners = 0;
  for (auto& racer : racers) {
    const auto said = racer.line().value_or("nothing");
    if (said == "locked")
      ++winners;
    else
      EXPECT_NE(said.find("already running"), said.npos) << said;
  }
  EXPECT_EQ(winners, 1);
}

TEST(ServiceInstance, c01_a_second_one_is_told_the_pid_and_since_when_before_anything_is_read) {
  Scratch s;
  WriterProcess holder("service", s.path());
  ASSERT_EQ(holder.line(), "locked");
  fs::remove(s.path("service") + "/launchers");
  const auto second = open_service_instance(s.path());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Code::refused);
  EXPECT_TRUE(says(second.error(), "already running, pid " + std::to_string(holder.pid()) + " since 20"))
      << to_text(second.error());
  EXPECT_FALSE(fs::exists(s.path("service") + "/launchers")) << "it made something in another's directory";
}

TEST(ServiceInstance, c02_the_lock_of_a_killed_service_is_free) {
  Scratch s;
  WriterProcess holder("service", s.path());
  ASSERT_EQ(holder.line(), "locked");
  holder.kill();
  holder.finish();
  EXPECT_TRUE(open_service_instance(s.path()));
}

/// Something that is put in the place of a part of the state directory, and the words that refuse it.
struct Plant {
  std::string part;
  std::function<void(const std::string& path, const std::string& elsewhere)> put;
  std::string words;
};

void link_to(const std::string& path, const std::string& elsewhere) { fs::create_symlink(elsewhere, path); }
void fifo(const std::string& path, const std::string&) { ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0); }
void file(const std::string& path, const std::string&) { std::ofstream(path) << "x"; }
void second_name(const std::string& path, const std::string& elsewhere) {
  std::ofstream(elsewhere + "/precious") << "keep me";
  fs::create_hard_link(elsewhere + "/precious", path);
}
void open_to_all(const std::string& path, const std::string&) {
  fs::create_directory(path);
  ASSERT_EQ(::chmod(path.c_str(), 0777), 0);
}
void file_open_to_all(const std::string& path, const std::string&) {
  std::ofstream(path) << "x";
  ASSERT_EQ(::chmod(path.c_str(), 0666), 0);
}

TEST(ServiceInstance, z03_what_was_planted_in_the_place_of_a_part_is_refused_by_name_and_left_alone) {
  const std::vector<Plant> plants{
      {"service", link_to, "is a symbolic link, not a directory"},
      {"service", file, "is a regular file, not a directory"},
      {"service", fifo, "is a FIFO, not a directory"},
      {"service", open_to_all, "chmod go-w"},
      {"service/out", link_to, "is a symbolic link, not a directory"},
      {"service/launchers", link_to, "is a symbolic link, not a directory"},
      {"service/launchers", open_to_all, "chmod go-w"},
      {"service/lock", link_to, "is a symbolic link, not a regular file"},
      {"service/lock", fifo, "is a FIFO, not a regular file"},
      {"service/lock", second_name, "has a second name"},
      {"service/lock", file_open_to_all, "chmod go-w"},
      {"service/journal.db", fifo, "is a FIFO, not a regular file"},
      {"service/journal.db", link_to, "is a symbolic link, not a regular file"},
      {"service/journal.db", second_name, "has a second name"},
      {"service/journal.db-wal", fifo, "is a FIFO, not a regular file"},
      {"service/journal.db-shm", link_to, "is a symbolic link, not a regular file"},
      {"next", link_to, "is a symbolic link, not a regular file"},
      {"next", fifo, "is a FIFO, not a regular file"},
      {"next", second_name, "has a second name"},
  };
  for (const auto& plant : plants) {
    SCOPED_TRACE(plant.part + " " + plant.words);
    Scratch s, elsewhere;
    const auto path = s.path(plant.part);
    {
      auto instance = open_service_instance(s.path()).value();
      ASSERT_TRUE(open_service_journal(instance.directory));
    }
    fs::remove_all(path);
    plant.put(path, elsewhere.path());
    Status all;
    auto instance = open_service_instance(s.path());
    if (!instance) all = instance.error();
    if (all) {
      if (auto journal = open_service_journal(instance->directory); !journal) all = journal.error();
    }
    if (all) {
      if (auto number = take_run_number(s.path()); !number) all = number.error();
    }
    ASSERT_FALSE(all);
    EXPECT_EQ(all.error().code, Code::refused);
    EXPECT_TRUE(says(all.error(), plant.words) && says(all.error(), path)) << to_text(all.error());
    if (fs::exists(elsewhere.path("precious"))) EXPECT_EQ(test::slurp(elsewhere.path("precious")), "keep me");
    else EXPECT_TRUE(fs::is_empty(elsewhere.path()));
  }
}

TEST(ServiceInstance, z03_a_part_of_another_user_is_refused) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give a file away";
  for (const char* part : {"", "/out", "/launchers", "/lock"}) {
    Scratch s;
    { auto instance = open_service_instance(s.path()).value(); }
    ASSERT_EQ(::chown((s.path("service") + part).c_str(), 65534, 65534), 0);
    const auto again = open_service_instance(s.path());
    ASSERT_FALSE(again) << part;
    EXPECT_TRUE(says(again.error(), "belongs to user 65534")) << to_text(again.error());
  }
}

TEST(ServiceInstance, z03_a_planted_lock_does_not_make_a_list_wait) {
  Scratch s;
  { auto instance = create_run_instance(s.path()).value(); }
  fs::remove(s.path("runs") + "/1/lock");
  ASSERT_EQ(::mkfifo((s.path("runs") + "/1/lock").c_str(), 0600), 0);
  EXPECT_FALSE(list_instances(s.path()).value().at(0).live);
}

TEST(RunNumbers, racing_threads_and_processes_and_foreground_runs_never_get_one_twice) {
  Scratch s;
  auto instance = open_service_instance(s.path()).value();
  std::vector<WriterProcess> others;
  for (int i = 0; i < 4; ++i) others.emplace_back("numbers", s.path());
  for (int i = 0; i < 4; ++i) others.emplace_back("create", s.path());
  std::vector<std::vector<RunId>> taken(4);
  std::vector<std::thread> threads;
  for (auto& mine : taken) {
    threads.emplace_back([&mine, &s] {
      for (int i = 0; i < 20; ++i) mine.push_back(take_run_number(s.path()).value());
    });
  }
  for (auto& thread : threads) thread.join();
  std::set<std::string> numbers;
  std::size_t count = 0;
  for (const auto& mine : taken) {
    for (const RunId run : mine) ++count, numbers.insert(std::to_string(run));
  }
  for (auto& other : others) {
    for (const auto& line : other.finish().lines) ++count, numbers.insert(line);
  }
  EXPECT_EQ(count, 4u * 20 + 4 * 20 + 4);
  EXPECT_EQ(numbers.size(), count);
}

TEST(RunNumbers, d02_after_a_power_cut_numbers_go_on_beyond_all_that_may_have_been_given) {
  Scratch s;
  const RunId first = take_run_number(s.path()).value();
  const auto on_disk = test::slurp(s.path("next"));  // what was synced: later writes may be lost with the power
  RunId last = first;
  for (int i = 0; i < 200; ++i) {
    const RunId run = take_run_number(s.path()).value();
    EXPECT_EQ(run, last + 1) << "without a power cut there is no gap";
    last = run;
    if (i == 50) {
      EXPECT_EQ(on_disk.substr(11, 10), test::slurp(s.path("next")).substr(11, 10)) << "it was synced again so soon";
      auto earlier_boot = on_disk;
      earlier_boot.replace(22, 8, "00000000");
      std::ofstream(s.path("next")) << earlier_boot;
      last = take_run_number(s.path()).value();
      EXPECT_GT(last, run);
    }
  }
}

TEST(RunNumbers, when_the_counter_is_lost_the_directories_have_a_say) {
  Scratch s;
  auto instance = open_service_instance(s.path()).value();
  EXPECT_EQ(take_run_number(s.path()).value(), 1u);
  ASSERT_TRUE(make_output_directory(instance.directory, 7));
  fs::remove(s.path("next"));
  EXPECT_EQ(take_run_number(s.path()).value(), 8u);
  std::ofstream(s.path("next")) << "0000000007\n";  // of an old backup
  EXPECT_EQ(take_run_number(s.path()).value(), 8u);
  fs::create_directories(s.path("runs") + "/20");
  EXPECT_EQ(take_run_number(s.path()).value(), 21u);
}

TEST(RunNumbers, who_must_not_wait_is_told_that_another_takes_one_and_takes_the_next_when_it_is_done) {
  Scratch s;
  EXPECT_EQ(try_take_run_number(s.path()).value(), 1u);
  {
    const auto held = posix::open_file(s.path("next"), O_RDWR).value();
    ASSERT_TRUE(posix::try_lock(held.get()).value());
    const auto busy = try_take_run_number(s.path());
    ASSERT_TRUE(busy);
    EXPECT_FALSE(*busy);
  }
  EXPECT_EQ(try_take_run_number(s.path()).value(), 2u);
}

TEST(RunNumbers, when_the_counter_is_lost_the_services_journal_has_a_say) {
  Scratch s;
  auto instance = open_service_instance(s.path()).value();
  auto journal = open_service_journal(instance.directory).value();
  ASSERT_TRUE(journal->commit({{}, test::folded({test::ended_view(41, 1)})}));
  ASSERT_TRUE(journal->prune({.keep_runs = 0}));
  EXPECT_EQ(take_run_number(s.path(), journal->highest_run()).value(), 42u) << "the service itself";
  fs::remove(s.path("next"));
  journal.reset();
  EXPECT_EQ(create_run_instance(s.path()).value().run, 42u) << "a foreground run";
}

TEST(ServiceInstance, output_lies_by_run_in_the_service_and_alone_in_a_foreground_run) {
  Scratch s;
  auto service = open_service_instance(s.path()).value();
  auto run = create_run_instance(s.path()).value();
  EXPECT_EQ(output_directory(service.directory, 12), s.path("service") + "/out/12");
  EXPECT_EQ(output_directory(run.directory, 1), s.path("runs") + "/1/out");
  for (int i = 0; i < 2; ++i)
    EXPECT_EQ(make_output_directory(service.directory, 12).value(), s.path("service") + "/out/12");
  EXPECT_EQ(mode_of(s.path("service") + "/out/12"), 0700u);
  fs::create_symlink(s.path(), s.path("service") + "/out/13");
  EXPECT_FALSE(make_output_directory(service.directory, 13));
}

TEST(ServiceInstance, a_run_is_found_where_it_is) {
  Scratch s;
  auto service = open_service_instance(s.path()).value();
  { auto run = create_run_instance(s.path()).value(); }
  ASSERT_TRUE(make_output_directory(service.directory, 2));
  {
    auto journal = open_service_journal(service.directory).value();
    ASSERT_TRUE(journal->commit({{}, test::folded({test::ended_view(3, 1)})}));
  }
  EXPECT_EQ(find_instance(s.path(), 1).value().directory, s.path("runs") + "/1");
  EXPECT_FALSE(find_instance(s.path(), 1).value().live);
  for (const RunId run : {2, 3}) {
    EXPECT_EQ(find_instance(s.path(), run).value().directory, service.directory);
    EXPECT_TRUE(find_instance(s.path(), run).value().live);
  }
  EXPECT_EQ(find_instance(s.path(), 4).error().code, Code::not_found);
}

}  // namespace
}  // namespace rota::store
