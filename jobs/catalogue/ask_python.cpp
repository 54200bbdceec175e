// The interpreter as a child that answers.
#include "jobs/catalogue/ask_python.h"

#include <unistd.h>

#include <cstdlib>
#include <string_view>

#include "jobs/catalogue/ask_worker.h"
#include "shared/text/json.h"

namespace rota::jobs {
namespace {

constexpr std::string_view kProgram = "/rota_worker/__main__.py";

std::string told_interpreter(std::string_view json) {
  const auto value = text::parse_json(json, 8);
  const auto* map = value ? value->as<ValueMap>() : nullptr;
  if (!map) return {};
  for (const auto& [key, member] : *map)
    if (key == "interpreter") return to_text(member);
  return {};
}

}  // namespace

Result<std::string> find_python_program(const std::string& worker) {
  const auto slash = worker.rfind('/');
  const auto here = slash == worker.npos ? std::string(".") : worker.substr(0, slash);
  std::vector<std::string> folders{here + "/python", here + "/../lib/python", here + "/../lib/rota/python",
                                   here + "/../../lib/rota/python"};
  if (const char* named = std::getenv("ROTA_PYTHON_DIR"); named && *named) folders = {named};
  for (const auto& folder : folders)
    if (const auto program = folder + std::string(kProgram); ::access(program.c_str(), R_OK) == 0) return program;
  return fail(Code::not_found,
              "functions in Python cannot be run by this installation of Rota: " + folders.front() +
                  " is not there (Rota was built without Python's headers; a whole one has them, or name the folder in "
                  "the environment variable ROTA_PYTHON_DIR)");
}

std::vector<std::string> python_words(const std::string& interpreter, const std::string& program,
                                      const std::string& directory) {
  return {interpreter, program, "--path", directory};
}

Result<std::string> find_interpreter(const std::string& name, const std::vector<std::string>& env) {
  const auto runs = [](const std::string& path) { return ::access(path.c_str(), X_OK) == 0; };
  if (name.find('/') != name.npos) {
    if (runs(name)) return name;
    return fail(Code::not_found, "is no program that can be run", name);
  }
  std::string_view path = "/usr/local/bin:/usr/bin:/bin";
  for (const auto& line : env)
    if (line.starts_with("PATH=")) path = std::string_view(line).substr(5);
  const auto all = std::string(path);
  while (!path.empty()) {
    const auto end = path.find(':');
    const auto folder = path.substr(0, end);
    if (auto at = std::string(folder) + "/" + name; folder.starts_with('/') && runs(at)) return at;
    path.remove_prefix(end == path.npos ? path.size() : end + 1);
  }
  return fail(Code::not_found, "there is no '" + name + "' on the PATH, which is " + all);
}

Result<PythonAnswer> ask_python(const std::string& worker, const PythonQuestion& question,
                                const std::vector<std::string>& env) {
  if (question.module.starts_with('/') && ::access(question.module.c_str(), R_OK) != 0) {
    auto error = system_error("cannot be read", question.module);
    error.code = Code::invalid;  // whoever named it is wrong, not the system
    return error;
  }
  const auto program = find_python_program(worker);
  if (!program) return program.error();
  auto argv = python_words(question.interpreter, *program, question.directory);
  argv.insert(argv.end(), {question.own_only ? "describe-own" : "describe", question.module});
  std::string json;
  auto table = ask_child(argv, env, question.module, json);
  if (!table) {
    auto error = table.error();
    error.what += " (by " + question.interpreter + ")";
    return error;
  }
  auto interpreter = told_interpreter(json);
  if (!interpreter.starts_with('/')) interpreter = question.interpreter;
  return PythonAnswer{std::move(*table), std::move(interpreter)};
}

}  // namespace rota::jobs
