// Objects of Python held from C++, and the lock that they need. The stable ABI of 3.8 and nothing beyond it.
#pragma once

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace rota::python {

/// The calling thread holds the interpreter's lock for as long as this lives. A thread is attached at its first use and
/// stays so until it ends: what its code keeps by thread is there the next time.
class Gil {
 public:
  /// keeps: the lock stays with the thread, which makes one short call after another: giving it up after each would
  /// wake another thread for each. Whoever wants it gets it as from any code of Python's, after the interpreter's
  /// interval.
  /// The thread has to let_go() before it waits for anything.
  enum class After : std::uint8_t { gives_up, keeps };
  explicit Gil(After after = After::gives_up);
  ~Gil();
  Gil(const Gil&) = delete;
  Gil& operator=(const Gil&) = delete;
  /// What this thread has kept, if anything.
  static void let_go();

 private:
  const bool had_;  // from an earlier one
  const After after_;
};

/// One reference, given back at the end. Only under the lock.
class Object {
 public:
  Object() = default;
  /// Takes the reference over: what a call has returned.
  explicit Object(PyObject* owned) : p_(owned) {}
  static Object share(PyObject* borrowed) { return Py_XINCREF(borrowed), Object(borrowed); }
  Object(Object&& o) noexcept : p_(std::exchange(o.p_, nullptr)) {}
  Object& operator=(Object&& o) noexcept { return std::swap(p_, o.p_), *this; }
  Object(const Object& o) : p_(o.p_) { Py_XINCREF(p_); }
  Object& operator=(const Object& o) { return *this = Object(o); }
  ~Object() { Py_XDECREF(p_); }
  PyObject* get() const { return p_; }
  PyObject* release() { return std::exchange(p_, nullptr); }
  explicit operator bool() const { return p_ != nullptr; }

 private:
  PyObject* p_ = nullptr;
};

/// Text of Rota's as Python's: what is no UTF-8 becomes surrogates.
Object to_str(std::string_view text);
/// The bytes of a str, surrogates turned back, or escaped where they never were bytes. Null when Python has no memory.
Object to_bytes(PyObject* str);
/// The same as text; of anything else, its str(). Empty, and no error left, where that fails.
std::string text_of(PyObject* any);
/// The pending exception in one line, which is then no longer pending.
std::string take_error();

}  // namespace rota::python
