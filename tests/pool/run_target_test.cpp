// A target as the main program of a process: its assignment from a descriptor, its result on another.
#include <signal.h>

#include "shared/process/spawn.h"
#include "shared/wire/codec.h"
#include "tests/pool/pool_fixture.h"
#include "worker/targets/target_result.h"

namespace rota {
namespace {

using test::PoolDriver;

class RunTarget : public ::testing::Test {
 protected:
  void start(const lane::Assignment& a) {
    auto in = posix::make_memfd("assignment", false);
    auto result = posix::make_memfd("result", false);
    auto out = posix::make_pipe();
    ASSERT_TRUE(in && result && out);
    ASSERT_TRUE(posix::write_all(in->get(), wire::encoded(a), "assignment"));  // its offset stays at the end
    process::SpawnSpec spec;
    spec.argv = {test::program("rota-test-worker"), "run-target"};
    spec.env = {"COLOUR=blue"};
    spec.stdout_fd = out->second.get();
    spec.extra_fds = {{in->get(), worker::kTargetAssignment}, {result->get(), worker::kTargetResult}};
    auto child = process::spawn(spec);
    ASSERT_TRUE(child) << to_text(child.error());
    child_ = std::move(*child);
    out_ = std::move(out->first);
    result_ = std::move(*result);
  }
  /// Waits for the end of the process and reads what it left.
  Ending end() {
    const auto text = posix::read_all(out_.get(), 1 << 20, "stdout");
    output = text ? *text : "";
    const auto exit = process::reap(child_);
    EXPECT_EQ(::lseek(result_.get(), 0, SEEK_SET), 0);
    const auto bytes = posix::read_all(result_.get(), 1 << 20, "result");
    has_result = bytes && wire::decode(*bytes, result);
    return exit ? exit->ending : Ending{};
  }
  process::Child child_;
  posix::Fd out_, result_;
  std::string output;
  bool has_result = false;
  worker::TargetResult result;
};

lane::Assignment of(const std::string& target, ValueList args = {}) {
  return PoolDriver::target(0, Mode::process, target, std::move(args));
}

TEST_F(RunTarget, a_target_that_returns_leaves_its_output_and_result) {
  start(of("print_numbers", {Value(3), Value("1ms")}));
  EXPECT_EQ(end(), (Ending{Ending::Kind::exited, 0}));
  EXPECT_EQ(output, "1\n2\n3\n");
  ASSERT_TRUE(has_result);
  EXPECT_EQ(result.ending, Ending{});
}

TEST_F(RunTarget, one_that_throws_leaves_its_message) {
  start(of("throws", {Value("no luck")}));
  EXPECT_EQ(end(), (Ending{Ending::Kind::exited, 1}));
  EXPECT_EQ(result.ending.kind, Ending::Kind::threw);
  EXPECT_EQ(result.message, "no luck");
}

TEST_F(RunTarget, a_wrong_call_is_refused_in_the_result) {
  start(of("print_numbers"));
  EXPECT_EQ(end(), (Ending{Ending::Kind::exited, 64}));
  EXPECT_EQ(result.ending.kind, Ending::Kind::bad_call);
  EXPECT_NE(result.message.find("count"), std::string::npos);
}

TEST_F(RunTarget, the_stop_signal_is_a_stop_request_and_the_target_returns) {
  auto a = of("udp_echo", {Value("127.0.0.1:0")});
  a.stop_signal = SIGINT;
  start(a);
  char first = 0;
  ASSERT_EQ(::read(out_.get(), &first, 1), 1);  // it listens
  process::signal(child_, SIGINT);
  EXPECT_EQ(end(), (Ending{Ending::Kind::exited, 0}));
  EXPECT_NE(output.find("echoed 0 datagrams"), std::string::npos);
}

TEST_F(RunTarget, a_crash_leaves_no_result_and_the_signal_as_its_status) {
  start(of("crash", {Value(std::to_string(SIGUSR1))}));  // a sanitizer would take SIGSEGV for itself
  EXPECT_EQ(end(), (Ending{Ending::Kind::signalled, SIGUSR1}));
  EXPECT_FALSE(has_result);
}

TEST_F(RunTarget, its_environment_is_its_process_s) {
  start(of("env", {Value("COLOUR")}));
  end();
  EXPECT_EQ(output, "blue");
}

}  // namespace
}  // namespace rota
