// One deed after the other, drawn from what is left of the measure.
#include "tests/chaos/nemesis.h"

#include <signal.h>

namespace rota::chaos {
namespace {

enum class Deed { coordinator, launcher, pool, job, client, freeze };

/// One of the kind by chance, or nobody. `who`: the victim's command line.
bool kill_one(const World& world, Kind kind, Dice& dice, std::string* who = nullptr) {
  const auto all = world.living(kind);
  if (all.empty()) return false;
  const auto& victim = all[static_cast<std::size_t>(roll(dice, 0, static_cast<int>(all.size()) - 1))];
  if (who != nullptr) *who = test::command_line(victim.pid);
  return test::alive(victim) && ::kill(victim.pid, SIGKILL) == 0;
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
      case Deed::launcher: return count(Kind::launcher, kill_launcher());
      case Deed::pool: return count(Kind::pool, kill_one(world_, Kind::pool, dice_));
      case Deed::job: return count(Kind::job, kill_one(world_, Kind::job, dice_));
      case Deed::client: return count(Kind::client, kill_one(world_, Kind::client, dice_));
      case Deed::freeze: {
        const bool done = keeper_.freeze_coordinator(roll(dice_, 50, 1500));
        deeds_.freezes += done;
        return done;
      }
    }
    return false;
  }
  bool kill_launcher() {
    std::string command;
    if (!kill_one(world_, Kind::launcher, dice_, &command)) return false;
    deeds_.launchers.insert(option_of(command, "--seat") + "." + option_of(command, "--generation"));
    return true;
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
