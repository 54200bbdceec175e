// The socket itself: who may come to it, from which moment, and what happens to the socket of a dead coordinator.
#include "scheduler/daemon/api/listener.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "tests/api/asking.h"
#include "tests/api/raw_client.h"
#include "tests/api/world.h"

namespace rota::daemon {
namespace {

namespace ask = control::ask;

constexpr uid_t kNobody = 65534;

unsigned mode_of(const std::string& path) {
  struct stat st {};
  return ::lstat(path.c_str(), &st) ? 0 : st.st_mode & 07777;
}

/// Acts as another user on a thread of its own: credentials are a thread's, below the C library.
template <class Act>
auto as_nobody(Act act) {
  return std::async(std::launch::async, [&] {
           EXPECT_EQ(::syscall(SYS_setresgid, kNobody, kNobody, kNobody), 0);
           EXPECT_EQ(::syscall(SYS_setresuid, kNobody, kNobody, kNobody), 0);
           return act();
         })
      .get();
}

TEST(Listener, z01_another_user_cannot_connect_and_when_he_could_is_refused_and_logged) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can act as another user";
  World world;
  ASSERT_EQ(::chmod(world.dir.path().c_str(), 0711), 0);
  const auto closed = as_nobody([&] { return control::Client::connect(world.socket()); });
  ASSERT_FALSE(closed);
  EXPECT_EQ(closed.error().code, Code::refused) << to_text(closed.error());
  // Now as if somebody had opened directory and socket: the peer's uid alone must do.
  ASSERT_EQ(::chmod((world.dir.path() + "/run").c_str(), 0755), 0);
  ASSERT_EQ(::chmod(world.socket().c_str(), 0666), 0);
  const auto said = as_nobody([&] {
    RawClient stranger(world.socket());
    stranger.hello();
    return stranger.receive_refusal();
  });
  EXPECT_EQ(said.error.code, Code::refused);
  EXPECT_NE(said.error.what.find("serves nobody else"), std::string::npos);
  EXPECT_NE(world.log().find("of user 65534"), std::string::npos) << world.log();
  EXPECT_TRUE(world.client().ask(ask::List{}));
}

TEST(Listener, z01_a_client_does_not_talk_to_another_users_coordinator) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can act as another user";
  test::TempDir dir;
  ASSERT_EQ(::chmod(dir.path().c_str(), 0777), 0);
  const auto path = dir.path() + "/x.sock";
  const auto address = control::unix_address(path).value();
  const posix::Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  ASSERT_EQ(as_nobody([&] { return ::bind(socket.get(), address.get(), address.length) || ::listen(socket.get(), 4); }),
            false);
  const auto client = control::Client::connect(path);
  ASSERT_FALSE(client);
  EXPECT_EQ(client.error().code, Code::refused);
  EXPECT_NE(client.error().what.find("user 65534"), std::string::npos) << client.error().what;
}

TEST(Listener, z02_the_socket_is_private_from_the_moment_it_is_there) {
  test::TempDir dir;
  const auto before = ::umask(0);
  for (int i = 0; i < 200; ++i) {
    const auto folder = dir.path() + "/" + std::to_string(i);
    const auto path = folder + "/x.sock";
    std::atomic<bool> watching = false;
    std::thread observer([&] {
      watching = true;
      unsigned seen = 0;
      while (!(seen = mode_of(path))) continue;
      EXPECT_EQ(seen, 0600u);
      EXPECT_EQ(mode_of(folder), 0700u);
    });
    while (!watching) continue;
    const auto listener = Listener::open(path);
    observer.join();
    ASSERT_TRUE(listener);
  }
  EXPECT_EQ(::umask(before), 0u) << "the caller's umask is as it was";
}

TEST(Listener, c02_a_dead_coordinators_socket_is_replaced_and_ours_goes_with_us) {
  test::TempDir dir;
  const auto path = dir.path() + "/x.sock";
  {
    const auto address = control::unix_address(path).value();
    const posix::Fd dead(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    ASSERT_EQ(::bind(dead.get(), address.get(), address.length), 0);  // and no listen: died in between
  }
  {
    const auto listener = Listener::open(path);
    ASSERT_TRUE(listener) << to_text(listener.error());
    EXPECT_EQ(RawClient().connect(path), 0);
    const auto second = Listener::open(path);
    ASSERT_FALSE(second);
    EXPECT_NE(second.error().what.find("another coordinator listens there"), std::string::npos);
    EXPECT_EQ(RawClient().connect(path), 0) << "and the first goes on";
  }
  EXPECT_EQ(mode_of(path), 0u);
}

TEST(Listener, a_socket_that_is_not_ours_any_more_is_left_alone) {
  test::TempDir dir;
  const auto path = dir.path() + "/x.sock";
  auto first = Listener::open(path);
  ASSERT_TRUE(first);
  ASSERT_EQ(::unlink(path.c_str()), 0);
  const auto second = Listener::open(path);
  ASSERT_TRUE(second);
  first->reset();
  EXPECT_EQ(RawClient().connect(path), 0);
}

TEST(Listener, what_is_no_socket_and_a_directory_open_to_others_are_refused) {
  test::TempDir dir;
  const auto file = dir.write("file", "precious");
  EXPECT_EQ(Listener::open(file).error().code, Code::refused);
  EXPECT_EQ(test::read_file(file), "precious");
  const auto open_to_all = dir.path() + "/open";
  ASSERT_EQ(::mkdir(open_to_all.c_str(), 0700), 0);
  ASSERT_EQ(::chmod(open_to_all.c_str(), 0777), 0);
  EXPECT_EQ(Listener::open(open_to_all + "/x.sock").error().code, Code::refused);
  ASSERT_EQ(::chmod(open_to_all.c_str(), 01777), 0);
  EXPECT_TRUE(Listener::open(open_to_all + "/x.sock")) << "as in /tmp";
  EXPECT_FALSE(Listener::open("x.sock"));
}

TEST(Listener, a_path_longer_than_an_address_works_for_both_sides) {
  test::TempDir dir;
  const auto path = dir.path() + "/" + std::string(100, 'a') + "/" + std::string(100, 'b') + "/rotad.sock";
  World world([&](Server::Options& options) { options.socket = path; });
  auto client = control::Client::connect(path);
  ASSERT_TRUE(client) << to_text(client.error());
  EXPECT_TRUE(client->ask(ask::List{}));
  EXPECT_FALSE(control::Client::connect(dir.path() + "/" + std::string(200, 'n') + ".sock"));
}

TEST(Client, where_nobody_listens_says_what_to_do) {
  test::TempDir dir;
  const auto path = dir.path() + "/x.sock";
  const auto says = [&] {
    const auto client = control::Client::connect(path);
    EXPECT_EQ(client.error().code, Code::unreachable);
    return client.error().what;
  };
  const auto expected = "no coordinator answers at " + path + ": start rotad, or use `rota run FILE`";
  EXPECT_EQ(says(), expected);
  {
    const auto address = control::unix_address(path).value();
    const posix::Fd dead(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    ASSERT_EQ(::bind(dead.get(), address.get(), address.length), 0);
  }
  EXPECT_EQ(says(), expected);
}

TEST(Client, an_other_end_that_says_nothing_or_nonsense_is_told_apart) {
  test::TempDir dir;
  const auto path = dir.path() + "/x.sock";
  auto open = Listener::open(path).value();
  const auto silent = control::Client::connect(path, std::chrono::milliseconds(50));
  EXPECT_EQ(silent.error().code, Code::unreachable);
  EXPECT_NE(silent.error().what.find("timed out"), std::string::npos);
  Listener::Visitor visitor;
  ASSERT_EQ(open->accept(visitor), Listener::Came::visitor);
  auto later = std::async(std::launch::async, [&] { return control::Client::connect(path); });
  ASSERT_TRUE(test::eventually(test::kPatience, [&] { return open->accept(visitor) == Listener::Came::visitor; }));
  control::FrameWriter out;
  out.add("I am a teapot");
  ASSERT_TRUE(out.flush(visitor.socket.get()));
  EXPECT_EQ(later.get().error().code, Code::invalid);
}

TEST(Client, a_coordinator_that_dies_in_an_answer_is_unreachable) {
  World world;
  auto client = world.client();
  world.submit("jobs:\n  a: {command: [x]}\n");
  Asking asking(world, ask::Wait{"1", false, ask::Until::done});
  world.stop();
  EXPECT_THROW(asking.get<control::answer::Waited>(), std::runtime_error);
  EXPECT_EQ(client.ask(ask::List{}).error().code, Code::unreachable);
}

}  // namespace
}  // namespace rota::daemon
