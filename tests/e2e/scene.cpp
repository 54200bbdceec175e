// A world of its own for each end-to-end test.
#include "tests/e2e/scene.h"

#include <signal.h>
#include <time.h>

#include <algorithm>
#include <boost/json.hpp>
#include <filesystem>
#include <sstream>
#include <stdexcept>

#include "tests/support/scratch.h"
#include "tests/support/paths.h"

namespace rota::test {
namespace {

namespace json = boost::json;

constexpr const char* kMark = "ROTA_TEST_MARK";

std::string text_or_empty(const json::object& o, std::string_view key) {
  const auto* v = o.if_contains(key);
  return v != nullptr && v->is_string() ? std::string(v->as_string()) : std::string();
}

/// Seconds of "2026-03-01T12:00:00.123456Z"; 0 for null.
double seconds_of(const std::string& rfc3339) {
  if (rfc3339.empty()) return 0;
  tm parts{};
  const char* rest = ::strptime(rfc3339.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
  if (rest == nullptr) throw std::runtime_error("not a time: " + rfc3339);
  return static_cast<double>(::timegm(&parts)) + (*rest == '.' ? std::stod(rest) : 0.0);
}

Story::Job job_of(const json::object& o) {
  Story::Job job;
  job.mode = text_or_empty(o, "mode");
  const auto& task = o.at("tasks").as_array().at(0).as_object();
  job.state = text_or_empty(task, "state");
  job.outcome = text_or_empty(task, "outcome");
  job.reason = text_or_empty(task, "reason");
  for (const auto& a : task.at("attempts").as_array()) {
    const auto& attempt = a.as_object();
    job.attempts.push_back({text_or_empty(attempt, "outcome"), text_or_empty(attempt, "reason"),
                            seconds_of(text_or_empty(attempt, "started")),
                            seconds_of(text_or_empty(attempt, "ended"))});
  }
  return job;
}

}  // namespace

bool has_python() { return !read_file(program("../lib/python/rota_worker/__main__.py")).empty(); }

std::vector<Story::Attempt> Story::Job::charged() const {
  auto some = attempts;
  std::erase_if(some, [](const Attempt& a) { return a.outcome == "revoked" || a.outcome == "interrupted"; });
  return some;
}

Scene::Scene() = default;

Scene::~Scene() {
  for (const auto& p : living()) ::kill(p.pid, SIGKILL);
}

bool Scene::exists(std::string_view name) const { return std::filesystem::exists(path(name)); }

Command Scene::in_scene(std::vector<std::string> argv) const {
  Command command(std::move(argv));
  command.in(dir_.path()).env("ROTA_STATE_DIR", path("state")).env(kMark, dir_.path()).env("NO_COLOR", "1");
  command.without_env("XDG_STATE_HOME").without_env("ROTA_WORKER").without_env("ROTA_RUN_ID");
  return command;
}

Command Scene::rota(std::vector<std::string> words) const {
  words.insert(words.begin(), rota_binary());
  return in_scene(std::move(words));
}

Command Scene::shell(const std::string& text) const {
  const std::string bin = std::filesystem::path(rota_binary()).parent_path();
  const char* path = std::getenv("PATH");
  return in_scene({"sh", "-c", text}).env("PATH", bin + ":" + (path != nullptr ? path : "/usr/bin:/bin"));
}

Running Scene::start(std::string_view yaml, const std::vector<std::string>& more) const {
  std::vector<std::string> words{"run", write("job.yaml", yaml)};
  words.insert(words.end(), more.begin(), more.end());
  return rota(words).start();
}

Ended Scene::run(std::string_view yaml, const std::vector<std::string>& more) const { return start(yaml, more).wait(); }

Command Scene::program(const std::string& path, const std::vector<std::string>& words) const {
  std::vector<std::string> argv{path};
  argv.insert(argv.end(), words.begin(), words.end());
  return in_scene(std::move(argv));
}

Story Scene::story(const std::string& id) const { return story_of(rota({"show", id, "--json"})); }

Story Scene::story_of(const Command& show) {
  const Ended e = show.run();
  if (e.status != 0) throw std::runtime_error("rota show --json: " + told(e));
  const auto all = json::parse(e.out).as_object();
  const auto& run = all.at("run").as_object();
  Story story;
  story.outcome = text_or_empty(run, "outcome");
  story.reason = text_or_empty(run, "reason");
  for (const auto& job : run.at("jobs").as_array()) {
    story.jobs[text_or_empty(job.as_object(), "job")] = job_of(job.as_object());
  }
  return story;
}

std::vector<Process> Scene::living() const { return with_environment(std::string(kMark) + "=" + dir_.path()); }

bool Scene::nothing_lives() const {
  return eventually(kPatience, [&] { return living().empty(); });
}

std::vector<std::string> split_lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::vector<JobLine> job_lines(const std::string& out) {
  std::vector<JobLine> found;
  for (const auto& line : split_lines(out)) {
    const auto bar = line.find(" | ");
    if (bar == std::string::npos) continue;
    found.push_back({line.substr(0, std::min(bar, line.find(' '))), line.substr(bar + 3)});
  }
  return found;
}

std::vector<std::string> lines_of(const std::vector<JobLine>& all, const std::string& job) {
  std::vector<std::string> found;
  for (const auto& line : all) {
    if (line.job == job) found.push_back(line.text);
  }
  return found;
}

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

std::string told(const Ended& e) {
  std::ostringstream text;
  PrintTo(e, &text);
  return text.str();
}

void PrintTo(const Ended& e, std::ostream* out) {
  *out << "status " << e.status << ", signal " << e.by_signal << "\nstdout:\n" << e.out << "\nstderr:\n" << e.err;
}

std::string plugin() { return program("rota-test-plugin.so"); }

}  // namespace rota::test
