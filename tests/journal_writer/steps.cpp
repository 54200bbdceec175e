// Ten steps that pass through every kind of transaction.
#include "tests/journal_writer/steps.h"

#include "tests/journal_writer/records.h"

namespace rota::test {
namespace {

constexpr std::size_t kSnapshotStep = 5, kLastStep = kSteps - 1;

/// The run that is folded besides the turn, or 0. Run 3 is open from the beginning: with it, all turns go.
RunId folded_in(std::size_t step) { return step == 3 ? 1 : step == 7 ? 2 : step == kLastStep ? 3 : 0; }

std::vector<core::Record> records_of(std::size_t step) {
  auto turn = numbered_turn(static_cast<std::uint32_t>(step));
  if (step == 0 || step == kSnapshotStep) turn.push_back(submitted(3, a_plan(5)));
  if (step == 2) turn.push_back(attempt_ended({{3, 0, 0}, 1}, Outcome::failed, std::string(20'000, 'm')));
  return turn;
}

}  // namespace

Status do_step(store::Journal& journal, std::size_t number) {
  const auto records = records_of(number);
  if (number == kSnapshotStep) return journal.replace(records);
  std::vector<store::FoldedRun> folded;
  if (const RunId run = folded_in(number)) folded.push_back({ended_view(run, 40)});
  return journal.commit({records, folded});
}

Content content_after(std::size_t steps) {
  Content out;
  for (std::size_t i = 0; i < steps; ++i) {
    if (i == kSnapshotStep || i == kLastStep) out.facts.clear();
    if (i != kLastStep) out.facts += bytes_of(records_of(i));
    if (folded_in(i)) ++out.folded;
  }
  return out;
}

}  // namespace rota::test
