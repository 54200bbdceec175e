// The judge of the chaos can find what it looks for: each breach that is planted here is found, and a sound run is not.
#include "tests/chaos/judge.h"

#include <gtest/gtest.h>

#include <sstream>

#include "tests/support/temp_dir.h"

namespace rota::chaos {
namespace {

/// Run 1 with the jobs a and b (which needs a), both in process mode; every member is what a sound run has.
struct Case {
  std::string marks = "S 1 a 1\nE 1 a 1 0\nS 1 b 1\nE 1 b 1 3\n";
  std::string a = attempt(1, "succeeded", "");
  std::string b = attempt(1, "failed", "exit:3");
  std::string a_ended = "succeeded", a_reason, b_ended = "failed", b_reason = "exit:3", b_state = "finished";
  Deeds deeds;

  static std::string attempt(int number, const std::string& outcome, const std::string& reason, int seat = 2) {
    std::ostringstream out;
    out << "{\"attempt\":" << number << ",\"worker\":{\"seat\":" << seat << ",\"generation\":7},\"outcome\":\""
        << outcome << "\",\"reason\":\"" << reason << "\"}";
    return out.str();
  }
  static std::string job(const std::string& name, const std::string& state, const std::string& outcome,
                         const std::string& reason, const std::string& attempts) {
    return "{\"job\":\"" + name + "\",\"tasks\":[{\"state\":\"" + state + "\",\"outcome\":\"" + outcome +
           "\",\"reason\":\"" + reason + "\",\"attempts\":[" + attempts + "]}]}";
  }
  Verdict judged() const {
    JobFile file;
    file.jobs["a"] = Script{};
    file.jobs["b"] = Script{.exit = 3, .needs = {"a"}};
    const test::TempDir dir;
    Verdict verdict;
    judge_run(1, file, read_marks(dir.write("marks", marks)), deeds,
              "{\"run\":{\"jobs\":[" + job("a", "finished", a_ended, a_reason, a) + "," +
                  job("b", b_state, b_ended, b_reason, b) + "]}}",
              verdict);
    return verdict;
  }
};

TEST(TheJudge, finds_nothing_wrong_with_a_sound_run) {
  const auto verdict = Case{}.judged();
  EXPECT_TRUE(verdict.clean()) << to_text(verdict);
  EXPECT_EQ(verdict.jobs, 2);
}

TEST(TheJudge, finds_an_attempt_that_ran_twice) {
  Case c;
  c.marks += "S 1 b 1\n";
  EXPECT_EQ(c.judged().twice.size(), 1u);
}

TEST(TheJudge, finds_an_attempt_that_is_not_told) {
  Case c;
  c.marks += "S 1 b 2\n";
  EXPECT_EQ(c.judged().wrong.size(), 1u);
}

TEST(TheJudge, finds_an_attempt_that_was_revoked_and_ran) {
  Case c;
  c.b = Case::attempt(1, "revoked", "") + "," + Case::attempt(1, "failed", "exit:3");
  EXPECT_TRUE(c.judged().clean()) << to_text(c.judged());
  c.marks += "S 1 b 1\n";  // a revoked one has the number of the try that came in its place
  EXPECT_EQ(c.judged().twice.size(), 1u);
}

TEST(TheJudge, finds_a_job_that_has_not_ended) {
  Case c;
  c.b_state = "running";
  EXPECT_EQ(c.judged().lost.size(), 1u);
}

TEST(TheJudge, finds_a_status_that_nothing_bears_out) {
  Case other;
  other.b = Case::attempt(1, "failed", "exit:4");
  other.b_reason = "exit:4";
  EXPECT_FALSE(other.judged().wrong.empty()) << "another status than its own";
  Case success;
  success.b = Case::attempt(1, "succeeded", "");
  success.b_ended = "succeeded", success.b_reason = "";
  EXPECT_FALSE(success.judged().wrong.empty()) << "a success that was none";
  Case unseen;
  unseen.marks = "S 1 a 1\nE 1 a 1 0\n";
  EXPECT_FALSE(unseen.judged().wrong.empty()) << "an end that no mark knows";
}

TEST(TheJudge, finds_a_loss_whose_launcher_nobody_killed) {
  Case c;
  c.marks = "S 1 a 1\nE 1 a 1 0\nS 1 b 1\n";
  c.b = Case::attempt(1, "lost", "worker-lost");
  c.b_ended = "lost", c.b_reason = "worker-lost";
  EXPECT_FALSE(c.judged().wrong.empty());
  c.deeds.kills[Kind::launcher] = 1;
  c.deeds.launchers = {"3.7"};
  EXPECT_EQ(c.judged().wrong.size(), 1u) << "another launcher was";
  c.deeds.launchers = {"2.7"};
  EXPECT_TRUE(c.judged().clean()) << to_text(c.judged());
}

TEST(TheJudge, finds_a_kill_that_nobody_did) {
  Case c;
  c.b = Case::attempt(1, "crashed", "signal:9");
  c.b_ended = "crashed", c.b_reason = "signal:9";
  EXPECT_FALSE(c.judged().wrong.empty());
  c.deeds.kills[Kind::job] = 2;
  c.deeds.jobs = {{1, "a", 1}, {1, "b", 2}};
  c.deeds.pools = {"2.7"};
  EXPECT_EQ(c.judged().wrong.size(), 1u) << "others were, and a pool worker is not where a process job runs";
  c.deeds.jobs.insert({1, "b", 1});
  EXPECT_TRUE(c.judged().clean()) << to_text(c.judged());
}

TEST(TheJudge, finds_a_status_of_a_kill_that_nobody_did) {
  Case c;
  c.marks = "S 1 a 1\nE 1 a 1 0\nS 1 b 1\n";
  c.b = Case::attempt(1, "failed", "exit:137");
  c.b_reason = "exit:137";
  c.deeds.jobs = {{1, "a", 1}};
  EXPECT_FALSE(c.judged().wrong.empty());
  c.deeds.jobs = {{1, "b", 1}};
  EXPECT_TRUE(c.judged().clean()) << to_text(c.judged());
}

TEST(TheJudge, finds_an_end_that_is_not_that_of_the_last_try) {
  Case c;
  c.b_ended = "lost", c.b_reason = "worker-lost";
  EXPECT_FALSE(c.judged().wrong.empty());
}

TEST(TheJudge, finds_a_job_that_began_before_its_need_had_succeeded) {
  Case c;
  c.marks = "S 1 a 1\nS 1 b 1\nE 1 a 1 0\nE 1 b 1 3\n";
  EXPECT_EQ(c.judged().wrong.size(), 1u);
}

TEST(TheJudge, finds_an_upstream_failure_without_one) {
  Case c;
  c.marks = "S 1 a 1\nE 1 a 1 0\n";
  c.b = "";
  c.b_ended = "upstream_failed", c.b_reason = "dep";
  EXPECT_EQ(c.judged().wrong.size(), 1u);
}

TEST(TheJudge, finds_marks_that_cannot_be_read) {
  const test::TempDir dir;
  EXPECT_EQ(read_marks(dir.write("marks", "S 1 a 1\nS 1\nX 1 a 1\nE 1 a 1\n")).unreadable.size(), 3u);
}

}  // namespace
}  // namespace rota::chaos
