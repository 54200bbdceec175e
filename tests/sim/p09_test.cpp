// An attempt that ends in the tick of its timeout and of a cancel: every order, within one turn or over several, in
// every mode. The exit record first wins, and there is one outcome.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "scheduler/core/scheduler.h"
#include "tests/support/a_plan.h"

namespace rota::sim {
namespace {

using namespace core;

constexpr WorkerId kPool{1, 1}, kLauncher{2, 1};
constexpr AttemptId kAttempt{{1, 0, 0}, 1};

enum class Happening : std::uint8_t { finished, wake, cancel, cancel_now };

/// One story: four happenings in an order, cut into turns by the bits of `cuts`.
class Tick {
 public:
  Tick(Mode mode, Ending ending) : worker_(mode == Mode::process ? kLauncher : kPool), ending_(ending) {
    auto plan = test::a_plan().run_timeout(std::chrono::seconds(1));
    plan.job("a", mode).timeout(std::chrono::seconds(1)).grace({}).retry(3).job("after", mode).needs("a");
    step(event::WorkerUp{kPool, {1, 4, 4, 0, 0}, {}});
    step(event::WorkerUp{kLauncher, {0, 0, 0, 1, 4}, {}});
    step(event::Submit{1, plan.done()});
    settle();
    step(event::Started{worker_, kAttempt, 0, now_.mono});
    settle();
    now_.mono = now_.mono + std::chrono::seconds(1);
  }

  void tell(const std::array<Happening, 4>& order, unsigned cuts) {
    for (std::size_t i = 0; i < order.size(); ++i) {
      happen(order[i]);
      if (cuts & (1u << i)) settle();
    }
    settle();
    // The dependent, if it was granted before the cancel, is given back.
    const AttemptId after{{1, 1, 0}, 1};
    if (const auto worker = scheduler_.worker_of(after)) {
      AttemptReport r;
      r.ending = {Ending::Kind::revoked};
      step(event::Finished{*worker, after, r});
      settle();
    }
  }

  std::size_t ends() const {
    return static_cast<std::size_t>(std::count_if(out_.records.begin(), out_.records.end(), [](const Record& r) {
      const auto* end = std::get_if<record::AttemptEnded>(&r.fact);
      return end && end->attempt == kAttempt;
    }));
  }
  std::string outcome() const {
    const TaskView t = scheduler_.view(1)->jobs[0].tasks[0];
    return t.outcome ? std::string(rota::to_text(*t.outcome)) + " " + to_text(t.reason) : "open";
  }
  bool run_is_over() const { return scheduler_.summary(1)->outcome.has_value(); }

 private:
  void happen(Happening h) {
    switch (h) {
      case Happening::finished: {
        AttemptReport r;
        r.ending = ending_;
        return step(event::Finished{worker_, kAttempt, r});
      }
      case Happening::wake: return step(event::Wake{});
      case Happening::cancel: return step(event::CancelRun{1});
      case Happening::cancel_now: return step(event::CancelRun{1, StopCause::cancel_user, true});
    }
  }
  void step(Event e) {
    scheduler_.step(std::move(e), now_, out_);
    ASSERT_EQ(scheduler_.check(), "");
  }
  void settle() {
    scheduler_.settle(now_, out_);
    ASSERT_EQ(scheduler_.check(), "");
  }

  Scheduler scheduler_;
  Now now_{{1'000'000'000}, {}};
  Effects out_;
  WorkerId worker_;
  Ending ending_;
};

template <class F>
void in_every_order(F&& f) {
  std::array<Happening, 4> order{Happening::finished, Happening::wake, Happening::cancel, Happening::cancel_now};
  do {
    for (unsigned cuts = 0; cuts < 8; ++cuts)
      for (const Mode mode : {Mode::thread, Mode::process, Mode::async}) f(order, cuts, mode);
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST(SameTick, p09_an_end_that_no_stop_reached_counts_by_itself_in_every_order) {
  int stories = 0;
  in_every_order([&](const auto& order, unsigned cuts, Mode mode) {
    Tick tick(mode, {Ending::Kind::exited, 0});
    tick.tell(order, cuts);
    EXPECT_EQ(tick.ends(), 1u);
    EXPECT_EQ(tick.outcome(), "succeeded ");
    EXPECT_TRUE(tick.run_is_over());
    ++stories;
  });
  EXPECT_EQ(stories, 24 * 8 * 3);
}

TEST(SameTick, p09_an_end_by_a_stop_counts_by_its_cause_in_every_order) {
  in_every_order([](const auto& order, unsigned cuts, Mode mode) {
    Tick cancelled(mode, {Ending::Kind::exited, 0, StopCause::cancel_user});
    cancelled.tell(order, cuts);
    EXPECT_EQ(cancelled.ends(), 1u);
    EXPECT_EQ(cancelled.outcome(), "cancelled cancel:user");
    EXPECT_TRUE(cancelled.run_is_over());
  });
}

TEST(SameTick, p09_a_timeout_in_a_run_that_is_ending_is_not_tried_again) {
  in_every_order([](const auto& order, unsigned cuts, Mode mode) {
    Tick tick(mode, {Ending::Kind::signalled, 15, StopCause::timeout});
    tick.tell(order, cuts);
    EXPECT_EQ(tick.ends(), 1u);
    // When its end came first a retry was due, and the cancel ended the wait.
    const std::string outcome = tick.outcome();
    EXPECT_TRUE(outcome == "timed_out timeout" || outcome == "cancelled cancel:user" ||
                outcome == "cancelled timeout:run")
        << outcome;
    EXPECT_TRUE(tick.run_is_over());
  });
}

}  // namespace
}  // namespace rota::sim
