// A foreground run inside the test's own process, with real workers: YAML in, everything that was told out.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "jobs/read/load.h"
#include "scheduler/daemon/foreground.h"

namespace rota::test {

/// Keeps what it is told; lets a test act in between.
class RecordingObserver final : public control::RunObserver {
 public:
  std::function<void(const core::Record&)> on_record;

  void on_opened(RunId run, const std::string& directory) override {
    run_ = run;
    directory_ = directory;
  }
  void on_turn(std::span<const core::Record> records, const core::Scheduler& scheduler, Now) override {
    EXPECT_EQ(scheduler.check(), "");
    for (const auto& record : records) {
      const auto* end = std::get_if<core::record::AttemptEnded>(&record.fact);
      if (end && ends_task(end->outcome)) ended.push_back(end->attempt.task.job);
      if (on_record) on_record(record);
    }
  }
  void on_output(const output::Chunk& chunk) override { output[chunk.task.job] += chunk.bytes; }
  void on_note(std::string_view text) override { notes.emplace_back(text); }
  void on_interrupt(int, int times) override { interrupts = times; }
  Duration tick() const override { return Duration::zero(); }
  void on_tick(const core::Scheduler&, Now) override {}

  std::map<JobIndex, std::string> output;
  std::vector<JobIndex> ended;  // by an attempt that ran: one that was taken back from a launcher never did
  std::vector<std::string> notes;
  int interrupts = 0;
  RunId run_ = 0;
  std::string directory_;
};

/// A state directory of its own, gone with the test.
class World {
 public:
  World() {
    std::string name = (std::filesystem::temp_directory_path() / "rota-coordinator-XXXXXX").string();
    directory = ::mkdtemp(name.data());
  }
  ~World() { std::filesystem::remove_all(directory); }

  jobs::Plan plan(const std::string& yaml) const {
    auto loaded = jobs::load({"test.yaml", yaml}, {directory, directory + "/test.yaml", {}, {}});
    if (auto* found = std::get_if<std::vector<jobs::Diagnostic>>(&loaded))
      throw std::runtime_error(jobs::render(*found, {"test.yaml", yaml}));
    return std::get<jobs::Plan>(std::move(loaded));
  }

  control::ForegroundEnd run(const std::string& yaml, bool handle_signals = false) {
    return run(plan(yaml), handle_signals);
  }
  control::ForegroundEnd run(jobs::Plan plan, bool handle_signals = false) {
    control::ForegroundOptions options;
    options.state_directory = directory + "/state";
    std::filesystem::create_directories(options.state_directory);
    std::filesystem::permissions(options.state_directory, std::filesystem::perms::owner_all);
    options.env = {"PATH=/usr/bin:/bin", "GREETING=hello"};
    options.handle_signals = handle_signals;
    auto end = daemon::run_foreground(std::move(plan), options, seen);
    if (!end) throw std::runtime_error(to_text(end.error()));
    return std::move(*end);
  }

  std::string directory;
  RecordingObserver seen;
};

inline Outcome outcome_of(const core::RunView& view, std::size_t job) {
  return view.jobs.at(job).tasks.at(0).outcome.value();
}

}  // namespace rota::test
