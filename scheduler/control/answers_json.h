// What the service and the verbs that steer it answer, as JSON for scripts: "schema":"rota/1", one document on one line
// without its newline; only additive changes. Conventions as in view_json.h.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "scheduler/control/protocol.h"
#include "scheduler/core/record.h"
#include "scheduler/core/view.h"

namespace rota::control {

/// {"runs":[...],"service":{"recovering":{"known","total"},"closed"}}; service null: none answers.
std::string listing_json(std::span<const core::RunSummary> runs, const std::optional<answer::Runs>& service);

struct SubmittedFile {
  std::string file;
  answer::Submitted submitted;
  RunId retry_of = 0;
};
/// {"submitted":[{"file","run","name","tasks","known","retry_of"}]}, and with `runs` (what was waited for)
/// "runs":[...], with `registered` "registered":[{"name","schedules","replaced","enabled","next"}], with `error`
/// (what went wrong after those) "error":{...} as of error_json. The run is null after a dry run.
std::string submitted_json(std::span<const SubmittedFile> files, const std::vector<core::RunSummary>* runs = nullptr,
                           const Error* error = nullptr, std::string_view hint = {},
                           std::span<const answer::Registered> registered = {});

/// {"satisfied","timed_out","runs":[...]}
std::string waited_json(bool satisfied, bool timed_out, std::span<const core::RunSummary> runs);

/// {"tasks":[{"id","run","job","task","outcome","how","note"}],"others":[{"job","outcome","how","count"}],
///  "ended_before":[runs]}
std::string stopped_json(const answer::Stopped& stopped, std::span<const RunId> ended_before);

/// {"pause","attempts","running","waiting","not_begun"}; pause false: of a resume.
std::string paused_json(const answer::Paused& paused, bool pause);

/// One task that was explained: what blocks it, or how it came to its end.
struct Explanation {
  /// What a block is about, in people's units: slots, cores, bytes, runs.
  struct About {
    std::string name;  // of the pool or group; "cpus", "memory"
    double wanted = 0, total = 0, held = 0;  // total 0: without a limit
    WallTime next;     // of a rate: when the next may start; 0: nothing to tell
    std::vector<std::string> holders;
    std::uint32_t more = 0, paused = 0;  // of the holders: not named; standing still
  };
  struct Line {
    std::string code, what, remedy;  // remedy: what would lift it
    std::optional<About> about;
  };
  struct Cause {
    std::string id, what;
    std::uint32_t depth = 0;  // 0: the task itself
    Outcome outcome = Outcome::succeeded;
    Reason reason;
  };
  std::string id;  // "12/build.3"
  std::string state;
  std::vector<Line> blocks;
  std::vector<Cause> causes;
};
/// {"explained":[{"id","state","blocks":[{"code","what","remedy",
///                                        "about":{"name","wanted","total","held","next","holders","more","paused"}}],
///                "causes":[{"id","depth","outcome","reason","what"}]}]}
std::string explained_json(std::span<const Explanation> tasks);

/// {"workers":[{"worker":{"seat","generation"},"kind","state","pid","slots","busy","coroutines","since","tree"}]};
/// `now` turns instants into wall time.
std::string workers_json(const answer::Workers& workers, Now now);
/// {"service":{"version","pid","epoch","since",...,"settings":{name: text}}}
std::string status_json(const answer::Status& status);
/// {"pruned":[runs],"bytes","dry_run"}
std::string pruned_json(std::span<const RunId> runs, std::uint64_t bytes, bool dry_run);

struct Finding {
  enum class Grade : std::uint8_t { ok, warn, fail };
  Grade grade = Grade::ok;
  std::string about, what;
};
/// {"ok","findings":[{"grade","about","what"}]}
std::string findings_json(std::span<const Finding> findings);

/// {"event":{"number","at","kind","run","job","task",...}}: one fact of the journal. `job`: its id, empty where it is
/// not known. "attempt_id" counts revoked attempts too: it is an identity, not the number of a try.
std::string event_json(std::uint64_t number, WallTime at, const core::Fact& fact, std::string_view job);

}  // namespace rota::control
