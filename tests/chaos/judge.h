// The one checker: joins what the jobs wrote from outside (marks), what the clients were told, what the service says,
// and what lives or lies about when all is over.
#pragma once

#include <string>
#include <vector>

#include "tests/chaos/load.h"
#include "tests/chaos/nemesis.h"
#include "tests/chaos/witness.h"

namespace rota::chaos {

/// All of these must be empty.
struct Verdict {
  std::vector<std::string> lost;     // acknowledged and not there, or not ended
  std::vector<std::string> twice;    // a process attempt that ran twice, or that was never to run and did
  std::vector<std::string> wrong;    // a status that is not what happened
  std::vector<std::string> orphans;  // a process that lives on
  std::vector<std::string> residue;  // files, groups, shared memory, sockets
  std::vector<std::string> others;   // answers and deaths that nobody caused
  int runs = 0, jobs = 0, attempts = 0, marks = 0;

  bool clean() const {
    return lost.empty() && twice.empty() && wrong.empty() && orphans.empty() && residue.empty() && others.empty();
  }
};
std::string to_text(const Verdict& v);

/// One run against its file, the marks and the deeds. `told`: what `rota show RUN --json` says.
void judge_run(unsigned run, const JobFile& file, const Marks& marks, const Deeds& deeds, const std::string& told,
               Verdict& out);
/// After the coordinator has stopped in order; looks at runs through files only.
void judge_runs(const World& world, const ClientStory& story, const Deeds& deeds, Verdict& out);
/// What is left on the machine.
void judge_remains(const World& world, Verdict& out);

}  // namespace rota::chaos
