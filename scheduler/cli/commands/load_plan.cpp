// Reading and loading a job file for a verb.
#include "scheduler/cli/commands/load_plan.h"

#include <fmt/format.h>

#include <filesystem>

#include "jobs/catalogue/ask_worker.h"
#include "jobs/model/graph.h"
#include "jobs/read/load.h"
#include "scheduler/cli/exit_code.h"
#include "shared/text/text.h"

namespace rota::cli {
namespace {

Result<jobs::Source> read_source(const std::string& file, const Surroundings& world) {
  if (file != "-") return jobs::read_job_file(absolute_path(file, world.directory));
  auto bytes = world.read_stdin();
  if (!bytes) return bytes.error();
  return jobs::Source{"-", std::move(*bytes)};
}

std::vector<std::pair<std::string, std::string>> split_env(const std::vector<std::string>& env) {
  std::vector<std::pair<std::string, std::string>> out;
  for (const auto& word : env)
    if (const auto eq = word.find('='); eq != word.npos && eq > 0)
      out.emplace_back(word.substr(0, eq), word.substr(eq + 1));
  return out;
}

}  // namespace

Result<jobs::PluginTable> describe_plugin(const std::string& path, const Surroundings& world) {
  const auto worker = world.worker_program();
  if (!worker) return worker.error();
  return jobs::ask_worker(*worker, path, world.env);
}

Result<jobs::PythonAnswer> describe_python(const jobs::PythonQuestion& question, const Surroundings& world) {
  const auto worker = world.worker_program();
  if (!worker) return worker.error();
  return jobs::ask_python(*worker, question, world.env);
}

std::variant<jobs::Plan, Refusal> load_plan(const std::string& file, const Params& params, std::string_view verb,
                                            const Surroundings& world) {
  auto source = read_source(file, world);
  if (!source) {
    const auto text = fmt::format("rota {}: {}\n", verb, text::escape_terminal(to_text(source.error())));
    // A file that cannot be read is an invalid file to whoever named it: never 3, which is about runs.
    return Refusal{text, source.error().code == Code::refused ? kExitRefused : kExitUsage};
  }
  source->path = file == "-" ? "<stdin>" : file;  // as the user wrote it
  jobs::LoadOptions options;
  options.absolute_path = file == "-" ? std::string() : absolute_path(file, world.directory);
  options.directory =
      file == "-" ? world.directory : std::filesystem::path(options.absolute_path).parent_path().string();
  options.params = params;
  options.env = split_env(world.env);
  options.describe_plugin = [&world](const std::string& path) { return describe_plugin(path, world); };
  options.describe_python = [&world](const jobs::PythonQuestion& question) { return describe_python(question, world); };
  options.machine = this_machine();
  auto loaded = jobs::load(*source, options);
  if (auto* plan = std::get_if<jobs::Plan>(&loaded)) return std::move(*plan);
  auto text = jobs::render(std::get<1>(loaded), *source);
  if (!text.ends_with('\n')) text += '\n';
  return Refusal{std::move(text), kExitUsage};
}

std::variant<jobs::Plan, Refusal> load_part(const std::string& file, const Params& params, const std::string& only,
                                            std::string_view verb, const Surroundings& world) {
  auto loaded = load_plan(file, params, verb, world);
  auto* plan = std::get_if<jobs::Plan>(&loaded);
  if (!plan || only.empty()) return loaded;
  auto part = jobs::only(*plan, only);
  if (part) return std::move(*part);
  return Refusal{fmt::format("rota {}: --only: {}\n", verb, part.error().what), kExitUsage};
}

}  // namespace rota::cli
