// Python as a language of targets: calls on the worker's threads, and coroutines on a loop of asyncio's in a thread of
// its own. What of it is written in Python (rota_worker/calls.py, rota_worker/loop.py) is handed in when the worker
// begins.
#pragma once

#include <pthread.h>

#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <vector>

#include "shared/posix/fd.h"
#include "worker/python/call.h"
#include "worker/python/interrupter.h"
#include "worker/targets/target.h"

namespace rota::python {

/// The parts of a worker that are written in Python.
struct Hooks {
  Object run;      // run(task, name, mode, args, kwargs) -> (how, message): a function, to its end
  Object serve;    // serve(fd): the thread of the loop; fd is readable when take() has something
  Object keep;     // keep(task, value) -> (how, message): what a coroutine has returned
  Object raised;   // raised(task, error) -> (how, message): what has ended it instead
  Object stopped;  // the exception that interrupts
};

class Python final : public worker::Language {
 public:
  /// Under the lock, once, and for good.
  Python(Hooks hooks, Object task_type);

  Status run(std::string_view name, Mode mode, worker::TargetContext& context,
             const worker::Arguments& arguments) override;
  Status begin(std::string_view name, worker::TargetContext& context, const worker::Arguments& arguments,
               const boost::asio::any_io_executor& loop, Ended ended) override;
  void rest() override { Gil::let_go(); }
  void use_slot(lane::Blame slot) override { slot_ = slot; }

  // For the loop's thread, under the lock:
  /// Calls begin(task, name, args, kwargs) -> asyncio's task for each that has come. Gives those that are to be
  /// cancelled: [task, ...].
  Object take(PyObject* begin);
  /// The coroutine of this task has ended.
  void done(PyObject* task, How how, std::string message);
  void returned(PyObject* task, PyObject* value);
  void raised(PyObject* task, PyObject* error);

 private:
  struct OnLoop;
  void act(std::uint64_t number, Interrupter::What what);
  Status submit(OnLoop& call);
  static void tell_end(OnLoop& call);
  void cancel(std::uint64_t number);
  void ring();
  void serve_loop();
  void tell_ends();
  void done(OnLoop& call, How how, std::string message);
  void begin_fresh(OnLoop& call, PyObject* begin);
  Object shared_name(const std::string& name);

  Hooks hooks_;
  Object task_type_;
  Interrupter interrupter_;
  std::atomic<std::uint64_t> numbers_{0};
  std::unordered_map<std::uint64_t, Call*> calls_;  // under the interpreter's lock, as the two that follow
  std::string newest_name_;
  Object newest_name_object_;
  std::vector<OnLoop*> taken_;  // asyncio's thread; those before next_ have begun
  std::size_t next_ = 0;
  std::uint64_t newest_begun_ = 0;
  std::optional<lane::Blame> slot_;
  const pthread_t main_thread_ = ::pthread_self();

  std::mutex mutex_;  // of what follows; nobody waits for the interpreter's lock with it
  posix::Fd bell_;
  bool rung_ = false;
  std::vector<OnLoop*> fresh_, ended_;
  std::vector<std::uint64_t> cancelled_;
};

}  // namespace rota::python
