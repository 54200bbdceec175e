// Coroutines of targets.
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <type_traits>
#include <utility>

#include "worker/pool/attempt_context.h"
#include "worker/pool/attempt_output.h"
#include "worker/pool/loop_meter.h"
#include "worker/pool/on_loop.h"
#include "worker/pool/on_thread.h"

namespace rota::worker {

namespace asio = boost::asio;

namespace {

/// An executor that tells the meter of the loop whose handlers it runs. Otherwise it is the loop's own.
template <class Inner>
class MeteredExecutor {
 public:
  MeteredExecutor(Inner inner, LoopMeter* meter, std::uint32_t entry) noexcept
      : inner_(std::move(inner)), meter_(meter), entry_(entry) {}

  template <class Property>
  requires asio::can_query<const Inner&, Property>::value decltype(auto) query(const Property& p) const noexcept {
    return asio::query(inner_, p);
  }
  template <class Property>
  requires asio::can_require<const Inner&, Property>::value auto require(const Property& p) const {
    using Required = std::decay_t<decltype(asio::require(inner_, p))>;
    return MeteredExecutor<Required>(asio::require(inner_, p), meter_, entry_);
  }
  template <class Property>
  requires asio::can_prefer<const Inner&, Property>::value auto prefer(const Property& p) const {
    using Preferred = std::decay_t<decltype(asio::prefer(inner_, p))>;
    return MeteredExecutor<Preferred>(asio::prefer(inner_, p), meter_, entry_);
  }
  template <class Function>
  void execute(Function&& f) const {
    inner_.execute([meter = meter_, entry = entry_, f = std::forward<Function>(f)]() mutable {
      const OnMeter on(*meter, entry);
      std::move(f)();
    });
  }
  bool operator==(const MeteredExecutor& o) const noexcept { return inner_ == o.inner_ && entry_ == o.entry_; }
  bool operator!=(const MeteredExecutor& o) const noexcept { return !(*this == o); }

 private:
  Inner inner_;
  LoopMeter* meter_;
  std::uint32_t entry_;
};

bool is_cancellation(std::exception_ptr thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const boost::system::system_error& e) {
    return e.code() == asio::error::operation_aborted;
  } catch (...) {
    return false;
  }
}

/// A coroutine, with all that it refers to.
class TargetOnLoop final : public OnLoop {
 public:
  TargetOnLoop(Attempt& attempt, const Surroundings& with, const Callee& callee)
      : attempt_(attempt),
        with_(with),
        output_(attempt, with.mailbox),
        context_(attempt, output_),
        arguments_(*callee.signature, attempt.assignment.args, attempt.assignment.kwargs) {}

  Status open() { return output_.open(); }

  void begin(const asio::any_io_executor& executor, const Callee& callee) {
    const auto ended = [this](std::exception_ptr thrown, const Status& result) { end(thrown, result); };
    if (callee.language) {
      const auto s = callee.language->begin(callee.name, context_, arguments_, executor, ended);
      return s ? void() : end({}, s);
    }
    asio::co_spawn(executor, callee.begin(context_, arguments_),
                   asio::bind_cancellation_slot(
                       cancel_.slot(), ended));
  }
  void stop(StopRequest) override { cancel_.emit(asio::cancellation_type::terminal); }

 private:
  void end(std::exception_ptr thrown, const Status& result) {
    const auto cause = attempt_.stop.cause();
    // What a cancellation throws through a coroutine is the way it stops, not a failure.
    const bool stopped = thrown && cause != StopCause::none && is_cancellation(thrown);
    if (thrown && !stopped)
      conclude_thrown(attempt_.report, thrown, cause);
    else
      conclude(attempt_.report, stopped ? Status{} : result, cause);
    complete_on_loop(attempt_, output_, with_);
  }
  Attempt& attempt_;
  const Surroundings& with_;
  AttemptOutput output_;
  AttemptContext context_;
  Arguments arguments_;
  asio::cancellation_signal cancel_;
};

}  // namespace

void complete_on_loop(Attempt& attempt, AttemptOutput& output, const Surroundings& with) {
  output.finish();
  if (attempt.report.ended.ns == 0) attempt.report.ended = monotonic_now();
  with.mailbox.post({Event::Kind::finished, &attempt, nullptr, {}}, Mailbox::Hurry::yes);
}

void begin_target_on_loop(Attempt& attempt, const Surroundings& with, asio::io_context& loop, LoopMeter& meter) {
  const auto& a = attempt.assignment;
  attempt.report.started = monotonic_now();
  with.lane.begun(*attempt.ledger_entry, attempt.id());
  const auto callee = [&] {
    const OnMeter on(meter, *attempt.ledger_entry);  // a plugin that is loaded now runs code of its own
    return resolve(with.targets, a.target, a.mode, a.args, a.kwargs);
  }();
  auto on_loop = callee ? std::make_unique<TargetOnLoop>(attempt, with, *callee) : nullptr;
  const auto opened = on_loop ? on_loop->open() : Status{};
  if (!callee || !opened) {
    if (!callee)
      refuse(attempt, Ending::Kind::bad_call, callee.error());
    else
      refuse(attempt, Ending::Kind::spawn_failed, opened.error());
    with.mailbox.post({Event::Kind::finished, &attempt, nullptr, {}}, Mailbox::Hurry::yes);
    return;
  }
  with.mailbox.post({Event::Kind::started, &attempt, nullptr, attempt.report.started}, Mailbox::Hurry::yes);
  auto& target = *on_loop;
  attempt.on_loop = std::move(on_loop);
  if (callee->language) return target.begin(loop.get_executor(), *callee);  // its loop is measured on its own thread
  target.begin(MeteredExecutor(loop.get_executor(), &meter, *attempt.ledger_entry), *callee);
}

}  // namespace rota::worker
