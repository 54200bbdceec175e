// The verbs that look before anything runs: validate, plan, graph, targets, limits.
#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "jobs/catalogue/catalogue.h"
#include "jobs/catalogue/plugin_table.h"
#include "jobs/catalogue/python_name.h"
#include "scheduler/cli/commands/commands.h"
#include "scheduler/cli/commands/load_plan.h"
#include "scheduler/cli/exit_code.h"
#include "scheduler/cli/view/before.h"
#include "scheduler/cli/view/graph.h"
#include "scheduler/cli/view/plan.h"
#include "scheduler/cli/words.h"
#include "scheduler/control/plan_json.h"
#include "scheduler/control/view_json.h"
#include "shared/limits.h"
#include "shared/text/json.h"

namespace rota::cli {
namespace {

// In JSON what is wrong with the file is said as any other error.
Exit refuse(const Refusal& refusal, bool json, const Surroundings& world) {
  if (json)
    world.out.write(control::error_json(fail(Code::invalid, refusal.text), "") + "\n");
  else
    world.err.write(refusal.text);
  return {refusal.exit};
}

/// As the interpreter that is first on the PATH sees them: no job file has named another.
Result<jobs::PythonAnswer> python_targets(const std::string& module, const Surroundings& world) {
  const auto interpreter = jobs::find_interpreter("python3", world.env);
  if (!interpreter) return interpreter.error();
  const bool is_file = !module.starts_with("py:");
  return describe_python({*interpreter, world.directory,
                          is_file ? absolute_path(module, world.directory) : module, true},
                         world);
}

}  // namespace

Exit validate(const verb::Validate& v, const Surroundings& world) {
  Exit exit;
  for (const auto& file : v.files) {
    const auto loaded = load_plan(file, v.params, "validate", world);
    if (const auto* refusal = std::get_if<Refusal>(&loaded)) {
      world.err.write(refusal->text);
      exit.code = std::max(exit.code, refusal->exit);
      continue;
    }
    const auto shown = one_line(file == "-" ? "<stdin>" : file);
    world.out.write(fmt::format("{}: ok: {}\n", shown, size_text(std::get<jobs::Plan>(loaded))));
  }
  return exit;
}

Exit plan(const verb::Plan& v, const Surroundings& world) {
  const auto loaded = load_part(v.file, v.params, v.only, "plan", world);
  if (const auto* refusal = std::get_if<Refusal>(&loaded)) return refuse(*refusal, v.json, world);
  const auto& plan = std::get<jobs::Plan>(loaded);
  const auto cores = std::thread::hardware_concurrency();
  world.out.write(v.json ? control::plan_json(plan, cores) + "\n" : plan_text(plan, cores, look_of(world.out)));
  return {};
}

Exit graph(const verb::Graph& v, const Surroundings& world) {
  const auto loaded = load_part(v.file, v.params, v.only, "graph", world);
  if (const auto* refusal = std::get_if<Refusal>(&loaded)) return refuse(*refusal, v.json, world);
  const auto& plan = std::get<jobs::Plan>(loaded);
  world.out.write(v.json  ? control::graph_json(plan) + "\n"
                  : v.dot ? graph_dot(plan)
                          : graph_text(plan, look_of(world.out)));
  return {};
}

namespace {

Exit tell_targets(const std::vector<jobs::Signature>& targets, bool json, const Surroundings& world) {
  if (!json) {
    world.out.write(targets_text(targets, look_of(world.out)));
    return {};
  }
  std::vector<const jobs::Signature*> all;
  for (const auto& target : targets) all.push_back(&target);
  const auto document =
      text::to_json(ValueMap{{"schema", std::string("rota/1")}, {"targets", jobs::PluginTable::values(all)}});
  if (!document) return complain(world, "targets", document.error(), true);
  world.out.write(*document + "\n");
  return {};
}

}  // namespace

Exit targets(const verb::Targets& v, const Surroundings& world) {
  if (jobs::is_python_module(v.file)) {
    const auto table = python_targets(v.file, world);
    if (!table) return complain(world, "targets", table.error(), v.json);
    return tell_targets(table->table.signatures(), v.json, world);
  }
  if (!v.file.empty()) {
    const auto table = describe_plugin(absolute_path(v.file, world.directory), world);
    if (!table) return complain(world, "targets", table.error(), v.json);
    return tell_targets(table->signatures(), v.json, world);
  }
  return tell_targets(jobs::catalogue(), v.json, world);
}

Exit limits(const verb::Limits& v, const Surroundings& world) {
  world.out.write(v.json ? control::limits_json() + "\n" : limits_text(look_of(world.out)));
  return {};
}

Exit version(const Surroundings& world) {
  world.out.write("rota " ROTA_VERSION "\n");
  return {};
}

}  // namespace rota::cli
