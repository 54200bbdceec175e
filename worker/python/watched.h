// A coroutine of an attempt, as the loop of asyncio steps it: before and after each step it is said whose code runs,
// and its end is told. In C++, as every step of every coroutine passes through it.
#pragma once

#include "worker/python/object.h"

namespace rota::python {

class Python;

/// Once, before the first. False with a pending exception.
bool watch_coroutines(Python& python);
/// What asyncio takes for a coroutine. It never raises; what the coroutine raises or returns goes to Python::raised and
/// Python::returned. Null with a pending exception.
Object watch_coroutine(PyObject* task, PyObject* coroutine);

}  // namespace rota::python
