// The state root: numbers that are never given twice, locks that say who has them, and what is pruned.
#include "scheduler/store/instances.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "tests/store/writer.h"
#include "tests/support/scratch.h"

namespace rota::store {
namespace {

namespace fs = std::filesystem;
using test::Scratch;
using test::WriterProcess;

std::vector<std::string> env(std::initializer_list<std::string> entries) { return entries; }

RunId made_and_left(const std::string& root) {
  auto instance = create_run_instance(root);
  EXPECT_TRUE(instance) << (instance ? "" : to_text(instance.error()));
  return instance ? instance->run : 0;
}

std::size_t pruned(const std::string& root, std::uint32_t keep) {
  const auto gone = prune_finished(root, {.keep_runs = keep});
  EXPECT_TRUE(gone) << (gone ? "" : to_text(gone.error()));
  return gone ? gone->runs.size() : 0;
}

mode_t mode_of(const std::string& path) {
  struct stat st {};
  EXPECT_EQ(::stat(path.c_str(), &st), 0) << path;
  return st.st_mode & 07777;
}

bool says(const Error& e, const std::string& text) { return to_text(e).find(text) != std::string::npos; }

TEST(StateRoot, the_flag_comes_before_the_variable_before_xdg_before_home) {
  Scratch s;
  const auto all =
      env({"ROTA_STATE_DIR=" + s.path("var"), "XDG_STATE_HOME=" + s.path("xdg"), "HOME=" + s.path("home")});
  EXPECT_EQ(state_root(s.path("flag"), all).value(), s.path("flag"));
  EXPECT_EQ(state_root("", all).value(), s.path("var"));
  EXPECT_EQ(state_root("", std::span(all).subspan(1)).value(), s.path("xdg") + "/rota");
  EXPECT_EQ(state_root("", std::span(all).subspan(2)).value(), s.path("home") + "/.local/state/rota");
}

TEST(StateRoot, empty_variables_and_a_relative_xdg_path_do_not_count) {
  Scratch s;
  EXPECT_EQ(state_root("", env({"ROTA_STATE_DIR=", "XDG_STATE_HOME=not/absolute", "HOME=" + s.path("home")})).value(),
            s.path("home") + "/.local/state/rota");
}

TEST(StateRoot, it_is_made_with_its_parents_for_the_owner_alone) {
  Scratch s;
  const auto root = state_root(s.path("a") + "/b/state/", {});
  ASSERT_TRUE(root) << to_text(root.error());
  EXPECT_EQ(*root, s.path("a") + "/b/state");
  EXPECT_EQ(mode_of(*root), 0700u);
}

TEST(StateRoot, z03_a_directory_that_others_may_write_to_is_refused_with_what_to_do) {
  Scratch s;
  for (const mode_t mode : {0770, 0707, 01777}) {
    ASSERT_EQ(::chmod(s.path().c_str(), mode), 0);
    const auto root = state_root(s.path(), {});
    ASSERT_FALSE(root) << mode;
    EXPECT_EQ(root.error().code, Code::refused);
    EXPECT_TRUE(says(root.error(), s.path()) && says(root.error(), "chmod go-w")) << to_text(root.error());
  }
}

TEST(StateRoot, z03_a_directory_of_another_user_is_refused) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give a directory away";
  Scratch s;
  ASSERT_EQ(::chown(s.path().c_str(), 65534, 65534), 0);
  const auto root = state_root(s.path(), {});
  ASSERT_FALSE(root);
  EXPECT_TRUE(says(root.error(), "belongs to user 65534")) << to_text(root.error());
}

TEST(StateRoot, a_file_in_its_place_is_named) {
  Scratch s;
  std::ofstream(s.path("state")) << "not a directory";
  const auto root = state_root(s.path("state"), {});
  ASSERT_FALSE(root);
  EXPECT_TRUE(says(root.error(), s.path("state"))) << to_text(root.error());
}

TEST(Instances, numbers_go_up_from_one_and_each_has_its_directory) {
  Scratch s;
  for (RunId expected = 1; expected <= 3; ++expected) {
    auto instance = create_run_instance(s.path());
    ASSERT_TRUE(instance) << to_text(instance.error());
    EXPECT_EQ(instance->run, expected);
    EXPECT_EQ(instance->directory, s.path("runs") + "/" + std::to_string(expected));
    EXPECT_TRUE(fs::is_directory(output_directory(instance->directory)));
    EXPECT_EQ(mode_of(instance->directory), 0700u);
  }
}

TEST(Instances, a_number_is_not_given_again_after_its_directory_is_gone) {
  Scratch s;
  made_and_left(s.path());
  made_and_left(s.path());
  ASSERT_EQ(pruned(s.path(), 0), 2u);
  EXPECT_EQ(made_and_left(s.path()), 3u);
}

TEST(Instances, a_number_is_not_given_again_when_the_counter_is_lost_or_garbled) {
  Scratch s;
  made_and_left(s.path());
  made_and_left(s.path());
  fs::remove(s.path("next"));
  EXPECT_EQ(made_and_left(s.path()), 3u);
  std::ofstream(s.path("next")) << "what is this\n";
  EXPECT_EQ(made_and_left(s.path()), 4u);
  std::ofstream(s.path("next")).flush();
  EXPECT_EQ(made_and_left(s.path()), 5u);
  std::ofstream(s.path("next")) << "12";  // as a person may write it
  EXPECT_EQ(made_and_left(s.path()), 12u);
}

TEST(Instances, a_run_directory_of_somebody_else_is_not_taken) {
  Scratch s;
  fs::create_directories(s.path("runs") + "/41");
  EXPECT_EQ(made_and_left(s.path()), 42u);
}

TEST(Instances, c01_fifty_racing_creations_get_fifty_numbers) {
  Scratch s;
  std::vector<WriterProcess> racers;
  for (int i = 0; i < 50; ++i) racers.emplace_back("create", s.path());
  std::set<std::string> numbers;
  for (auto& racer : racers) numbers.insert(racer.line().value_or("nothing"));
  EXPECT_EQ(numbers.size(), 50u);
  EXPECT_TRUE(numbers.contains("1") && numbers.contains("50"));
  const auto instances = list_instances(s.path()).value();
  ASSERT_EQ(instances.size(), 50u);
  EXPECT_EQ(instances.front().run, 50u);
  for (const auto& instance : instances) EXPECT_TRUE(instance.live) << instance.run;
}

TEST(Instances, c01_of_fifty_racing_coordinators_one_has_the_directory_and_the_others_are_told_who) {
  Scratch s;
  std::vector<WriterProcess> racers;
  for (int i = 0; i < 50; ++i) racers.emplace_back("lock", s.path());
  int winners = 0;
  for (auto& racer : racers) {
    const auto said = racer.line().value_or("nothing");
    if (said == "locked")
      ++winners;
    else
      EXPECT_TRUE(said.find("already running") != said.npos && said.find(s.path()) != said.npos) << said;
  }
  EXPECT_EQ(winners, 1);
}

TEST(Instances, c01_a_refusal_names_the_pid_and_since_when) {
  Scratch s;
  WriterProcess holder("lock", s.path());
  ASSERT_EQ(holder.line(), "locked");
  const auto mine = lock_instance(s.path());
  ASSERT_FALSE(mine);
  EXPECT_EQ(mine.error().code, Code::refused);
  EXPECT_TRUE(says(mine.error(), "already running, pid " + std::to_string(holder.pid()) + " since 20"))
      << to_text(mine.error());
}

TEST(Instances, c02_the_lock_of_a_killed_coordinator_is_free) {
  Scratch s;
  WriterProcess holder("lock", s.path());
  ASSERT_EQ(holder.line(), "locked");
  holder.kill();
  holder.finish();
  EXPECT_TRUE(lock_instance(s.path()));
}

TEST(Instances, a_list_says_who_lives) {
  Scratch s;
  auto held = create_run_instance(s.path()).value();
  made_and_left(s.path());
  fs::create_directories(s.path("runs") + "/not-a-number");
  fs::create_directories(s.path("runs") + "/007");
  const auto instances = list_instances(s.path()).value();
  ASSERT_EQ(instances.size(), 2u);
  EXPECT_EQ(instances[0].run, 2u);
  EXPECT_FALSE(instances[0].live);
  EXPECT_EQ(instances[1].run, 1u);
  EXPECT_TRUE(instances[1].live);
  EXPECT_TRUE(find_instance(s.path(), 1).value().live);
  EXPECT_EQ(find_instance(s.path(), 99).error().code, Code::not_found);
}

TEST(Instances, where_nothing_ever_ran_the_list_is_empty_and_nothing_is_made) {
  Scratch s;
  EXPECT_TRUE(list_instances(s.path()).value().empty());
  EXPECT_EQ(pruned(s.path(), 0), 0u);
  EXPECT_TRUE(fs::is_empty(s.path()));
}

TEST(Prune, the_oldest_finished_go_and_the_living_stay) {
  Scratch s;
  auto living = create_run_instance(s.path()).value();
  for (int i = 0; i < 5; ++i) made_and_left(s.path());
  EXPECT_EQ(pruned(s.path(), 5), 0u);
  EXPECT_EQ(pruned(s.path(), 2), 3u);
  std::vector<RunId> left;
  for (const auto& instance : list_instances(s.path()).value()) left.push_back(instance.run);
  EXPECT_EQ(left, (std::vector<RunId>{6, 5, 1}));
}

TEST(Prune, z03_links_are_removed_and_never_followed) {
  Scratch s, elsewhere;
  std::ofstream(elsewhere.path("precious")) << "keep me";
  made_and_left(s.path());
  fs::create_symlink(elsewhere.path(), s.path("runs") + "/1/out/link");
  fs::create_symlink(elsewhere.path(), s.path("runs") + "/2");
  fs::create_symlink(elsewhere.path(), s.path("runs") + "/.gone-3");
  pruned(s.path(), 0);
  EXPECT_TRUE(fs::is_empty(s.path("runs")));
  EXPECT_EQ(test::slurp(elsewhere.path("precious")), "keep me");
}

TEST(Prune, what_is_not_named_by_a_number_is_left_alone) {
  Scratch s;
  made_and_left(s.path());
  fs::create_directories(s.path("runs") + "/notes");
  fs::create_directories(s.path("runs") + "/.gone-notes");
  EXPECT_EQ(pruned(s.path(), 0), 1u);
  EXPECT_TRUE(fs::exists(s.path("runs") + "/notes"));
  EXPECT_TRUE(fs::exists(s.path("runs") + "/.gone-notes"));
}

TEST(Prune, k14_what_a_killed_prune_left_is_removed_by_the_next) {
  Scratch s;
  made_and_left(s.path());
  made_and_left(s.path());
  fs::rename(s.path("runs") + "/1", s.path("runs") + "/.gone-1");
  EXPECT_EQ(pruned(s.path(), 5), 1u);
  EXPECT_FALSE(fs::exists(s.path("runs") + "/.gone-1"));
  EXPECT_TRUE(fs::exists(s.path("runs") + "/2"));
}

TEST(Prune, a_directory_too_deep_to_be_ours_is_reported_with_its_path_and_does_not_keep_the_others) {
  Scratch s;
  made_and_left(s.path());
  made_and_left(s.path());
  fs::create_directories(s.path("runs") + "/1/out/a/b/c/d/e");
  const auto gone = prune_finished(s.path(), {.keep_runs = 0});
  ASSERT_FALSE(gone);
  EXPECT_TRUE(says(gone.error(), s.path("runs") + "/.gone-1")) << to_text(gone.error());
  EXPECT_FALSE(fs::exists(s.path("runs") + "/.gone-2"));
}

}  // namespace
}  // namespace rota::store
