// Starting and ending the service itself: one at a time, whatever the last one left behind, whatever it is told.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>

#include "shared/posix/fd.h"
#include "tests/e2e/service_scene.h"

namespace rota::test {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

void is_well(const Service& service) {
  const auto run = service.submit("jobs:\n  x: {run: echo well}\n");
  EXPECT_EQ(service.ask({"wait", run}).status, 0);
  EXPECT_EQ(service.ask({"logs", run}).out, "well\n");
}

void stops(const Service& service, Running& rotad) {
  EXPECT_EQ(service.ask({"daemon", "stop"}).status, 0);
  const auto e = rotad.wait();
  EXPECT_EQ(e.status, 0) << told(e);
}

TEST(RacingStarts, c01_one_of_fifty_wins_and_the_others_say_who) {
  const Service service;
  std::vector<Running> all;
  for (int i = 0; i < 50; ++i) all.push_back(service.rotad().start());
  int losers = 0;
  EXPECT_TRUE(eventually(kPatience, [&] {
    losers = static_cast<int>(std::count_if(all.begin(), all.end(), [](const Running& r) { return r.ended(); }));
    return losers == 49;
  })) << losers;
  std::vector<Running*> winners;
  for (auto& r : all) {
    if (!r.ended()) {
      winners.push_back(&r);
      continue;
    }
    const auto e = r.wait();
    EXPECT_EQ(e.status, 69) << told(e);
    EXPECT_THAT(e.err, HasSubstr("already running"));
  }
  ASSERT_EQ(winners.size(), 1u);
  ASSERT_TRUE(eventually(kPatience, [&] { return listens(service.socket()); }));
  EXPECT_THAT(service.ask({"daemon", "status"}).out, HasSubstr(std::to_string(winners[0]->pid())));
  is_well(service);
  stops(service, *winners[0]);
}

/// Makes a socket file as a program does that dies right after bind.
void leave_socket(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  const posix::Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  ASSERT_EQ(::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
}

TEST(Leavings, c02_a_socket_that_was_bound_and_never_listened_on_is_replaced) {
  const Service service;
  leave_socket(service.socket());
  auto rotad = service.up();
  is_well(service);
  stops(service, rotad);
}

TEST(Leavings, c02_a_killed_coordinators_socket_and_lock_do_not_hinder_the_next) {
  const Service service;
  for (int i = 0; i < 3; ++i) {
    auto rotad = service.up();
    rotad.signal(SIGKILL);
    rotad.wait();
    EXPECT_TRUE(fs::exists(service.socket()));
    EXPECT_EQ(service.ask({"daemon", "status"}).status, 4);
  }
  auto rotad = service.up();
  is_well(service);
  stops(service, rotad);
}

TEST(Leavings, c02_only_a_socket_is_ever_replaced) {
  const Service service;
  service.scene().write("sock", "precious");
  const auto e = service.rotad().run();
  EXPECT_NE(e.status, 0);
  EXPECT_EQ(service.read("sock"), "precious") << told(e);
}

/// How often a process has gone to wait for something.
std::uint64_t waits_of(pid_t pid) {
  const std::string field = "voluntary_ctxt_switches:";
  for (const auto& line : split_lines(read_file("/proc/" + std::to_string(pid) + "/status"))) {
    if (line.starts_with(field)) return std::stoull(line.substr(field.size()));
  }
  return 0;
}

TEST(Leavings, c03_nothing_is_dispatched_before_the_last_pool_worker_of_an_older_life_is_gone) {
  const Service service;
  auto first = service.up({"--pool", "1"});
  const auto run = service.submit("jobs:\n  t: {mode: thread, run: '[ -e freed ] && echo after >> marks || echo before "
                                  ">> marks; while [ ! -e freed ]; do sleep 0.05; done'}\n"
                                  "  p: {run: '[ -e freed ] || echo early >> marks', needs: t}\n");
  ASSERT_TRUE(eventually(kPatience, [&] { return service.lines("marks", "before").size() == 1; }));
  auto held = posix::open_file(service.instance() + "/pool.lock", O_RDWR).value();
  first.signal(SIGKILL);  // the job is queued anew
  first.wait();
  // As a pool worker that is slow to die holds it.
  ASSERT_TRUE(eventually(kPatience, [&] { return posix::try_lock(held.get()).value(); }));
  auto rotad = service.rotad({"--pool", "1"}).start();
  // It looks again and again: by then it would have long served, and dispatched.
  EXPECT_TRUE(eventually(kPatience, [&] {
    return rotad.ended() || listens(service.socket()) || waits_of(rotad.pid()) > 250;
  })) << waits_of(rotad.pid());
  EXPECT_FALSE(listens(service.socket()));
  EXPECT_FALSE(rotad.ended()) << rotad.err();
  EXPECT_EQ(service.lines("marks").size(), 1u) << service.read("marks");
  service.scene().write("freed", "");
  held.reset();
  EXPECT_TRUE(eventually(kPatience, [&] { return listens(service.socket()); })) << rotad.err();
  EXPECT_EQ(service.ask({"wait", run}).status, 0);
  EXPECT_THAT(service.lines("marks"), testing::ElementsAre("before", "after"));
  stops(service, rotad);
}

TEST(Signals, k18_the_first_stops_in_order_and_leaves_process_jobs_running) {
  const Service service;
  auto rotad = service.up();
  service.submit("jobs:\n  x: {run: 'echo S >> marks; while [ ! -e go ]; do sleep 0.05; done'}\n");
  ASSERT_TRUE(eventually(kPatience, [&] { return !service.lines("marks").empty(); }));
  rotad.signal(SIGTERM);
  const auto e = rotad.wait();
  EXPECT_EQ(e.status, 0) << told(e);
  EXPECT_FALSE(service.launchers().empty());
  service.scene().write("go", "");
  EXPECT_TRUE(service.scene().nothing_lives());
}

TEST(Signals, k18_the_second_stops_at_once) {
  const Service service;
  auto rotad = service.up({"--pool", "1", "--stop-grace", "1h"});
  service.submit(
      "jobs:\n  x: {mode: thread, run: 'trap \"\" TERM; echo S >> marks; while :; do sleep 0.1; done', "
      "stop: {grace: 1h}}\n");
  ASSERT_TRUE(eventually(kPatience, [&] { return !service.lines("marks").empty(); }));
  rotad.signal(SIGTERM);
  ASSERT_TRUE(eventually(kPatience, [&] { return contains(rotad.err(), "stopping"); })) << rotad.err();
  rotad.signal(SIGTERM);
  const auto e = rotad.wait();
  EXPECT_EQ(e.status, 0) << told(e);
  EXPECT_TRUE(service.scene().nothing_lives()) << describe(service.scene().living());
  auto next = service.up();
  next.signal(SIGKILL);
}

TEST(Signals, k18_one_that_comes_during_the_start_ends_it_and_leaves_nothing) {
  const Service service;
  for (const std::string moment : {"service.locked", "recovery.replayed", "recovery.epoch", "recovery.adopting"}) {
    auto rotad = service.rotad().env("ROTA_FAILPOINTS", moment + ":stop").start();
    const auto process = process_of(rotad.pid());
    ASSERT_TRUE(eventually(kPatience, [&] { return is_stopped(process); })) << moment << rotad.err();
    rotad.signal(SIGTERM);
    rotad.signal(SIGCONT);
    const auto e = rotad.wait();
    EXPECT_EQ(e.status, 0) << moment << told(e);
    EXPECT_FALSE(fs::exists(service.socket())) << moment;
    EXPECT_TRUE(service.scene().nothing_lives()) << moment << describe(service.scene().living());
  }
  auto early = service.rotad().start();
  early.signal(SIGTERM);  // before it has begun with anything, or so soon after that it makes no difference
  const auto e = early.wait();
  EXPECT_TRUE(e.status == 0 || e.by_signal == SIGTERM) << told(e);
  EXPECT_TRUE(service.scene().nothing_lives()) << describe(service.scene().living());
  auto rotad = service.up();
  is_well(service);
  stops(service, rotad);
}

TEST(Signals, o10_a_hangup_is_nothing_to_a_service) {
  const Service service;
  auto rotad = service.up();
  for (const int signo : {SIGHUP, SIGPIPE}) rotad.signal(signo);
  is_well(service);
  stops(service, rotad);
}

TEST(Signals, o10_a_service_whose_terminal_is_gone_goes_on) {
  const Service service;
  for (const std::string redirect : {">&- 2>&- <&-", "2>/dev/full", "2>&1 | true"}) {
    const auto flags = " --state-dir " + service.path("state") + " --socket " + service.socket() + " ";
    auto shell = service.scene().shell("rotad" + flags + redirect).start();
    ASSERT_TRUE(eventually(kPatience, [&] { return listens(service.socket()); })) << redirect;
    is_well(service);
    EXPECT_EQ(service.ask({"daemon", "stop"}).status, 0) << redirect;
    EXPECT_TRUE(service.scene().nothing_lives()) << describe(service.scene().living());
  }
}

TEST(CrashLoop, k16_ends_in_safe_mode_where_nothing_starts_until_somebody_says_so) {
  const Service service;
  for (int i = 0; i < 5; ++i) {
    auto rotad = service.up();
    rotad.signal(SIGKILL);
    rotad.wait();
  }
  auto rotad = service.up();
  EXPECT_THAT(service.ask({"daemon", "status"}).out, HasSubstr("safe"));
  const auto run = service.submit("jobs:\n  x: {run: echo ran >> marks}\n");
  EXPECT_THAT(service.ask({"explain", run}).out, HasSubstr("safe"));
  EXPECT_EQ(service.ask({"wait", run, "--timeout", "300ms"}).status, 124);
  EXPECT_FALSE(service.scene().exists("marks"));
  EXPECT_EQ(service.ask({"daemon", "drain", "--off"}).status, 0);
  EXPECT_EQ(service.ask({"wait", run}).status, 0);
  stops(service, rotad);
}

TEST(CrashLoop, k16_that_dies_by_itself_leaves_what_runs_alone_and_starts_nothing) {
  const Service service;
  auto first = service.up({"--pool", "1"});
  const auto run = service.submit(
      "jobs:\n  p: {run: 'echo P >> marks; while [ ! -e go ]; do sleep 0.05; done; exit 7'}\n"
      "  t: {mode: thread, run: 'echo T >> marks; while [ ! -e go ]; do sleep 0.05; done'}\n");
  ASSERT_TRUE(eventually(kPatience, [&] { return service.lines("marks").size() == 2; }));
  first.signal(SIGKILL);
  first.wait();
  for (int i = 0; i < 5; ++i) {  // before it comes to anything, as a broken build does
    const auto e = service.rotad({"--pool", "1"}).env("ROTA_FAILPOINTS", "recovery.epoch:kill:1").run();
    EXPECT_EQ(e.by_signal, SIGKILL) << told(e);
  }
  auto rotad = service.up({"--pool", "1"});
  EXPECT_THAT(rotad.err(), HasSubstr("safe mode"));
  EXPECT_THAT(service.ask({"daemon", "status"}).out, HasSubstr("safe mode"));
  EXPECT_THAT(service.ask({"ps"}).err, HasSubstr("safe mode"));
  EXPECT_THAT(service.ask({"explain", run + "/t"}).out, HasSubstr("limit:safe-mode"));
  service.scene().write("go", "");
  ASSERT_TRUE(service.reaches(run, "p", "finished")) << "what runs is watched over all the same";
  EXPECT_EQ(service.story(run)["p"].reason, "exit:7");
  EXPECT_EQ(service.lines("marks", "P").size(), 1u);
  EXPECT_EQ(service.lines("marks", "T").size(), 1u) << "nothing starts";
  EXPECT_EQ(service.ask({"daemon", "drain", "--off"}).status, 0);
  EXPECT_EQ(service.ask({"wait", run}).status, 1);
  EXPECT_EQ(service.lines("marks", "T").size(), 2u);
  EXPECT_EQ(service.story(run)["t"].outcome, "succeeded");
  stops(service, rotad);
}

TEST(Configuration, is_read_and_a_flag_counts_before_it) {
  const Service service;
  fs::create_directories(service.path("config/rota"));
  service.scene().write("config/rota/config.yaml", "process_slots: 3\nthreads: 2\n");
  auto rotad = service.up({"--threads", "1"});
  const auto e = service.ask({"daemon", "status"});
  EXPECT_THAT(e.out, HasSubstr("3 (" + service.path("config/rota/config.yaml") + ":1)")) << told(e);
  EXPECT_THAT(e.out, HasSubstr("1 (--threads)")) << told(e);
  stops(service, rotad);
}

TEST(Configuration, a_wrong_one_is_refused_where_it_is_wrong) {
  const Service service;
  const auto file = service.scene().write("c.yaml", "pool: 1\nproces_slots: 3\n");
  const auto e = service.rotad({"--config", file}).run();
  EXPECT_EQ(e.status, 2);
  EXPECT_THAT(e.err, HasSubstr(file + ":2:1: error: unknown field 'proces_slots'"));
  EXPECT_EQ(service.rotad({"--config", service.path("none.yaml")}).run().status, 2);
  EXPECT_EQ(service.rotad({"--proces-slots", "3"}).run().status, 2);
  EXPECT_EQ(service.rotad({"--version"}).run().status, 0);
  EXPECT_FALSE(service.scene().exists("state"));
}

TEST(ServiceManager, is_told_when_the_socket_serves_and_when_it_ends) {
  const Service service;
  const posix::Fd manager(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const auto path = service.path("manager");
  std::memcpy(address.sun_path, path.data(), path.size());
  ASSERT_EQ(::bind(manager.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  std::string heard;
  const auto hears = [&](std::string_view text) {
    return eventually(kPatience, [&] {
      char datagram[1024];
      for (ssize_t n; (n = ::recv(manager.get(), datagram, sizeof datagram, 0)) > 0;)
        heard.append(datagram, static_cast<std::size_t>(n));
      return contains(heard, text);
    });
  };
  auto rotad = service.rotad().env("NOTIFY_SOCKET", path).start();
  ASSERT_TRUE(hears("READY=1\nMAINPID=" + std::to_string(rotad.pid()) + "\n")) << rotad.err();
  EXPECT_TRUE(listens(service.socket()));
  const auto run = service.submit("jobs:\n  x: {run: 'echo \"[${NOTIFY_SOCKET:-}]\"'}\n", {"--export", "all"});
  EXPECT_EQ(service.ask({"wait", run}).status, 0);
  EXPECT_EQ(service.ask({"logs", run}).out, "[]\n") << "a job must not speak for the service";
  stops(service, rotad);
  EXPECT_TRUE(hears("STOPPING=1")) << heard;
}

/// Names, kinds and contents of all that is below a directory.
std::string shape_of(const fs::path& directory) {
  std::vector<std::string> all;
  for (const auto& entry : fs::recursive_directory_iterator(directory))
    all.push_back(entry.path().string() + (entry.is_regular_file() ? ": " + read_file(entry.path()) : "/"));
  std::sort(all.begin(), all.end());
  std::string text;
  for (const auto& line : all) text += line + "\n";
  return text;
}

/// A sound part of a state, as a service leaves it, is moved to where a link in its place leads.
TEST(PlantedFiles, z03_are_refused_and_never_followed) {
  int planted = 0;
  for (const std::string part : {"service", "next", "service/lock", "service/journal.db", "service/pool.lock",
                                 "service/numbers", "service/starts", "service/out", "service/launchers"}) {
    SCOPED_TRACE(part);
    const Service service;
    auto first = service.up();
    is_well(service);
    stops(service, first);
    const fs::path place = service.path("state/" + part), outside = service.path("outside");
    if (!fs::exists(place)) continue;
    ++planted;
    fs::create_directory(outside);
    fs::rename(place, outside / "it");
    fs::create_symlink(outside / "it", place);
    const auto before = shape_of(outside);
    auto rotad = service.rotad().start();
    EXPECT_TRUE(eventually(kPatience, [&] { return rotad.ended() || listens(service.socket()); }));
    if (!rotad.ended()) {  // what is touched only when it is needed is refused when it is
      EXPECT_NE(service.rota({"submit", service.scene().write("a.yaml", "jobs: {x: {run: echo}}")}).run().status, 0);
      rotad.signal(SIGTERM);
      rotad.wait();
    } else {
      const auto e = rotad.wait();
      EXPECT_TRUE(e.status > 0) << told(e);
      EXPECT_THAT(e.err, HasSubstr(place.string()));
    }
    EXPECT_TRUE(fs::is_symlink(place));
    EXPECT_EQ(shape_of(outside), before);
  }
  EXPECT_GE(planted, 8);
}

TEST(PlantedFiles, z03_a_state_directory_that_others_may_write_to_is_refused) {
  const Service service;
  fs::create_directories(service.path("state"));
  fs::permissions(service.path("state"), fs::perms::all);
  const auto e = service.rotad().run();
  EXPECT_NE(e.status, 0) << told(e);
  EXPECT_THAT(e.err, HasSubstr(service.path("state")));
}

mode_t mode_of(const std::string& path) {
  struct stat about {};
  return ::lstat(path.c_str(), &about) == 0 ? about.st_mode & 07777 : 0;
}

TEST(TheSocket, z02_is_its_owners_alone_whatever_the_umask) {
  const Service service;
  auto shell = service.scene().shell("umask 0; exec rotad --state-dir " + service.path("state") + " --socket " +
                                     service.path("private/sock"));
  auto rotad = shell.start();
  ASSERT_TRUE(eventually(kPatience, [&] { return listens(service.path("private/sock")); })) << rotad.err();
  EXPECT_EQ(mode_of(service.path("private/sock")), 0600u);
  EXPECT_EQ(mode_of(service.path("private")), 0700u);
  EXPECT_EQ(mode_of(service.path("state")), 0700u);
  EXPECT_EQ(mode_of(service.instance()), 0700u);
  rotad.signal(SIGTERM);
  EXPECT_EQ(rotad.wait().status, 0);
}

TEST(Root, z10_is_told_that_it_is_root) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can see it";
  const Service service;
  auto rotad = service.up();
  EXPECT_THAT(rotad.err(), HasSubstr("as root"));
  stops(service, rotad);
}

}  // namespace
}  // namespace rota::test
