// Job files by chance, and their submitters.
#include "tests/chaos/load.h"

#include <signal.h>

#include <fstream>
#include <sstream>

namespace rota::chaos {
namespace {

std::string mode_word(Script::Mode m) {
  switch (m) {
    case Script::Mode::thread: return "thread";
    case Script::Mode::process: return "process";
    case Script::Mode::async: return "async";
  }
  return "process";
}

Script::Mode random_mode(Dice& dice) {
  const int n = roll(dice, 0, 9);
  return n < 6 ? Script::Mode::process : n < 8 ? Script::Mode::thread : Script::Mode::async;
}

Script random_script(Dice& dice, const std::vector<std::string>& before) {
  Script s;
  s.mode = random_mode(dice);
  s.marks = roll(dice, 0, 9) < 8;
  if (s.marks && roll(dice, 0, 5) == 0) s.exit = roll(dice, 1, 60);
  if (s.marks && roll(dice, 0, 4) == 0) s.retries = roll(dice, 1, 3);
  if (s.retries > 0 && s.exit == 0) s.fails_before = roll(dice, 0, 1);
  for (const auto& b : before) {
    if (s.needs.size() < 2 && roll(dice, 0, 5) == 0) s.needs.push_back(b);
  }
  return s;
}

/// A word for each mark: S when it begins, E with the status it is about to end with. One write each.
std::string command_of(Dice& dice, const Script& s, const std::string& marks) {
  const std::string who = "$ROTA_RUN_ID $ROTA_JOB $ROTA_ATTEMPT";
  const char* naps[] = {"0", "0", "0.02", "0.2", "0.5", "1", "2"};
  std::ostringstream out;
  out << "echo \"S " << who << "\" >> " << marks << "; sleep " << naps[roll(dice, 0, 6)] << "; c=" << s.exit << "; ";
  if (s.fails_before > 0) out << "[ $ROTA_ATTEMPT -gt " << s.fails_before << " ] || c=" << kExitOfEarlyTries << "; ";
  out << "echo \"out of $ROTA_JOB\"; echo \"E " << who << " $c\" >> " << marks << "; exit $c";
  return out.str();
}

std::string fields_of(Dice& dice, const Script& s, const std::string& marks) {
  std::ostringstream out;
  out << "mode: " << mode_word(s.mode) << ", ";
  if (s.marks) {
    out << "run: '" << command_of(dice, s, marks) << "'";
  } else {
    out << "target: sleep, args: [" << roll(dice, 0, 5) * 0.1 << "]";
  }
  if (s.retries > 0)
    out << ", retry: {limit: " << s.retries << ", delay: " << roll(dice, 1, 300) << "ms, on: [exit, signal, lost]}";
  if (!s.needs.empty()) {
    out << ", needs: [";
    for (std::size_t i = 0; i < s.needs.size(); ++i) out << (i ? ", " : "") << s.needs[i];
    out << "]";
  }
  return out.str();
}

unsigned number_in(const std::string& text) {
  return text.empty() || text.find_first_not_of("0123456789\n") != std::string::npos
             ? 0
             : static_cast<unsigned>(std::stoul(text));
}

}  // namespace

JobFile random_job_file(Dice& dice, const std::string& marks_path) {
  JobFile file;
  std::ostringstream yaml;
  yaml << "jobs:\n";
  std::vector<std::string> before;
  for (int i = 0, n = roll(dice, 1, 14); i < n; ++i) {
    const auto name = "j" + std::to_string(i);
    const auto script = random_script(dice, before);
    yaml << "  " << name << ": {" << fields_of(dice, script, marks_path) << "}\n";
    file.jobs[name] = script;
    before.push_back(name);
  }
  file.yaml = yaml.str();
  return file;
}

Load::Load(const World& world, const Measure& measure) : world_(world), measure_(measure) {
  for (int i = 0; i < measure.submitters; ++i)
    threads_.emplace_back([this, i] { submit_for_ever(measure_.seed * 1000 + static_cast<std::uint64_t>(i), i); });
}

Load::~Load() {
  enough_ = true;
  for (auto& t : threads_) {
    if (t.joinable()) t.join();
  }
}

ClientStory Load::finish() {
  enough_ = true;
  for (auto& t : threads_) t.join();
  threads_.clear();
  return std::move(story_);
}

void Load::complain(std::string text) {
  const std::lock_guard lock(mutex_);
  story_.complaints.push_back(std::move(text));
}

void Load::submit_for_ever(std::uint64_t seed, int number) {
  Dice dice(seed);
  const auto path = world_.path("load-" + std::to_string(number) + ".yaml");
  for (int i = 0; !enough_ || jobs_ < measure_.jobs; ++i) {
    auto file = random_job_file(dice, world_.marks());
    std::ofstream(path) << file.yaml;
    const auto run = submit(file, path + "#" + std::to_string(i));
    if (run == 0) return;
    jobs_ += static_cast<int>(file.jobs.size());
    {
      const std::lock_guard lock(mutex_);
      if (!story_.acknowledged.emplace(run, std::move(file)).second)
        story_.complaints.push_back("run " + std::to_string(run) + " was given to two submissions");
    }
    wait_for(run);
  }
}

/// Until somebody says a number: a client that was killed, or met no coordinator, tries again with its key.
unsigned Load::submit(const JobFile&, const std::string& key) {
  const auto path = key.substr(0, key.find('#'));
  for (;;) {
    const auto e = world_.rota({"submit", "-q", "--export", "ROTA_TEST_MARK", "--idempotency-key", key, path}).run();
    if (const auto run = number_in(e.out); e.status == 0 && run != 0) return run;
    const bool again = e.by_signal == SIGKILL || e.status == 4 || e.status == 5;
    if (!again) {
      complain("submit " + key + ": status " + std::to_string(e.status) + ", signal " + std::to_string(e.by_signal) +
               ": " + e.out + e.err);
      return 0;
    }
    pause_ms(20);
  }
}

void Load::wait_for(unsigned run) {
  for (;;) {
    const auto e = world_.rota({"wait", std::to_string(run), "--timeout", "10s"}).run(std::chrono::seconds(60));
    if (e.status == 0 || e.status == 1) return;
    if (e.by_signal != SIGKILL && e.status != 4 && e.status != 124)
      return complain("wait " + std::to_string(run) + ": status " + std::to_string(e.status) + ": " + e.out + e.err);
    pause_ms(20);
  }
}

}  // namespace rota::chaos
