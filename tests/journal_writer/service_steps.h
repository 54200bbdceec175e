// A service's life in steps: what each does, and what must be in its journal and its output after it. Known to the
// writer, which is killed at any point of it, and to the test.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "scheduler/store/journal.h"
#include "tests/journal_writer/records.h"

namespace rota::test {

struct ServiceStep {
  RunId begins = 0;                                     // gets its output directory first, with a file in it
  std::vector<core::Record> records;                    // of the turn
  RunId folds = 0;                                      // in the same turn
  std::optional<std::vector<core::Record>> snapshot;    // instead of a turn
  std::optional<store::PruneOrder> prune;               // instead of a turn
};
/// Submissions with keys, folds, snapshots, a trimmed past, prunes.
std::vector<ServiceStep> service_script();

/// Opens it as the steps need it: with little room for the past, and frequent checkpoints.
Result<std::unique_ptr<store::Journal>> open_steps_journal(const std::string& instance_directory);
Status do_service_step(store::Journal& journal, const std::string& instance_directory, const ServiceStep& step);

/// What is in a service's instance.
struct ServiceContent {
  std::string facts;                // of a replay
  std::vector<std::string> events;  // every fact ever told, in order; the oldest may be gone
  std::set<RunId> open;
  std::set<RunId> folded;
  std::map<std::string, RunId> keys;
};
ServiceContent service_content_after(std::size_t steps);
/// What was submitted as a run of the script, as bytes.
std::string submission_bytes(RunId run);
std::string output_of(RunId run);

}  // namespace rota::test
