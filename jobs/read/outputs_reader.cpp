// Names and types of outputs.
#include "jobs/read/outputs_reader.h"

#include <fmt/format.h>

#include "jobs/read/identifier.h"
#include "jobs/read/key_index.h"
#include "shared/limits.h"

namespace rota::jobs {
namespace {

using Kind = Node::Kind;
constexpr std::string_view kTypes[] = {"string", "int", "float", "bool", "json"};  // as OutputType

bool check_name(Reading& in, NodeAt at) {
  const auto name = in.tree.text(at);
  if (is_identifier(name)) return true;
  in.report(at, fmt::format("'{}' cannot name an output: {}", shown_name(name), kIdentifierRule));
  return false;
}

}  // namespace

void read_outputs(Reading& in, NodeAt at, std::vector<Output>& out) {
  out.clear();
  constexpr std::string_view expected = "a map such as {count: int}, or a list of names";
  if (!in.is(at, Kind::map) && !in.is(at, Kind::list)) return in.wrong(at, "outputs", expected);
  if (in.tree[at].count > limits::kOutputsPerJob)
    return in.report(at, fmt::format("'outputs' has {} entries; at most {} (outputs_per_job)", in.tree[at].count,
                                     limits::kOutputsPerJob));
  for (const auto e : in.tree.entries(at)) {
    const bool named = check_name(in, e.key);
    const auto type = in.choice(e.value, fmt::format("outputs.{}", shown_name(in.tree.text(e.key))), kTypes);
    if (named && type) out.push_back({std::string(in.tree.text(e.key)), static_cast<OutputType>(*type)});
  }
  KeyIndex seen(in.tree);
  for (const auto item : in.tree.items(at)) {
    if (!in.is(item, Kind::scalar)) {
      in.wrong(item, "outputs", "names");
    } else if (seen.earlier_or_add(item) != kNoNode) {
      in.report(item, fmt::format("output '{}' is declared twice", shown_name(in.tree.text(item))));
    } else if (check_name(in, item)) {
      out.push_back({std::string(in.tree.text(item)), OutputType::string});
    }
  }
}

}  // namespace rota::jobs
