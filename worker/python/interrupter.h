// Who asks a function in Python to stop: a thread that may wait for the interpreter's lock, which the worker's loop
// must not. First the call's own on_stop, where it has set one; else, when its time has come, an exception in the
// thread that runs it. That is best effort: code that is not Python's sees it when it comes back.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <vector>

#include "shared/clock.h"

namespace rota::python {

class Interrupter {
 public:
  enum class What : std::uint8_t { tell, interrupt };
  /// `act` is called on the thread of this object, without any lock. The object lives as long as the process.
  explicit Interrupter(std::function<void(std::uint64_t call, What what)> act) : act_(std::move(act)) {}
  /// Any thread; does not wait for anything.
  void add(std::uint64_t call, What what, Instant due);

 private:
  struct Wish {
    std::uint64_t call;
    What what;
    Instant due;
  };
  [[noreturn]] void serve();
  std::function<void(std::uint64_t, What)> act_;
  std::mutex mutex_;
  std::condition_variable news_;
  std::vector<Wish> wishes_;
  bool begun_ = false;
};

}  // namespace rota::python
