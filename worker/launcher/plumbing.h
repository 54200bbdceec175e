// The descriptors of one attempt: its stdin, its log files, the pipes that we read.
#pragma once

#include <optional>
#include <string_view>
#include <utility>

#include "shared/lane/message.h"
#include "shared/output/mask.h"
#include "shared/posix/fd.h"
#include "shared/result.h"

namespace rota::worker {

/// A log file that the bytes of a pipe go to with secrets masked. Never waits: what the file does not take at once is
/// lost, which is told at the end.
class MaskedLog {
 public:
  MaskedLog(posix::Fd file, const output::Masks& masks) : file_(std::move(file)), stream_(masks) {}
  void write(std::string_view bytes);
  Status finish();

 private:
  void put(std::string_view bytes);
  posix::Fd file_;
  output::MaskedStream stream_;
  Status status_;
};

struct Plumbing {
  // The child's ends; closed here once it has them. None: /dev/null.
  posix::Fd child_stdin, child_stdout, child_stderr;
  // Our ends of pipes. None: that stream goes to a file, or with the other one.
  posix::Fd out, err;
  // Where they go, if not to the capture.
  std::optional<MaskedLog> out_log, err_log;

  int stderr_for_child() const { return child_stderr ? child_stderr.get() : child_stdout.get(); }
  void close_child_ends();
};

/// Opens and makes them all; with masks no child writes to a log file itself. The masks must outlive it. The error
/// names the file. Never blocks, also when a path is a FIFO.
Result<Plumbing> lay_plumbing(const lane::Assignment& assignment, const output::Masks& masks);

}  // namespace rota::worker
