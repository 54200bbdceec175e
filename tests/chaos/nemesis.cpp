// One deed after the other, drawn from what is left of the measure.
#include "tests/chaos/nemesis.h"

#include <signal.h>

#include <optional>

#include "tests/support/temp_dir.h"

namespace rota::chaos {
namespace {

enum class Deed { coordinator, launcher, pool, job, client, freeze };

std::string parent_of(pid_t pid) {
  const auto text = test::read_file("/proc/" + std::to_string(pid) + "/status");
  const auto at = text.find("PPid:");
  return at == std::string::npos ? std::string() : test::command_line(std::stoi(text.substr(at + 5)));
}

/// One of the kind by chance.
std::optional<test::Process> victim_of(const World& world, Kind kind, Dice& dice) {
  const auto all = world.living(kind);
  if (all.empty()) return std::nullopt;
  return all[static_cast<std::size_t>(roll(dice, 0, static_cast<int>(all.size()) - 1))];
}

bool strike(const test::Process& victim) { return test::alive(victim) && ::kill(victim.pid, SIGKILL) == 0; }

/// A variable of a process' environment; empty: it has none of that name.
std::string variable_of(const std::string& environment, const std::string& name) {
  const auto at = ('\0' + environment).find('\0' + name + '=');
  if (at == std::string::npos) return {};
  const auto from = at + name.size() + 1;
  return environment.substr(from, environment.find('\0', from) - from);
}

/// Whose process it is; nothing: it is of no attempt.
std::optional<Try> try_of(const test::Process& p) {
  const auto all = test::read_file("/proc/" + std::to_string(p.pid) + "/environ");
  const auto run = variable_of(all, "ROTA_RUN_ID"), job = variable_of(all, "ROTA_JOB"),
             attempt = variable_of(all, "ROTA_ATTEMPT");
  if (run.empty() || job.empty() || attempt.empty()) return std::nullopt;
  return Try{static_cast<unsigned>(std::stoul(run)), job, static_cast<unsigned>(std::stoul(attempt))};
}

/// The word after an option: of "... --seat 4 ..." the 4.
std::string option_of(const std::string& command, const std::string& name) {
  const auto at = command.find(name + " ");
  if (at == std::string::npos) return {};
  const auto from = at + name.size() + 1;
  return command.substr(from, command.find(' ', from) - from);
}

class Nemesis {
 public:
  Nemesis(const World& world, Keeper& keeper, const Measure& m)
      : world_(world), keeper_(keeper), dice_(m.seed ^ 0x6e656d65736973) {
    left_ = {{Deed::coordinator, m.coordinator_kills},
             {Deed::launcher, m.launcher_kills},
             {Deed::pool, m.pool_kills},
             {Deed::job, m.job_kills},
             {Deed::client, m.client_kills},
             {Deed::freeze, m.freezes}};
  }

  /// False: nothing is left to do.
  bool act() {
    int total = 0;
    for (const auto& [_, n] : left_) total += n;
    if (total == 0) return false;
    int at = roll(dice_, 0, total - 1);
    for (auto& [deed, n] : left_) {
      if (at < n) {
        if (carry_out(deed)) --n;
        break;
      }
      at -= n;
    }
    // In bursts as well: a second blow within the recovery from the first.
    pause_ms(roll(dice_, 0, 3) == 0 ? roll(dice_, 0, 100) : roll(dice_, 200, 1600));
    return true;
  }
  Deeds deeds() const { return deeds_; }

 private:
  bool carry_out(Deed deed) {
    switch (deed) {
      case Deed::coordinator: return count(Kind::coordinator, keeper_.kill_coordinator());
      case Deed::launcher: return count(Kind::launcher, kill_worker(Kind::launcher, deeds_.launchers));
      case Deed::pool: return count(Kind::pool, kill_worker(Kind::pool, deeds_.pools));
      case Deed::job: return count(Kind::job, kill_job());
      case Deed::client: return count(Kind::client, kill_client());
      case Deed::freeze: {
        const bool done = keeper_.freeze_coordinator(roll(dice_, 50, 1500));
        deeds_.freezes += done;
        return done;
      }
    }
    return false;
  }
  bool kill_worker(Kind kind, std::set<std::string>& killed) {
    const auto victim = victim_of(world_, kind, dice_);
    if (!victim) return false;
    const auto command = test::command_line(victim->pid);
    // A child of a worker looks like it until it has become its command.
    if (command.empty() || parent_of(victim->pid) == command || !strike(*victim)) return false;
    killed.insert(option_of(command, "--seat") + "." + option_of(command, "--generation"));
    return true;
  }
  bool kill_job() {
    const auto victim = victim_of(world_, Kind::job, dice_);
    const auto whose = victim ? try_of(*victim) : std::nullopt;
    if (!whose || !strike(*victim)) return false;
    deeds_.jobs.insert(*whose);
    return true;
  }
  bool kill_client() {
    const auto victim = victim_of(world_, Kind::client, dice_);
    return victim && strike(*victim);
  }
  bool count(Kind kind, bool done) {
    deeds_.kills[kind] += done;
    return done;
  }

  const World& world_;
  Keeper& keeper_;
  Dice dice_;
  std::map<Deed, int> left_;
  Deeds deeds_;
};

}  // namespace

Deeds rage(const World& world, Keeper& keeper, const Measure& measure, std::chrono::seconds within) {
  Nemesis nemesis(world, keeper, measure);
  const auto end = std::chrono::steady_clock::now() + within;
  while (std::chrono::steady_clock::now() < end && nemesis.act()) continue;
  return nemesis.deeds();
}

}  // namespace rota::chaos
