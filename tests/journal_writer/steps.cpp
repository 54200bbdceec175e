// Nine steps that pass through every kind of transaction.
#include "tests/journal_writer/steps.h"

#include "tests/journal_writer/records.h"

namespace rota::test {
namespace {

constexpr std::size_t kSnapshotStep = 5;

/// Folds a run of its own besides the turn.
bool folds(std::size_t step) { return step == 3 || step == 7; }

std::vector<core::Record> records_of(std::size_t step) {
  auto turn = numbered_turn(static_cast<std::uint32_t>(step));
  if (step == 2) turn.push_back(attempt_ended({{1, 0, 0}, 1}, Outcome::failed, std::string(20'000, 'm')));
  return turn;
}

}  // namespace

Status do_step(store::Journal& journal, std::size_t number) {
  const auto records = records_of(number);
  if (number == kSnapshotStep) return journal.replace(records);
  std::vector<core::RunView> folded;
  if (folds(number)) folded.push_back(ended_view(number == 3 ? 1 : 2, 40));
  return journal.commit({records, folded});
}

Content content_after(std::size_t steps) {
  Content out;
  for (std::size_t i = 0; i < steps; ++i) {
    if (i == kSnapshotStep) out.facts.clear();
    out.facts += bytes_of(records_of(i));
    if (folds(i)) ++out.folded;
  }
  return out;
}

}  // namespace rota::test
