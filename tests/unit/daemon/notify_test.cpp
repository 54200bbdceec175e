// What the service manager hears.
#include "scheduler/daemon/notify.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>

#include "shared/posix/fd.h"
#include "tests/support/temp_dir.h"

namespace rota::daemon {
namespace {

posix::Fd listening(const std::string& name) {
  posix::Fd fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, name.data(), name.size());
  const bool abstract = name.front() == '@';
  if (abstract) address.sun_path[0] = '\0';
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size() + (abstract ? 0 : 1));
  EXPECT_EQ(::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), length), 0);
  return fd;
}

std::string heard(const posix::Fd& fd) {
  char text[1024];
  const auto n = ::recv(fd.get(), text, sizeof text, 0);
  return n < 0 ? "" : std::string(text, static_cast<std::size_t>(n));
}

TEST(Notify, says_ready_with_the_main_pid_then_how_it_does_then_that_it_stops) {
  const test::TempDir dir;
  const auto socket = listening(dir.file("manager"));
  Notify notify({"A=1", "NOTIFY_SOCKET=" + dir.file("manager")});
  EXPECT_TRUE(notify.wanted());
  notify.ready("up");
  EXPECT_EQ(heard(socket), "READY=1\nMAINPID=" + std::to_string(::getpid()) + "\nSTATUS=up\n");
  notify.status("3 of 4\nruns");
  EXPECT_EQ(heard(socket), "STATUS=3 of 4\\x0aruns\n");
  notify.stopping("bye");
  EXPECT_EQ(heard(socket), "STOPPING=1\nSTATUS=bye\n");
}

TEST(Notify, speaks_to_an_abstract_socket) {
  const auto name = "@rota-test-" + std::to_string(::getpid());
  const auto socket = listening(name);
  Notify({"NOTIFY_SOCKET=" + name}).ready("");
  EXPECT_TRUE(heard(socket).starts_with("READY=1\n"));
}

TEST(Notify, is_silent_where_nobody_asked_or_the_address_is_none) {
  for (const std::string entry : {"A=1", "NOTIFY_SOCKET=", "NOTIFY_SOCKET=relative", "NOTIFY_SOCKET=vsock:2:1"}) {
    Notify notify({entry});
    EXPECT_FALSE(notify.wanted()) << entry;
    notify.ready("x");
  }
  Notify gone({"NOTIFY_SOCKET=/nonexistent/socket"});
  gone.ready("nobody listens: no harm");
  EXPECT_FALSE(Notify({"NOTIFY_SOCKET=/" + std::string(200, 'x')}).wanted());
}

}  // namespace
}  // namespace rota::daemon
