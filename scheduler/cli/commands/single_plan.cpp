// A plan from an argv.
#include "scheduler/cli/commands/single_plan.h"

#include <algorithm>

namespace rota::cli {
namespace {

bool is_alnum(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

}  // namespace

Name name_like(std::string_view text) {
  std::string out(text.substr(0, limits::kNameBytes - 4));
  std::replace_if(
      out.begin(), out.end(), [](char c) { return !is_alnum(c) && c != '.' && c != '_' && c != '-'; }, '_');
  out.erase(0, std::min(out.find_first_not_of("._-"), out.size()));
  if (auto name = Name::parse(out)) return std::move(*name);
  // All digits, or ".digits" at the end, or a word that selectors use.
  std::replace(out.begin(), out.end(), '.', '_');
  if (auto name = Name::parse("job-" + out)) return std::move(*name);
  return *Name::parse("command");
}

Result<jobs::Plan> plan_of_command(const std::vector<std::string>& argv, const std::string& directory,
                                   const std::string& name) {
  jobs::Job job;
  const auto& program = argv.front();
  job.id = name_like(std::string_view(program).substr(program.find_last_of('/') + 1));
  job.action = jobs::CommandLine{argv};
  job.mode = Mode::process;
  jobs::Plan plan;
  plan.name = job.id;
  if (!name.empty()) {
    auto given = Name::parse(name);
    if (!given) return given.error();
    plan.name = std::move(*given);
  }
  plan.directory = directory;
  plan.settings.emplace_back().working_dir = directory;
  plan.jobs.push_back(std::move(job));
  return plan;
}

}  // namespace rota::cli
