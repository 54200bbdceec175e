// The overview and the words of refusal.
#include "scheduler/cli/verbs.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "shared/text/text.h"

namespace rota::cli {
namespace {

constexpr auto kVerbs = std::to_array<std::string_view>(
    {"run", "validate", "plan", "targets", "limits", "ps", "status", "show", "logs", "history", "version", "help"});

// Verbs that people may know from the documents, and what does that work today.
struct Later {
  std::string_view verb;
  std::string_view instead;
};
constexpr std::string_view kRunInstead = "`rota run FILE` runs a job file now, without a service";
constexpr std::string_view kStopInstead = "press Ctrl-C where `rota run` runs; that cancels its jobs";
constexpr std::string_view kLookInstead = "`rota show ID` and `rota logs ID` tell what is known of a run";
constexpr std::string_view kListInstead = "`rota --help` lists what this version can do";
constexpr auto kLater = std::to_array<Later>({
    {"submit", kRunInstead},
    {"daemon", kRunInstead},
    {"schedule", kRunInstead},
    {"init", kRunInstead},
    {"demo", kRunInstead},
    {"retry", kRunInstead},
    {"rescue", kRunInstead},
    {"wait", "`rota run FILE` waits by itself, and `rota logs -f ID` until a run ends"},
    {"cancel", kStopInstead},
    {"kill", kStopInstead},
    {"hold", kListInstead},
    {"release", kListInstead},
    {"pause", kListInstead},
    {"resume", kListInstead},
    {"explain", kLookInstead},
    {"why", kLookInstead},
    {"events", kLookInstead},
    {"trace", kLookInstead},
    {"advise", kLookInstead},
    {"top", "`rota ps` lists what runs"},
    {"acct", "`rota history` lists finished runs, and `rota show R/JOB` what a job used"},
    {"prune", "old runs go by themselves (`rota limits`: runs_kept)"},
    {"graph", "`rota plan FILE` shows the order of the jobs"},
    {"next", kListInstead},
    {"schema", kListInstead},
    {"update", kListInstead},
    {"worker", kListInstead},
    {"queue", kListInstead},
    {"journal", kListInstead},
    {"doctor", kListInstead},
    {"completion", kListInstead},
});

}  // namespace

std::string overview() {
  return R"(Rota runs the jobs of a YAML file on this machine, each on a thread, in a process or as a coroutine.

Usage: rota VERB [OPTIONS]

Run
  run FILE            run a job file here and now; Ctrl-C cancels it
  run -- CMD ARGS     run one command as a job

Look before
  validate FILE       say whether a job file is right, and if not, everything that is wrong
  plan FILE           what would run, in which order, in which mode
  targets             the functions that a job can name
  limits              every limit and its value

Look at runs
  ps                  active and recent runs (also: status); -a for all
  show ID             one run or one job: state, reason, attempts, usage, last lines
  logs ID             what it wrote; -f to follow
  history             finished runs

Other
  version             the version
  help VERB           more about a verb (also: rota VERB --help)

Everywhere
  --state-dir DIR     where runs are kept (else ROTA_STATE_DIR, else $XDG_STATE_HOME/rota, else ~/.local/state/rota)
  --no-color          no colours (also: NO_COLOR=1); there are none off a terminal

IDs: 12 is a run, 12/build a job of it, `last` the newest run.
Exit codes: 0 all succeeded, 1 something failed, 2 wrong usage or an invalid file, 3 no such run or file,
4 no coordinator answers, 5 refused (permission, limit). A run ended by Ctrl-C dies by that signal (130).
)";
}

bool has_verb(std::string_view word) { return std::find(kVerbs.begin(), kVerbs.end(), word) != kVerbs.end(); }

std::string refuse_verb(std::string_view word) {
  const auto shown = text::escape_terminal(word);
  for (const auto& later : kLater)
    if (later.verb == word) return fmt::format("rota {}: not in this version yet; {}\n", shown, later.instead);
  const auto near = text::nearest(word, kVerbs);
  if (!near.empty()) return fmt::format("rota: there is no verb '{}': did you mean '{}'?\n", shown, near);
  return fmt::format("rota: there is no verb '{}'; `rota --help` lists them\n", shown);
}

}  // namespace rota::cli
