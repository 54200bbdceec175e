// What is left on the machine when all is over.
#include <signal.h>

#include <filesystem>

#include "tests/chaos/judge.h"
#include "tests/support/processes.h"
#include "tests/support/walk.h"

namespace rota::chaos {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> names_in(const std::string& directory) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator it(directory, error), end; !error && it != end; it.increment(error))
    names.push_back(it->path().string());
  return names;
}

void find_groups(const World& world, Verdict& out) {
  for (const auto& group : test::control_groups_of(world.workers_seen()))
    out.residue.push_back("control group " + group);
}

}  // namespace

void judge_remains(const World& world, Verdict& out) {
  test::eventually(test::kPatience, [&] { return world.living().empty(); });
  if (const auto left = world.living(); !left.empty()) out.orphans.push_back(test::describe(left));
  for (const auto& name : names_in("/dev/shm")) {
    if (name.find("rota") != std::string::npos) out.residue.push_back(name);
  }
  for (const auto& name : names_in(world.path("tmp"))) out.residue.push_back(name);
  for (const auto& name : names_in(world.path("state/service/launchers"))) out.residue.push_back(name);
  if (fs::exists(world.path("sock"))) out.residue.push_back(world.path("sock"));
  find_groups(world, out);
}

}  // namespace rota::chaos
