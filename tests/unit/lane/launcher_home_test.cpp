// Homes of launchers: made, listed, reached and removed, whatever is in the way.
#include "shared/lane/launcher_home.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "tests/support/scratch.h"

namespace rota::lane {
namespace {

using test::Scratch;

mode_t mode_of(const std::string& path) {
  struct stat st {};
  return ::stat(path.c_str(), &st) ? 0 : st.st_mode & 07777;
}

TEST(LauncherHome, z02_it_is_private_from_its_first_moment_whatever_the_umask) {
  Scratch scratch;
  const mode_t before = ::umask(0);
  const auto home = make_launcher_home(scratch.path("launchers"), {3, 9});
  ::umask(before);
  ASSERT_TRUE(home) << to_text(home.error());
  EXPECT_EQ(home->directory, scratch.path("launchers/3.9"));
  EXPECT_EQ(mode_of(scratch.path("launchers")), 0700u);
  EXPECT_EQ(mode_of(home->directory), 0700u);
  EXPECT_EQ(mode_of(home->directory + "/lock"), 0600u);
  EXPECT_EQ(mode_of(home->directory + "/socket"), 0600u);
}

TEST(LauncherHome, c03_one_counts_as_alive_as_long_as_any_copy_of_its_lock_is_open) {
  Scratch scratch;
  auto home = make_launcher_home(scratch.path(), {1, 1});
  ASSERT_TRUE(home);
  const auto alive = [&] { return list_launcher_homes(scratch.path())->at(0).alive; };
  EXPECT_TRUE(alive());
  posix::Fd copy(::dup(home->lock.get()));
  home->lock.reset();
  EXPECT_TRUE(alive()) << "a worker that was given the lock holds it when its coordinator is gone";
  copy.reset();
  EXPECT_FALSE(alive());
}

TEST(LauncherHome, homes_are_listed_in_order_and_what_is_not_named_like_one_is_passed_over) {
  Scratch scratch;
  EXPECT_TRUE(list_launcher_homes(scratch.path("no-such"))->empty());
  for (const char* name : {"10.1", "2.11", "2.2", "02.1", "2.", ".2",
                            "2.2.2", "x", "-1.2", "4294967296.1", "lost+found"})
    std::filesystem::create_directory(scratch.path(name));
  const auto homes = list_launcher_homes(scratch.path());
  ASSERT_TRUE(homes);
  std::vector<WorkerId> ids;
  for (const auto& home : *homes) {
    ids.push_back(home.worker);
    EXPECT_FALSE(home.alive) << "a coordinator died before it had made the lock";
  }
  EXPECT_EQ(ids, (std::vector<WorkerId>{{2, 2}, {2, 11}, {10, 1}}));
  EXPECT_EQ(homes->at(1).directory, scratch.path("2.11"));
}

TEST(LauncherHome, a_home_that_exists_is_not_taken_and_not_harmed) {
  Scratch scratch;
  const auto first = make_launcher_home(scratch.path(), {1, 1});
  ASSERT_TRUE(first);
  const auto second = make_launcher_home(scratch.path(), {1, 1});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Code::refused);
  EXPECT_NE(to_text(second.error()).find(first->directory), std::string::npos) << to_text(second.error());
  EXPECT_TRUE(connect_to_launcher(first->directory));
}

TEST(LauncherHome, the_path_of_its_socket_may_be_longer_than_an_address_is) {
  Scratch scratch;
  auto parent = scratch.path();
  for (const char c : {'a', 'b'}) parent.append("/").append(120, c);
  const auto home = make_launcher_home(parent, {4294967295, 4294967295});
  ASSERT_TRUE(home) << to_text(home.error());
  const auto caller = connect_to_launcher(home->directory);
  ASSERT_TRUE(caller) << to_text(caller.error());
  const posix::Fd answered(::accept4(home->listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
  ASSERT_TRUE(answered);
  EXPECT_EQ(::send(caller->get(), "word", 4, MSG_NOSIGNAL), 4);
  char got[8];
  EXPECT_EQ(::recv(answered.get(), got, sizeof got, 0), 4);
  EXPECT_EQ(::recv(caller->get(), got, sizeof got, 0), -1) << "it does not wait";
}

TEST(LauncherHome, nobody_listening_is_told_apart_from_other_trouble) {
  Scratch scratch;
  EXPECT_EQ(connect_to_launcher(scratch.path("no-such")).error().code, Code::unreachable);
  std::filesystem::create_directory(scratch.path("1.1"));
  EXPECT_EQ(connect_to_launcher(scratch.path("1.1")).error().code, Code::unreachable);
  auto home = make_launcher_home(scratch.path(), {2, 1});
  ASSERT_TRUE(home);
  home->listener.reset();
  EXPECT_EQ(connect_to_launcher(home->directory).error().code, Code::unreachable);
}

TEST(LauncherHome, z03_a_link_in_the_place_of_a_home_or_a_journal_is_not_followed) {
  Scratch scratch;
  const auto home = make_launcher_home(scratch.path(), {1, 1});
  ASSERT_TRUE(home);
  std::filesystem::create_symlink(home->directory, scratch.path("2.1"));
  EXPECT_FALSE(connect_to_launcher(scratch.path("2.1")));
  std::ofstream(scratch.path("elsewhere")) << "not to be read";
  std::filesystem::create_symlink(scratch.path("elsewhere"), home->directory + "/journal");
  EXPECT_FALSE(read_launcher_account(home->directory));
  EXPECT_FALSE(LauncherJournal::create(home->directory));
}

TEST(LauncherHome, removal_leaves_nothing_and_may_be_repeated_from_any_step) {
  Scratch scratch;
  for (int done = 0; done <= 4; ++done) {
    const auto home = make_launcher_home(scratch.path(), {1, 1});
    ASSERT_TRUE(home) << to_text(home.error());
    ASSERT_TRUE(LauncherJournal::create(home->directory));
    std::ofstream(home->directory + "/journal.new") << "half of one";
    const std::vector<std::string> parts{"socket", "lock", "journal.new", "journal"};
    for (int i = 0; i < done; ++i) std::filesystem::remove(home->directory + "/" + parts[static_cast<std::size_t>(i)]);
    EXPECT_TRUE(remove_launcher_home(home->directory));
    EXPECT_TRUE(remove_launcher_home(home->directory));
    EXPECT_TRUE(std::filesystem::is_empty(scratch.path()));
  }
}

}  // namespace
}  // namespace rota::lane
