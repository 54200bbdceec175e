// The type of the object that stands for an attempt in Python.
#pragma once

#include "worker/python/object.h"

namespace rota::python {

class Call;

/// Null with a pending exception.
Object make_task_type();
/// The object of this call, which must outlive it or end it.
Object new_task(PyObject* type, Call& call);
/// Null if it is none, or has ended.
Call* call_of_task(PyObject* task);
/// From now on the object says that its attempt has ended.
void end_task(PyObject* task);

}  // namespace rota::python
