// Where the output of one attempt goes: captured in the run's segment, or to the plain files that its log plan names;
// watched for the ready text on the way. The attempt's executor alone uses it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shared/output/segment.h"
#include "shared/output/values_file.h"
#include "shared/posix/fd.h"
#include "worker/pool/attempt.h"
#include "worker/pool/mailbox.h"
#include "worker/pool/run.h"

namespace rota::worker {

class AttemptOutput {
 public:
  AttemptOutput(Attempt& attempt, Mailbox& mailbox);
  /// Opens the plain files: anew for a first attempt, at their end for a later one. An error names the file.
  Status open();
  void write(output::Stream stream, std::string_view bytes);
  /// Tells how far the attempt is, if that is worth telling.
  void progress(double done);
  /// Before a command starts: its $ROTA_OUTPUT, where it may leave something.
  Status make_values_file();
  /// Entries of a command's environment that are of this attempt alone.
  void describe(std::vector<std::string>& env) const;
  /// The descriptor that a child may write to by itself; -1: its output must come through write().
  int direct(output::Stream stream) const;
  /// Writes what was kept back and completes the attempt's report, whose end must be known: outputs, masked texts.
  void finish();

 private:
  struct Plain {
    posix::Fd fd;
    std::string window;  // end of what was written, shorter than the ready text
    std::optional<output::MaskedStream> masked;
  };
  void write_plain(Plain& to, std::string_view bytes);
  void keep_plain(Plain& to, std::string_view bytes);
  void finish_values();
  void became_ready();
  const Plain* plain(output::Stream stream) const;
  bool merged() const;
  Attempt& attempt_;
  Mailbox& mailbox_;
  output::Masks masks_;
  output::Capture capture_;
  output::ValuesFile values_;
  Plain out_, err_;
  bool told_ready_ = false;
  Progress told_progress_ = kProgressUnknown;
  Status plain_status_;
};

}  // namespace rota::worker
