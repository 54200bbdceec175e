// The index from runs to questions.
#include "scheduler/daemon/api/pending.h"

namespace rota::daemon {
namespace {

struct RunOf {
  template <class R>
  RunId operator()(const R& r) const {
    if constexpr (requires { r.run; }) return r.run;
    else if constexpr (requires { r.attempt; }) return r.attempt.task.run;
    else if constexpr (requires { r.task; }) return r.task.run;
    else return 0;
  }
};

}  // namespace

RunId run_of(const core::Record& record) { return std::visit(RunOf{}, record.fact); }

void PendingQuestions::add(ClientId client, std::unique_ptr<Pending> question) {
  for (const RunId run : question->runs()) by_run_[run].insert(client);
  questions_[client] = std::move(question);
}

void PendingQuestions::drop(ClientId client) {
  const auto found = questions_.find(client);
  if (found == questions_.end()) return;
  for (const RunId run : found->second->runs()) {
    const auto list = by_run_.find(run);
    if (list == by_run_.end()) continue;
    list->second.erase(client);
    if (list->second.empty()) by_run_.erase(list);
  }
  questions_.erase(found);
}

std::optional<control::Reply> PendingQuestions::overdue(ClientId client, Instant now) {
  const auto found = questions_.find(client);
  const auto due = found == questions_.end() ? std::nullopt : found->second->due();
  if (!due || *due > now) return std::nullopt;
  auto reply = found->second->late_answer();
  drop(client);
  return reply;
}

PendingQuestions::Answers PendingQuestions::after_turn(std::span<const core::Record> records, Desk& desk) {
  Answers out;
  if (by_run_.empty()) return out;
  std::set<ClientId> touched;
  for (const auto& record : records) {
    const auto list = by_run_.find(run_of(record));
    if (list == by_run_.end()) continue;
    for (const ClientId client : list->second) {
      questions_.at(client)->note(record);
      touched.insert(client);
    }
  }
  for (const ClientId client : touched) {
    auto reply = questions_.at(client)->answer(desk);
    if (!reply) continue;
    drop(client);
    out.emplace_back(client, std::move(*reply));
  }
  return out;
}

}  // namespace rota::daemon
