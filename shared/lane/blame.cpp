// The ledger of begun attempts and the slots of threads.
#include "shared/lane/blame.h"

namespace rota::lane {

const LedgerEntry& BlameReader::entry(std::uint32_t i) const {
  return reinterpret_cast<const LedgerEntry*>(region_ + kLedgerOffset)[i];
}
const ThreadSlot& BlameReader::slot(std::uint32_t i) const {
  return reinterpret_cast<const ThreadSlot*>(region_ + kSlotsOffset)[i];
}

namespace {
std::optional<AttemptId> attempt_of(const LedgerEntry& e) {
  const auto number = e.number.load(std::memory_order_acquire);
  if (number == 0) return std::nullopt;
  constexpr auto relaxed = std::memory_order_relaxed;
  return AttemptId{{e.run.load(relaxed), e.job.load(relaxed), e.task.load(relaxed)}, number};
}
}  // namespace

std::vector<AttemptId> BlameReader::begun() const {
  std::vector<AttemptId> out;
  for (std::uint32_t i = 0; i < kLedgerEntries; ++i)
    if (const auto a = attempt_of(entry(i))) out.push_back(*a);
  return out;
}

std::optional<Guilty> BlameReader::guilty() const {
  for (std::uint32_t i = 0; i < kSlots; ++i) {
    const auto signal = slot(i).signal.load(std::memory_order_acquire);
    const auto running = slot(i).running.load(std::memory_order_relaxed);
    const bool told = (signal > 0 && signal <= 64) || signal == kCalledExit;
    if (!told || running == 0 || running > kLedgerEntries) continue;
    if (const auto a = attempt_of(entry(running - 1)))
      return Guilty{*a, signal == kCalledExit ? 0 : static_cast<std::int32_t>(signal)};
  }
  return std::nullopt;
}

std::vector<AttemptId> BlameReader::running() const {
  std::vector<AttemptId> out;
  if (slot(0).signal.load(std::memory_order_acquire) == kLeftByItself) return out;
  for (std::uint32_t i = 0; i < kSlots; ++i) {
    const auto running = slot(i).running.load(std::memory_order_acquire);
    if (running == 0 || running > kLedgerEntries) continue;
    if (const auto a = attempt_of(entry(running - 1))) out.push_back(*a);
  }
  return out;
}

std::optional<OnLoop> BlameReader::on_loop() const {
  const auto begun = slot(0).begun.load(std::memory_order_relaxed);
  const auto running = slot(0).running.load(std::memory_order_acquire);
  if (running == 0 || running > kLedgerEntries) return std::nullopt;
  const auto attempt = attempt_of(entry(running - 1));
  return attempt ? std::optional(OnLoop{*attempt, begun}) : std::nullopt;
}

Ledger::Ledger(std::byte* region) : region_(region) {
  free_.reserve(kLedgerEntries);
  for (std::uint32_t i = kLedgerEntries; i > 0; --i) free_.push_back(i - 1);
}

LedgerEntry& Ledger::at(std::uint32_t i) { return reinterpret_cast<LedgerEntry*>(region_ + kLedgerOffset)[i]; }

std::optional<std::uint32_t> Ledger::claim() {
  if (free_.empty()) return std::nullopt;
  const auto i = free_.back();
  free_.pop_back();
  return i;
}

void Ledger::write(std::uint32_t i, AttemptId attempt) {
  constexpr auto relaxed = std::memory_order_relaxed;
  auto& e = at(i);
  e.run.store(attempt.task.run, relaxed);
  e.job.store(attempt.task.job, relaxed);
  e.task.store(attempt.task.task, relaxed);
  e.number.store(attempt.number, std::memory_order_release);
}

void Ledger::release(std::uint32_t i) {
  at(i).number.store(0, std::memory_order_release);
  free_.push_back(i);
}

}  // namespace rota::lane
