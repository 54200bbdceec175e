// _rota: the module that makes an interpreter of Python a worker. The interpreter loads it, and with it all of a pool
// worker; nothing else in Rota knows of Python.
#include <unistd.h>

#include <exception>
#include <vector>

#include "worker/pool/crash.h"
#include "worker/pool/pool.h"
#include "worker/python/python.h"
#include "worker/python/task_type.h"
#include "worker/python/watched.h"
#include "worker/run_target.h"

namespace rota::python {
namespace {

Python* the_python = nullptr;  // for as long as the process lives, once a worker has begun

bool begin_python(Hooks hooks) {
  auto type = make_task_type();
  if (!type) return false;
  if (the_python) return PyErr_SetString(PyExc_RuntimeError, "this process is a worker already"), false;
  the_python = new Python(std::move(hooks), std::move(type));
  return watch_coroutines(*the_python);
}

worker::TargetTable table() { return {worker::built_in_targets().built_in, the_python}; }

/// Calls without the interpreter's lock; nothing that is thrown goes on into the interpreter.
template <class Work>
PyObject* without_lock(Work work) {
  int code = 70;
  std::string thrown;
  PyThreadState* state = PyEval_SaveThread();
  try {
    code = work();
  } catch (const std::exception& e) {
    thrown = e.what();
  }
  PyEval_RestoreThread(state);
  if (!thrown.empty()) return PyErr_SetString(PyExc_RuntimeError, thrown.c_str()), nullptr;
  return PyLong_FromLong(code);
}

/// run_pool([flag, ...], run, serve, keep, raised, stopped) -> exit code
PyObject* run_pool(PyObject*, PyObject* args) {
  PyObject *list = nullptr, *run = nullptr, *serve = nullptr, *keep = nullptr, *raised = nullptr, *stopped = nullptr;
  if (!PyArg_ParseTuple(args, "OOOOOO", &list, &run, &serve, &keep, &raised, &stopped)) return nullptr;
  std::vector<std::string> words;
  for (Py_ssize_t i = 0; PyList_Check(list) && i < PyList_Size(list); ++i)
    words.push_back(text_of(PyList_GetItem(list, i)));
  if (!begin_python({Object::share(run), Object::share(serve), Object::share(keep), Object::share(raised),
                     Object::share(stopped)}))
    return nullptr;
  std::vector<char*> argv;
  for (auto& word : words) argv.push_back(word.data());
  return without_lock([&] { return worker::run_pool(static_cast<int>(argv.size()), argv.data(), table()); });
}

/// run_target(run, stopped): does not come back.
PyObject* run_target(PyObject*, PyObject* args) {
  PyObject *run = nullptr, *stopped = nullptr;
  if (!PyArg_ParseTuple(args, "OO", &run, &stopped)) return nullptr;
  if (!begin_python({Object::share(run), Object(), Object(), Object(), Object::share(stopped)})) return nullptr;
  return without_lock([] { return worker::run_target(table()); });
}

/// watched(task, coroutine): the coroutine as it is given to the loop. Its end is told; nothing it raises goes on.
PyObject* watched(PyObject*, PyObject* args) {
  PyObject *task = nullptr, *coroutine = nullptr;
  if (!PyArg_ParseTuple(args, "OO", &task, &coroutine)) return nullptr;
  return watch_coroutine(task, coroutine).release();
}

/// take(begin): see Python::take
PyObject* take(PyObject*, PyObject* begin) { return the_python->take(begin).release(); }

/// done(task, how, message)
PyObject* done(PyObject*, PyObject* args) {
  PyObject *task = nullptr, *message = nullptr;
  int how = 0;
  if (!PyArg_ParseTuple(args, "OiO", &task, &how, &message)) return nullptr;
  const bool known = how >= 0 && how <= static_cast<int>(How::last_);
  the_python->done(task, known ? static_cast<How>(how) : How::failed,
                   message == Py_None ? std::string() : text_of(message));
  return Object::share(Py_None).release();
}

/// environ() -> [b"K=V", ...], as the process has it now: a warm process is given that of each attempt.
PyObject* environment(PyObject*, PyObject*) {
  Object list(PyList_New(0));
  for (char** entry = environ; list && entry && *entry; ++entry) {
    const Object bytes(PyBytes_FromString(*entry));
    if (!bytes || PyList_Append(list.get(), bytes.get()) != 0) return nullptr;
  }
  return list.release();
}

/// exit(status): what os._exit does in a worker. The attempt of this thread is named.
PyObject* exit_worker(PyObject*, PyObject* args) {
  int status = 0;
  if (!PyArg_ParseTuple(args, "i", &status)) return nullptr;
  worker::exit_as_called(status);
}

PyMethodDef functions[] = {
    {"run_pool", run_pool, METH_VARARGS, nullptr},
    {"run_target", run_target, METH_VARARGS, nullptr},
    {"take", take, METH_O, nullptr},
    {"done", done, METH_VARARGS, nullptr},
    {"watched", watched, METH_VARARGS, nullptr},
    {"environ", environment, METH_NOARGS, nullptr},
    {"exit", exit_worker, METH_VARARGS, nullptr},
    {nullptr, nullptr, 0, nullptr},
};

PyModuleDef module{PyModuleDef_HEAD_INIT, "_rota", nullptr, -1, functions, nullptr, nullptr, nullptr, nullptr};

}  // namespace
}  // namespace rota::python

PyMODINIT_FUNC PyInit__rota() { return PyModule_Create(&rota::python::module); }
