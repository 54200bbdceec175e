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
    {"run",    "validate", "plan",   "graph",  "next",    "targets", "limits", "schema",  "init",    "submit", "retry",
     "rescue", "wait",     "cancel", "kill",   "hold",    "release", "pause",  "resume",  "update",  "ps",     "status",
     "show",   "explain",  "why",    "logs",     "history", "events", "worker",  "daemon",  "schedule",
     "prune",  "doctor",   "version", "help"});

// Verbs that people may know from the documents, and what does that work today.
struct Later {
  std::string_view verb;
  std::string_view instead;
};
constexpr std::string_view kLookInstead = "`rota show ID` and `rota events` tell what is known of a run";
constexpr std::string_view kListInstead = "`rota --help` lists what this version can do";
constexpr auto kLater = std::to_array<Later>({
    {"demo", "`rota run jobs/examples/print_numbers.yaml` shows the three modes"},
    {"trace", kLookInstead},
    {"advise", kLookInstead},
    {"top", "`rota ps` lists what runs, `rota worker list` where"},
    {"acct", "`rota history` lists finished runs, and `rota show R/JOB` what a job used"},
    {"queue", "`rota ps -t pending` lists what waits"},
    {"journal", "`rota events` prints it"},
    {"completion", kListInstead},
});

constexpr std::string_view kOverview =
    R"(Rota runs the jobs of a YAML file on this machine, each on a thread, in a process or as a coroutine.

Usage: rota VERB [OPTIONS]

Run here and now (no service needed)
  run FILE            run a job file; Ctrl-C cancels it
  run -- CMD ARGS     run one command as a job

Look before
  validate FILE       say whether a job file is right, and if not, everything that is wrong
  plan FILE           what would run, in which order, in which mode
  graph FILE          what needs what; --dot for graphviz
  next FILE           when its schedules come, in local time and UTC
  targets             the functions that a job can name
  limits              every limit and its value
  schema              the JSON Schema of job files, for editors
  init [FILE]         write a small job file to start from

Hand work to the service (rotad)
  submit FILE...      each file becomes a run, if all are right; one with `schedule` runs when that says
  schedule list       what is registered; also: schedule disable, enable, trigger, remove NAME
  retry ID            submit again what did not succeed; --reload takes the changed file
  rescue ID           write a job file of what did not succeed (of `rota run`, too)
  wait ID...          return when runs or jobs have ended
  cancel ID...        end runs, jobs or tasks; returns when nothing of them is alive
  kill -s SIG ID      send a signal to what runs
  hold ID, release ID start nothing more of it; let it start again (update ID: another priority or bound)
  pause ID, resume ID let what runs stand still, and start nothing more; let it go on

Look at runs, of the service and of `run` alike
  ps                  active and recent runs (also: status); -a for all
  show ID             one run or one job: state, reason, attempts, usage, last lines
  explain ID          why it waits and what would lift that, or why it ended badly (also: why)
  logs ID             what it wrote; -f to follow
  history             finished runs
  prune               forget finished runs: --keep N, --older-than AGE

The service itself
  daemon status       what it is and does; also: daemon stop, daemon drain
  worker list         its worker processes
  events              what happened, one line each; -f to follow
  doctor              whether everything that Rota stands on is there

Other
  version             the version
  help VERB           more about a verb (also: rota VERB --help)

Everywhere
  --state-dir DIR     where runs are kept (else ROTA_STATE_DIR, else $XDG_STATE_HOME/rota, else ~/.local/state/rota)
  --socket PATH       where the service listens (else ROTA_SOCKET, else $XDG_RUNTIME_DIR/rota/rotad.sock)
  --no-color          no colours (also: NO_COLOR=1); there are none off a terminal
  --json              (most verbs) only JSON on stdout, errors too

)";
constexpr std::string_view kIdsAndCodes =
    R"(IDs: 12 is a run, 12/build a job of it, 12/build.7 and 12/build[1,5-9] tasks of an array by their numbers (12.7
where the run has one job), `last` the newest run, `all` every run; also 12,14/build.
Exit codes: 0 all succeeded, 1 something failed, 2 wrong usage or an invalid file, 3 no such run or job,
4 no coordinator answers, 5 refused (permission, limit), 124 `wait --timeout` was up. A run ended by Ctrl-C dies by
that signal (130).
)";

}  // namespace

std::string overview() { return std::string(kOverview) + std::string(kIdsAndCodes); }

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
