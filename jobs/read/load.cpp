// Loading: bytes, tree, plan.
#include "jobs/read/load.h"

#include <utility>

#include "jobs/read/bytes.h"
#include "jobs/read/file_reader.h"
#include "jobs/read/findings.h"
#include "jobs/read/pythons.h"
#include "jobs/read/reading.h"
#include "jobs/read/uses.h"
#include "jobs/read/yaml_tree.h"

namespace rota::jobs {
namespace {

/// FNV-1a, 64 bits: tells files apart, proves nothing.
std::uint64_t hash_of(std::string_view bytes) {
  std::uint64_t h = 0xcbf29ce484222325ull;
  for (const char c : bytes) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3ull;
  return h;
}

std::string_view stem_of(std::string_view path) {
  path.remove_prefix(path.rfind('/') == std::string_view::npos ? 0 : path.rfind('/') + 1);
  for (const std::string_view ending : {".yaml", ".yml"}) {
    if (path.ends_with(ending)) path.remove_suffix(ending.size());
  }
  return path;
}

}  // namespace

Loaded load(const Source& source, const LoadOptions& options) {
  return load_used(source, options, UseChain{options.absolute_path, nullptr});
}

Loaded load_used(const Source& source, const LoadOptions& options, const UseChain& chain) {
  Findings findings;
  Plan plan;
  if (check_bytes(source.bytes, findings)) {
    if (const auto tree = parse_yaml(source.bytes, findings, kJobFileWords, options.give_up)) {
      Plugins plugins(options.describe_plugin);
      Reading reading(*tree, source.bytes, options.directory, findings);
      reading.plugins = &plugins;
      reading.params_from = options.params_from;
      reading.machine = options.machine;
      Pythons pythons(options.describe_python, options.env, options.directory);
      reading.pythons = &pythons;
      pythons.choose(options.python);
      plan = read_file(reading, options, stem_of(options.absolute_path.empty() ? source.path : options.absolute_path));
      plan.source_path = options.absolute_path;
      plan.source_hash = hash_of(source.bytes);
      plan.python_interpreter = pythons.used();
      if (findings.empty() && !reading.used.empty()) take_used_files(reading, options, chain, plan);
    }
  }
  if (!findings.empty()) return std::move(findings).finish(source.bytes);
  return plan;
}

}  // namespace rota::jobs
