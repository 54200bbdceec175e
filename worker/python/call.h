// One attempt that runs a function in Python, from both sides: the worker's context, and the object `task` that the
// Python part of a worker is given for it. Under the lock, but for what says otherwise.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "worker/python/object.h"
#include "worker/targets/target.h"

namespace rota::python {

enum class Stream : std::uint8_t { out, err };

/// How a call ended, as the Python part says it.
enum class How : std::uint8_t { returned, failed, bad_call, stopped, last_ = stopped };

class Call {
 public:
  Call(std::uint64_t number, std::string_view name, Mode mode, worker::TargetContext& context,
       const worker::Arguments& arguments)
      : number(number), name(name), mode(mode), context(context), arguments(arguments) {}

  /// Makes `task`, args and kwargs. False with a pending exception.
  bool open(PyObject* task_type);
  /// Writes what was kept back; the task knows that it has ended, and nothing of Python's is held any more.
  void close();

  /// Whole lines go on at once; the beginning of one waits for its end, for close(), or for a kilobyte or eight.
  void write(Stream stream, std::string_view bytes);
  void flush(Stream stream);

  /// Any thread: what the attempt is told. BadCall is thrown.
  Status result() const;

  const std::uint64_t number;
  const std::string name;
  const Mode mode;
  worker::TargetContext& context;
  const worker::Arguments& arguments;
  Object task, args, kwargs;
  Object running;            // asyncio's task, of a coroutine on the loop
  Object on_stop;            // called when a stop is requested, in the place of an exception in the thread
  unsigned long thread = 0;  // as Python counts; of one under thread or process
  bool takes_signals = false;  // in a process of its own: on the main thread, where a signal ends a wait, too
  How how = How::returned;
  std::string message;

 private:
  std::array<std::string, 2> kept_;
};


}  // namespace rota::python
