// Runs on their way in: from a file and its key to a durable record. Whoever asks twice with one key gets one run.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "scheduler/control/rest.h"
#include "scheduler/daemon/api/loader.h"
#include "scheduler/daemon/api/pending.h"

namespace rota::daemon {

class Submissions {
 public:
  using Answer = std::function<void(ClientId, control::Reply)>;
  /// Calls from the loop, in a moment.
  using Later = std::function<void(Duration, std::function<void()>)>;
  Submissions(Desk& desk, Loader& loader, Answer answer, Later later)
      : desk_(desk), loader_(loader), answer_(std::move(answer)), later_(std::move(later)) {}

  void submit(ClientId client, control::ask::Submit what, posix::Fd file);
  /// `file`: of a retry with another job file.
  void retry(ClientId client, control::ask::Retry what, posix::Fd file);
  /// A run of a registered file, now.
  void trigger(ClientId client, const control::ask::Trigger& what);
  /// The client went: what nobody waits for and is not posted yet is dropped.
  void gone(ClientId client);
  /// Answers those whose record is durable now.
  void after_turn(std::span<const core::Record> records);

 private:
  /// A question with what came along.
  struct Asked {
    ClientId client = 0;
    control::ask::Submit what;
    posix::Fd file;
  };
  struct Draft {
    ClientId client = 0;  // 0: it went
    std::string key;
    bool dry_run = false;
    bool posted = false;
    core::Terms terms;
    control::ask::Submit asked;  // without its parameters
    std::vector<std::string> env;
    std::string name;
    std::uint32_t tasks = 0, jobs = 0;
    Instant give_up;  // where it waits for a number
    control::answer::Registered registered;
    std::deque<Asked> followers;  // the same key, meanwhile
  };
  using Number = std::uint64_t;

  std::optional<control::Reply> known(const std::string& key);
  /// True: the key was used before, or is under way; the client is answered with that submission.
  bool goes_along(ClientId client, const std::string& key);
  Status admit(const std::string& key);
  Result<core::Terms> terms_of(const control::ask::Submit& what);
  /// Takes what must stand in no record out of the draft's environment. Code::refused: it is too large.
  static Status settle_environment(Draft& draft, const jobs::Plan& plan);
  void loaded(Number number, Loaded result);
  Result<std::vector<core::TaskView>> all_tasks(RunId run, const core::JobView& job);
  /// Puts what is left of a run into its draft and posts it.
  void post_rest(Number number, jobs::Plan plan, const control::Done& done);
  void post(Number number, jobs::Plan plan);
  void post_later(Number number, jobs::Plan plan);
  std::optional<RunId> refusing_run(const jobs::Plan& plan) const;
  /// A plan with schedules.
  void register_plan(Number number, jobs::Plan plan);
  void answer_registration(const std::string& name);
  /// Ends a draft that came to nothing: its client is told, the next with its key takes its place.
  void fail_draft(Number number, control::Reply why);

  Desk& desk_;
  Loader& loader_;
  Answer answer_;
  Later later_;
  std::unordered_map<Number, Draft> drafts_;
  std::unordered_map<std::string, Number> by_key_;
  std::unordered_map<RunId, Number> by_run_;  // posted, not yet durable
  std::unordered_multimap<std::string, Number> by_schedule_;  // the same, of what is registered
  Number last_ = 0;
};

}  // namespace rota::daemon
