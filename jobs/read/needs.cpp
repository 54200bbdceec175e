// Needs between jobs.
#include "jobs/read/needs.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "jobs/read/shape_reader.h"
#include "shared/text/text.h"

namespace rota::jobs {
namespace {

using Kind = Node::Kind;
constexpr std::string_view kConditions[] = {"success", "completed", "failed",  // as NeedKind
                                            "started", "ready",     "each"};
constexpr std::size_t kPathShown = 12;

bool asks_for_needs(const Formula& condition) {
  bool asks = false;
  each_operation(condition, [&](Operation o) { asks = asks || o >= Operation::success; });
  return asks;
}

std::string tasks(std::uint32_t n) { return fmt::format("{} task{}", grouped(n), n == 1 ? "" : "s"); }

}  // namespace

NeedsReader::NeedsReader(Reading& in, const std::vector<NodeAt>& keys) : in_(in) {
  names_.reserve(keys.size());
  index_.reserve(keys.size());
  for (const auto key : keys) {
    index_.emplace(in.tree.text(key), static_cast<JobIndex>(names_.size()));
    names_.push_back(in.tree.text(key));
  }
}

void NeedsReader::read(JobIndex job, NodeAt at, std::vector<Need>& out) {
  switch (in_.kind(at)) {
    case Kind::scalar: return one(job, at, kNoNode, out);
    case Kind::list:
      for (const auto item : in_.tree.items(at)) one(job, item, kNoNode, out);
      return;
    case Kind::map:
      for (const auto e : in_.tree.entries(at)) one(job, e.key, e.value, out);
      return;
    default: in_.wrong(at, "needs", "the name of a job, a list of names, or a map such as {a: success}");
  }
}

void NeedsReader::one(JobIndex job, NodeAt name_at, NodeAt condition, std::vector<Need>& out) {
  const auto name = in_.text(name_at, "needs", "the name of a job");
  if (!name) return;
  auto kind = NeedKind::success;
  if (condition != kNoNode) {
    const auto i = in_.choice(condition, "needs", kConditions);
    if (!i) return;
    kind = static_cast<NeedKind>(*i);
  }
  const auto found = index_.find(*name);
  if (found == index_.end()) {
    in_.findings.add_unknown(in_.place(name_at),
                             fmt::format("'needs' names '{}': there is no such job", text::escape_terminal(*name)),
                             *name, names_);
    return;
  }
  if (found->second == job) return in_.report(name_at, fmt::format("job '{}' needs itself", *name));
  const auto again = std::find_if(out.begin(), out.end(), [&](const Need& n) { return n.job == found->second; });
  if (again != out.end()) return in_.report(name_at, fmt::format("'{}' is needed twice", *name));
  written_.push_back({job, static_cast<std::uint32_t>(out.size()), name_at, condition != kNoNode});
  out.push_back({found->second, kind});
}

void NeedsReader::resolve(Plan& plan, const std::vector<bool>& sound) {
  for (const auto& w : written_) {
    const auto& need = plan.jobs[w.from].needs[w.position];
    if (sound[need.job] && (sound[w.from] || need.kind != NeedKind::each)) resolve_one(w, plan);
    if (sound[need.job] && sound[w.from]) check_pools(w, plan);
  }
  find_cycles(plan);
}

void NeedsReader::resolve_one(const Written& w, Plan& plan) {
  auto& need = plan.jobs[w.from].needs[w.position];
  const auto& other = plan.jobs[need.job];
  const bool announces = plan.settings_of(other).ready.has_value();
  const auto& condition = plan.jobs[w.from].condition;
  if (!w.has_condition && condition && asks_for_needs(*condition)) need.kind = NeedKind::completed;  // `if` decides
  if (need.kind == NeedKind::each && !other.daemon) return check_each(w, plan.jobs[w.from], other);
  if (!other.daemon) {
    if (need.kind == NeedKind::ready && !announces)
      in_.report(w.at, fmt::format("'{0}: ready', but job '{0}' has no 'ready:' that says when it is", other.id.text()),
                 "give it ready: {log: TEXT} or {tcp: HOST:PORT}, or need it 'started'");
    return;
  }
  if (!w.has_condition) need.kind = NeedKind::ready;
  if (need.kind == NeedKind::ready && !announces) need.kind = NeedKind::started;
  if (need.kind != NeedKind::ready && need.kind != NeedKind::started)
    in_.report(w.at,
               fmt::format("'{0}: {1}', but '{0}' is a daemon: it ends when nobody needs it any more", other.id.text(),
                           to_text(need.kind)),
               "need it 'ready' or 'started'");
}

/// A daemon lives, and holds what it has of a pool, while a job that needs it is open.
void NeedsReader::check_pools(const Written& w, const Plan& plan) {
  const auto& job = plan.jobs[w.from];
  const auto& other = plan.jobs[job.needs[w.position].job];
  if (!other.daemon) return;
  const auto slots_of = [&plan](const Job& of, const std::string& pool) -> std::uint64_t {
    for (const PoolUse& use : plan.settings_of(of).pools)
      if (use.pool == pool) return use.slots;
    return 0;
  };
  for (const Pool& pool : plan.pools) {
    const auto held = slots_of(other, pool.name), wanted = slots_of(job, pool.name);
    if (pool.slots == 0 || held == 0 || wanted == 0 || held + wanted <= pool.slots) continue;
    in_.report(w.at,
               fmt::format("'{0}' holds {1} of the {2} slots of pool '{3}' for as long as '{4}' needs it, and '{4}' "
                           "wants {5}: it would never start",
                           other.id.text(), held, pool.slots, pool.name, job.id.text(), wanted),
               "give the pool more slots, or one of them a pool of its own");
  }
}

void NeedsReader::check_each(const Written& w, const Job& job, const Job& other) {
  if (job.task_count() == other.task_count()) return;
  in_.report(w.at, fmt::format("'{0}: each', but job '{0}' has {1} and '{2}' has {3}: each task needs its own",
                               other.id.text(), tasks(other.task_count()), job.id.text(), tasks(job.task_count())),
             "give both as many tasks, or need it 'success'");
}

/// Depth first with a stack of its own: chains may be 100,000 jobs long. One cycle of a knot is enough to say, and a
/// bound on those looked at keeps a hostile graph from costing a square.
void NeedsReader::find_cycles(const Plan& plan) {
  enum class Colour : std::uint8_t { unseen, on_path, done };
  struct Step {
    JobIndex job;
    std::size_t next = 0;  // the need to follow
  };
  std::vector<Colour> colour(plan.jobs.size(), Colour::unseen);
  std::vector<bool> reported(plan.jobs.size(), false);
  std::vector<Step> path;
  std::size_t looked_at = 0;
  const auto enter = [&](JobIndex j) { path.push_back({j}), colour[j] = Colour::on_path; };
  for (JobIndex start = 0; start < plan.jobs.size(); ++start) {
    if (colour[start] == Colour::unseen) enter(start);
    while (!path.empty()) {
      auto& step = path.back();
      const auto& needs = plan.jobs[step.job].needs;
      if (step.next == needs.size()) {
        colour[step.job] = Colour::done;
        path.pop_back();
        continue;
      }
      const auto other = needs[step.next++].job;
      if (colour[other] == Colour::unseen) {
        enter(other);
      } else if (colour[other] == Colour::on_path && !reported[other]) {
        std::vector<JobIndex> cycle;
        for (auto at = path.rbegin(); cycle.empty() || cycle.back() != other; ++at) cycle.push_back(at->job);
        std::reverse(cycle.begin(), cycle.end());
        const bool known = std::any_of(cycle.begin(), cycle.end(), [&](JobIndex j) { return reported[j]; });
        for (const auto j : cycle) reported[j] = true;
        if (!known) report_cycle(plan, cycle);
        if (++looked_at == Findings::kShown) return;
      }
    }
  }
}

void NeedsReader::report_cycle(const Plan& plan, const std::vector<JobIndex>& path) {
  std::string text;
  for (std::size_t i = 0; i < path.size() && i < kPathShown; ++i) text += plan.jobs[path[i]].id.text() + " -> ";
  if (path.size() > kPathShown) text += fmt::format("... ({} more) -> ", path.size() - kPathShown);
  text += plan.jobs[path.front()].id.text();
  const auto closing = std::find_if(written_.begin(), written_.end(), [&](const Written& w) {
    return w.from == path.back() && plan.jobs[w.from].needs[w.position].job == path.front();
  });
  in_.report(closing->at, fmt::format("these jobs need each other in a circle: {}", text), "drop one of the needs");
}

}  // namespace rota::jobs
