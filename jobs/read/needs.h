// The graph of a job file: `needs` into indices, and what a graph may not be.
#pragma once

#include <string_view>
#include <unordered_map>
#include <vector>

#include "jobs/model/plan.h"
#include "jobs/read/reading.h"

namespace rota::jobs {

class NeedsReader {
 public:
  /// `keys`: the nodes of the jobs' names, in the file's order.
  NeedsReader(Reading& in, const std::vector<NodeAt>& keys);

  /// Reads one job's `needs`: a name, a list of names, or a map of names and conditions. Unknown names, doubles and the
  /// job itself are reported.
  void read(JobIndex job, NodeAt at, std::vector<Need>& out);

  /// When every job is read: conditions against what the needed job is, then cycles. Conditions that were not written
  /// become `success`, or `ready` for a daemon; `ready` of a daemon without `ready:` becomes `started`. `sound[i]`: job
  /// i had no fault of its own; nothing is said of needs upon others.
  void resolve(Plan& plan, const std::vector<bool>& sound);

 private:
  struct Written {  // a need's place in the file
    JobIndex from;
    std::uint32_t position;  // among the needs of `from`
    NodeAt at;
    bool has_condition;
  };
  void one(JobIndex job, NodeAt name, NodeAt condition, std::vector<Need>& out);
  void resolve_one(const Written& w, Plan& plan);
  void check_pools(const Written& w, const Plan& plan);
  void check_each(const Written& w, const Job& job, const Job& other);
  void find_cycles(const Plan& plan);
  void report_cycle(const Plan& plan, const std::vector<JobIndex>& path);

  Reading& in_;
  std::vector<std::string_view> names_;
  std::unordered_map<std::string_view, JobIndex> index_;
  std::vector<Written> written_;
};

}  // namespace rota::jobs
