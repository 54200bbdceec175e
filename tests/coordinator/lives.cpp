// Making and dropping lives.
#include "tests/coordinator/lives.h"

#include <signal.h>
#include <sys/wait.h>

#include <algorithm>
#include <fstream>

#include "scheduler/daemon/assign.h"
#include "scheduler/daemon/worker_path.h"
#include "scheduler/store/output.h"
#include "tests/support/eventually.h"
#include "tests/support/processes.h"

namespace rota::test {

Status MortalJournal::commit(const store::Turn& turn) {
  const auto killed = fail(Code::system, "killed by the test");
  if (dead_) return killed;
  ++commits_;
  const bool named = at_ && std::any_of(turn.records.begin(), turn.records.end(), at_);
  const bool dies = named || commits_ == nth_;
  if (!dies) return real_->commit(turn);
  dead_ = true;
  if (when_ == When::after) {
    if (auto s = real_->commit(turn); !s) return s;
  }
  return killed;
}

struct Lives::Life {
  Life(Lives& lives, store::Instance instance, daemon::PoolLock lock, daemon::Numbers numbers)
      : instance_(std::move(instance)),
        lock_(std::move(lock)),
        numbers_(std::move(numbers)),
        journal(store::open_service_journal(instance_.directory).value()),
        loop(daemon::Loop::create().value()),
        probes(daemon::Probes::create().value()),
        coordinator({loop, lives.clock_, journal, lives.seen_, *probes, orphans, numbers_},
                    {lives.shape_.pool, 1, 100, lives.shape_.process_slots, lives.shape_.launchers}, call(),
                    daemon::TermsOfService{[at = instance_.directory](RunId run) {
                                             return store::output_directory(at, run);
                                           },
                                           lock_.mark(), 0}) {}

  daemon::WorkerCall call() const {
    daemon::WorkerCall call;
    call.binary = daemon::find_worker_binary().value();
    call.env = {"PATH=/usr/bin:/bin"};
    if (const char* tree = std::getenv("ROTA_TREE")) call.env.push_back("ROTA_TREE=" + std::string(tree));
    call.launchers = instance_.directory + "/launchers";
    call.pool_lock = lock_.fd();
    call.pool_mark = lock_.mark();
    return call;
  }

  store::Instance instance_;
  daemon::PoolLock lock_;
  daemon::Numbers numbers_;
  MortalJournal journal;
  daemon::Loop loop;
  std::unique_ptr<daemon::Probes> probes;
  daemon::Orphans orphans;
  daemon::Coordinator coordinator;
};

Lives::Lives(Shape shape) : shape_(shape) {
  const auto state = world_.directory + "/state";
  std::filesystem::create_directories(state);
  std::filesystem::permissions(state, std::filesystem::perms::owner_all);
}

Lives::~Lives() {
  if (life_ && !life_->journal.dead()) {
    EXPECT_EQ(scheduler().check(), "");
  }
  drop();
  const auto left = pids("launcher");
  for (const int pid : left) {
    ::kill(pid, SIGCONT);
    ::kill(pid, SIGTERM);  // it ends what it runs
  }
  EXPECT_TRUE(test::eventually(kPatience, [&] { return pids("launcher").empty(); }));
  for (const int pid : daemon::child_pids()) ::waitpid(pid, nullptr, WNOHANG);  // former ones are nobody's to reap
}

bool Lives::begin() {
  auto instance = store::open_service_instance(world_.directory + "/state");
  if (!instance) throw std::runtime_error(to_text(instance.error()));
  const auto directory = instance->directory;
  auto lock = daemon::PoolLock::take(directory + "/pool.lock", std::chrono::seconds(20), [] { return false; });
  if (!lock) throw std::runtime_error(to_text(lock.error()));
  auto numbers = daemon::Numbers::open(directory + "/numbers").value();
  numbers.at_least(daemon::highest_segment(directory + "/out").value(), 0);
  life_ = std::make_unique<Life>(*this, std::move(*instance), std::move(*lock), std::move(numbers));
  if (death_) journal().die_at(death_->first, death_->second);
  death_.reset();
  const auto s = coordinator().recover();
  if (s) {
    EXPECT_EQ(scheduler().check(), "");
    return true;
  }
  EXPECT_TRUE(life_->journal.dead()) << to_text(s.error());
  return false;
}

void Lives::drop() { life_.reset(); }

daemon::Coordinator& Lives::coordinator() { return life_->coordinator; }
MortalJournal& Lives::journal() { return life_->journal; }

RunId Lives::submit(const std::string& yaml) {
  auto plan = world_.plan(yaml);
  const RunId run = ++last_;
  core::Terms terms;
  terms.run_key = daemon::random_key().value();
  terms.env = daemon::base_environment(plan, {"PATH=/usr/bin:/bin"});
  terms.env.push_back("ROTA_RUN_KEY=" + terms.run_key);
  EXPECT_TRUE(store::make_output_directory(instance(), run));
  coordinator().post(core::event::Submit{run, std::move(plan), std::move(terms)});
  return run;
}

bool Lives::until(const std::function<bool()>& condition) {
  const auto deadline = monotonic_now() + kPatience;
  while (life_) {
    if (!coordinator().turn()) return false;
    if (condition()) return true;
    if (monotonic_now() > deadline) return false;
    coordinator().sleep(monotonic_now() + std::chrono::milliseconds(20));  // the condition may be of the world outside
  }
  return false;
}

bool Lives::until_known() {
  return until([this] { return scheduler().recovery().over(); });
}

bool Lives::until_ended(RunId run) {
  return until([this, run] { return !scheduler().plan(run) && journal().view(run).has_value(); });
}

core::RunView Lives::view(RunId run) {
  if (auto live = scheduler().view(run)) return *live;
  auto folded = journal().view(run);
  if (!folded) throw std::runtime_error(to_text(folded.error()));
  return *folded;
}

bool Lives::is_running(RunId run, std::size_t job) {
  const auto v = scheduler().view(run);
  return v && v->jobs.at(job).tasks.at(0).state == core::TaskState::running;
}

int Lives::pid_of(RunId run, std::size_t job) {
  const auto v = scheduler().view(run);
  if (!v) return 0;
  const auto& task = v->jobs.at(job).tasks.at(0);
  return task.attempts.empty() ? 0 : task.attempts.back().pid;
}

std::vector<int> Lives::pids(const std::string& kind) {
  std::vector<int> out;
  for (const auto& p : descendants_of(::getpid())) {
    const auto line = command_line(p.pid);
    const bool ours = kind == "pool" || line.find(instance()) != std::string::npos;
    if (line.find("rota-worker " + kind) != std::string::npos && ours && alive(p)) out.push_back(p.pid);
  }
  return out;
}

std::size_t Lives::homes() const {
  return lane::list_launcher_homes(instance() + "/launchers").value().size();
}

std::string Lives::output(RunId run, std::size_t job) {
  const auto attempts = view(run).jobs.at(job).tasks.at(0).attempts;
  std::string out;
  const auto s = store::read_output(instance(), {{run, static_cast<JobIndex>(job), 0}, attempts.back().number},
                                    attempts.back().report.output, [&](const output::Chunk& chunk) {
                                      out += chunk.bytes;
                                      return true;
                                    });
  EXPECT_TRUE(s) << to_text(s.error());
  return out;
}

void touch(const std::string& path) { std::ofstream(path) << "x"; }

std::size_t count_lines(const std::string& path, const std::string& line) {
  std::ifstream in(path);
  std::size_t n = 0;
  for (std::string read; std::getline(in, read);) n += read == line;
  return n;
}

std::string marked_wait(const std::string& marks, const std::string& until, const std::string& then) {
  return "{run: 'echo S >> " + marks + "; echo begun; while ! test -e " + until + "; do sleep 0.02; done; echo E >> " +
         marks + "; echo ending; " + then + "'}";
}

}  // namespace rota::test
