// Attaching threads; texts.
#include "worker/python/object.h"

namespace rota::python {
namespace {

/// Of a thread that has been attached.
struct Attached {
  PyThreadState* state = nullptr;
  bool holds = false;
  void take() {
    if (state) {
      PyEval_RestoreThread(state);
    } else {
      PyGILState_Ensure();
      state = PyThreadState_Get();
    }
    holds = true;
  }
  void give_up() {
    holds = false;
    PyEval_SaveThread();
  }
  ~Attached() {
    if (!state) return;
    if (!holds) PyEval_RestoreThread(state);
    PyGILState_Release(PyGILState_UNLOCKED);
  }
};
thread_local Attached attached;

}  // namespace

Gil::Gil(After after) : had_(attached.holds), after_(after) {
  if (!had_) attached.take();
}

Gil::~Gil() {
  if (!had_ && after_ == After::gives_up) attached.give_up();
}

void Gil::let_go() {
  if (attached.holds) attached.give_up();
}

Object to_str(std::string_view text) {
  return Object(PyUnicode_DecodeUTF8(text.data(), static_cast<Py_ssize_t>(text.size()), "surrogateescape"));
}

Object to_bytes(PyObject* str) {
  Object bytes(PyUnicode_AsEncodedString(str, "utf-8", "surrogateescape"));
  if (bytes) return bytes;
  PyErr_Clear();
  return Object(PyUnicode_AsEncodedString(str, "utf-8", "backslashreplace"));
}

std::string text_of(PyObject* any) {
  const Object str = any && !PyUnicode_Check(any) ? Object(PyObject_Str(any)) : Object::share(any);
  const Object bytes = str ? to_bytes(str.get()) : Object();
  char* data = nullptr;
  Py_ssize_t size = 0;
  if (!bytes || PyBytes_AsStringAndSize(bytes.get(), &data, &size) != 0) return PyErr_Clear(), std::string();
  return {data, static_cast<std::size_t>(size)};
}

std::string take_error() {
  PyObject *type = nullptr, *value = nullptr, *trace = nullptr;
  PyErr_Fetch(&type, &value, &trace);
  PyErr_NormalizeException(&type, &value, &trace);
  const Object t(type), v(value), b(trace);
  if (!t) return "an error that nobody named";
  const Object name(PyObject_GetAttrString(t.get(), "__name__"));
  if (!name) PyErr_Clear();
  auto text = text_of(name.get());
  if (const auto what = v ? text_of(v.get()) : std::string(); !what.empty()) text += ": " + what;
  return text;
}

}  // namespace rota::python
