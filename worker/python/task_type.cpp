// Methods of `task`. Each is called with the lock held, so none runs beside another, whatever thread it comes from.
#include "worker/python/task_type.h"

#include "worker/python/call.h"
#include "worker/python/values.h"

namespace rota::python {
namespace {

struct TaskObject {
  PyObject_HEAD
  Call* call;  // null: it has ended
};

Call* call_of(PyObject* self) { return reinterpret_cast<TaskObject*>(self)->call; }

/// The call, or null with a pending exception.
Call* alive(PyObject* self) {
  auto* call = call_of(self);
  if (!call) PyErr_SetString(PyExc_RuntimeError, "this attempt has ended");
  return call;
}

PyObject* none() {
  Py_INCREF(Py_None);
  return Py_None;
}

/// write(stream, str or bytes) -> bool: False if the attempt has ended.
PyObject* write(PyObject* self, PyObject* args) {
  int stream = 0;
  PyObject* what = nullptr;
  if (!PyArg_ParseTuple(args, "iO", &stream, &what)) return nullptr;
  auto* call = call_of(self);
  if (!call) return PyBool_FromLong(0);
  const auto to = stream == 2 ? Stream::err : Stream::out;
  const bool is_text = PyUnicode_Check(what);
  const Object bytes = is_text ? to_bytes(what) : Object(PyBytes_FromObject(what));
  char* data = nullptr;
  Py_ssize_t size = 0;
  if (!bytes || PyBytes_AsStringAndSize(bytes.get(), &data, &size) != 0) return nullptr;
  call->write(to, {data, static_cast<std::size_t>(size)});
  if (!is_text) call->flush(to);
  return PyBool_FromLong(1);
}

PyObject* flush(PyObject* self, PyObject* args) {
  int stream = 0;
  if (!PyArg_ParseTuple(args, "i", &stream)) return nullptr;
  if (auto* call = call_of(self)) call->flush(stream == 2 ? Stream::err : Stream::out);
  return none();
}

PyObject* stop_requested(PyObject* self, PyObject*) {
  const auto* call = call_of(self);
  return PyBool_FromLong(!call || call->context.stop_requested());
}

PyObject* ended(PyObject* self, PyObject*) { return PyBool_FromLong(call_of(self) == nullptr); }

/// set_output(name, value): ValueError for what no output can be.
PyObject* set_output(PyObject* self, PyObject* args) {
  const char* name = nullptr;
  Py_ssize_t size = 0;
  PyObject* value = nullptr;
  if (!PyArg_ParseTuple(args, "s#O", &name, &size, &value)) return nullptr;
  auto* call = alive(self);
  if (!call) return nullptr;
  auto taken = from_python(value);
  const std::string_view key(name, static_cast<std::size_t>(size));
  if (!taken) {
    const auto text = "output '" + std::string(key) + "' " + taken.error().what;
    return PyErr_SetString(PyExc_ValueError, text.c_str()), nullptr;
  }
  call->context.set_output(key, std::move(*taken));
  return none();
}

/// The names and types of the outputs that the job declares.
PyObject* declared(PyObject* self, PyObject*) {
  auto* call = alive(self);
  if (!call) return nullptr;
  Object list(PyList_New(0));
  for (const auto& field : call->context.declared()) {
    const auto name = to_str(field.name), type = to_str(rota::to_text(field.type));
    const Object pair(name && type ? PyTuple_Pack(2, name.get(), type.get()) : nullptr);
    if (!list || !pair || PyList_Append(list.get(), pair.get()) != 0) return nullptr;
  }
  return list.release();
}

/// progress(done), from 0 to 1.
PyObject* progress(PyObject* self, PyObject* args) {
  double done = 0;
  if (!PyArg_ParseTuple(args, "d", &done)) return nullptr;
  auto* call = alive(self);
  if (!call) return nullptr;
  call->context.progress(done);
  return none();
}

PyObject* env(PyObject* self, PyObject* args) {
  const char* name = nullptr;
  if (!PyArg_ParseTuple(args, "s", &name)) return nullptr;
  auto* call = alive(self);
  if (!call) return nullptr;
  const char* value = call->context.env(name);
  return value ? to_str(value).release() : none();
}

PyObject* path(PyObject* self, PyObject* args) {
  const char* text = nullptr;
  if (!PyArg_ParseTuple(args, "s", &text)) return nullptr;
  auto* call = alive(self);
  return call ? to_str(call->context.path(text)).release() : nullptr;
}

PyObject* name(PyObject* self, PyObject*) {
  auto* call = alive(self);
  return call ? to_str(call->context.name()).release() : nullptr;
}

/// text(place): an argument as the job file has it, by its position or name.
PyObject* text(PyObject* self, PyObject* place) {
  auto* call = alive(self);
  if (!call) return nullptr;
  if (PyLong_Check(place)) {
    const auto i = PyLong_AsLong(place);
    const auto& given = call->arguments.positional();
    if (i >= 0 && static_cast<std::size_t>(i) < given.size())
      return to_str(rota::to_text(given[static_cast<std::size_t>(i)])).release();
  } else {
    const auto wanted = text_of(place);
    for (const auto& [key, value] : call->arguments.named())
      if (key == wanted) return to_str(rota::to_text(value)).release();
  }
  return none();
}

/// on_stop(callable or None): called by another thread when a stop is requested; then there is no exception.
PyObject* on_stop(PyObject* self, PyObject* what) {
  auto* call = alive(self);
  if (!call) return nullptr;
  call->on_stop = what == Py_None ? Object() : Object::share(what);
  return none();
}

/// asyncio's task, of a coroutine on the loop; None after the end.
PyObject* running(PyObject* self, PyObject*) {
  const auto* call = call_of(self);
  return call && call->running ? Object(call->running).release() : none();
}

void dealloc(PyObject* self) {
  PyTypeObject* type = Py_TYPE(self);
  reinterpret_cast<freefunc>(PyType_GetSlot(type, Py_tp_free))(self);
  Py_DECREF(type);
}

PyMethodDef methods[] = {
    {"write", write, METH_VARARGS, nullptr},
    {"flush", flush, METH_VARARGS, nullptr},
    {"stop_requested", stop_requested, METH_NOARGS, nullptr},
    {"ended", ended, METH_NOARGS, nullptr},
    {"set_output", set_output, METH_VARARGS, nullptr},
    {"declared", declared, METH_NOARGS, nullptr},
    {"progress", progress, METH_VARARGS, nullptr},
    {"env", env, METH_VARARGS, nullptr},
    {"path", path, METH_VARARGS, nullptr},
    {"name", name, METH_NOARGS, nullptr},
    {"text", text, METH_O, nullptr},
    {"on_stop", on_stop, METH_O, nullptr},
    {"running", running, METH_NOARGS, nullptr},
    {nullptr, nullptr, 0, nullptr},
};

}  // namespace

Object make_task_type() {
  static PyType_Slot slots[] = {
      {Py_tp_dealloc, reinterpret_cast<void*>(dealloc)}, {Py_tp_methods, methods}, {0, nullptr}};
  static PyType_Spec spec{"_rota.Task", sizeof(TaskObject), 0, Py_TPFLAGS_DEFAULT, slots};
  return Object(PyType_FromSpec(&spec));
}

Object new_task(PyObject* type, Call& call) {
  auto* task = PyObject_New(TaskObject, reinterpret_cast<PyTypeObject*>(type));
  if (task) task->call = &call;
  return Object(reinterpret_cast<PyObject*>(task));
}

Call* call_of_task(PyObject* task) {
  // A type of the heap is told by its destructor: nobody can derive from it.
  return PyType_GetSlot(Py_TYPE(task), Py_tp_dealloc) == reinterpret_cast<void*>(dealloc) ? call_of(task) : nullptr;
}

void end_task(PyObject* task) { reinterpret_cast<TaskObject*>(task)->call = nullptr; }

}  // namespace rota::python
