// Targets that need nothing but time and output: plain functions and coroutines.
#include <boost/asio/awaitable.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <string>

#include "worker/targets/functions.h"

namespace rota::worker {

namespace asio = boost::asio;
using namespace std::chrono_literals;

asio::awaitable<bool> pause(Duration d) {
  asio::steady_timer timer(co_await asio::this_coro::executor, d);
  boost::system::error_code stopped;
  co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, stopped));
  co_return !stopped;
}

Status noop(TargetContext&, const Arguments&) { return {}; }
Coroutine co_noop(TargetContext&, const Arguments&) { co_return Status{}; }

Status print_numbers(TargetContext& context, const Arguments& arguments) {
  const auto count = arguments.integer("count");
  const auto delay = arguments.duration("delay", 1s);
  for (std::int64_t i = 1; i <= count; ++i) {
    context.out(std::to_string(i) + "\n");
    context.progress(static_cast<double>(i) / static_cast<double>(count));
    if (!context.sleep_for(delay)) break;
  }
  return {};
}

Coroutine co_print_numbers(TargetContext& context, const Arguments& arguments) {
  const auto count = arguments.integer("count");
  const auto delay = arguments.duration("delay", 1s);
  for (std::int64_t i = 1; i <= count; ++i) {
    context.out(std::to_string(i) + "\n");
    context.progress(static_cast<double>(i) / static_cast<double>(count));
    if (!co_await pause(delay)) break;
  }
  co_return Status{};
}

Status sleep(TargetContext& context, const Arguments& arguments) {
  context.sleep_for(arguments.duration("duration"));
  return {};
}

Coroutine co_sleep(TargetContext&, const Arguments& arguments) {
  // The timer lies in this frame: ten thousand sleepers should not need twenty thousand frames.
  asio::steady_timer timer(co_await asio::this_coro::executor, arguments.duration("duration"));
  boost::system::error_code stopped;
  co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, stopped));
  co_return Status{};
}

namespace {
std::string joined(const ValueList& words) {
  std::string line;
  for (const auto& word : words) {
    if (!line.empty()) line += ' ';
    line += to_text(word);
  }
  return line + "\n";
}
}  // namespace

Status echo(TargetContext& context, const Arguments& arguments) {
  context.out(joined(arguments.positional()));
  return {};
}

Coroutine co_echo(TargetContext& context, const Arguments& arguments) {
  context.out(joined(arguments.positional()));
  co_return Status{};
}

}  // namespace rota::worker
