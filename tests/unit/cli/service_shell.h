// The whole command against a service that is played: what is asked of it is kept, what it answers is the test's.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "scheduler/cli/program.h"
#include "scheduler/store/instances.h"
#include "scheduler/store/journal.h"
#include "tests/support/a_plan.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/cli/sinks.h"
#include "tests/unit/cli/views_of.h"

namespace rota::cli::testing {

namespace ask = control::ask;
namespace answer = control::answer;

/// A coordinator behind one socket. Thread-safe: `logs -f` waits on a thread of its own.
class PlayedService {
 public:
  /// Answers what the runs in `alive` and `folded` say; `on` overrides by kind of question.
  template <class Question>
  void on(std::function<Result<control::Reply>(const Question&)> reply) {
    overrides_[control::Ask(Question{}).index()] = [reply](const control::Ask& q) {
      return reply(std::get<Question>(q));
    };
  }

  Result<control::Reply> ask(const control::Ask& question, std::optional<std::string_view> file,
                             std::optional<Duration> within) {
    const std::lock_guard guard(mutex_);
    asked_.push_back(question);
    within_.push_back(within);
    if (file) files.emplace_back(*file);
    const auto own = overrides_.find(question.index());
    if (own != overrides_.end()) return own->second(question);
    if (std::holds_alternative<ask::List>(question)) return control::Reply(list());
    if (const auto* view = std::get_if<ask::View>(&question)) return view_of(view->run);
    return control::Reply(answer::Refused{fail(Code::internal, "the test has no answer"), ""});
  }

  /// Every question of this kind so far.
  template <class Question>
  std::vector<Question> asked() const {
    const std::lock_guard guard(mutex_);
    std::vector<Question> out;
    for (const auto& q : asked_)
      if (const auto* one = std::get_if<Question>(&q)) out.push_back(*one);
    return out;
  }
  std::optional<Duration> last_within() const { return within_.back(); }

  std::vector<core::RunView> alive;
  answer::Recovery recovery;
  std::string closed;
  control::Hello hello{control::kControlProtocol, "9.9", 4711, ""};
  std::vector<std::string> files;  // bytes that came along

 private:
  answer::Runs list() const {
    answer::Runs runs;
    for (const auto& view : alive) runs.runs.push_back(view.summary);
    runs.recovery = recovery;
    runs.closed = closed;
    return runs;
  }
  Result<control::Reply> view_of(RunId run) const {
    for (const auto& view : alive)
      if (view.summary.run == run) return control::Reply(answer::View{view, "", recovery});
    return control::Reply(answer::Refused{fail(Code::not_found, "no such run"), ""});
  }

  mutable std::mutex mutex_;
  std::map<std::size_t, std::function<Result<control::Reply>(const control::Ask&)>> overrides_;
  std::vector<control::Ask> asked_;
  std::vector<std::optional<Duration>> within_;
};

class PlayedContact final : public Contact {
 public:
  explicit PlayedContact(PlayedService& service) : service_(service) {}
  const control::Hello& coordinator() const override { return service_.hello; }
  Result<control::Reply> ask(const control::Ask& question, std::optional<std::string_view> file,
                             std::optional<Duration> within) override {
    return service_.ask(question, file, within);
  }
  void hang_up() override {}

 private:
  PlayedService& service_;
};

struct Typed {
  Exit exit;
  std::string out, err;
  std::string tried;  // what was written to stdout, whether or not it got there
};

/// One user with a state directory, a service that answers at its socket unless `service_up` is false, and whatever
/// else listens in `others`. Time passes only in `rest`, and by as much as is asked for.
struct ServiceShell {
  test::TempDir home;
  FakeClock clock;
  PlayedService service;
  bool service_up = true;
  std::map<std::string, PlayedService*> others;  // by socket path
  std::function<void()> on_rest = [] {};
  unsigned rests = 0, dials = 0;
  std::vector<std::string> more_env;
  std::vector<std::string> ran;
  int lost_by = 0;  // the errno that every write to stdout fails with

  ServiceShell() {
    clock.at = now_after(60);
    service.hello.instance_directory = state() + "/service";
  }

  std::string state() const { return home.path() + "/state"; }
  std::string socket() const { return home.path() + "/s"; }

  Result<std::unique_ptr<Contact>> dial(const std::string& path) {
    ++dials;
    if (path == socket() && service_up) return std::unique_ptr<Contact>(std::make_unique<PlayedContact>(service));
    if (const auto at = others.find(path); at != others.end())
      return std::unique_ptr<Contact>(std::make_unique<PlayedContact>(*at->second));
    return fail(Code::unreachable, "no coordinator answers at " + path + ": start rotad, or use `rota run FILE`");
  }

  Typed type(const std::vector<std::string>& words, const std::string& input = {}) {
    Sink out, err;
    std::vector<std::string> env{"ROTA_STATE_DIR=" + state(), "ROTA_SOCKET=" + socket(), "HOME=" + home.path()};
    env.insert(env.end(), more_env.begin(), more_env.end());
    const auto read_once = [text = input]() mutable -> Result<std::string> { return std::exchange(text, {}); };
    Surroundings world{out.stream(), err.stream(), env, home.path(), read_once, clock};
    std::string tried;
    if (lost_by != 0) {
      world.out.write = [&tried](std::string_view bytes) {
        tried += bytes;
        return false;
      };
      world.out.broken_by = [this] { return lost_by; };
    }
    world.dial = [this](const std::string& path) { return dial(path); };
    world.rest = [this](Duration at_most, int) {
      ++rests;
      clock.advance(at_most);
      on_rest();
    };
    world.fresh_key = [] { return std::string("key-1"); };
    world.worker_program = []() -> Result<std::string> { return std::string("/usr/libexec/rota-worker"); };
    const auto exit = run_program(words, world, [](auto, const auto&, auto&) -> Result<control::ForegroundEnd> {
      return fail(Code::internal, "nothing is run here");
    });
    return {exit, out.text, err.text, lost_by ? tried : out.text};
  }

  std::string root() { return store::state_root(state(), {}).value(); }

  /// A run of `rota run` that has ended.
  RunId ended_foreground(core::RunView view) {
    auto instance = store::create_run_instance(root()).value();
    view.summary.run = instance.run;
    auto journal = store::open_journal(instance.directory).value();
    const store::FoldedRun folded{std::move(view)};
    EXPECT_TRUE(journal->commit({{}, std::span(&folded, 1)}));
    return instance.run;
  }

  /// A run of `rota run` that is under way for as long as what is returned lives: one job, "work", that runs.
  store::Instance live_foreground() {
    auto instance = store::create_run_instance(root()).value();
    auto journal = store::open_journal(instance.directory).value();
    const std::vector<core::Record> records{
        {core::record::Submitted{instance.run, kSubmitted, test::a_plan("here").job("work").done(), {}}},
        {core::record::Granted{{{instance.run, 0, 0}, 1}, {1, 1}, after(1)}},
        {core::record::Started{{{instance.run, 0, 0}, 1}, {1, 1}, 4711, after(1)}}};
    EXPECT_TRUE(journal->commit({records, {}}));
    return instance;
  }

  /// The service's instance, as if rotad had it; gone with what is returned.
  store::Instance service_instance() { return store::open_service_instance(root()).value(); }
};

inline answer::Refused refusal(Code code, const std::string& what, const std::string& hint = {}) {
  return {fail(code, what), hint};
}

/// A run that waits: one job, "later".
inline core::RunView a_waiting_run(RunId number, const std::string& name) {
  auto job = running_job(0, "later");
  job.tasks[0].attempts.clear();
  job.tasks[0].state = core::TaskState::pending;
  return a_run(number, name, {job});
}

}  // namespace rota::cli::testing
