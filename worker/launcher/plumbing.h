// The descriptors of one attempt: its stdin, its log files, the pipes that we read.
#pragma once

#include "shared/lane/message.h"
#include "shared/posix/fd.h"
#include "shared/result.h"

namespace rota::worker {

struct Plumbing {
  // The child's ends; closed here once it has them. None: /dev/null.
  posix::Fd child_stdin, child_stdout, child_stderr;
  // Our ends of pipes. None: that stream goes to a file, or with the other one.
  posix::Fd out, err;

  int stderr_for_child() const { return child_stderr ? child_stderr.get() : child_stdout.get(); }
  void close_child_ends();
};

/// Opens and makes them all. The error names the file. Never blocks, also when a path is a FIFO.
Result<Plumbing> lay_plumbing(const lane::Assignment& assignment);

}  // namespace rota::worker
