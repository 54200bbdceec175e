// `python:` of a job file: which interpreter runs its targets in Python.
#pragma once

#include <string>

#include "jobs/read/reading.h"

namespace rota::jobs {

/// The interpreter's path, absolute; empty after a report. The link that a venv's interpreter is stays one: what it
/// points to knows nothing of the venv.
std::string read_python(Reading& in, NodeAt at);

}  // namespace rota::jobs
