// A run of many jobs, given to the scheduler past the loader: what a test asks about is the answer.
#pragma once

#include <string>

#include "tests/api/world.h"

namespace rota::daemon {

/// A chain of held jobs, each with 200 bytes of command. Run 1 of a fresh world.
inline void post_large_run(World& world, std::uint64_t jobs) {
  world.call([&] {
    jobs::Plan plan;
    plan.name = Name::parse("large").value();
    plan.settings.emplace_back();
    for (JobIndex i = 0; i < jobs; ++i) {
      jobs::Job job;
      job.id = Name::parse("job-" + std::to_string(i)).value();
      job.action = jobs::CommandLine{{"echo", std::string(200, 'x')}};
      if (i) job.needs.push_back({i - 1, jobs::NeedKind::success});
      plan.jobs.push_back(std::move(job));
    }
    core::Terms held;
    held.hold = true;
    world.desk.post(core::event::Submit{++world.desk.last, std::move(plan), std::move(held)});
  });
}

}  // namespace rota::daemon
