// A coroutine as a plain function: run to its end on a loop of the calling thread.
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <exception>
#include <optional>

#include "worker/targets/functions.h"

namespace rota::worker {

namespace asio = boost::asio;

Status run_on_own_loop(CoroutineFunction* coroutine, TargetContext& context, const Arguments& arguments) {
  return run_on_own_loop([&] { return coroutine(context, arguments); }, context);
}

Status run_on_own_loop(const std::function<Coroutine()>& begin, TargetContext& context) {
  asio::io_context loop(1);
  asio::cancellation_signal cancel;
  std::optional<Status> result;
  std::exception_ptr thrown;
  asio::co_spawn(loop, begin(),
                 asio::bind_cancellation_slot(cancel.slot(), [&](std::exception_ptr e, Status s) {
                   thrown = e;
                   if (!e) result = std::move(s);
                 }));
  context.on_stop([&] { asio::post(loop, [&] { cancel.emit(asio::cancellation_type::terminal); }); });
  loop.run();
  context.on_stop({});  // nobody may post to a loop that is gone
  if (thrown && !context.stop_requested()) std::rethrow_exception(thrown);
  return result ? *result : Status{};
}

}  // namespace rota::worker
