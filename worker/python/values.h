// Values of job files as objects of Python, and back. Under the lock.
#pragma once

#include "shared/result.h"
#include "shared/value.h"
#include "worker/python/object.h"

namespace rota::python {

/// Null with a pending MemoryError.
Object to_python(const Value& value);
/// A dict to call with. An empty one is shared: nobody may change it.
Object keywords_of(const ValueMap& entries);
/// The error says what cannot be taken: a type that no job file knows, or more than limits::kPythonResultBytes.
Result<Value> from_python(PyObject* object);

}  // namespace rota::python
