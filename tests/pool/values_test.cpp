// Outputs and masks of attempts in a pool worker: commands under both modes, and targets.
#include <gmock/gmock.h>

#include "tests/pool/pool_fixture.h"

namespace rota {
namespace {

using test::PoolDriver;
using testing::HasSubstr;

class PoolValues : public test::PoolFixture, public ::testing::WithParamInterface<Mode> {
 protected:
  lane::Assignment declaring(std::uint32_t n, const std::string& text) {
    auto a = PoolDriver::command(n, GetParam(), {"/bin/sh", "-c", text});
    a.outputs.path = scratch_.path("values." + std::to_string(n));
    a.outputs.fields = {{"count", OutputType::integer}, {"words", OutputType::string}};
    return a;
  }
};

INSTANTIATE_TEST_SUITE_P(InBothModes, PoolValues, ::testing::Values(Mode::thread, Mode::async),
                         [](const auto& p) { return std::string(to_text(p.param)); });

TEST_P(PoolValues, what_a_command_writes_to_rota_output_comes_with_its_end_and_the_file_goes) {
  const auto a = declaring(0, "echo count=3 >> $ROTA_OUTPUT");
  const auto report = run(a);
  EXPECT_EQ(report.ending, (Ending{Ending::Kind::exited, 0}));
  EXPECT_EQ(report.outputs, (ValueMap{{"count", 3}}));
  EXPECT_EQ(test::slurp(a.outputs.path), "");
  run(PoolDriver::command(1, GetParam(), {"/bin/sh", "-c", "echo ${ROTA_OUTPUT-none}"}));
  EXPECT_EQ(output(1), "none\n");
}

TEST_P(PoolValues, a_mistake_fails_a_command_that_ended_well) {
  const auto report = run(declaring(0, "echo cuont=3 > $ROTA_OUTPUT"));
  EXPECT_EQ(report.ending.kind, Ending::Kind::bad_output);
  EXPECT_THAT(report.message, HasSubstr("did you mean 'count'?"));
  EXPECT_EQ(run(declaring(1, "rm $ROTA_OUTPUT; mkfifo $ROTA_OUTPUT; exit 3")).ending,
            (Ending{Ending::Kind::exited, 3}));
}

TEST_P(PoolValues, z04_a_secret_is_masked_in_output_logs_and_outputs) {
  auto a = declaring(0, "echo \"<$TOKEN>\"; echo words=$TOKEN > $ROTA_OUTPUT");
  a.env.push_back("TOKEN=canary-4711-xyz");
  a.masks = {"canary-4711-xyz"};
  const auto report = run(a);
  EXPECT_EQ(report.outputs, (ValueMap{{"words", "***"}}));
  EXPECT_EQ(output(0), "<***>\n");
  a = declaring(1, "echo log $TOKEN; printf canary-4711");
  a.env.push_back("TOKEN=canary-4711-xyz");
  a.masks = {"canary-4711-xyz"};
  a.log.stdout_path = scratch_.path("out.log");
  run(a);
  EXPECT_EQ(test::slurp(a.log.stdout_path), "log ***\ncanary-4711");
}

using PoolTargetValues = test::PoolFixture;

TEST_F(PoolTargetValues, a_target_returns_what_its_job_declares_and_no_more) {
  auto a = PoolDriver::target(0, Mode::thread, "checksum", {Value("/dev/null")});
  a.outputs.fields = {{"bytes", OutputType::number}};
  EXPECT_EQ(run(a).outputs, (ValueMap{{"bytes", 0.0}}));
  a = PoolDriver::target(1, Mode::thread, "checksum", {Value("/dev/null")});
  EXPECT_TRUE(run(a).outputs.empty());
  a = PoolDriver::target(2, Mode::thread, "checksum", {Value("/dev/null")});
  a.outputs.fields = {{"bytes", OutputType::boolean}};
  const auto report = run(a);
  EXPECT_EQ(report.ending.kind, Ending::Kind::bad_output);
  EXPECT_THAT(report.message, HasSubstr("'bytes' of the target must be true or false"));
}

TEST_F(PoolTargetValues, z04_what_a_target_says_is_masked) {
  auto a = PoolDriver::target(0, Mode::thread, "env", {Value("TOKEN")});
  a.env.push_back("TOKEN=canary-4711-xyz");
  a.masks = {"canary-4711-xyz"};
  run(a);
  EXPECT_EQ(output(0), "***");
  a = PoolDriver::target(1, Mode::thread, "throws", {Value("bad canary-4711-xyz")});
  a.masks = {"canary-4711-xyz"};
  EXPECT_EQ(run(a).message, "bad ***");
}

}  // namespace
}  // namespace rota
