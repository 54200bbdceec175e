// Builds plans in a test's own words: a_plan().job("a").job("b").needs("a").retry(2).done(). Header for tests only.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "jobs/model/plan.h"

namespace rota::test {

/// Every call after job() speaks of the newest job. A job has settings of its own: tests change them freely.
inline jobs::Formula a_constant(Value v) {
  jobs::Formula f;
  f.constant = std::move(v);
  return f;
}
inline jobs::Formula a_name(jobs::LateName::Of of) {
  jobs::Formula f;
  f.kind = jobs::Formula::Kind::name;
  f.name.of = of;
  return f;
}
inline jobs::Formula an_operation(jobs::Operation o, std::vector<jobs::Formula> parts = {}) {
  jobs::Formula f;
  f.kind = jobs::Formula::Kind::operation;
  f.operation = o;
  f.parts = std::move(parts);
  return f;
}

class PlanBuilder {
 public:
  explicit PlanBuilder(std::string_view name) {
    plan_.name = Name::parse(name).value();
    plan_.settings.emplace_back();
  }

  PlanBuilder& job(std::string_view id, Mode mode = Mode::process) {
    jobs::Job j;
    j.id = Name::parse(id).value();
    j.mode = mode;
    if (mode == Mode::process) j.action = jobs::CommandLine{{"true"}};
    else j.action = jobs::TargetCall{"noop"};
    j.settings = static_cast<std::uint32_t>(plan_.settings.size());
    plan_.settings.push_back(plan_.settings.front());
    plan_.jobs.push_back(std::move(j));
    return *this;
  }
  PlanBuilder& thread(std::string_view id) { return job(id, Mode::thread); }
  PlanBuilder& async(std::string_view id) { return job(id, Mode::async); }

  PlanBuilder& command() { return newest().action = jobs::CommandLine{{"true"}}, *this; }

  /// A need on an earlier job; daemons are needed ready unless told otherwise.
  PlanBuilder& needs(std::string_view id) {
    return needs(id, plan_.jobs[index(id)].daemon ? jobs::NeedKind::ready : jobs::NeedKind::success);
  }
  PlanBuilder& needs(std::string_view id, jobs::NeedKind kind) {
    newest().needs.push_back({index(id), kind});
    return *this;
  }
  PlanBuilder& daemon() { return newest().daemon = true, *this; }
  PlanBuilder& ready_log() { return settings().ready = jobs::Probe{.log = "ready"}, *this; }
  PlanBuilder& forgiven() { return settings().continue_on_error = true, *this; }
  PlanBuilder& timeout(Duration d) { return settings().timeout = d, *this; }
  PlanBuilder& grace(Duration d) { return settings().stop_grace = d, *this; }
  PlanBuilder& good_codes(std::vector<std::uint8_t> codes) {
    return settings().success_exit_codes = std::move(codes), *this;
  }
  PlanBuilder& retry(std::uint32_t limit, Duration delay = std::chrono::seconds(1)) {
    settings().retry.limit = limit;
    settings().retry.delay = delay;
    return *this;
  }
  PlanBuilder& retry_on(std::uint8_t bits) { return settings().retry.on = bits, *this; }

  PlanBuilder& restart(jobs::Restart::When when, Duration delay = std::chrono::seconds(1), std::uint32_t limit = 0) {
    settings().restart.when = when;
    settings().restart.pace.delay = delay;
    settings().restart.pace.limit = limit;
    return *this;
  }

  PlanBuilder& array(std::uint32_t count, std::int64_t first = 0) {
    return newest().shape = jobs::Array{first, 1, count}, *this;
  }
  PlanBuilder& job_parallel(std::uint32_t n) { return newest().max_parallel = n, *this; }
  PlanBuilder& fail_fast() { return newest().fail_fast = true, *this; }
  PlanBuilder& max_failures(std::uint32_t n) { return newest().max_failures = jobs::MaxFailures{n, -1}, *this; }
  PlanBuilder& max_failures_percent(double p) { return newest().max_failures = jobs::MaxFailures{0, p}, *this; }
  PlanBuilder& only_if(jobs::Formula f) { return newest().condition = std::move(f), *this; }
  PlanBuilder& hook(jobs::Hook h) { return newest().hook = h, *this; }

  PlanBuilder& priority(std::int32_t n) { return settings().priority = n, *this; }
  /// Slots of a pool of the file, which is declared with pool().
  PlanBuilder& takes(std::string_view pool, std::uint32_t slots = 1) {
    settings().pools.push_back({std::string(pool), slots});
    return *this;
  }
  PlanBuilder& cpus(double n) { return settings().resources.cpus_milli = static_cast<std::uint32_t>(n * 1000), *this; }
  PlanBuilder& memory(std::uint64_t bytes) { return settings().resources.memory = bytes, *this; }
  PlanBuilder& pool(std::string_view name, std::uint32_t slots, std::uint32_t rate = 0,
                    Duration per = std::chrono::seconds(1)) {
    plan_.pools.push_back({std::string(name), slots, rate, per});
    return *this;
  }

  PlanBuilder& max_parallel(std::uint32_t n) { return plan_.max_parallel = n, *this; }
  PlanBuilder& on_failure(jobs::FailurePolicy p) { return plan_.failure_policy = p, *this; }
  PlanBuilder& run_timeout(Duration d) { return plan_.timeout = d, *this; }

  JobIndex index(std::string_view id) const {
    for (JobIndex i = 0; i < plan_.jobs.size(); ++i)
      if (plan_.jobs[i].id.text() == id) return i;
    throw std::invalid_argument("no such job in this test: " + std::string(id));
  }
  jobs::Job& newest() { return plan_.jobs.back(); }
  jobs::Settings& settings() { return plan_.settings[newest().settings]; }
  jobs::Plan done() const { return plan_; }

 private:
  jobs::Plan plan_;
};

inline PlanBuilder a_plan(std::string_view name = "test") { return PlanBuilder(name); }

}  // namespace rota::test
