// One end-to-end test's world: a directory, a state directory in it, and `rota` commands that know nothing else.
#pragma once

#include <map>
#include <ostream>
#include <string>
#include <vector>

#include "tests/support/command.h"
#include "tests/support/temp_dir.h"

namespace rota::test {

/// Whether this build runs functions in Python.
bool has_python();

/// What `rota show ID --json` says of a run.
struct Story {
  struct Attempt {
    std::string outcome, reason;
    double started = 0, ended = 0;  // seconds since 1970
  };
  struct Job {
    std::string state, outcome, reason, mode;
    std::vector<Attempt> attempts;
    /// Without those that never started or that another's fault ended: they count against no limit.
    std::vector<Attempt> charged() const;
  };
  std::string outcome, reason;
  std::map<std::string, Job> jobs;
  const Job& operator[](const std::string& id) const { return jobs.at(id); }
};

/// Every process that belongs to a scene carries its mark in the environment: rota, its workers and their jobs.
class Scene {
 public:
  Scene();
  /// Kills what the test has left behind, so that no test disturbs the next.
  ~Scene();

  const std::string& directory() const { return dir_.path(); }
  std::string path(std::string_view name) const { return dir_.file(name); }
  std::string write(std::string_view name, std::string_view text) const { return dir_.write(name, text); }
  std::string read(std::string_view name) const { return read_file(path(name)); }
  bool exists(std::string_view name) const;

  Command rota(std::vector<std::string> words) const;
  Command shell(const std::string& text) const;  // sh -c, with rota in PATH
  /// Writes `yaml` as job.yaml and runs it, or starts it.
  Ended run(std::string_view yaml, const std::vector<std::string>& more = {}) const;
  Running start(std::string_view yaml, const std::vector<std::string>& more = {}) const;

  Story story(const std::string& id = "last") const;
  /// Of what this command prints as JSON.
  static Story story_of(const Command& show);
  /// Another program of ours, as `rota` would be started.
  Command program(const std::string& path, const std::vector<std::string>& words) const;
  /// Living processes of this scene.
  std::vector<Process> living() const;
  /// True when nothing of this scene lives, now or soon.
  bool nothing_lives() const;

 private:
  Command in_scene(std::vector<std::string> argv) const;
  TempDir dir_;
};

/// Lines as the foreground display prints them: "name | text".
struct JobLine {
  std::string job, text;
  bool operator==(const JobLine&) const = default;
};
std::vector<JobLine> job_lines(const std::string& out);
std::vector<std::string> lines_of(const std::vector<JobLine>& all, const std::string& job);
std::vector<std::string> split_lines(const std::string& text);

void PrintTo(const Ended& e, std::ostream* out);
/// For messages: all that a command said.
std::string told(const Ended& e);
bool contains(const std::string& text, std::string_view part);
/// The tests' own library of targets.
std::string plugin();

}  // namespace rota::test
