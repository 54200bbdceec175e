// A canary as a secret, by the real programs: the job sees it, and no file of the state directory and no view does.
#include <gtest/gtest.h>
#include <signal.h>

#include "tests/e2e/service_scene.h"
#include "tests/support/eventually.h"
#include "tests/support/walk.h"

namespace rota::test {
namespace {

const std::string kCanary = "canary-of-a-coal-mine-0x5eed";

/// Jobs that print their secret whole and in pieces, leave it, and fail with it in the message.
std::string jobs_with_canaries() {
  std::string yaml = "jobs:\n";
  const std::pair<const char*, const char*> sources[] = {
      {"env", "{env: ROTA_TEST_CANARY}"}, {"file", "{file: token}"}, {"command", "{command: [cat, token]}"}};
  for (const auto& [from, source] : sources) {
    for (const auto* mode : {"thread", "process", "async"}) {
      yaml += std::string("  ") + from + "-" + mode + ":\n    mode: " + mode + "\n    secrets: {TOKEN: " + source +
              "}\n    outputs: {left: string, bad: int}\n    run: |\n"
              "      printf %s \"$TOKEN\" | head -c 9; printf %s \"$TOKEN\" | tail -c +10; echo \" of ${#TOKEN}\"\n"
              "      echo \"err $TOKEN\" >&2\n"
              "      test \"$TOKEN\" = \"$(cat token)\" && echo saw-it > saw-" + from + "-" + mode + "\n"
              "      echo \"left=<$TOKEN>\" >> $ROTA_OUTPUT\n"
              "      echo \"bad=$TOKEN\" >> $ROTA_OUTPUT\n";
    }
  }
  return yaml;
}

std::vector<std::string> files_with_canary(const std::string& directory) {
  std::vector<std::string> found;
  for (const auto& file : files_below(directory))
    if (contains(read_file(file), "canary")) found.push_back(file);
  return found;
}

std::vector<std::string> records_with_canary(const Scene& scene) {
  const auto state = scene.path("state");
  EXPECT_FALSE(files_below(state).empty()) << "nothing was searched in " << state;
  return files_with_canary(state);
}

/// Where every process of the machine can look: command lines, and files in shared memory.
std::vector<std::string> public_places_with_canary(const Scene& scene) {
  auto found = files_with_canary("/dev/shm");
  for (const auto& process : scene.living())
    if (contains(command_line(process.pid), "canary")) found.push_back(command_line(process.pid));
  return found;
}

/// Of its own programs, those of its second life, which was not given the canary.
std::vector<std::string> programs_with_canary(const Service& service, pid_t rotad) {
  std::vector<std::string> found;
  auto programs = service.pool_workers();
  programs.push_back(process_of(rotad));
  for (const auto& program : programs)
    if (contains(read_file("/proc/" + std::to_string(program.pid) + "/environ"), "canary"))
      found.push_back(command_line(program.pid));
  return found;
}

void expect_seen_by_jobs(const Scene& scene) {
  for (const auto* from : {"env", "file", "command"})
    for (const auto* mode : {"thread", "process", "async"})
      EXPECT_EQ(scene.read(std::string("saw-") + from + "-" + mode), "saw-it\n") << from << " " << mode;
}

TEST(SecretCanary, z04_of_a_run_in_the_foreground_is_nowhere_but_in_its_jobs) {
  const Scene scene;
  scene.write("token", kCanary + "\n");
  scene.write("job.yaml", jobs_with_canaries());
  const auto ended = scene.shell("ROTA_TEST_CANARY=" + kCanary + " rota run job.yaml").run();
  EXPECT_FALSE(contains(told(ended), "canary")) << told(ended);
  EXPECT_TRUE(contains(told(ended), "*** of " + std::to_string(kCanary.size()))) << told(ended);
  expect_seen_by_jobs(scene);
  for (const auto* view : {"show last", "show last/env-process", "show last --json", "logs last", "history --json",
                           "ps --all --json", "ps --tasks last", "explain last/file-thread", "events last",
                           "events last --jsonl", "rescue last", "plan job.yaml", "plan job.yaml --json",
                           "graph job.yaml --dot", "validate job.yaml", "doctor"}) {
    const auto shown = scene.shell(std::string("rota ") + view).run();
    EXPECT_FALSE(contains(told(shown), "canary")) << view << told(shown);
  }
  EXPECT_EQ(records_with_canary(scene), std::vector<std::string>{});
}

TEST(SecretCanary, z04_of_a_run_of_the_service_is_nowhere_but_in_its_jobs_also_after_its_death) {
  const Service service;
  service.scene().write("token", kCanary + "\n");
  auto rotad = Service::up(service, service.rotad().env("ROTA_TEST_CANARY", kCanary));
  const auto run = service.submit(jobs_with_canaries());
  EXPECT_FALSE(contains(told(service.ask({"wait", run})), "canary"));
  expect_seen_by_jobs(service.scene());
  const std::vector<std::string> views[] = {
      {"show", run},    {"show", run + "/env-process"}, {"show", run, "--json"}, {"logs", run},
      {"ps", "--all", "--json"}, {"history", "--json"},  {"events", run},         {"explain", run + "/file-async"},
      {"events", run, "--jsonl"}, {"rescue", run}, {"retry", run, "--json"}, {"doctor"}, {"worker", "list"}};
  for (const auto& view : views) {
    const auto shown = service.ask(view);
    EXPECT_FALSE(contains(told(shown), "canary")) << view.front() << told(shown);
  }
  service.ask({"wait", "last"});  // the repetition
  EXPECT_TRUE(contains(told(service.ask({"show", run + "/env-process"})), "left = <***>"));
  EXPECT_EQ(records_with_canary(service.scene()), std::vector<std::string>{});
  // One that runs while the service dies: the next life masks what it says, too.
  const auto slow = service.submit(
      "jobs:\n  slow:\n    secrets: {TOKEN: {file: token}}\n    run: |\n      touch begun\n"
      "      while [ ! -e go ]; do sleep 0.02; done\n      echo \"end $TOKEN\"\n");
  ASSERT_TRUE(eventually(kPatience, [&] { return service.scene().exists("begun"); }));
  EXPECT_EQ(public_places_with_canary(service.scene()), std::vector<std::string>{});
  rotad.signal(SIGKILL);
  const auto first = rotad.wait();
  EXPECT_FALSE(contains(told(first), "canary")) << "its own log: " << told(first);
  auto again = service.up();
  EXPECT_EQ(programs_with_canary(service, again.pid()), std::vector<std::string>{});
  service.scene().write("go", "");
  service.ask({"wait", slow});
  EXPECT_TRUE(contains(told(service.ask({"logs", slow})), "end ***"));
  EXPECT_EQ(records_with_canary(service.scene()), std::vector<std::string>{});
}

TEST(SecretCanary, z04_of_a_whole_environment_that_comes_with_a_submission_is_in_no_record) {
  const Service service;
  service.scene().write("token", kCanary + "\n");
  auto rotad = Service::up(service, service.rotad().env("ROTA_TEST_CANARY", kCanary));
  const auto jobs = jobs_with_canaries();
  const auto once = service.scene().write("once.yaml", jobs);
  const auto nightly = service.scene().write("nightly.yaml", "name: nightly\nschedule: [{every: 1h}]\n" + jobs);
  for (const auto& file : {once, nightly}) {
    const auto submit = service.rota({"submit", "--export", "all", file}).env("ROTA_TEST_CANARY", kCanary).run();
    ASSERT_EQ(submit.status, 0) << told(submit);
  }
  service.ask({"wait", "1"});
  expect_seen_by_jobs(service.scene());
  const auto triggered = service.rota({"schedule", "trigger", "nightly"}).run();
  ASSERT_EQ(triggered.status, 0) << told(triggered);
  service.ask({"wait", "2"});
  EXPECT_EQ(records_with_canary(service.scene()), std::vector<std::string>{});
  rotad.signal(SIGTERM);
  rotad.wait();
  EXPECT_EQ(records_with_canary(service.scene()), std::vector<std::string>{});
}

}  // namespace
}  // namespace rota::test
