// All that a coordinator is asked, and when each question is answered. Knows clients by number only: the server has the
// sockets. An answer may come within the call that asks, or after any later turn; never two for one question.
#pragma once

#include <deque>
#include <functional>
#include <span>
#include <string_view>

#include "scheduler/daemon/api/pending.h"
#include "scheduler/daemon/api/submissions.h"

namespace rota::daemon {

class Questions {
 public:
  struct Ways {
    std::function<void(ClientId, control::Reply)> answer;
    std::function<void(std::string_view)> log;  // a line for the coordinator's log
    std::function<std::uint32_t()> clients;     // that are connected
    Submissions::Later later;
    Duration pause_within;
  };
  Questions(Desk& desk, Loader& loader, Ways ways);

  void ask(ClientId client, control::Ask what, posix::Fd file);
  /// It is not there any more: what it waited for is of no more interest, what it wished for is done all the same.
  void gone(ClientId client);
  void after_turn(std::span<const core::Record> records);
  /// It has taken its answer.
  void delivered(ClientId client);
  /// Tells those who still wait for a stop what came of it. The last call.
  void farewell();

 private:
  void on(ClientId client, control::ask::Submit& what, posix::Fd& file);
  void on(ClientId client, control::ask::View& what);
  void on(ClientId client, control::ask::Retry& what, posix::Fd& file);
  void on(ClientId client, control::ask::Cancel& what);
  void on(ClientId client, control::ask::Hold& what);
  void on(ClientId client, control::ask::Pause& what);
  void on(ClientId client, control::ask::Wait& what);
  void on(ClientId client, control::ask::Prune& what);
  void on(ClientId client, control::ask::Drain& what);
  void on(ClientId client, control::ask::Stop& what);
  void on(ClientId client, control::ask::Status& what);
  void on(ClientId client, control::ask::Reschedule& what);
  void on(ClientId client, control::ask::Trigger& what);
  /// Answered at once, or else pending.
  void add(ClientId client, std::unique_ptr<Pending> question);
  bool is_stopping(ClientId client);
  void answer_stops(const control::Reply& reply);
  void after_this_turn(ClientId client, control::Reply reply);
  std::uint32_t runs_alive() const;

  Desk& desk_;
  Ways ways_;
  Submissions submissions_;
  PendingQuestions pending_;
  PendingQuestions::Answers next_turn_;  // answered when the turn that comes is committed
  std::set<ClientId> large_;             // clients that a large view is on its way to
  std::deque<std::pair<ClientId, control::ask::View>> views_;  // large ones that wait for those
  std::set<ClientId> stops_;             // answered when no run is alive
  bool stopping_ = false;
};

}  // namespace rota::daemon
