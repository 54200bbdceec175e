// The script, carried out and imagined.
#include "tests/journal_writer/service_steps.h"

#include <fcntl.h>

#include <algorithm>

#include "scheduler/store/instances.h"
#include "scheduler/store/turns.h"
#include "shared/posix/fd.h"
#include "shared/wire/codec.h"
#include "tests/journal_writer/steps.h"

namespace rota::test {
namespace {

constexpr std::uint64_t kEventBytes = 4096;

std::string key_of(RunId run) { return "key-" + std::to_string(run); }
core::Record submission_of(RunId run) { return submitted(run, a_plan(run * 3), key_of(run), static_cast<int>(run)); }
const core::record::Submitted& fact_of(const core::Record& record) {
  return std::get<core::record::Submitted>(record.fact);
}
core::Record epoch(std::uint32_t number) { return {core::record::EpochBegan{number, {{1}, wall_of(0)}}}; }
core::Record message(RunId run, std::uint32_t job, std::size_t bytes) {
  return attempt_ended({{run, job, 0}, 1}, Outcome::failed, std::string(bytes, 'm'));
}

ServiceStep begin(RunId run) { return {run, {submission_of(run)}, 0, {}, {}}; }
ServiceStep turn(std::vector<core::Record> records) { return {0, std::move(records), 0, {}, {}}; }
ServiceStep fold(RunId run) { return {0, {run_ended(run, Outcome::succeeded)}, run, {}, {}}; }
ServiceStep snapshot(std::vector<core::Record> records) { return {0, {}, 0, std::move(records), {}}; }
ServiceStep prune(std::uint32_t keep, int keys_before) {
  store::PruneOrder order;
  order.keep_runs = keep;
  order.keys_before = wall_of(keys_before);
  return {0, {}, 0, {}, order};
}

}  // namespace

std::vector<ServiceStep> service_script() {
  return {
      turn({epoch(1)}),
      begin(1),
      begin(2),
      turn({message(2, 0, 20'000), message(1, 0, 10)}),
      fold(1),
      snapshot({submission_of(1), run_ended(1, Outcome::succeeded), submission_of(2), epoch(1)}),
      turn({message(2, 1, 3000)}),
      begin(3),
      fold(2),
      snapshot({submission_of(3), epoch(1)}),
      turn({message(3, 0, 100)}),
      turn({message(3, 1, 100)}),
      prune(1, 2),
      begin(4),
      turn({message(3, 2, 5000)}),
      fold(3),
      prune(1, 3),
  };
}

Result<std::unique_ptr<store::Journal>> open_steps_journal(const std::string& instance_directory) {
  return store::open_service_journal(instance_directory, kEventBytes, kStepsCheckpointPages);
}

Status do_service_step(store::Journal& journal, const std::string& instance_directory, const ServiceStep& step) {
  if (step.begins) {
    auto directory = store::make_output_directory(instance_directory, step.begins);
    if (!directory) return directory.error();
    auto file = posix::open_file(*directory + "/0.seg", O_WRONLY | O_CREAT);
    if (!file) return file.error();
    if (auto s = posix::write_all(file->get(), output_of(step.begins), *directory); !s) return s;
  }
  if (step.snapshot) return journal.replace(*step.snapshot);
  if (step.prune) {
    auto pruned = journal.prune(*step.prune);
    return pruned ? store::remove_set_aside(instance_directory) : Status(pruned.error());
  }
  if (!step.folds) return journal.commit({step.records, {}});
  const auto record = submission_of(step.folds);
  const auto& submission = fact_of(record);
  const std::vector<store::FoldedRun> folded{{ended_view(step.folds, 40), &*submission.plan, &*submission.terms}};
  return journal.commit({step.records, folded});
}

ServiceContent service_content_after(std::size_t steps) {
  ServiceContent out;
  std::vector<core::Record> stored;
  std::set<RunId> over;
  const auto script = service_script();
  for (std::size_t i = 0; i < std::min(steps, script.size()); ++i) {
    const auto& step = script[i];
    if (step.begins) out.open.insert(step.begins), out.keys[key_of(step.begins)] = step.begins;
    for (const auto& record : step.records) out.events.push_back(bytes_of({record}));
    if (step.snapshot) stored = *step.snapshot;
    stored.insert(stored.end(), step.records.begin(), step.records.end());
    if (step.folds) out.open.erase(step.folds), out.folded.insert(step.folds), over.insert(step.folds);
    if (!step.prune) continue;
    while (out.folded.size() > *step.prune->keep_runs) out.folded.erase(out.folded.begin());
    std::erase_if(out.keys, [&](const auto& key) {
      return wall_of(static_cast<int>(key.second)) < step.prune->keys_before;
    });
  }
  std::erase_if(stored, [&](const core::Record& r) { return over.contains(store::run_of(r.fact)); });
  out.facts = bytes_of(stored);
  return out;
}

std::string submission_bytes(RunId run) {
  const auto record = submission_of(run);
  auto bytes = wire::encoded(fact_of(record).plan);
  wire::encode(bytes, fact_of(record).terms);
  return bytes;
}

std::string output_of(RunId run) { return "what run " + std::to_string(run) + " wrote"; }

}  // namespace rota::test
