// `uses` and `with`: the jobs of another file in the place of one job.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "jobs/model/plan.h"
#include "jobs/read/load.h"
#include "jobs/read/reading.h"

namespace rota::jobs {

struct Draft;

/// What the job of index `job` uses.
struct UsedFile {
  JobIndex job = 0;
  NodeAt at = kNoNode;
  std::string path;  // absolute
  std::vector<std::pair<std::string, std::string>> params;
};

/// The files that are being read: each is used by the one before.
struct UseChain {
  std::string path;
  const UseChain* before = nullptr;
};

/// Of a job whose draft has `uses`, with its map of fields: reports the fields that such a job cannot have.
void read_uses(Reading& in, NodeAt fields, const Draft& draft, JobIndex job);

/// Reads the files that in.used names and grafts their jobs into the plan. What is wrong in them is reported where they
/// are used.
void take_used_files(Reading& in, const LoadOptions& options, const UseChain& chain, Plan& plan);

}  // namespace rota::jobs
