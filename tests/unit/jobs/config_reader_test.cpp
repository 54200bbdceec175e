// The service's configuration file: every key, its bounds, and what is said of a wrong one.
#include "jobs/read/config_reader.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "shared/limits.h"
#include "tests/support/temp_dir.h"

namespace rota::jobs {
namespace {

using namespace std::chrono_literals;

ServiceConfig config(const std::string& yaml) {
  const auto loaded = load_config({"config.yaml", yaml});
  if (const auto* found = std::get_if<std::vector<Diagnostic>>(&loaded)) {
    ADD_FAILURE() << render(*found, {"config.yaml", yaml});
    return {};
  }
  return std::get<ServiceConfig>(loaded);
}

std::string faults(const std::string& yaml) {
  const auto loaded = load_config({"config.yaml", yaml});
  const auto* found = std::get_if<std::vector<Diagnostic>>(&loaded);
  return found ? render(*found, {"config.yaml", yaml}) : "";
}

TEST(TheConfiguration, has_these_keys) {
  const auto c = config(
      "pool: 2\n"
      "threads: 3\n"
      "process_slots: 50\n"
      "launchers: 4\n"
      "command_slots: 5\n"
      "async_slots: 6\n"
      "history: {keep_runs: 7, keep_for: 8d, max_log_bytes: 9MiB}\n"
      "log_max_bytes: 10KiB\n"
      "stop_grace: 11s\n"
      "python: {interpreter: /bin/sh}\n");
  EXPECT_EQ(c.python->value, "/bin/sh");
  EXPECT_EQ(c.pool->value, 2u);
  EXPECT_EQ(c.threads->value, 3u);
  EXPECT_EQ(c.process_slots->value, 50u);
  EXPECT_EQ(c.launchers->value, 4u);
  EXPECT_EQ(c.command_slots->value, 5u);
  EXPECT_EQ(c.async_slots->value, 6u);
  EXPECT_EQ(c.keep_runs->value, 7u);
  EXPECT_EQ(c.keep_for->value, 8 * 24h);
  EXPECT_EQ(c.max_log_bytes->value, 9u << 20);
  EXPECT_EQ(c.log_max_bytes->value, 10u << 10);
  EXPECT_EQ(c.stop_grace->value, 11s);
  EXPECT_EQ(c.pool->line, 1u);
  EXPECT_EQ(c.keep_for->line, 7u);
  EXPECT_EQ(c.stop_grace->line, 9u);
}

TEST(TheConfiguration, may_say_nothing) {
  for (const std::string yaml : {"", "# only words\n", "{}\n", "x-mine: {any: thing}\n"}) {
    EXPECT_FALSE(config(yaml).pool) << yaml;
    EXPECT_EQ(faults(yaml), "");
  }
}

TEST(TheConfiguration, takes_whole_numbers_within_their_bounds) {
  for (const auto& key : count_keys()) {
    const auto line = [&](std::uint64_t n) { return std::string(key.name) + ": " + std::to_string(n) + "\n"; };
    EXPECT_EQ((config(line(key.most)).*key.member)->value, key.most) << key.name;
    EXPECT_EQ((config(line(key.least)).*key.member)->value, key.least) << key.name;
    EXPECT_NE(faults(line(key.most + 1ull)), "") << key.name;
    EXPECT_NE(faults(line(key.least - 1ull)), "") << key.name;
    EXPECT_NE(faults(std::string(key.name) + ": many\n"), "") << key.name;
    EXPECT_NE(faults(std::string(key.name) + ": '2'\n"), "") << key.name;
  }
}

TEST(TheConfiguration, is_refused_where_it_is_wrong_as_a_job_file_is) {
  EXPECT_EQ(faults("pool: 2\nproces_slots: 8\n"),
            "config.yaml:2:1: error: unknown field 'proces_slots'\n"
            "    2 | proces_slots: 8\n"
            "      | ^\n"
            "        did you mean 'process_slots'?\n"
            "1 error in config.yaml\n");
  EXPECT_NE(faults("pool: 1\npool: 2\n").find("config.yaml:2:1"), std::string::npos) << "a key twice";
  EXPECT_NE(faults("- pool\n").find("a configuration file is a map"), std::string::npos);
  EXPECT_NE(faults("pool: 1\n---\npool: 2\n").find("a configuration file is one map"), std::string::npos);
  EXPECT_NE(faults("pool: !!int 1\n").find("not used in configuration files"), std::string::npos);
  EXPECT_NE(faults("history: 5\n").find("'history' takes a map"), std::string::npos);
  EXPECT_NE(faults("history: {keep: 5}\n").find("unknown field 'history.keep'"), std::string::npos);
  EXPECT_NE(faults("python: /usr/bin/python3\n").find("'python' takes a map"), std::string::npos);
  EXPECT_NE(faults("python: {venv: nowhere}\n").find("there is no folder"), std::string::npos);
  EXPECT_NE(faults("python: {interpreter: /dev/null}\n").find("no program that can be run"), std::string::npos);
  EXPECT_NE(faults("stop_grace: soon\n").find("config.yaml:1:13"), std::string::npos);
  EXPECT_NE(faults("log_max_bytes: 0\n").find("'log_max_bytes' takes"), std::string::npos);
}

TEST(TheConfiguration, is_read_from_regular_files_of_a_modest_size_only) {
  const test::TempDir dir;
  EXPECT_EQ(read_config_file(dir.write("good.yaml", "pool: 1\n")).value().bytes, "pool: 1\n");
  EXPECT_EQ(read_config_file(dir.file("none.yaml")).error().os_errno, ENOENT);
  EXPECT_EQ(read_config_file(dir.path()).error().code, Code::invalid);
  ASSERT_EQ(::mkfifo(dir.file("fifo").c_str(), 0600), 0);
  EXPECT_EQ(read_config_file(dir.file("fifo")).error().code, Code::invalid) << "and not a wait for a writer";
  EXPECT_TRUE(read_config_file(dir.write("full", std::string(limits::kConfigBytes, '#'))));
  EXPECT_FALSE(read_config_file(dir.write("over", std::string(limits::kConfigBytes + 1, '#'))));
}

}  // namespace
}  // namespace rota::jobs
