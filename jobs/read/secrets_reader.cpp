// References to secrets.
#include "jobs/read/secrets_reader.h"

#include <fmt/format.h>

#include "jobs/read/environment.h"
#include "jobs/read/fields.h"
#include "jobs/read/identifier.h"
#include "shared/limits.h"

namespace rota::jobs {
namespace {

using Kind = Node::Kind;

struct SecretReader {
  Reading& in;
  Secret& out;
  std::string field;
};

const Field<SecretReader> kFields[] = {
    {"env",
     [](SecretReader& r, NodeAt n) {
       auto name = r.in.text(n, r.field + ".env", "the name of a variable");
       r.out.from = Secret::From::env;
       if (name && !is_variable_name(*name))
         r.in.report(n, fmt::format("'{}.env': '{}' cannot name a variable", r.field, shown_name(*name)));
       else if (name) r.out.source = std::move(*name);
     }},
    {"file",
     [](SecretReader& r, NodeAt n) {
       r.out.from = Secret::From::file;
       if (auto path = r.in.path(n, r.field + ".file")) r.out.source = std::move(*path);
     }},
    {"command",
     [](SecretReader& r, NodeAt n) {
       r.out.from = Secret::From::command;
       if (auto argv = r.in.words(n, r.field + ".command", false)) r.out.argv = std::move(*argv);
     }},
};
constexpr Synonym kSynonyms[] = {{"path", "file"}, {"variable", "env"}, {"run", "command"}, {"cmd", "command"}};

bool check_name(Reading& in, NodeAt key) {
  const auto name = in.tree.text(key);
  if (!is_variable_name(name) || name.size() > limits::kNameBytes) {
    in.report(key, fmt::format("'{}' cannot name a secret: a letter or '_', then letters, digits and '_', at most {}",
                               shown_name(name), limits::kNameBytes));
    return false;
  }
  if (!is_reserved_variable(name)) return true;
  in.report(key, fmt::format("'{}' is set by Rota itself", name));
  return false;
}

}  // namespace

void read_secrets(Reading& in, NodeAt at, Settings& out) {
  constexpr std::string_view expected = "a map such as {TOKEN: {env: MY_TOKEN}}";
  constexpr std::string_view source = "one of {env: NAME}, {file: PATH} and {command: [WORDS]}";
  out.secrets.clear();
  if (!in.is(at, Kind::map)) return in.wrong(at, "secrets", expected);
  if (in.tree[at].count > limits::kSecretsPerJob)
    return in.report(at, fmt::format("'secrets' has {} entries; at most {} (secrets_per_job)", in.tree[at].count,
                                     limits::kSecretsPerJob));
  for (const auto e : in.tree.entries(at)) {
    Secret secret;
    const bool named = check_name(in, e.key);
    const auto field = fmt::format("secrets.{}", shown_name(in.tree.text(e.key)));
    secret.name = std::string(in.tree.text(e.key));
    if (in.is(e.value, Kind::scalar)) {  // a value in the file would be none any more
      in.report(e.value, fmt::format("'{}' takes {}, never the value itself", field, source));
      continue;
    }
    if (!in.is(e.value, Kind::map) || in.tree[e.value].count != 1) {
      in.wrong(e.value, field, source);
      continue;
    }
    SecretReader reader{in, secret, field};
    read_fields(in, e.value, kFields, {.inside = field, .synonyms = kSynonyms}, reader);
    if (named) out.secrets.push_back(std::move(secret));
  }
}

}  // namespace rota::jobs
