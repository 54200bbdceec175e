// A scene with a service in it: `rotad` with a state directory and a socket of its own.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/e2e/scene.h"

namespace rota::test {

std::string rotad_binary();

class Service {
 public:
  const Scene& scene() const { return scene_; }
  std::string path(std::string_view name) const { return scene_.path(name); }
  std::string read(std::string_view name) const { return scene_.read(name); }
  std::string socket() const { return scene_.path("sock"); }
  std::string instance() const { return scene_.path("state/service"); }

  /// `rotad FLAGS`, not started yet.
  Command rotad(const std::vector<std::string>& flags = {}) const;
  /// Starts it and waits until its socket serves.
  Running up(const std::vector<std::string>& flags = {}) const;
  static Running up(const Service& service, const Command& command);

  Command rota(std::vector<std::string> words) const;
  /// Runs it; its end, whatever it is.
  Ended ask(std::vector<std::string> words) const { return rota(std::move(words)).run(); }
  /// Submits a job file and gives the run's number; throws when it is refused.
  std::string submit(std::string_view yaml, const std::vector<std::string>& more = {}) const;
  /// Waits until a job of the run is in this state (`rota show --json`).
  bool reaches(const std::string& run, const std::string& job, const std::string& state) const;
  Story story(const std::string& run) const;
  /// Lines of a file in the scene that begin with `start`.
  std::vector<std::string> lines(std::string_view file, std::string_view start = "") const;

  std::vector<Process> launchers() const { return workers(" launcher"); }
  std::vector<Process> pool_workers() const { return workers(" pool"); }

 private:
  std::vector<Process> workers(std::string_view kind) const;
  Scene scene_;
};

/// Connects as any program may; true when something listens.
bool listens(const std::string& socket_path);

}  // namespace rota::test
