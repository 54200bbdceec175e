// A target in a process of its own: what it is given, what it leaves, and how that is judged.
#include "worker/launcher/target_call.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>

#include <algorithm>

#include "shared/limits.h"
#include "shared/wire/codec.h"
#include "tests/support/scratch.h"

namespace rota::worker {
namespace {

using Kind = Ending::Kind;

std::string hex(const std::string& bytes) {
  std::string out;
  for (const unsigned char c : bytes) {
    out.push_back("0123456789abcdef"[c >> 4]);
    out.push_back("0123456789abcdef"[c & 15]);
  }
  return out;
}

struct Ran {
  process::Exit exit;
  std::optional<TargetResult> left;
  std::string out;
};

/// Runs the scripted child in the place of run-target.
Ran run(const lane::Assignment& assignment, std::vector<std::string> steps) {
  test::Scratch scratch;
  auto out = posix::open_file(scratch.path("out"), O_RDWR | O_CREAT);
  const auto call = TargetCall::make(assignment);
  EXPECT_TRUE(call);
  process::SpawnSpec spec;
  call->describe(spec);
  spec.program = test::program("rota-test-child");
  spec.argv = {"rota-test-child"};
  spec.argv.insert(spec.argv.end(), steps.begin(), steps.end());
  spec.stdout_fd = out->get();
  const auto child = process::spawn(spec);
  EXPECT_TRUE(child);
  pollfd p{child->pidfd.get(), POLLIN, 0};
  EXPECT_EQ(::poll(&p, 1, 20'000), 1);
  return {*process::reap(*child), call->result(), test::slurp(scratch.path("out"))};
}

lane::Assignment an_assignment() {
  lane::Assignment a;
  a.id = {{2, 5, 0}, 3};
  a.target = "print_numbers";
  a.args = {Value(5)};
  a.kwargs = {{"delay", Value("1s")}};
  return a;
}

std::string result_hex(const Ending& ending, const std::string& message) {
  return hex(wire::encoded(TargetResult{ending, message}));
}

TEST(TargetCall, the_process_finds_its_assignment_at_descriptor_3) {
  const auto a = an_assignment();
  EXPECT_EQ(run(a, {"read-fd", "3"}).out, wire::encoded(a));
}

TEST(TargetCall, a_result_that_is_too_long_is_told_by_its_bytes_and_the_limit) {
  const auto call = TargetCall::make(an_assignment());
  ASSERT_TRUE(call);
  process::SpawnSpec spec;
  call->describe(spec);
  const auto result = std::find_if(spec.extra_fds.begin(), spec.extra_fds.end(),
                                   [](const auto& fd) { return fd.second == kTargetResult; });
  ASSERT_TRUE(posix::write_all(result->first, std::string(limits::kLaneMessageBytes + 1, 'x'), "result"));
  const auto j = judged(Ending{Kind::exited, 0}, call->result());
  EXPECT_EQ(j.ending, Ending{Kind::bad_output});
  EXPECT_NE(j.message.find("1048577 bytes, the limit is 1048576 (lane_message_bytes)"), std::string::npos) << j.message;
}

TEST(TargetCall, what_it_leaves_at_descriptor_4_is_its_ending) {
  const auto ran = run(an_assignment(), {"write-hex", "4", result_hex({Kind::threw}, "no such camera"), "exit", "1"});
  ASSERT_TRUE(ran.left);
  const auto j = judged(ran.exit.ending, ran.left);
  EXPECT_EQ(j.ending, Ending{Kind::threw});
  EXPECT_EQ(j.message, "no such camera");
}

TEST(TargetCall, one_that_dies_before_it_leaves_a_result_is_judged_by_its_wait_status) {
  const auto ran = run(an_assignment(), {"crash", "11"});
  EXPECT_FALSE(ran.left);
  EXPECT_EQ(judged(ran.exit.ending, ran.left).ending, (Ending{Kind::signalled, 11}));
  EXPECT_EQ(judged({Kind::exited, 3}, std::nullopt).ending, (Ending{Kind::exited, 3}));
}

TEST(TargetCall, one_that_leaves_with_status_0_before_it_returned_has_not_succeeded) {
  const auto j = judged({Kind::exited, 0}, std::nullopt);
  EXPECT_EQ(j.ending.kind, Kind::threw);
  EXPECT_FALSE(j.message.empty());
}

TEST(TargetCall, a_result_that_is_torn_or_claims_what_only_the_launcher_can_know_does_not_count) {
  const auto whole = result_hex({Kind::returned}, "text");
  for (const auto& evil : {whole.substr(0, whole.size() - 2), whole + "00", result_hex({Kind::exited, 0}, ""),
                           result_hex({Kind::revoked}, ""), std::string("ff")}) {
    EXPECT_FALSE(run(an_assignment(), {"write-hex", "4", evil}).left) << evil;
  }
}

TEST(TargetCall, a_result_cannot_claim_to_have_been_stopped_and_its_text_is_capped) {
  const Ending boast{Kind::returned, 0, StopCause::cancel_user, true, true};
  const auto ran = run(an_assignment(), {"write-hex", "4", result_hex(boast, std::string(10'000, 'x'))});
  ASSERT_TRUE(ran.left);
  const auto j = judged(ran.exit.ending, ran.left);
  EXPECT_EQ(j.ending, Ending{Kind::returned});
  EXPECT_EQ(j.message.size(), limits::kMessageBytes);
}

}  // namespace
}  // namespace rota::worker
