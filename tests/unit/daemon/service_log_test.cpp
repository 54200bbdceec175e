// The log never waits, never breaks a line, and speaks the journal's way where the journal listens.
#include "scheduler/daemon/service_log.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>

#include "shared/posix/fd.h"

namespace rota::daemon {
namespace {

class StandingClock final : public Clock {
 public:
  Now now() override { return {{}, {1'772'366'400'123'000'000}}; }
};

std::string drained(int fd) {
  ::fcntl(fd, F_SETFL, O_NONBLOCK);
  std::string all(1 << 20, '\0');
  const auto n = ::read(fd, all.data(), all.size());
  return all.substr(0, n > 0 ? static_cast<std::size_t>(n) : 0);
}

struct Pipe {
  Pipe() { std::tie(read, write) = posix::make_pipe().value(); }
  posix::Fd read, write;
};

TEST(TheServiceLog, is_a_line_with_time_and_level) {
  Pipe pipe;
  StandingClock clock;
  ServiceLog log(pipe.write.get(), ServiceLog::Style::plain, clock);
  log.info("one");
  log.warning("two\nlines \x1b[31m");
  EXPECT_EQ(drained(pipe.read.get()),
            "2026-03-01T12:00:00.123Z info one\n2026-03-01T12:00:00.123Z warning two\\x0alines \\x1b[31m\n");
}

TEST(TheServiceLog, has_levels_and_no_time_for_the_journal) {
  Pipe pipe;
  StandingClock clock;
  ServiceLog log(pipe.write.get(), ServiceLog::Style::journal, clock);
  log.info("a");
  log.warning("b");
  log.error("c");
  EXPECT_EQ(drained(pipe.read.get()), "<6>a\n<4>b\n<3>c\n");
}

TEST(TheServiceLog, knows_the_journal_by_device_and_inode) {
  Pipe pipe;
  struct stat about {};
  ASSERT_EQ(::fstat(pipe.write.get(), &about), 0);
  const auto own = "JOURNAL_STREAM=" + std::to_string(about.st_dev) + ":" + std::to_string(about.st_ino);
  EXPECT_EQ(log_style(pipe.write.get(), {own}), ServiceLog::Style::journal);
  EXPECT_EQ(log_style(pipe.write.get(), {"JOURNAL_STREAM=8:1"}), ServiceLog::Style::plain);
  EXPECT_EQ(log_style(pipe.write.get(), {}), ServiceLog::Style::plain);
}

TEST(TheServiceLog, drops_what_a_slow_reader_has_no_room_for_and_says_so) {
  Pipe pipe;
  StandingClock clock;
  ServiceLog log(pipe.write.get(), ServiceLog::Style::plain, clock);
  for (int i = 0; i < 3000; ++i) log.info(std::string(100, 'x'));
  EXPECT_NE(drained(pipe.read.get()), "");
  log.info("after");
  const auto told = drained(pipe.read.get());
  EXPECT_NE(told.find(" lines of this log were dropped"), std::string::npos) << told;
  EXPECT_TRUE(told.ends_with("info after\n")) << told;
}

TEST(TheServiceLog, o10_goes_on_when_nobody_can_read_it_any_more) {
  const auto before = std::signal(SIGPIPE, SIG_IGN);
  Pipe pipe;
  StandingClock clock;
  ServiceLog log(pipe.write.get(), ServiceLog::Style::plain, clock);
  pipe.read.reset();
  for (int i = 0; i < 3; ++i) log.error("to nobody");
  ServiceLog closed(-1, ServiceLog::Style::plain, clock);
  closed.error("to nowhere");
  std::signal(SIGPIPE, before);
}

TEST(TheServiceLog, cuts_a_line_that_no_pipe_takes_whole) {
  Pipe pipe;
  StandingClock clock;
  ServiceLog log(pipe.write.get(), ServiceLog::Style::journal, clock);
  log.info(std::string(20'000, 'x'));
  const auto line = drained(pipe.read.get());
  EXPECT_EQ(line.size(), 4096u);
  EXPECT_EQ(line.find('\n'), 4095u);
}

TEST(TheServiceLog, never_waits_for_a_socket_either) {
  auto [read, write] = posix::make_socketpair(SOCK_STREAM).value();
  StandingClock clock;
  ServiceLog log(write.get(), ServiceLog::Style::plain, clock);
  for (int i = 0; i < 20'000; ++i) log.info(std::string(100, 'x'));
  EXPECT_NE(drained(read.get()), "");
}

}  // namespace
}  // namespace rota::daemon
