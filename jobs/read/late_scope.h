// What the late names of expressions may be within one job: its shape, its needs and what they leave. Known before any
// text of the job is read, so that a wrong name is found while the file is read.
#pragma once

#include <string_view>
#include <vector>

#include "jobs/model/plan.h"

namespace rota::jobs {

struct LateScope {
  /// A job that this one needs, with what it declares.
  struct Need {
    std::string_view name;  // its id
    JobIndex job = 0;
    bool each = false;  // one value per output; else a job of many tasks gives lists
    bool many = false;  // it is an array or a matrix
    const std::vector<Output>* outputs = nullptr;
  };
  std::string_view job;          // its id, for messages
  const Shape* shape = nullptr;  // of this job: its matrix keys, or that it is an array; null: one task
  std::vector<Need> needs;
  const std::vector<std::string_view>* jobs =
      nullptr;           // ids of the file, for better words about a name that is no need
  bool in_hook = false;  // run.outcome and run.failed are known
  /// In `defaults` nothing is known of the job: every late name is taken, and read again with each job.
  bool anything = false;
};

}  // namespace rota::jobs
