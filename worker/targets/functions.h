// The built-in target functions. A co_ function is the coroutine of the same target; those that wait for a network have
// only that one body, and their plain function runs it on a loop of its own thread.
#pragma once

#include <functional>

#include "worker/targets/target.h"

namespace rota::worker {

Plain noop, print_numbers, sleep, spin, echo, checksum, send_keep_alive, udp_echo, tcp_wait, http_get;
CoroutineFunction co_noop, co_print_numbers, co_sleep, co_echo, co_send_keep_alive, co_udp_echo, co_tcp_wait,
    co_http_get;

/// Waits in a coroutine; false when it was cancelled.
boost::asio::awaitable<bool, boost::asio::any_io_executor> pause(Duration d);

/// Runs a coroutine to its end on the calling thread; a requested stop cancels it.
Status run_on_own_loop(CoroutineFunction* coroutine, TargetContext& context, const Arguments& arguments);
Status run_on_own_loop(const std::function<Coroutine()>& begin, TargetContext& context);

}  // namespace rota::worker
