// Reading concurrency groups.
#include "jobs/read/concurrency_reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "jobs/read/fields.h"
#include "shared/limits.h"

namespace rota::jobs {
namespace {

using Kind = Node::Kind;

struct GroupReader {
  Reading& in;
  Concurrency& out;
  bool named = false;
};

void read_group(GroupReader& r, NodeAt n) {
  r.named = true;
  auto text = r.in.text(n, "concurrency.group", "the name of a group such as deploy");
  if (!text) return;
  if (text->empty()) return r.in.report(n, "'concurrency.group' is empty: a group has a name");
  if (text->size() > limits::kNameBytes)
    return r.in.report(n, fmt::format("'concurrency.group' has {} bytes; at most {} (name_bytes)", text->size(),
                                      limits::kNameBytes));
  r.out.group = std::move(*text);
}

const Field<GroupReader> kFields[] = {
    {"group", read_group},
    {"limit",
     [](GroupReader& r, NodeAt n) {
       if (const auto most = r.in.integer(n, "concurrency.limit", 1, static_cast<std::int64_t>(limits::kRunsQueued)))
         r.out.limit = static_cast<std::uint32_t>(*most);
     }},
    {"when_full",
     [](GroupReader& r, NodeAt n) {
       static constexpr std::string_view kWords[] = {"queue", "skip", "replace", "fail"};
       if (const auto i = r.in.choice(n, "concurrency.when_full", kWords))
         r.out.when_full = static_cast<Concurrency::WhenFull>(*i);
     }},
};
constexpr Synonym kSynonyms[] = {{"name", "group"},         {"key", "group"},          {"max", "limit"},
                                 {"max_parallel", "limit"}, {"overlap", "when_full"},  {"on_full", "when_full"},
                                 {"cancel_in_progress", "when_full"}};

}  // namespace

void read_concurrency(Reading& in, NodeAt at, Concurrency& out) {
  GroupReader reader{in, out};
  if (in.is(at, Kind::scalar)) return read_group(reader, at);
  if (!in.is(at, Kind::map))
    return in.wrong(at, "concurrency", "the name of a group, or a map such as {group: deploy, when_full: skip}");
  read_fields(in, at, kFields, {.inside = "concurrency", .synonyms = kSynonyms}, reader);
  if (!reader.named) in.report(at, "'concurrency' has no group", "for example {group: deploy, when_full: queue}");
}

}  // namespace rota::jobs
