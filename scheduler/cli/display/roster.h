// What the display knows of a plan's jobs before they run: names, modes, and the few settings that sentences need.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "jobs/model/plan.h"

namespace rota::cli {

struct Roster {
  struct Entry {
    std::string name;  // the id: what selectors take
    Mode mode = Mode::process;
    bool daemon = false;
    bool forgiven = false;            // continue_on_error
    std::optional<Duration> timeout;  // of one attempt
    jobs::Shape shape;                // of an array or matrix: its tasks are counted, not told one by one
    bool hook = false;

    bool many() const { return !std::holds_alternative<std::monostate>(shape); }
    /// "render", "render.17".
    std::string task_name(TaskIndex task) const;
  };
  std::vector<Entry> jobs;
  std::size_t longest_name = 0;  // columns
  bool many = false;             // there is an array or a matrix

  std::size_t size() const { return jobs.size(); }
  const Entry& operator[](JobIndex i) const { return jobs[i]; }
};

Roster roster_of(const jobs::Plan& plan);

}  // namespace rota::cli
