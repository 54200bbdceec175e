// New indices for everything, then the parts in their order.
#include "jobs/model/graft.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <optional>
#include <utility>

namespace rota::jobs {
namespace {

using NewIndex = std::function<JobIndex(JobIndex)>;

void renumber(Formula& formula, const NewIndex& of) {
  const auto kind = formula.name.of;
  if (formula.kind == Formula::Kind::name && (kind == LateName::Of::need_output || kind == LateName::Of::need_outcome))
    formula.name.job = of(formula.name.job);
  for (Formula& part : formula.parts) renumber(part, of);
}

void renumber(Job& job, const NewIndex& of) {
  for (Need& need : job.needs) need.job = of(need.job);
  if (job.condition) renumber(*job.condition, of);
  for (LatePart& part : job.late) renumber(part.value, of);
}

Formula has_succeeded(JobIndex gate) {
  Formula outcome, word, equal;
  outcome.kind = Formula::Kind::name;
  outcome.name = {LateName::Of::need_outcome, gate, {}};
  word.constant = Value(std::string("succeeded"));
  equal.kind = Formula::Kind::operation;
  equal.operation = Operation::equal;
  equal.parts = {std::move(outcome), std::move(word)};
  return equal;
}

Formula both(Formula a, Formula b) {
  Formula out;
  out.kind = Formula::Kind::operation;
  out.operation = Operation::both;
  out.line = b.line;
  out.column = b.column;
  out.parts = {std::move(a), std::move(b)};
  return out;
}

/// What its file says of the environment of all its jobs: under what each says for itself.
void add_environment(Settings& settings, const std::vector<std::pair<std::string, std::string>>& env) {
  for (const auto& variable : env) {
    const auto same = [&](const auto& own) { return own.first == variable.first; };
    if (std::none_of(settings.env.begin(), settings.env.end(), same)) settings.env.push_back(variable);
  }
}

class Grafting {
 public:
  Grafting(Plan& plan, std::vector<Graft> grafts) : plan_(plan), grafts_(std::move(grafts)) {}

  void run() {
    std::vector<Job> old = std::exchange(plan_.jobs, {});
    number(old);
    auto graft = grafts_.begin();
    for (JobIndex j = 0; j < old.size(); ++j) {
      renumber(old[j], [&](JobIndex i) { return place_[i]; });
      if (graft != grafts_.end() && graft->job == j)
        add(std::move(old[j]), std::move((graft++)->used));
      else
        plan_.jobs.push_back(std::move(old[j]));
    }
  }

 private:
  void number(const std::vector<Job>& old) {
    JobIndex next = 0;
    auto graft = grafts_.begin();
    for (JobIndex j = 0; j < old.size(); ++j) {
      if (graft != grafts_.end() && graft->job == j) {
        next += static_cast<JobIndex>(graft->used.jobs.size()) + (old[j].condition ? 1 : 0);
        ++graft;
      }
      place_.push_back(next++);
    }
  }

  void add(Job user, Plan used) {
    const auto begin = plan_.jobs.size();
    std::vector<Need> before = std::exchange(user.needs, {});
    std::optional<JobIndex> gate;
    if (user.condition) {
      gate = static_cast<JobIndex>(plan_.jobs.size());
      Job asks = user;
      asks.id = *Name::parse(grafted_id(user, kGate));
      asks.name.clear();
      asks.needs = std::exchange(before, {Need{*gate, NeedKind::success}});
      user.condition = has_succeeded(*gate);
      plan_.jobs.push_back(std::move(asks));
    }
    for (Pool& pool : used.pools)  // one name is one pool; the file that is run says what it is
      if (std::none_of(plan_.pools.begin(), plan_.pools.end(), [&](const Pool& p) { return p.name == pool.name; }))
        plan_.pools.push_back(std::move(pool));
    const auto settings = static_cast<std::uint32_t>(plan_.settings.size());
    for (Settings& s : used.settings) add_environment(s, used.env);
    std::move(used.settings.begin(), used.settings.end(), std::back_inserter(plan_.settings));
    const auto first = static_cast<JobIndex>(plan_.jobs.size());
    for (Job& job : used.jobs) {
      renumber(job, [&](JobIndex i) { return first + i; });
      job.id = *Name::parse(grafted_id(user, job.id.text()));
      job.settings += settings;
      if (job.needs.empty()) job.needs = before;
      else if (gate) job.needs.push_back({*gate, NeedKind::success});
      if (gate) job.condition = job.condition ? both(has_succeeded(*gate), std::move(*job.condition))
                                              : has_succeeded(*gate);
      if (!job.daemon) user.needs.push_back({static_cast<JobIndex>(plan_.jobs.size()), NeedKind::success});
      plan_.jobs.push_back(std::move(job));
    }
    if (gate) user.needs.push_back({*gate, NeedKind::success});
    user.stands_for = static_cast<std::uint32_t>(plan_.jobs.size() - begin);
    plan_.jobs.push_back(std::move(user));
  }

  Plan& plan_;
  std::vector<Graft> grafts_;
  std::vector<JobIndex> place_;  // of each old job
};

}  // namespace

std::string grafted_id(const Job& user, const std::string& id) { return user.id.text() + "." + id; }

void graft(Plan& plan, std::vector<Graft> grafts) { Grafting(plan, std::move(grafts)).run(); }

}  // namespace rota::jobs
