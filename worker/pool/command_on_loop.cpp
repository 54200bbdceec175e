// Commands that the loop awaits.
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <exception>

#include "worker/pool/attempt_output.h"
#include "worker/pool/command_run.h"
#include "worker/pool/on_loop.h"
#include "worker/pool/on_thread.h"

namespace rota::worker {

namespace asio = boost::asio;

namespace {

/// One command. Its descriptors are one epoll set, its deadline is one timer.
class CommandOnLoop final : public OnLoop {
 public:
  CommandOnLoop(Attempt& attempt, const Surroundings& with, asio::io_context& loop)
      : attempt_(attempt),
        with_(with),
        output_(attempt, with.mailbox),
        command_(attempt, output_, with.offspring),
        ready_(loop),
        due_(loop) {}
  ~CommandOnLoop() override { ready_.release(); }  // the descriptor is the command's

  Status open() { return output_.open(); }

  void begin(asio::io_context& loop) {
    if (!command_.start()) return complete_on_loop(attempt_, output_, with_);
    ready_.assign(command_.wait_fd());
    if (!command_.has_begun()) post_stalled(attempt_, command_, with_);
    asio::co_spawn(loop, drive(), [](std::exception_ptr e) {
      if (e) std::rethrow_exception(e);  // the loop itself is broken
    });
  }
  void stop(StopRequest r) override {
    command_.stop(r);
    due_.cancel();  // drive() looks at the new deadline
  }

 private:
  asio::awaitable<void> drive() {
    using namespace asio::experimental::awaitable_operators;
    boost::system::error_code woken, late;
    tell_start();
    while (!command_.step()) {
      tell_start();
      const auto due = command_.due();
      due_.expires_at(due ? std::chrono::steady_clock::time_point(Duration(due->ns))
                          : std::chrono::steady_clock::time_point::max());
      co_await (ready_.async_wait(asio::posix::stream_descriptor::wait_read,
                                  asio::redirect_error(asio::use_awaitable, woken)) ||
                due_.async_wait(asio::redirect_error(asio::use_awaitable, late)));
    }
    complete_on_loop(attempt_, output_, with_);
  }
  void tell_start() {
    if (told_ || !command_.has_begun()) return;
    told_ = true;
    with_.mailbox.post({Event::Kind::started, &attempt_, nullptr, attempt_.report.started}, Mailbox::Hurry::yes);
  }
  Attempt& attempt_;
  const Surroundings& with_;
  AttemptOutput output_;
  CommandRun command_;
  bool told_ = false;
  asio::posix::stream_descriptor ready_;
  asio::steady_timer due_;
};

}  // namespace

void begin_command_on_loop(Attempt& attempt, const Surroundings& with, asio::io_context& loop) {
  attempt.report.started = monotonic_now();
  with.lane.begun(*attempt.ledger_entry, attempt.id());
  auto on_loop = std::make_unique<CommandOnLoop>(attempt, with, loop);
  if (const auto opened = on_loop->open(); !opened) {
    refuse(attempt, Ending::Kind::spawn_failed, opened.error());
    with.mailbox.post({Event::Kind::finished, &attempt, nullptr, {}}, Mailbox::Hurry::yes);
    return;
  }
  auto& command = *on_loop;
  attempt.on_loop = std::move(on_loop);
  command.begin(loop);
}

}  // namespace rota::worker
