// What a pool worker knows of a run: its environment and the segment that takes its captured output.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "shared/ids.h"
#include "shared/output/segment.h"

namespace rota::worker {

struct Run {
  Run(RunId run_id, std::vector<std::string> e, std::uint32_t segment, std::string path)
      : id(run_id), env(std::move(e)), segment_writer(segment, std::move(path)) {}

  const RunId id;
  const std::vector<std::string> env;  // "K=V"
  output::SegmentWriter segment_writer;
  std::atomic<bool> grown{false};  // a `grown` event is under way; set by executors, cleared by the loop
  std::uint64_t told = 0;          // the end that the coordinator knows; loop's thread
  std::uint32_t attempts = 0;      // in this worker; loop's thread
  bool closed = false;             // forgotten as soon as attempts is 0; loop's thread
};

}  // namespace rota::worker
