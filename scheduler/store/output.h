// Captured output of an instance, for `logs` and `logs -f`: one attempt by its range, or everything in order of time.
// Any process; reads only.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "shared/ids.h"
#include "shared/outcome.h"
#include "shared/output/segment.h"
#include "shared/posix/fd.h"
#include "shared/result.h"

namespace rota::store {

/// Gets one chunk; its bytes are valid during the call. False: enough, stop reading.
using OutputSink = std::function<bool(const output::Chunk&)>;

/// The chunks of one finished attempt, in order, by the range its report names. An attempt without output gives none.
Status read_output(const std::string& instance_directory, AttemptId attempt, const OutputRef& range,
                   const OutputSink& sink);

/// Everything that was captured of one run of an instance, over all its segments, by time; remembers where it is, so
/// that asking again gives what came since (`logs -f`). One thread.
class OutputFollower {
 public:
  OutputFollower(std::string instance_directory, RunId run);
  ~OutputFollower();
  OutputFollower(OutputFollower&&) noexcept;

  /// Every whole chunk that is there and was not given yet. False: the sink stopped it; the chunk it refused counts as
  /// given. A segment that breaks off mid-chunk is read again when it has grown.
  Result<bool> poll(const OutputSink& sink);

  /// Waits until there may be more, at most this long. True: look again.
  Result<bool> wait(Duration at_most);

 private:
  struct Segments;
  std::unique_ptr<Segments> segments_;
};

}  // namespace rota::store
