// Keeping book of attempts, in memory and in the journal.
#include "worker/launcher/account.h"

namespace rota::worker {
namespace {
constexpr Duration kRetryPause = std::chrono::seconds(1);
}

Status Account::begin(const AttemptId& attempt) {
  if (!journal_) return {};
  if (auto s = journal_->started(attempt); !s) return s;
  entries_[attempt];
  return {};
}

void Account::withdraw(const AttemptId& attempt) {
  if (!journal_ || entries_.erase(attempt) == 0) return;
  // If this cannot be written, a reader takes it for begun: lost at worst, never run twice.
  static_cast<void>(journal_->withdrawn(attempt));
}

void Account::started(const lane::up::Started& word) {
  if (journal_) entries_[word.attempt].started = word;
}

void Account::ready(const AttemptId& attempt) {
  if (journal_) entries_[attempt].ready = true;
}

void Account::end(const AttemptId& attempt, const AttemptReport& report, Instant now) {
  if (!journal_) return;
  auto& entry = entries_[attempt];
  entry.report = report;
  entry.written = false;
  ++unacked_;
  if (!write(attempt, entry)) retry_ = now + kRetryPause;
}

bool Account::write(const AttemptId& attempt, Entry& entry) {
  const auto written = journal_->ended(attempt, *entry.report, entry.ready);
  if (!written && whole()) trouble_ = written.error();
  entry.written = written.has_value();
  return entry.written;
}

void Account::ack(const AttemptId& attempt) {
  const auto found = entries_.find(attempt);
  if (found == entries_.end() || !found->second.report) return;
  entries_.erase(found);
  --unacked_;
  // Only a rewrite of the file can fail here: the old one stays, and says the same.
  static_cast<void>(journal_->acked(attempt));
}

std::vector<AttemptId> Account::attempts() const {
  std::vector<AttemptId> out;
  out.reserve(entries_.size());
  for (const auto& [attempt, entry] : entries_) out.push_back(attempt);
  return out;
}

void Account::step(Instant now) {
  if (!retry_ || now < *retry_) return;
  for (auto& [attempt, entry] : entries_) {
    if (entry.report && !entry.written && !write(attempt, entry)) {
      retry_ = now + kRetryPause;
      return;
    }
  }
  retry_.reset();
}

}  // namespace rota::worker
