// Targets on real sockets, in both modes.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <thread>

#include "tests/pool/pool_fixture.h"

namespace rota {
namespace {

using namespace std::chrono_literals;
using test::PoolDriver;
using PoolFiles = test::PoolFixture;

/// A socket of the test on 127.0.0.1, bound to a free port.
class Loopback {
 public:
  explicit Loopback(int type) : fd_(::socket(AF_INET, type | SOCK_CLOEXEC, 0)) {
    sockaddr_in at = address(0);
    EXPECT_EQ(::bind(fd_.get(), reinterpret_cast<sockaddr*>(&at), sizeof at), 0);
    socklen_t size = sizeof at;
    EXPECT_EQ(::getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&at), &size), 0);
    port_ = ntohs(at.sin_port);
    const timeval patience{30, 0};
    ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  }
  static sockaddr_in address(std::uint16_t port) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    at.sin_port = htons(port);
    return at;
  }
  int fd() const { return fd_.get(); }
  std::string name() const { return "127.0.0.1:" + std::to_string(port_); }
  /// The next datagram, and who sent it.
  std::string receive(sockaddr_in* from = nullptr) {
    char buffer[2048];
    sockaddr_in sender{};
    socklen_t size = sizeof sender;
    const auto n = ::recvfrom(fd_.get(), buffer, sizeof buffer, 0, reinterpret_cast<sockaddr*>(&sender), &size);
    if (from) *from = sender;
    return n < 0 ? "(nothing)" : std::string(buffer, static_cast<std::size_t>(n));
  }
  void send(std::string_view text, sockaddr_in to) {
    EXPECT_EQ(::sendto(fd_.get(), text.data(), text.size(), 0, reinterpret_cast<sockaddr*>(&to), sizeof to),
              static_cast<ssize_t>(text.size()));
  }

 private:
  posix::Fd fd_;
  std::uint16_t port_ = 0;
};

/// Answers one HTTP request with these bytes.
class OneAnswer {
 public:
  explicit OneAnswer(std::string answer) : thread_([this, text = std::move(answer)] { serve(text); }) {}
  ~OneAnswer() { wait(); }
  std::string url(const std::string& path = "/") const { return "http://" + socket_.name() + path; }
  /// After the answer was given.
  std::string request() {
    wait();
    return request_;
  }

 private:
  void wait() {
    if (thread_.joinable()) thread_.join();
  }
  void serve(const std::string& text) {
    pollfd p{socket_.fd(), POLLIN, 0};
    if (::poll(&p, 1, 30'000) != 1) return;
    const posix::Fd peer(::accept(socket_.fd(), nullptr, nullptr));
    char buffer[4096];
    while (request_.find("\r\n\r\n") == std::string::npos) {
      const auto n = ::recv(peer.get(), buffer, sizeof buffer, 0);
      if (n <= 0) return;
      request_.append(buffer, static_cast<std::size_t>(n));
    }
    EXPECT_TRUE(posix::write_all(peer.get(), text, "answer"));
  }
  struct Listening : Loopback {
    Listening() : Loopback(SOCK_STREAM) { EXPECT_EQ(::listen(fd(), 5), 0); }
  } socket_;
  std::string request_;
  std::thread thread_;
};

class PoolNetwork : public test::PoolFixture, public ::testing::WithParamInterface<Mode> {};

INSTANTIATE_TEST_SUITE_P(InBothModes, PoolNetwork, ::testing::Values(Mode::thread, Mode::async),
                         [](const auto& p) { return std::string(to_text(p.param)); });

TEST_P(PoolNetwork, a_keep_alive_is_sent_again_and_again_until_it_is_stopped) {
  Loopback camera(SOCK_DGRAM);
  auto a = PoolDriver::target(0, GetParam(), "send_keep_alive", {Value(camera.name()), Value("camera_signal")});
  a.kwargs = {{"every", Value("20ms")}};
  pool_.start(a);
  sockaddr_in from{};
  for (int i = 0; i < 3; ++i) EXPECT_EQ(camera.receive(&from), "camera_signal");
  camera.send("seen", from);
  EXPECT_EQ(camera.receive(), "camera_signal");
  EXPECT_EQ(camera.receive(), "camera_signal");  // sent after the reply was there to be counted
  pool_.stop(0, StopCause::not_needed);
  const auto report = pool_.wait_finished(0);
  EXPECT_EQ(report.ending, (Ending{Ending::Kind::returned, 0, StopCause::not_needed}));
  const auto text = output(0);
  EXPECT_EQ(text.rfind("sent camera_signal to " + camera.name() + "\n", 0), 0u) << text;
  EXPECT_NE(text.find(" 0 failed, 1 replies\n"), std::string::npos) << text;
}

TEST_P(PoolNetwork, an_echo_says_where_it_listens_returns_datagrams_and_counts_them_at_its_end) {
  auto a = PoolDriver::target(0, GetParam(), "udp_echo", {Value("127.0.0.1:0")});
  a.ready_text = "listening";
  pool_.start(a);
  ASSERT_TRUE(pool_.wait([this] { return pool_.story(0).ready; }));
  const auto said = wait_output(0, "\n");
  const auto port = static_cast<std::uint16_t>(std::atoi(said.substr(said.rfind(':') + 1).c_str()));
  Loopback client(SOCK_DGRAM);
  for (const std::string text : {"one", "two", ""}) {
    client.send(text, Loopback::address(port));
    EXPECT_EQ(client.receive(), text);
  }
  pool_.stop(0, StopCause::not_needed);
  EXPECT_EQ(pool_.wait_finished(0).ending.kind, Ending::Kind::returned);
  EXPECT_NE(output(0).find("echoed 3 datagrams\n"), std::string::npos);
}

TEST_P(PoolNetwork, an_address_in_use_or_misspelt_is_a_failure_that_names_it) {
  Loopback taken(SOCK_DGRAM);
  auto report = run(PoolDriver::target(0, GetParam(), "udp_echo", {Value(taken.name())}));
  EXPECT_EQ(report.ending.kind, Ending::Kind::threw);
  EXPECT_NE(report.message.find(taken.name()), std::string::npos) << report.message;
  report = run(PoolDriver::target(1, GetParam(), "udp_echo", {Value("nowhere")}));
  EXPECT_NE(report.message.find("host:port"), std::string::npos) << report.message;
}

TEST_P(PoolNetwork, a_wait_for_tcp_ends_as_soon_as_somebody_listens) {
  Loopback server(SOCK_STREAM);
  pool_.start(PoolDriver::target(0, GetParam(), "tcp_wait", {Value(server.name()), Value("60s")}));
  ASSERT_TRUE(pool_.wait_started(0));
  ASSERT_EQ(::listen(server.fd(), 5), 0);
  EXPECT_EQ(pool_.wait_finished(0).ending, Ending{});
}

TEST_P(PoolNetwork, a_wait_for_tcp_fails_after_its_timeout_and_ends_on_a_stop) {
  Loopback nobody(SOCK_STREAM);
  const auto report = run(PoolDriver::target(0, GetParam(), "tcp_wait", {Value(nobody.name()), Value("150ms")}));
  EXPECT_EQ(report.ending.kind, Ending::Kind::threw);
  EXPECT_NE(report.message.find("within 150ms"), std::string::npos) << report.message;
  pool_.start(PoolDriver::target(1, GetParam(), "tcp_wait", {Value(nobody.name()), Value("1h")}));
  ASSERT_TRUE(pool_.wait_started(1));
  pool_.stop(1, StopCause::cancel_user);
  EXPECT_EQ(pool_.wait_finished(1).ending, (Ending{Ending::Kind::returned, 0, StopCause::cancel_user}));
}

TEST_P(PoolNetwork, a_page_is_printed_or_saved) {
  OneAnswer server("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n");
  EXPECT_EQ(run(PoolDriver::target(0, GetParam(), "http_get", {Value(server.url("/a?b=c#d"))})).ending, Ending{});
  EXPECT_EQ(output(0, output::Stream::out), "hello");
  EXPECT_EQ(server.request().rfind("GET /a?b=c HTTP/1.1\r\n", 0), 0u) << server.request();
  OneAnswer again("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nsaved");
  auto a = PoolDriver::target(1, GetParam(), "http_get", {Value(again.url())});
  a.working_dir = scratch_.path();
  a.kwargs = {{"save", Value("page")}};
  EXPECT_EQ(run(a).ending, Ending{});
  EXPECT_EQ(test::slurp(scratch_.path("page")), "saved");
}

TEST_P(PoolNetwork, a_bad_status_a_refused_connection_and_https_are_failures_with_their_reason) {
  OneAnswer server("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
  auto report = run(PoolDriver::target(0, GetParam(), "http_get", {Value(server.url())}));
  EXPECT_EQ(report.ending.kind, Ending::Kind::threw);
  EXPECT_NE(report.message.find("404"), std::string::npos) << report.message;
  Loopback nobody(SOCK_STREAM);
  report = run(PoolDriver::target(1, GetParam(), "http_get", {Value("http://" + nobody.name())}));
  EXPECT_NE(report.message.find("refused"), std::string::npos) << report.message;
  report = run(PoolDriver::target(2, GetParam(), "http_get", {Value("https://localhost/")}));
  EXPECT_NE(report.message.find("https is not supported"), std::string::npos) << report.message;
}

TEST_P(PoolNetwork, a_server_that_never_answers_does_not_outlast_a_stop) {
  Loopback silent(SOCK_STREAM);
  ASSERT_EQ(::listen(silent.fd(), 5), 0);
  pool_.start(PoolDriver::target(0, GetParam(), "http_get", {Value("http://" + silent.name())}));
  ASSERT_TRUE(pool_.wait_started(0));
  pool_.stop(0, StopCause::timeout);
  EXPECT_EQ(pool_.wait_finished(0).ending, (Ending{Ending::Kind::returned, 0, StopCause::timeout}));
}

TEST_F(PoolFiles, a_checksum_is_what_sha256sum_prints) {
  const auto path = scratch_.path("abc");
  ASSERT_TRUE(posix::replace_file(path, "abc"));
  auto a = PoolDriver::target(0, Mode::thread, "checksum", {Value("abc")});
  a.working_dir = scratch_.path();
  EXPECT_EQ(run(a).ending, Ending{});
  EXPECT_EQ(output(0), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  abc\n");
  EXPECT_EQ(run(PoolDriver::target(1, Mode::thread, "checksum", {Value("/no/such/file")})).ending.kind,
            Ending::Kind::threw);
}

}  // namespace
}  // namespace rota
