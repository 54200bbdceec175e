// Words about fields that cannot be read.
#include "jobs/read/fields.h"

namespace rota::jobs {
namespace {
std::string full_name(std::string_view inside, std::string_view name) {
  const auto shown = text::escape_terminal(name.substr(0, 64));
  return inside.empty() ? shown : fmt::format("{}.{}", inside, shown);
}
}  // namespace

void report_reserved(Reading& in, NodeAt key, std::string_view inside) {
  in.report(key, fmt::format("'{}' is not yet supported", full_name(inside, in.tree.text(key))));
}

void report_unknown(Reading& in, NodeAt key, const MapWords& words, std::span<const std::string_view> names) {
  const auto name = in.tree.text(key);
  auto message = fmt::format("unknown field '{}'", full_name(words.inside, name));
  const auto known =
      std::find_if(words.synonyms.begin(), words.synonyms.end(), [&](const Synonym& s) { return s.theirs == name; });
  if (known != words.synonyms.end())
    return in.report(key, std::move(message), fmt::format("did you mean '{}'?", known->ours));
  in.findings.add_unknown(in.place(key), std::move(message), name, names);
}

}  // namespace rota::jobs
