// Directory, commands, processes.
#include "tests/chaos/world.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>

#include <filesystem>
#include <map>
#include <sstream>
#include <stdexcept>

#include "tests/support/paths.h"
#include "tests/support/processes.h"

namespace rota::chaos {
namespace {

constexpr const char* kMark = "ROTA_TEST_MARK";

std::string sibling(const std::string& name) { return std::filesystem::path(test::rota_binary()).parent_path() / name; }

Kind kind_of(const std::string& words) {
  const auto first = words.substr(0, words.find(' '));
  const auto name = first.substr(first.rfind('/') + 1);
  if (name == "rotad") return Kind::coordinator;
  if (name == "rota") return Kind::client;
  if (name != "rota-worker") return Kind::job;
  if (words.find(" launcher") != std::string::npos) return Kind::launcher;
  return words.find(" pool") != std::string::npos ? Kind::pool : Kind::job;
}

}  // namespace

Measure read_measure(const std::string& words, Measure m) {
  const std::map<std::string, int Measure::*> keys{{"coordinator", &Measure::coordinator_kills},
                                                   {"launcher", &Measure::launcher_kills},
                                                   {"pool", &Measure::pool_kills},
                                                   {"job", &Measure::job_kills},
                                                   {"client", &Measure::client_kills},
                                                   {"freeze", &Measure::freezes},
                                                   {"jobs", &Measure::jobs},
                                                   {"submitters", &Measure::submitters}};
  std::istringstream in(words);
  for (std::string word; in >> word;) {
    const auto key = word.substr(0, word.find('='));
    const auto value = word.substr(std::min(word.size(), key.size() + 1));
    if (key == "seed") {
      m.seed = std::stoull(value);
    } else if (const auto known = keys.find(key); known != keys.end()) {
      m.*known->second = std::stoi(value);
    } else {
      throw std::runtime_error("not a measure of chaos: " + word);
    }
  }
  return m;
}

std::string to_text(const Measure& m) {
  std::ostringstream out;
  out << "seed=" << m.seed << " coordinator=" << m.coordinator_kills << " launcher=" << m.launcher_kills
      << " pool=" << m.pool_kills << " job=" << m.job_kills << " client=" << m.client_kills << " freeze=" << m.freezes
      << " jobs=" << m.jobs << " submitters=" << m.submitters;
  return out.str();
}

World::World() {
  std::string pattern = (std::filesystem::temp_directory_path() / "rota-chaos-XXXXXX").string();
  if (!::mkdtemp(pattern.data())) throw std::runtime_error("no directory for the chaos");
  directory_ = pattern;
  mark_ = std::string(kMark) + "=" + directory_;
  std::filesystem::create_directory(path("tmp"));
}

World::~World() {
  for (const auto& p : living()) ::kill(p.pid, SIGKILL);
  std::error_code ignored;
  if (!keep_) std::filesystem::remove_all(directory_, ignored);
}

test::Command World::command(std::vector<std::string> argv) const {
  test::Command c(std::move(argv));
  c.in(directory_).env("ROTA_STATE_DIR", path("state")).env("ROTA_SOCKET", path("sock")).env("TMPDIR", path("tmp"));
  c.env(kMark, directory_).env("NO_COLOR", "1").env("XDG_CONFIG_HOME", path("config"));
  c.without_env("ROTA_WORKER").without_env("ROTA_FAILPOINTS").without_env("NOTIFY_SOCKET");
  return c;
}

test::Command World::rota(std::vector<std::string> words) const {
  words.insert(words.begin(), test::rota_binary());
  return command(std::move(words));
}

test::Command World::rotad() const {
  return command({sibling("rotad"), "--pool", "2", "--threads", "2", "--process-slots", "24", "--launchers", "3",
                  "--history", "keep_runs=100000,keep_for=30d,max_log_bytes=8GiB"});
}

std::vector<test::Process> World::living() const { return test::with_environment(mark_); }

std::vector<test::Process> World::living(Kind kind) const {
  std::vector<test::Process> found;
  for (const auto& p : living()) {
    const auto is = kind_of(test::command_line(p.pid));
    if (is == Kind::launcher || is == Kind::pool) {
      const std::lock_guard lock(mutex_);
      workers_seen_.insert(p.pid);
    }
    if (is == kind) found.push_back(p);
  }
  return found;
}

std::set<int> World::workers_seen() const {
  const std::lock_guard lock(mutex_);
  return workers_seen_;
}

void pause_ms(int ms) { ::poll(nullptr, 0, ms); }

}  // namespace rota::chaos
