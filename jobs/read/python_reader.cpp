// The two ways to name an interpreter.
#include "jobs/read/python_reader.h"

#include <sys/stat.h>
#include <unistd.h>

#include "jobs/catalogue/ask_python.h"
#include "jobs/read/fields.h"
#include "jobs/read/pythons.h"

namespace rota::jobs {
namespace {

struct PythonReader {
  Reading& in;
  NodeAt first = kNoNode;
  std::string interpreter;

  bool is_first(NodeAt n) {
    if (first == kNoNode) return first = n, true;
    in.report(n, "'python' names its interpreter twice: give it one of venv and interpreter");
    return false;
  }
};

bool is_folder(const std::string& path) {
  struct stat s {};
  return ::stat(path.c_str(), &s) == 0 && S_ISDIR(s.st_mode);
}

void read_venv(PythonReader& r, NodeAt n) {
  if (!r.is_first(n)) return;
  const auto path = r.in.path(n, "python.venv");
  if (!path) return;
  r.interpreter = *path + "/bin/python";
  if (::access(r.interpreter.c_str(), X_OK) == 0) return;
  r.in.report(n,
              is_folder(*path) ? "'python.venv': " + *path + " is no virtual environment: it has no bin/python"
                               : "'python.venv': there is no folder " + *path,
              "make one: python3 -m venv " + *path);
  r.interpreter.clear();
}

void read_interpreter(PythonReader& r, NodeAt n) {
  if (!r.is_first(n)) return;
  const auto text = r.in.text(n, "python.interpreter", "the path of an interpreter, or a name such as python3.11");
  if (!text) return;
  auto name = text->find('/') == text->npos ? *text : r.in.path(n, "python.interpreter").value_or("");
  if (name.empty()) return;
  std::vector<std::string> env;
  if (r.in.pythons) env = r.in.pythons->path();
  auto found = find_interpreter(name, env);
  if (!found) return r.in.report(n, "'python.interpreter': " + to_text(found.error()));
  r.interpreter = std::move(*found);
}

const Field<PythonReader> kFields[] = {{"venv", read_venv}, {"interpreter", read_interpreter}};

}  // namespace

std::string read_python(Reading& in, NodeAt at) {
  if (!in.is(at, Node::Kind::map) || in.tree[at].count == 0) {
    in.wrong(at, "python", "a map such as {venv: .venv} or {interpreter: /usr/bin/python3}");
    return {};
  }
  PythonReader reader{in, kNoNode, {}};
  read_fields(in, at, kFields, {.inside = "python"}, reader);
  return reader.interpreter;
}

}  // namespace rota::jobs
