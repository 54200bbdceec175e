// The protocol of coroutines (PEP 492): send, throw, close, and the step of an iterator that stands for send(None).
#include "worker/python/watched.h"

#include <dlfcn.h>

#include "worker/python/call.h"
#include "worker/python/python.h"
#include "worker/python/task_type.h"

namespace rota::python {
namespace {

struct Watched {
  PyObject_HEAD
  PyObject* task;  // null: it has ended
  PyObject* coroutine;
};

struct Shared {
  Python& python;
  Object type, send, throw_, close, value;
};
Shared* shared = nullptr;  // for as long as the process lives

Watched& of(PyObject* self) { return *reinterpret_cast<Watched*>(self); }

void say(PyObject* task, worker::TargetContext::Turn turn) {
  if (auto* call = call_of_task(task)) call->context.on_this_thread(turn);
}

/// The pending exception, whole.
Object take_exception() {
  PyObject *kind = nullptr, *error = nullptr, *trace = nullptr;
  PyErr_Fetch(&kind, &error, &trace);
  PyErr_NormalizeException(&kind, &error, &trace);
  const Object k(kind), t(trace);
  if (error && trace && PyException_SetTraceback(error, trace) != 0) PyErr_Clear();
  return Object(error);
}

/// Tells the end: what was returned, or else the pending exception. None is left, whatever it was: to the loop it is
/// always that of a coroutine that returned nothing.
void end(PyObject* self, PyObject* returned) {
  const Object task(std::exchange(of(self).task, nullptr)), coroutine(std::exchange(of(self).coroutine, nullptr));
  if (returned) {
    shared->python.returned(task.get(), returned);
    return PyErr_Clear();
  }
  const bool has_returned = PyErr_ExceptionMatches(PyExc_StopIteration);
  const Object error = take_exception();
  if (has_returned) {
    const Object value(PyObject_GetAttr(error.get(), shared->value.get()));
    if (!value) PyErr_Clear();
    shared->python.returned(task.get(), value ? value.get() : Py_None);
  } else {
    shared->python.raised(task.get(), error.get());
  }
  PyErr_Clear();
}

/// Of CPython 3.10 and later, where a coroutine that returns needs no exception for it.
using IterSend = int (*)(PyObject* iterator, PyObject* value, PyObject** result);
const auto iter_send = reinterpret_cast<IterSend>(::dlsym(RTLD_DEFAULT, "PyIter_Send"));

/// Returned is told from yielded: then `returned` is set, and a null without an exception means it.
PyObject* send_to(PyObject* coroutine, PyObject* value, Object& returned) {
  if (!iter_send) return PyObject_CallMethodObjArgs(coroutine, shared->send.get(), value, nullptr);
  PyObject* result = nullptr;
  if (iter_send(coroutine, value, &result) != 0) return result;
  returned = Object(result);
  return nullptr;
}

template <class Step>
PyObject* advance(PyObject* self, Step step) {
  if (!of(self).task) return PyErr_SetString(PyExc_RuntimeError, "this coroutine has ended"), nullptr;
  const auto task = Object::share(of(self).task), coroutine = Object::share(of(self).coroutine);
  Object returned;
  say(task.get(), worker::TargetContext::Turn::begins);
  PyObject* const awaited = step(coroutine.get(), returned);
  say(task.get(), worker::TargetContext::Turn::ends);
  if (!awaited) end(self, returned.get());
  return awaited;
}

/// As the protocol of iterators has it: a null alone is their end.
PyObject* next(PyObject* self) {
  return advance(self, [](PyObject* coroutine, Object& returned) { return send_to(coroutine, Py_None, returned); });
}

/// As a method tells it.
PyObject* or_stop(PyObject* awaited) {
  if (!awaited && !PyErr_Occurred()) PyErr_SetNone(PyExc_StopIteration);
  return awaited;
}

PyObject* send(PyObject* self, PyObject* value) {
  return or_stop(advance(self, [value](PyObject* coroutine, Object& returned) {
    return send_to(coroutine, value, returned);
  }));
}

PyObject* throw_in(PyObject* self, PyObject* args) {
  return or_stop(advance(self, [args](PyObject* coroutine, Object&) -> PyObject* {
    const Object method(PyObject_GetAttr(coroutine, shared->throw_.get()));
    return method ? PyObject_CallObject(method.get(), args) : nullptr;
  }));
}

PyObject* close(PyObject* self, PyObject*) {
  if (!of(self).task) return Object::share(Py_None).release();
  const auto coroutine = Object::share(of(self).coroutine);
  const Object closed(PyObject_CallMethodObjArgs(coroutine.get(), shared->close.get(), nullptr));
  if (closed) PyErr_SetString(PyExc_RuntimeError, "the coroutine was closed before its end");
  end(self, nullptr);
  return Object::share(Py_None).release();
}

PyObject* itself(PyObject* self) { return Object::share(self).release(); }

void dealloc(PyObject* self) {
  PyTypeObject* const own = Py_TYPE(self);
  const Object task(std::exchange(of(self).task, nullptr)), coroutine(std::exchange(of(self).coroutine, nullptr));
  reinterpret_cast<freefunc>(PyType_GetSlot(own, Py_tp_free))(self);
  Py_DECREF(own);
}

PyMethodDef methods[] = {
    {"send", send, METH_O, nullptr},
    {"throw", throw_in, METH_VARARGS, nullptr},
    {"close", close, METH_NOARGS, nullptr},
    {nullptr, nullptr, 0, nullptr},
};

}  // namespace

bool watch_coroutines(Python& python) {
  static PyType_Slot slots[] = {{Py_tp_dealloc, reinterpret_cast<void*>(dealloc)},
                                {Py_tp_methods, methods},
                                {Py_tp_iter, reinterpret_cast<void*>(itself)},
                                {Py_tp_iternext, reinterpret_cast<void*>(next)},
                                {Py_am_await, reinterpret_cast<void*>(itself)},
                                {0, nullptr}};
  static PyType_Spec spec{"_rota.Watched", sizeof(Watched), 0, Py_TPFLAGS_DEFAULT, slots};
  const auto name = [](const char* text) { return Object(PyUnicode_InternFromString(text)); };
  shared = new Shared{python, Object(PyType_FromSpec(&spec)), name("send"), name("throw"), name("close"),
                      name("value")};
  return shared->type && shared->send && shared->throw_ && shared->close && shared->value;
}

Object watch_coroutine(PyObject* task, PyObject* coroutine) {
  auto* watched = PyObject_New(Watched, reinterpret_cast<PyTypeObject*>(shared->type.get()));
  if (!watched) return Object();
  watched->task = Object::share(task).release();
  watched->coroutine = Object::share(coroutine).release();
  return Object(reinterpret_cast<PyObject*>(watched));
}

}  // namespace rota::python
