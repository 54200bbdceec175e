// Calls on threads; the way of coroutines to asyncio's loop and back, in batches both ways.
#include "worker/python/python.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/post.hpp>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>
#include <system_error>
#include <thread>

#include "worker/pool/crash.h"
#include "worker/pool/loop_meter.h"
#include "worker/python/task_type.h"

namespace rota::python {

namespace asio = boost::asio;

namespace {

/// So that the first end while others begin: their memory, and what the processor has at hand, serves those.
constexpr std::size_t kBegunInOneTurn = 128;

/// (how, message), as the Python part gives it; what is anything else is a fault of its own.
void read_end(Call& call, PyObject* result) {
  int how = 0;
  PyObject* message = nullptr;
  if (result && PyTuple_Check(result) && PyArg_ParseTuple(result, "iO", &how, &message) && how >= 0 &&
      how <= static_cast<int>(How::last_)) {
    call.how = static_cast<How>(how);
    call.message = message == Py_None ? std::string() : text_of(message);
    return;
  }
  call.how = How::failed;
  call.message = PyErr_Occurred() ? take_error() : "the Python part of the worker gave nothing that makes sense";
}

bool may_be_signalled() {
  sigset_t blocked;
  ::pthread_sigmask(SIG_BLOCK, nullptr, &blocked);
  return ::sigismember(&blocked, SIGINT) == 0;
}

}  // namespace

/// A coroutine of Python's, and whom its end is told on the worker's loop. Owned by whom it was handed to last: the
/// list of the fresh, then asyncio's thread, then the list of the ended.
struct Python::OnLoop : Call {
  OnLoop(std::uint64_t number, std::string_view name, worker::TargetContext& context,
         const worker::Arguments& arguments, const asio::any_io_executor& executor, Ended told)
      : Call(number, name, Mode::async, context, arguments), loop(executor), ended(std::move(told)) {}
  const asio::any_io_executor loop;
  const Ended ended;
  bool in_turn = false;  // its code runs on asyncio's thread just now
};

Python::Python(Hooks hooks, Object task_type)
    : hooks_(std::move(hooks)),
      task_type_(std::move(task_type)),
      interrupter_([this](std::uint64_t number, Interrupter::What what) { act(number, what); }) {}

Status Python::run(std::string_view name, Mode mode, worker::TargetContext& context,
                   const worker::Arguments& arguments) {
  Call call(++numbers_, name, mode, context, arguments);
  {
    // A thread of a pool goes on to the next call, or says that it rests.
    const Gil gil(slot_ ? Gil::After::keeps : Gil::After::gives_up);
    if (!call.open(task_type_.get())) {
      auto why = take_error();
      call.close();
      return fail(Code::system, std::move(why));
    }
    calls_.emplace(call.number, &call);
    call.takes_signals = ::pthread_equal(::pthread_self(), main_thread_) && may_be_signalled();
    bool asked = false;  // under the lock of the stop state
    context.on_stop([this, &call, asked]() mutable {
      const auto now = monotonic_now();
      interrupter_.add(call.number, Interrupter::What::tell, now);
      interrupter_.add(call.number, Interrupter::What::interrupt, asked ? now : now + call.context.grace() / 2);
      asked = true;
    });
    const Object mode_text = to_str(rota::to_text(mode)), name_text = shared_name(call.name);
    const Object result(PyObject_CallFunctionObjArgs(hooks_.run.get(), call.task.get(), name_text.get(),
                                                     mode_text.get(), call.args.get(), call.kwargs.get(), nullptr));
    read_end(call, result.get());
    context.on_stop({});
    calls_.erase(call.number);
    PyThreadState_SetAsyncExc(call.thread, nullptr);
    call.close();
  }
  return call.result();
}

/// On the interrupter's thread.
void Python::act(std::uint64_t number, Interrupter::What what) {
  const Gil gil;
  const auto at = calls_.find(number);
  if (at == calls_.end()) return;
  auto& call = *at->second;
  if (what == Interrupter::What::interrupt && !call.on_stop) {
    // One or the other: of two exceptions the second would meet what the first has set going.
    if (call.takes_signals)
      ::pthread_kill(main_thread_, SIGINT);
    else
      PyThreadState_SetAsyncExc(call.thread, hooks_.stopped.get());
    return;
  }
  if (what != Interrupter::What::tell || !call.on_stop) return;
  const Object stop = call.on_stop;  // which may take itself away meanwhile
  const Object called(PyObject_CallObject(stop.get(), nullptr));
  if (!called) std::fprintf(stderr, "rota-worker: python: stopping a function: %s\n", take_error().c_str());
}

Status Python::begin(std::string_view name, worker::TargetContext& context, const worker::Arguments& arguments,
                     const asio::any_io_executor& loop, Ended ended) {
  auto call = std::make_unique<OnLoop>(++numbers_, name, context, arguments, loop, std::move(ended));
  const auto number = call->number;
  if (auto s = submit(*call); !s) return s;
  static_cast<void>(call.release());
  context.on_stop([this, number] { cancel(number); });
  return {};
}

Status Python::submit(OnLoop& call) {
  const std::lock_guard lock(mutex_);
  if (!bell_) {
    auto bell = posix::make_eventfd();
    if (!bell) return bell.error();
    bell_ = std::move(*bell);
    try {
      std::thread([this] { serve_loop(); }).detach();  // for as long as the process lives
    } catch (const std::system_error& e) {
      bell_ = posix::Fd();
      return system_error("no thread for asyncio can be started", {}, e.code().value());
    }
  }
  fresh_.push_back(&call);
  ring();
  return {};
}

void Python::cancel(std::uint64_t number) {
  const std::lock_guard lock(mutex_);
  cancelled_.push_back(number);
  ring();
}

void Python::ring() {
  if (std::exchange(rung_, true)) return;
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto n = ::write(bell_.get(), &one, sizeof one);
}

void Python::serve_loop() {
  ::pthread_setname_np(::pthread_self(), "asyncio");
  std::optional<worker::CrashWitness> witness;
  std::optional<worker::LoopMeter> meter;
  if (slot_) {
    witness.emplace(*slot_);
    meter.emplace(*slot_).measure_this_thread();
  }
  const Gil gil;
  const Object ended(PyObject_CallFunction(hooks_.serve.get(), "i", bell_.get()));
  // Without it nothing that was handed over can end: the coordinator hears of the worker's end, and starts another.
  std::fprintf(stderr, "rota-worker: python: the loop has ended: %s\n", ended ? "nobody asked" : take_error().c_str());
  std::_Exit(EXIT_FAILURE);
}

/// One object for the tasks of one job.
Object Python::shared_name(const std::string& name) {
  if (!newest_name_object_ || newest_name_ != name) {
    newest_name_object_ = to_str(name);
    newest_name_ = name;
  }
  return newest_name_object_;
}

void Python::begin_fresh(OnLoop& call, PyObject* begin) {
  const auto name = call.open(task_type_.get()) ? shared_name(call.name) : Object();
  if (!name) return done(call, How::failed, take_error());
  calls_.emplace(call.number, &call);
  const auto task = call.task;
  call.context.on_this_thread(worker::TargetContext::Turn::begins);  // importing runs code of the user's
  call.in_turn = true;
  Object running(PyObject_CallFunctionObjArgs(begin, task.get(), name.get(), call.args.get(), call.kwargs.get(),
                                              nullptr));
  if (!call_of_task(task.get())) return PyErr_Clear();  // it is over, and perhaps gone: it could not be called
  call.context.on_this_thread(worker::TargetContext::Turn::ends);
  call.in_turn = false;
  if (!running) return done(call, How::failed, take_error());
  call.running = std::move(running);
}

Object Python::take(PyObject* begin) {
  std::vector<std::uint64_t> cancelled;
  Object stopped(PyList_New(0));
  if (!stopped) return Object();
  {
    const std::lock_guard lock(mutex_);
    if (next_ == taken_.size()) {
      taken_.clear();
      next_ = 0;
      taken_.swap(fresh_);
    }
    cancelled.swap(cancelled_);
    if (taken_.size() - next_ <= kBegunInOneTurn && fresh_.empty()) {
      rung_ = false;
      std::uint64_t times = 0;
      [[maybe_unused]] const auto n = ::read(bell_.get(), &times, sizeof times);
    }
  }
  // What is begun may import what turns the loop itself, and with it comes here.
  for (std::size_t n = 0; n < kBegunInOneTurn && next_ < taken_.size(); ++n) {
    auto& call = *taken_[next_++];
    newest_begun_ = call.number;
    begin_fresh(call, begin);
  }
  for (const auto number : cancelled) {
    const auto at = calls_.find(number);
    if (at != calls_.end() && PyList_Append(stopped.get(), at->second->task.get()) != 0) PyErr_Clear();
    if (at == calls_.end() && number > newest_begun_) cancel(number);  // its turn is still to come
  }
  return stopped;
}

void Python::done(PyObject* task, How how, std::string message) {
  if (auto* call = call_of_task(task)) done(static_cast<OnLoop&>(*call), how, std::move(message));
}

void Python::returned(PyObject* task, PyObject* value) {
  auto* call = call_of_task(task);
  if (!call) return;
  if (!call->context.declared().empty()) {
    const Object end(PyObject_CallFunctionObjArgs(hooks_.keep.get(), task, value, nullptr));
    read_end(*call, end.get());
  }
  done(static_cast<OnLoop&>(*call), call->how, std::move(call->message));
}

void Python::raised(PyObject* task, PyObject* error) {
  auto* call = call_of_task(task);
  if (!call) return;
  const Object end(PyObject_CallFunctionObjArgs(hooks_.raised.get(), task, error, nullptr));
  read_end(*call, end.get());
  done(static_cast<OnLoop&>(*call), call->how, std::move(call->message));
}

void Python::done(OnLoop& call, How how, std::string message) {
  call.how = how;
  call.message = std::move(message);
  calls_.erase(call.number);
  call.close();
  if (call.in_turn) call.context.on_this_thread(worker::TargetContext::Turn::ends);
  call.context.on_this_thread(worker::TargetContext::Turn::over);
  const std::lock_guard lock(mutex_);
  ended_.push_back(&call);
  if (ended_.size() == 1) asio::post(call.loop, [this] { tell_ends(); });
}

/// On the worker's loop.
void Python::tell_ends() {
  std::vector<OnLoop*> ended;
  {
    const std::lock_guard lock(mutex_);
    ended.swap(ended_);
  }
  for (auto* call : ended) {
    tell_end(*call);
    delete call;
  }
}

void Python::tell_end(OnLoop& call) {
  call.context.on_stop({});
  std::exception_ptr thrown;
  Status result;
  try {
    result = call.result();
  } catch (const worker::BadCall&) {
    thrown = std::current_exception();
  }
  call.ended(thrown, result);
}

}  // namespace rota::python
