// The verbs that look at runs: ps, history, show.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "scheduler/cli/commands/commands.h"
#include "scheduler/cli/commands/output_of.h"
#include "scheduler/cli/commands/select.h"
#include "scheduler/cli/exit_code.h"
#include "scheduler/cli/view/page.h"
#include "scheduler/cli/view/runs.h"
#include "scheduler/cli/view/service.h"
#include "scheduler/cli/words.h"
#include "scheduler/control/answers_json.h"
#include "scheduler/control/run_state.h"
#include "scheduler/control/view_json.h"
#include "shared/limits.h"
#include "shared/text/text.h"

namespace rota::cli {
namespace {

constexpr Duration kRecent = std::chrono::hours(24);
constexpr std::size_t kRecentRuns = 20;
constexpr std::size_t kPagesMost = 20;
constexpr std::size_t kTaskLines = 200;
constexpr std::uint64_t kBytesForLastLines = 64ull << 20;

struct StateWord {
  std::string_view word, code;
};
// What control::run_state and run_state_code say, for -t.
constexpr auto kRunStates = std::to_array<StateWord>({{"pending", "PD"},
                                                      {"held", "HD"},
                                                      {"running", "R"},
                                                      {"paused", "PS"},
                                                      {"stopping", "SP"},
                                                      {"unknown", "UN"},
                                                      {"succeeded", "CD"},
                                                      {"failed", "F"},
                                                      {"timed_out", "TO"},
                                                      {"cancelled", "CA"},
                                                      {"lost", "LO"}});

// A run that is held is pending too.
bool stands(const core::RunSummary& run, const StateWord& state) {
  return control::run_state(run) == state.word || control::run_state_code(run) == state.code;
}

Result<std::vector<StateWord>> parse_states(std::string_view list) {
  std::vector<StateWord> out;
  std::vector<std::string_view> known;
  for (const auto& s : kRunStates) known.insert(known.end(), {s.word, s.code});
  while (!list.empty()) {
    const auto comma = std::min(list.find(','), list.size());
    const auto word = list.substr(0, comma);
    list.remove_prefix(std::min(comma + 1, list.size()));
    const auto at =
        std::find_if(kRunStates.begin(), kRunStates.end(), [&](auto& s) { return s.word == word || s.code == word; });
    if (at == kRunStates.end()) {
      const auto near = text::nearest(word, known);
      return fail(Code::invalid,
                  fmt::format("-t: there is no state '{}'{} The states are pending, held, running, paused, "
                              "stopping, unknown, succeeded, failed, timed_out, cancelled and lost",
                              word, near.empty() ? "." : ": did you mean '" + near + "'?"));
    }
    out.push_back(*at);
  }
  return out;
}

// Leaves the runs that the selectors name. A number that is nowhere is an error, unless -t may have taken it away.
Status keep_named(std::vector<core::RunSummary>& runs, const Horizon& horizon, const verb::Ps& v) {
  const auto selectors = control::parse_selectors(v.selectors);
  if (!selectors) return selectors.error();
  std::set<RunId> wanted;
  for (const auto& selector : *selectors) {
    const auto some = horizon.runs_of(selector);
    if (!some) return some.error();
    wanted.insert(some->begin(), some->end());
  }
  std::set<RunId> there;
  for (const auto& run : runs) there.insert(run.run);
  for (const auto run : wanted)
    if (v.states.empty() && !there.contains(run)) return no_such_run(run);
  std::erase_if(runs, [&](const core::RunSummary& run) { return !wanted.contains(run.run); });
  return {};
}

// The newest so many of those that have ended, and all that have not.
void keep_ended(std::vector<core::RunSummary>& runs, std::size_t most) {
  std::size_t ended = 0;
  std::erase_if(runs, [&](const core::RunSummary& run) { return run.outcome && ++ended > most; });
}

// Which runs `ps` shows, the newest first. Runs that are named are shown whatever their age.
Result<Vista> listed(const Horizon& horizon, const verb::Ps& v, const Surroundings& world) {
  const auto states = parse_states(v.states);
  if (!states) return states.error();
  const bool recent_only = !v.all && v.selectors.empty() && states->empty();
  store::HistoryFilter filter;
  if (recent_only) filter.ended_since = WallTime{world.clock.now().wall.ns - kRecent.count()};
  const bool by_number = v.limit && !v.tasks;
  if (v.selectors.empty() && states->empty())
    filter.folded_limit = by_number ? *v.limit : recent_only ? kRecentRuns : 0;
  auto vista = horizon.survey(filter);
  if (!vista) return vista.error();
  auto& runs = vista->runs;
  if (!states->empty())
    std::erase_if(runs, [&](const core::RunSummary& run) {
      return std::none_of(states->begin(), states->end(), [&](const StateWord& s) { return stands(run, s); });
    });
  if (!v.selectors.empty())
    if (auto named = keep_named(runs, horizon, v); !named) return named.error();
  if (by_number && runs.size() > *v.limit) runs.resize(*v.limit);
  if (!by_number && recent_only) keep_ended(runs, kRecentRuns);
  return vista;
}

// What a reader of a list must know besides: on stderr, so that the list stays a list.
void remark_on(const Horizon& horizon, const Vista& vista, std::string_view verb, std::string_view rota) {
  const auto& world = horizon.world();
  remark(world, verb, horizon.silence());
  for (const auto& warning : vista.warnings) remark(world, verb, warning);
  if (vista.service) {
    remark(world, verb, recovery_note(vista.service->recovery));
    remark(world, verb, closed_note(vista.service->closed, rota));
  }
  if (!vista.stopped.empty() && horizon.silence().empty())
    remark(world, verb,
           fmt::format("the service is not running: {} of it {} when `rotad` is started again",
                                    number_of(vista.stopped.size(), "run"),
                                    vista.stopped.size() == 1 ? "goes on" : "go on"));
}

// Of the view what was named: a job, and of an array the tasks.
core::RunView narrowed(Chosen&& chosen) {
  auto view = std::move(chosen.sight.view);
  if (chosen.whole_run) return view;
  std::vector<core::JobView> jobs;
  for (const auto& span : chosen.spans) {
    if (!jobs.empty() && jobs.back().index == span.job) continue;
    auto& job = view.jobs[span.job];
    if (chosen.by_number) {
      std::erase_if(job.tasks, [&](const auto& t) { return !control::contains(chosen.spans, span.job, t.index); });
      job.counts = {};
      for (const auto& task : job.tasks) {
        ++job.counts.total;
        ++job.counts.by_state[static_cast<std::size_t>(task.state)];
        if (task.outcome) ++job.counts.by_outcome[static_cast<std::size_t>(*task.outcome)];
      }
    }
    jobs.push_back(std::move(job));
  }
  view.jobs = std::move(jobs);
  return view;
}

Exit ps_jobs(const Horizon& horizon, const std::vector<core::RunSummary>& runs, const verb::Ps& v,
             const Surroundings& world) {
  std::vector<core::RunView> views;
  std::uint64_t not_told = 0;
  const auto listed = [&](RunId id) {
    return std::any_of(runs.begin(), runs.end(), [&](const core::RunSummary& run) { return run.run == id; });
  };
  if (v.selectors.empty())
    for (const auto& run : runs) {
      auto seen = horizon.see(run.run);
      if (!seen) return complain(world, "ps", seen.error());
      views.push_back(std::move(seen->sight.view));
    }
  if (!v.selectors.empty()) {
    auto chosen = choose(horizon, v.selectors);
    if (!chosen) return complain(world, "ps", chosen.error());
    for (auto& one : *chosen) {
      if (!listed(one.sight.view.summary.run)) continue;
      if (one.by_number) not_told += one.count() - one.tasks.size();
      views.push_back(narrowed(std::move(one)));
    }
  }
  const auto now = world.clock.now().mono;
  auto out = v.tasks ? tasks_table(views, "", v.limit.value_or(kTaskLines), now, look_of(world.out))
                     : jobs_table(views, "", now, look_of(world.out));
  if (not_told) out += fmt::format("and {} more of those that were named\n", number_of(not_told, "task"));
  world.out.write(out);
  return {};
}

std::string nothing_to_list(const Horizon& horizon, const verb::Ps& v) {
  if (!v.states.empty()) return "no run is in such a state; `rota ps -a` lists all\n";
  return horizon.last() ? "nothing runs, and nothing ended within a day; `rota ps -a` lists older runs\n"
                        : "no runs yet; `rota run FILE` makes the first\n";
}

// What a page says of the one who has the run in hand.
std::vector<std::string> notes_on(const Horizon& horizon, const Seen& seen) {
  std::vector<std::string> notes;
  if (seen.ended()) return notes;
  if (auto recovering = recovery_note(seen.recovery); !recovering.empty()) notes.push_back(std::move(recovering));
  if (seen.sight.stopped)
    notes.push_back("the service is not running: this is as last recorded, and goes on when `rotad` is started again");
  if (seen.of_service && !horizon.service() && !seen.sight.stopped)
    notes.push_back("the service does not answer; this is from its files");
  return notes;
}

// The pages of what was chosen, one after the other, until there are enough of them.
class Pages {
 public:
  Pages(const Invocation& call, const Horizon& horizon, const Chosen& chosen, Now now, const Look& look)
      : chosen_(chosen), now_(now), look_(look), extras_{{}, same_call(call), notes_on(horizon, chosen), 1} {}

  std::string text() {
    for (const auto index : jobs()) {
      if (pages_ == kPagesMost) break;
      const auto& job = chosen_.sight.view.jobs[index];
      next_ = first_of(job);
      if (!chosen_.by_number && !std::holds_alternative<std::monostate>(job.shape)) add_job(job);
      else add_tasks(job);
    }
    if (chosen_.count() > shown_) out_ += fmt::format("\nand {} more\n", number_of(chosen_.count() - shown_, "task"));
    return std::move(out_);
  }

 private:
  // Each once; the one that stands for the others first.
  std::vector<JobIndex> jobs() const {
    std::vector<JobIndex> out;
    for (const auto& span : chosen_.spans)
      if (out.empty() || out.back() != span.job) out.push_back(span.job);
    if (!out.empty()) std::rotate(out.begin(), out.end() - 1, out.end());
    return out;
  }
  std::size_t first_of(const core::JobView& job) const {
    const auto of = [&](const TaskId& id) { return id.job == job.index; };
    return static_cast<std::size_t>(std::find_if(chosen_.tasks.begin(), chosen_.tasks.end(), of) -
                                    chosen_.tasks.begin());
  }
  void add(const std::string& page, std::uint32_t tasks) {
    out_ += (out_.empty() ? "" : "\n") + page;
    ++pages_;
    shown_ += tasks;
  }
  void add_job(const core::JobView& job) {
    add(job_page(chosen_.sight.view, job, extras_, now_, look_), job.task_count());
  }
  void add_tasks(const core::JobView& job) {
    while (is_next_of(job) && pages_ < kPagesMost) {
      const auto& id = chosen_.tasks[next_];
      auto extras = extras_;
      extras.alike = alike_from(chosen_, next_);
      if (extras.alike == 1)
        extras.last_lines = last_lines(chosen_.sight, {id}, limits::kDisplayTailLines, kBytesForLastLines);
      add(task_page(chosen_.sight.view, job, task_of(chosen_.sight.view, id), extras, now_, look_), extras.alike);
      next_ += extras.alike;
    }
  }
  bool is_next_of(const core::JobView& job) const {
    return next_ < chosen_.tasks.size() && chosen_.tasks[next_].job == job.index;
  }

  const Chosen& chosen_;
  Now now_;
  Look look_;
  PageExtras extras_;
  std::string out_;
  std::size_t pages_ = 0, next_ = 0;
  std::uint64_t shown_ = 0;
};

}  // namespace

Exit ps(const Invocation& call, const verb::Ps& v, const Surroundings& world) {
  const auto horizon = Horizon::look(call, world);
  if (!horizon) return complain(world, "ps", horizon.error(), v.json);
  if (v.json && (v.jobs || v.tasks))
    return complain(
        world, "ps",
        fail(Code::invalid, "--jobs and --tasks have no JSON; `rota show --json ID` gives a run with its jobs"), true);
  const auto vista = listed(*horizon, v, world);
  if (!vista) return complain(world, "ps", vista.error(), v.json);
  const auto& runs = vista->runs;
  remark_on(*horizon, *vista, "ps", same_call(call));
  if (v.json) {
    world.out.write(control::listing_json(runs, vista->service) + "\n");
  } else if (v.quiet) {
    std::string out;
    for (const auto& run : runs) out += std::to_string(run.run) + "\n";
    world.out.write(out);
  } else if (runs.empty()) {
    world.err.write(nothing_to_list(*horizon, v));
  } else if (v.jobs || v.tasks) {
    return ps_jobs(*horizon, runs, v, world);
  } else {
    world.out.write(runs_table(runs, world.clock.now().mono, look_of(world.out)));
  }
  return {};
}

Exit history(const Invocation& call, const verb::History& v, const Surroundings& world) {
  const auto horizon = Horizon::look(call, world);
  if (!horizon) return complain(world, "history", horizon.error(), v.json);
  const auto vista = horizon->survey({.ended_only = true, .limit = v.limit.value_or(0)});
  if (!vista) return complain(world, "history", vista.error(), v.json);
  remark(world, "history", horizon->silence());
  for (const auto& warning : vista->warnings) remark(world, "history", warning);
  const auto count = v.limit == 0u ? 0 : vista->runs.size();
  const std::span<const core::RunSummary> runs(vista->runs.data(), count);
  if (v.json)
    world.out.write(control::runs_json(runs) + "\n");
  else if (vista->runs.empty())
    world.err.write("no run has finished yet; `rota run FILE` makes the first\n");
  else
    world.out.write(history_table(runs, look_of(world.out)));
  return {};
}

Exit show(const Invocation& call, const verb::Show& v, const Surroundings& world) {
  const auto horizon = Horizon::look(call, world);
  if (!horizon) return complain(world, "show", horizon.error(), v.json);
  const auto chosen = choose(*horizon, v.id);
  if (!chosen) return complain(world, "show", chosen.error(), v.json);
  if (v.json && chosen->size() != 1)
    return complain(world, "show", fail(Code::invalid, "--json shows one run; give one ID"), true);
  const auto now = world.clock.now();
  bool first = true;
  for (const auto& one : *chosen) {
    if (v.json) {
      world.out.write(control::run_json(one.sight.view) + "\n");
      continue;
    }
    if (!first) world.out.write("\n");
    first = false;
    if (!one.whole_run) {
      world.out.write(Pages(call, *horizon, one, now, look_of(world.out)).text());
      continue;
    }
    const PageExtras extras{last_lines(one.sight, one.tasks, limits::kDisplayTailLines, kBytesForLastLines),
                            same_call(call), notes_on(*horizon, one)};
    world.out.write(run_page(one.sight.view, extras, now, look_of(world.out)));
  }
  return {};
}

}  // namespace rota::cli
