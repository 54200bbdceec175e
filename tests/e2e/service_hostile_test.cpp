// Clients that mean no good, or mean nothing at all: they are bounded and cut, and everybody else is served meanwhile.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>

#include "shared/posix/fd.h"
#include "tests/e2e/service_scene.h"

namespace rota::test {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

posix::Fd connected(const Service& service) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const auto path = service.socket();
  std::memcpy(address.sun_path, path.data(), path.size());
  posix::Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) fd.reset();
  return fd;
}

void say(const posix::Fd& fd, const std::string& bytes) {
  (void)!::send(fd.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
}

std::string frame(const std::string& json) {
  const auto n = static_cast<std::uint32_t>(json.size());
  std::string out(4, '\0');
  std::memcpy(out.data(), &n, 4);
  return out + json;
}

/// Everything until the other side closes; nothing if it does not.
std::optional<std::string> until_closed(const posix::Fd& fd) {
  std::string all;
  const bool closed = eventually(kPatience, [&] {
    char bytes[65536];
    for (;;) {
      const auto n = ::recv(fd.get(), bytes, sizeof bytes, MSG_DONTWAIT);
      if (n > 0) all.append(bytes, static_cast<std::size_t>(n));
      if (n == 0) return true;
      if (n < 0) return errno == ECONNRESET;
    }
  });
  return closed ? std::optional(all) : std::nullopt;
}

/// What has come, without waiting for more, and without taking it.
std::string all_so_far(const posix::Fd& fd) {
  char bytes[65536];
  const auto n = ::recv(fd.get(), bytes, sizeof bytes, MSG_DONTWAIT | MSG_PEEK);
  return n > 0 ? std::string(bytes, static_cast<std::size_t>(n)) : std::string();
}

bool answers(const Service& service) { return service.ask({"daemon", "status"}).status == 0; }

void stops(const Service& service, Running& rotad) {
  EXPECT_EQ(service.ask({"daemon", "stop"}).status, 0);
  EXPECT_EQ(rotad.wait().status, 0) << rotad.err();
}

TEST(HostileClients, c05_hundreds_that_never_say_a_word_are_cut_and_cost_nothing) {
  const Service service;
  auto rotad = service.up();
  ASSERT_TRUE(answers(service));
  const auto before = open_files(rotad.pid()).size();
  std::vector<posix::Fd> idle;
  for (int i = 0; i < 400; ++i) idle.push_back(connected(service));
  EXPECT_TRUE(eventually(kPatience, [&] { return answers(service); })) << "their handshake is over at last";
  for (const auto& fd : idle) {
    if (fd) {
      EXPECT_TRUE(until_closed(fd));
    }
  }
  EXPECT_TRUE(eventually(kPatience, [&] { return open_files(rotad.pid()).size() <= before; }));
  stops(service, rotad);
}

TEST(HostileClients, c05_half_a_frame_is_not_waited_for) {
  const Service service;
  auto rotad = service.up();
  const auto half = connected(service), word = connected(service);
  say(half, std::string("\x10\x00", 2));
  say(word, frame("{\"protocol\":1}").substr(0, 9));
  EXPECT_TRUE(answers(service)) << "others are served meanwhile";
  EXPECT_TRUE(until_closed(half));
  EXPECT_TRUE(until_closed(word));
  stops(service, rotad);
}

TEST(HostileClients, c06_frames_that_cannot_be_are_refused_and_closed) {
  const Service service;
  auto rotad = service.up();
  const std::string deep(100'000, '[');
  for (const std::string& bytes : {std::string("\xff\xff\xff\x7f", 4), std::string("\0\0\0\0", 4), frame("nonsense"),
                                   frame(deep), std::string("GET / HTTP/1.1\r\n\r\n")}) {
    const auto fd = connected(service);
    say(fd, bytes);
    EXPECT_TRUE(until_closed(fd)) << bytes.substr(0, 20);
  }
  EXPECT_TRUE(answers(service));
  stops(service, rotad);
}

TEST(HostileClients, c06_a_question_that_is_none_gets_an_error_and_may_be_followed_by_one) {
  const Service service;
  auto rotad = service.up();
  const auto fd = connected(service);
  say(fd, frame("{\"protocol\":1}") + frame("{\"ask\":\"explode\"}"));
  std::string said;
  EXPECT_TRUE(eventually(kPatience, [&] {
    char bytes[4096];
    const auto n = ::recv(fd.get(), bytes, sizeof bytes, MSG_DONTWAIT);
    if (n > 0) said.append(bytes, static_cast<std::size_t>(n));
    return n == 0 || contains(said, "refused");
  })) << said;
  EXPECT_TRUE(answers(service));
  stops(service, rotad);
}

TEST(HostileClients, c09_a_protocol_of_another_time_is_refused_in_words) {
  const Service service;
  auto rotad = service.up();
  const auto fd = connected(service);
  say(fd, frame("{\"protocol\":4711,\"version\":\"99.0\"}"));
  const auto said = until_closed(fd);
  ASSERT_TRUE(said);
  EXPECT_THAT(*said, HasSubstr("protocol"));
  EXPECT_TRUE(answers(service));
  stops(service, rotad);
}

TEST(HostileClients, c04_one_that_asks_for_much_and_never_reads_is_cut) {
  const Service service;
  auto rotad = service.up({"--process-slots", "1"});
  std::string yaml = "jobs:\n  gate: {run: 'while [ ! -e go ]; do sleep 0.1; done'}\n";
  for (int i = 0; i < 20'000; ++i) yaml += "  j" + std::to_string(i) + ": {run: echo, needs: gate}\n";
  const auto run = service.submit(yaml);
  std::vector<posix::Fd> deaf;
  for (int i = 0; i < 5; ++i) {
    deaf.push_back(connected(service));
    say(deaf.back(), frame("{\"protocol\":1}") + frame("{\"ask\":\"view\",\"run\":" + run + "}"));
  }
  EXPECT_TRUE(answers(service));
  // What was sent before the cut can still be read; then it ends, in the middle of an answer.
  EXPECT_TRUE(eventually(kPatience, [&] {
    return contains(service.ask({"daemon", "status", "--json"}).out, "\"clients\":1");
  })) << service.ask({"daemon", "status", "--json"}).out;
  EXPECT_EQ(service.ask({"cancel", run, "--now"}).status, 0);
  stops(service, rotad);
}

/// Well-behaved clients, whom no handshake's end cuts off, until one of them is turned away: what that one was told.
std::string crowd_in(const Service& service, std::vector<posix::Fd>& many) {
  for (int i = 0; i < 300; ++i) {
    many.push_back(connected(service));
    say(many.back(), frame("{\"protocol\":1}"));
    std::string said;
    EXPECT_TRUE(eventually(kPatience, [&] {
      said = all_so_far(many.back());
      return contains(said, "\"protocol\"") || contains(said, "\"refused\"");
    })) << i << said;
    if (!contains(said, "\"protocol\"")) return said;
  }
  return {};
}

void turns_away(const Service& service, const std::string& words) {
  for (int i = 0; i < 3; ++i) {
    const auto e = service.ask({"daemon", "status"});
    EXPECT_EQ(e.status, 5) << told(e);
    EXPECT_THAT(e.err, HasSubstr(words));
  }
}

TEST(HostileClients, o01_where_few_descriptors_may_be_had_few_clients_are_taken_and_the_service_goes_on) {
  const Service service;
  auto command = service.scene().shell("ulimit -n 40; exec rotad --pool 1 --process-slots 2 --state-dir " +
                                       service.path("state") + " --socket " + service.socket());
  auto rotad = Service::up(service, command);
  {
    std::vector<posix::Fd> many;
    EXPECT_THAT(crowd_in(service, many), HasSubstr("no more are taken"));
    turns_away(service, "no more are taken");
    EXPECT_FALSE(rotad.ended()) << rotad.err();
  }
  EXPECT_TRUE(eventually(kPatience, [&] { return answers(service); })) << rotad.err();
  const auto run = service.submit("jobs: {x: {run: echo}}\n");
  EXPECT_EQ(service.ask({"wait", run}).status, 0);
  stops(service, rotad);
}

TEST(HostileClients, o01_when_descriptors_run_out_they_are_turned_away_and_the_service_goes_on) {
  const Service service;
  auto rotad = service.up({"--pool", "1"});
  const auto run =
      service.submit("jobs: {x: {run: 'echo S >> marks; while [ ! -e go ]; do sleep 0.05; done; exit 7'}}\n");
  ASSERT_TRUE(eventually(kPatience, [&] { return !service.lines("marks").empty(); }));
  {
    rlimit before{}, few{};
    ASSERT_EQ(::prlimit(rotad.pid(), RLIMIT_NOFILE, nullptr, &before), 0);
    few = before;
    few.rlim_cur = open_files(rotad.pid()).size() + 5;  // fewer than it was promised when it counted
    ASSERT_EQ(::prlimit(rotad.pid(), RLIMIT_NOFILE, &few, nullptr), 0);
    std::vector<posix::Fd> many;
    EXPECT_THAT(crowd_in(service, many), HasSubstr("no file descriptor left"));
    turns_away(service, "no file descriptor left");
    service.scene().write("go", "");
    EXPECT_FALSE(rotad.ended()) << rotad.err();
    ASSERT_EQ(::prlimit(rotad.pid(), RLIMIT_NOFILE, &before, nullptr), 0);
  }
  EXPECT_TRUE(eventually(kPatience, [&] { return answers(service); })) << rotad.err();
  EXPECT_EQ(service.ask({"wait", run}).status, 1);
  EXPECT_EQ(service.story(run)["x"].reason, "exit:7");
  stops(service, rotad);
}

TEST(HostileClients, z01_another_user_is_refused_even_where_the_files_would_let_him_in) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can become another user";
  const Service service;
  auto rotad = service.up();
  fs::permissions(service.scene().directory(), fs::perms::all);
  fs::permissions(service.socket(), fs::perms::all);
  if (service.scene().shell("setpriv --reuid=65534 --clear-groups rota version").run().status != 0)
    GTEST_SKIP() << "another user cannot run setpriv or the built binaries here";
  const auto e = service.scene()
                     .shell("setpriv --reuid=65534 --clear-groups rota --socket " + service.socket() + " --state-dir " +
                            service.path("other") + " submit --dry-run /dev/null")
                     .run();
  EXPECT_EQ(e.status, 5) << told(e);
  EXPECT_TRUE(eventually(kPatience, [&] { return contains(rotad.err(), "65534"); })) << rotad.err();
  stops(service, rotad);
}

}  // namespace
}  // namespace rota::test
