// rotad's flags: the configuration's keys by the same names, read with the same bounds.
#include "scheduler/main/rotad_args.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace rota::rotad {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

Args args(const std::vector<std::string>& words) {
  auto parsed = parse_args(words);
  if (const auto* answer = std::get_if<Answer>(&parsed)) {
    ADD_FAILURE() << answer->text;
    return {};
  }
  return std::get<Args>(std::move(parsed));
}

std::string refusal(const std::vector<std::string>& words) {
  const auto parsed = parse_args(words);
  const auto* answer = std::get_if<Answer>(&parsed);
  if (!answer) return "(accepted)";
  EXPECT_EQ(answer->status, kExitUsage) << answer->text;
  return answer->text;
}

TEST(RotadArgs, none_is_fine) { EXPECT_FALSE(args({}).given.pool); }

TEST(RotadArgs, has_a_flag_for_each_key_of_the_configuration) {
  for (const auto& key : jobs::count_keys()) {
    std::string flag = "--" + std::string(key.name);
    std::replace(flag.begin(), flag.end(), '_', '-');
    EXPECT_EQ((args({flag, std::to_string(key.most)}).given.*key.member)->value, key.most) << flag;
    EXPECT_EQ((args({flag + "=" + std::to_string(key.least)}).given.*key.member)->value, key.least) << flag;
    EXPECT_THAT(refusal({flag, std::to_string(key.most + 1ull)}), HasSubstr("whole number from")) << flag;
    EXPECT_THAT(refusal({flag, "0"}), HasSubstr("whole number from")) << flag;
    EXPECT_THAT(refusal({flag, "7x"}), HasSubstr("whole number from")) << flag;
    EXPECT_THAT(refusal({flag, "-1"}), HasSubstr("whole number from")) << flag;
  }
  const auto a =
      args({"--log-max-bytes", "10KiB", "--stop-grace=3s", "--history", "keep_runs=7,keep_for=2d,max_log_bytes=1MiB"});
  EXPECT_EQ(a.given.log_max_bytes->value, 10u << 10);
  EXPECT_EQ(a.given.stop_grace->value, 3s);
  EXPECT_EQ(a.given.keep_runs->value, 7u);
  EXPECT_EQ(a.given.keep_for->value, 48h);
  EXPECT_EQ(a.given.max_log_bytes->value, 1u << 20);
}

TEST(RotadArgs, names_an_interpreter) {
  EXPECT_EQ(args({"--python", "/bin/sh"}).given.python->value, "/bin/sh");
  EXPECT_THAT(refusal({"--python", "sh"}), HasSubstr("an absolute path"));
  EXPECT_THAT(refusal({"--python=/dev/null"}), HasSubstr("no program that can be run at /dev/null"));
}

TEST(RotadArgs, has_its_places) {
  const auto a = args({"--state-dir", "/s", "--socket=/r/sock", "--config", "c.yaml"});
  EXPECT_EQ(a.state_directory, "/s");
  EXPECT_EQ(a.socket, "/r/sock");
  EXPECT_EQ(a.config_file, "c.yaml");
}

TEST(RotadArgs, are_refused_with_what_was_meant) {
  EXPECT_THAT(refusal({"--proces-slots", "3"}), HasSubstr("did you mean '--process-slots'?"));
  EXPECT_THAT(refusal({"--frobnicate"}), HasSubstr("`rotad --help` lists them"));
  EXPECT_THAT(refusal({"start"}), HasSubstr("'start' is no option"));
  EXPECT_THAT(refusal({"--pool"}), HasSubstr("--pool takes a value: --pool N"));
  EXPECT_THAT(refusal({"--pool", "1", "--pool=2"}), HasSubstr("--pool is there twice"));
  EXPECT_THAT(refusal({"--state-dir="}), HasSubstr("it is empty"));
  EXPECT_THAT(refusal({"--history", "keep=5"}), HasSubstr("keep_runs=N"));
  EXPECT_THAT(refusal({"--history", "keep_runs=1,keep_runs=2"}), HasSubstr("twice"));
  EXPECT_THAT(refusal({"--history", "keep_for=soon"}), HasSubstr("keep_for: "));
  EXPECT_THAT(refusal({"--stop-grace", "\x1b[2J"}), HasSubstr("\\x1b[2J"));
}

TEST(RotadArgs, help_names_every_flag_and_exit_code) {
  const auto parsed = parse_args({"--help"});
  const auto& answer = std::get<Answer>(parsed);
  EXPECT_EQ(answer.status, 0);
  for (const char* word : {"--state-dir DIR", "--process-slots N", "--history", "--stop-grace D", "69", "75"})
    EXPECT_THAT(answer.text, HasSubstr(word));
  EXPECT_EQ(std::get<Answer>(parse_args({"--version"})).text.substr(0, 6), "rotad ");
}

}  // namespace
}  // namespace rota::rotad
