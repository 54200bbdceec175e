// The work: random job files, and clients that submit them and wait, each again and again until it is answered.
#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/chaos/world.h"

namespace rota::chaos {

/// What a job was made to do, so that the judge knows what may have become of it.
struct Script {
  enum class Mode { thread, process, async };
  Mode mode = Mode::process;
  bool marks = true;     // a command that writes marks; else a target
  int exit = 0;          // of a command, in the end
  int fails_before = 0;  // attempts below this number + 1 exit with 75
  int retries = 0;
  std::vector<std::string> needs;
};
struct JobFile {
  std::string yaml;
  std::map<std::string, Script> jobs;
};
JobFile random_job_file(Dice& dice, const std::string& marks_path);
inline constexpr int kExitOfEarlyTries = 75;

/// What the clients did and were told.
struct ClientStory {
  std::map<unsigned, JobFile> acknowledged;  // run -> what it was made from
  std::vector<std::string> complaints;       // answers that no client should get
};

class Load {
 public:
  Load(const World& world, const Measure& measure);
  ~Load();
  /// No new runs beyond the measure; returns when every submitted run has been waited for.
  ClientStory finish();
  int jobs_submitted() const { return jobs_; }

 private:
  void submit_for_ever(std::uint64_t seed, int number);
  unsigned submit(const JobFile& file, const std::string& key);
  void wait_for(unsigned run);
  void complain(std::string text);

  const World& world_;
  const Measure measure_;
  std::atomic<bool> enough_{false};
  std::atomic<int> jobs_{0};
  std::mutex mutex_;
  ClientStory story_;
  std::vector<std::thread> threads_;
};

}  // namespace rota::chaos
