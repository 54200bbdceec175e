// Description and labels.
#include "jobs/read/about_reader.h"

#include <fmt/format.h>

#include "jobs/read/identifier.h"
#include "shared/limits.h"

namespace rota::jobs {

void read_description(Reading& in, NodeAt at, Plan& out) {
  auto text = in.text(at, "description");
  if (text && text->size() > limits::kDescriptionBytes)
    return in.report(at, fmt::format("'description' has {} bytes; at most {} (description_bytes)", text->size(),
                                     limits::kDescriptionBytes));
  if (text) out.description = std::move(*text);
}

void read_labels(Reading& in, NodeAt at, Plan& out) {
  if (!in.is(at, Node::Kind::map)) return in.wrong(at, "labels", "a map of names and texts");
  if (in.tree[at].count > limits::kLabels)
    return in.report(at, fmt::format("'labels' has {} entries; at most {} (labels)", in.tree[at].count,
                                     limits::kLabels));
  for (const auto e : in.tree.entries(at)) {
    auto name = Name::parse(in.tree.text(e.key));
    if (!name) in.report(e.key, fmt::format("label '{}': {}", shown_name(in.tree.text(e.key)), name.error().what));
    auto value = in.text(e.value, fmt::format("labels.{}", shown_name(in.tree.text(e.key))));
    if (value && value->size() > limits::kLabelBytes)
      in.report(e.value, fmt::format("label '{}' has {} bytes; at most {} (label_bytes)",
                                     shown_name(in.tree.text(e.key)), value->size(), limits::kLabelBytes));
    else if (name && value) out.labels.emplace_back(name->text(), std::move(*value));
  }
}

}  // namespace rota::jobs
