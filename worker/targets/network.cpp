// Targets on UDP and TCP sockets: coroutines, also used as plain functions.
#include <boost/asio/awaitable.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <sstream>
#include <vector>

#include "shared/text/text.h"
#include "worker/targets/endpoint.h"
#include "worker/targets/functions.h"

namespace rota::worker {

namespace asio = boost::asio;
using boost::system::error_code;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t kDatagramBytes = 65536;

template <class Endpoint>
std::string shown(const Endpoint& e) {
  std::ostringstream s;
  s << e;
  return s.str();
}

Error failed(const std::string& what, const std::string& where, const error_code& ec) {
  return Error{Code::system, what + ": " + ec.message(), where, ec.value()};
}

/// The addresses of a "host:port"; numeric ones without asking a resolver (which takes a thread of its own).
template <class Protocol>
asio::awaitable<Result<std::vector<typename Protocol::endpoint>>> resolve_all(std::string text) {
  using Found = std::vector<typename Protocol::endpoint>;
  const auto parsed = parse_host_port(text);
  if (!parsed) co_return parsed.error();
  error_code ec;
  const auto address = asio::ip::make_address(parsed->host, ec);
  if (!ec) co_return Found{{address, static_cast<unsigned short>(std::stoul(parsed->port))}};
  typename Protocol::resolver resolver(co_await asio::this_coro::executor);
  const auto results =
      co_await resolver.async_resolve(parsed->host, parsed->port, asio::redirect_error(asio::use_awaitable, ec));
  if (ec) co_return failed("cannot resolve", text, ec);
  Found all;
  for (const auto& r : results) all.push_back(r.endpoint());
  co_return all;
}

/// Counts the datagrams that have come in since the last call.
std::uint64_t take_replies(asio::ip::udp::socket& socket, std::string& buffer) {
  asio::ip::udp::endpoint from;
  error_code ec;
  for (std::uint64_t n = 0;; ++n) {
    socket.receive_from(asio::buffer(buffer), from, 0, ec);
    if (ec) return n;
  }
}

}  // namespace

Coroutine co_send_keep_alive(TargetContext& context, const Arguments& arguments) {
  const auto where = arguments.text("address");
  const auto signal = arguments.text("signal");
  const auto every = arguments.duration("every", 1s);
  const auto to = co_await resolve_all<asio::ip::udp>(where);
  if (!to) co_return to.error();
  error_code ec;
  asio::ip::udp::socket socket(co_await asio::this_coro::executor);
  socket.open(to->front().protocol(), ec);
  if (!ec) socket.non_blocking(true, ec);
  if (ec) co_return failed("cannot open a UDP socket", where, ec);
  std::string buffer(kDatagramBytes, '\0');
  std::uint64_t sent = 0, lost = 0, replies = 0;
  while (!context.stop_requested()) {
    // Not awaited: a stop that came just then would end the coroutine at its next wait, before its last words.
    socket.send_to(asio::buffer(signal), to->front(), 0, ec);
    // A peer that is away for a while is what a keep-alive is for: it goes on.
    ++(ec ? lost : sent);
    if (sent + lost == 1) context.out("sent " + signal + " to " + shown(to->front()) + "\n");
    const bool go_on = co_await pause(every);
    replies += take_replies(socket, buffer);
    if (!go_on) break;
  }
  context.out("sent " + std::to_string(sent) + " times, " + std::to_string(lost) + " failed, " +
              std::to_string(replies) + " replies\n");
  co_return Status{};
}

Coroutine co_udp_echo(TargetContext& context, const Arguments& arguments) {
  const auto where = arguments.text("listen");
  const auto at = co_await resolve_all<asio::ip::udp>(where);
  if (!at) co_return at.error();
  error_code ec;
  asio::ip::udp::socket socket(co_await asio::this_coro::executor);
  socket.open(at->front().protocol(), ec);
  if (!ec) socket.bind(at->front(), ec);
  if (ec) co_return failed("cannot listen", where, ec);
  context.out("listening on " + shown(socket.local_endpoint(ec)) + "\n");
  std::string buffer(kDatagramBytes, '\0');
  std::uint64_t echoed = 0;
  while (!context.stop_requested()) {
    asio::ip::udp::endpoint from;
    const auto n =
        co_await socket.async_receive_from(asio::buffer(buffer), from, asio::redirect_error(asio::use_awaitable, ec));
    if (context.stop_requested() || ec == asio::error::operation_aborted) break;
    if (ec) continue;  // an earlier answer was refused: nobody's fault here
    socket.send_to(asio::buffer(buffer, n), from, 0,
                   ec);  // a datagram that cannot be sent now is lost, as datagrams are
    if (!ec) ++echoed;
  }
  context.out("echoed " + std::to_string(echoed) + " datagrams\n");
  co_return Status{};
}

namespace {
asio::awaitable<error_code> try_connect(std::vector<asio::ip::tcp::endpoint> to) {
  asio::ip::tcp::socket socket(co_await asio::this_coro::executor);
  error_code ec;
  co_await asio::async_connect(socket, to, asio::redirect_error(asio::use_awaitable, ec));
  co_return ec;
}
}  // namespace

Coroutine co_tcp_wait(TargetContext& context, const Arguments& arguments) {
  using namespace asio::experimental::awaitable_operators;
  const auto where = arguments.text("address");
  const auto timeout = arguments.duration("timeout", 30s);
  const auto until = monotonic_now() + timeout;
  const auto to = co_await resolve_all<asio::ip::tcp>(where);
  if (!to) co_return to.error();
  error_code ec = asio::error::timed_out;
  for (auto left = timeout; left > 0ns && !context.stop_requested(); left = until - monotonic_now()) {
    const auto first = co_await (try_connect(*to) || pause(left));
    if (first.index() == 1) break;
    ec = std::get<0>(first);
    if (!ec) {
      context.out(where + " accepts connections\n");
      co_return Status{};
    }
    if (!co_await pause(100ms)) break;
  }
  if (context.stop_requested()) co_return Status{};
  co_return failed("nobody accepted a connection within " + text::format_duration(timeout), where, ec);
}

Status send_keep_alive(TargetContext& c, const Arguments& a) { return run_on_own_loop(co_send_keep_alive, c, a); }
Status udp_echo(TargetContext& c, const Arguments& a) { return run_on_own_loop(co_udp_echo, c, a); }
Status tcp_wait(TargetContext& c, const Arguments& a) { return run_on_own_loop(co_tcp_wait, c, a); }

}  // namespace rota::worker
