// A plugin's coroutine on the loop: resumed when what it waits for has come.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>

#include "worker/targets/foreign.h"
#include "worker/targets/functions.h"

namespace rota::worker {

namespace asio = boost::asio;
using boost::system::error_code;
using Descriptor = asio::posix::stream_descriptor;

namespace {

/// Destroys the frame, also when the loop ends in the middle.
using Frame = std::unique_ptr<void, void (*)(void*)>;

asio::awaitable<error_code> until_ready(Descriptor& fd, Descriptor::wait_type events) {
  error_code ec;
  co_await fd.async_wait(events, asio::redirect_error(asio::use_awaitable, ec));
  co_return ec;
}

/// A rota_wake. The descriptor is watched by another number, so that two may wait for the same.
asio::awaitable<int> wait_for_descriptor(const rota_wait wait) {
  using namespace asio::experimental::awaitable_operators;
  const auto executor = co_await asio::this_coro::executor;
  const int number = ::fcntl(wait.fd, F_DUPFD_CLOEXEC, 0);
  if (number < 0) co_return ROTA_READY;  // the call that follows tells what is wrong with it
  Descriptor fd(executor);
  error_code ec;
  fd.assign(number, ec);
  if (ec) ::close(number);
  if (ec) co_return ROTA_READY;
  const auto events = wait.events == ROTA_WRITABLE ? Descriptor::wait_write : Descriptor::wait_read;
  if (wait.timeout_ns < 0) {
    ec = co_await until_ready(fd, events);
    co_return ec == asio::error::operation_aborted ? ROTA_CANCELLED : ROTA_READY;  // a file is always ready
  }
  asio::steady_timer timer(executor, Duration(wait.timeout_ns));
  error_code timed;
  const auto first =
      co_await (until_ready(fd, events) || timer.async_wait(asio::redirect_error(asio::use_awaitable, timed)));
  if (first.index() == 1) co_return timed ? ROTA_CANCELLED : ROTA_TIMED_OUT;
  co_return std::get<0>(first) == asio::error::operation_aborted ? ROTA_CANCELLED : ROTA_READY;
}

}  // namespace

Coroutine begin_foreign(const rota_target& target, TargetContext& context, const Arguments& arguments) {
  co_await asio::this_coro::throw_if_cancelled(false);  // the plugin is told, and ends by itself
  rota_context to(context);
  const ForeignArguments given(arguments);
  const Frame frame(target.start(&foreign_host(), &to, given.data()), target.destroy);
  if (!frame) co_return foreign_end(ROTA_FAILED, to);
  asio::steady_timer timer(co_await asio::this_coro::executor);
  for (int wake = ROTA_READY;;) {
    to.waits = false;
    const int result = target.resume(frame.get(), wake);
    if (result != ROTA_SUSPENDED) co_return foreign_end(result, to);
    if (!to.waits) co_return fail(Code::refused, "is suspended and waits for nothing");
    if (to.wait.fd >= 0) {
      wake = co_await wait_for_descriptor(to.wait);
    } else {
      timer.expires_after(Duration(std::max<std::int64_t>(to.wait.timeout_ns, 0)));
      error_code stopped;
      co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, stopped));
      wake = stopped ? ROTA_CANCELLED : ROTA_READY;
    }
    if (context.stop_requested()) wake = ROTA_CANCELLED;
  }
}

}  // namespace rota::worker
