// Pools are read before the jobs that name them.
#include "jobs/read/pools_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include "jobs/read/fields.h"
#include "jobs/read/scalar.h"
#include "shared/limits.h"
#include "shared/text/text.h"

namespace rota::jobs {
namespace {

using Kind = Node::Kind;

constexpr std::string_view kRate = "starts in a while, such as 10/s, 100/m or 3/h";

/// "10/s", "100/m", "5/30s".
std::optional<std::pair<std::uint32_t, Duration>> rate_of(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto count = core_integer(text.substr(0, slash));
  std::string per(text.substr(slash + 1));
  if (!per.empty() && (per[0] < '0' || per[0] > '9')) per.insert(0, "1");
  const auto span = text::parse_duration(per);
  if (!count || !*count || **count < 1 || **count > limits::kPoolRate) return std::nullopt;
  if (!span || *span < std::chrono::milliseconds(1) || core_integer(per)) return std::nullopt;
  return std::pair(static_cast<std::uint32_t>(**count), *span);
}

struct PoolReader {
  Reading& in;
  Pool& out;
};

void read_slots(PoolReader& r, NodeAt n) {
  if (const auto slots = r.in.integer(n, "pools", 1, limits::kPoolSlots))
    r.out.slots = static_cast<std::uint32_t>(*slots);
}

const Field<PoolReader> kPoolFields[] = {
    {"slots", read_slots},
    {"rate",
     [](PoolReader& r, NodeAt n) {
       const auto text = r.in.text(n, "pools.rate", kRate);
       if (!text) return;
       if (const auto rate = rate_of(*text)) std::tie(r.out.rate, r.out.per) = *rate;
       else r.in.wrong(n, "pools.rate", kRate);
     }},
};

void read_pool(Reading& in, NodeAt key, NodeAt value, Pool& out) {
  const auto name = Name::parse(in.tree.text(key));
  if (!name) return in.report(key, fmt::format("'pools': {}", name.error().what));
  out.name = name->text();
  PoolReader r{in, out};
  if (in.is(value, Kind::scalar)) return read_slots(r, value);
  if (!in.is(value, Kind::map)) return in.wrong(value, "pools", "a number of slots, or {slots: 4, rate: 10/s}");
  read_fields(in, value, kPoolFields, {.inside = "pools"}, r);
  if (in.tree[value].count == 0) in.wrong(value, "pools", "'slots', 'rate' or both");
}

void add_use(Reading& in, NodeAt at, const std::string& name, std::uint32_t slots, Settings& out) {
  const auto& pools = *in.pools;
  const auto declared = std::find_if(pools.begin(), pools.end(), [&](const Pool& p) { return p.name == name; });
  if (declared == pools.end()) {
    std::vector<std::string_view> names;
    for (const Pool& p : pools) names.push_back(p.name);
    return in.findings.add_unknown(in.place(at),
                                   fmt::format("the file declares no pool '{}'", text::escape_terminal(name)), name,
                                   names, "say how many slots it has: pools: {NAME: 4}");
  }
  if (declared->slots != 0 && slots > declared->slots)
    return in.report(at, fmt::format("'pool' wants {} slots of '{}', which has {}", slots, name, declared->slots));
  if (out.pools.size() >= limits::kPoolsOfJob)
    return in.report(at, fmt::format("'pool' names more than {} pools", limits::kPoolsOfJob));
  out.pools.push_back({name, slots});
}

}  // namespace

void read_pools(Reading& in, NodeAt at, std::vector<Pool>& out) {
  if (!in.is(at, Kind::map)) return in.wrong(at, "pools", "a map such as {db: 4}");
  if (in.tree[at].count > limits::kPoolsOfFile)
    return in.report(at, fmt::format("'pools' has {} names; at most {}", in.tree[at].count,
                                     limits::kPoolsOfFile));
  for (const auto entry : in.tree.entries(at)) {
    Pool pool;
    read_pool(in, entry.key, entry.value, pool);
    if (!pool.name.empty()) out.push_back(std::move(pool));
  }
}

void read_priority(Reading& in, NodeAt at, Settings& out) {
  if (const auto n = in.integer(at, "priority", -100, 100)) out.priority = static_cast<std::int32_t>(*n);
}

void read_pool_use(Reading& in, NodeAt at, Settings& out) {
  out.pools.clear();
  if (in.is(at, Kind::scalar)) {
    if (const auto name = in.text(at, "pool", "the name of a pool")) add_use(in, at, *name, 1, out);
    return;
  }
  if (!in.is(at, Kind::map)) return in.wrong(at, "pool", "the name of a pool, or a map such as {db: 2, disk: 1}");
  for (const auto entry : in.tree.entries(at))
    if (const auto slots = in.integer(entry.value, "pool", 1, limits::kPoolSlots))
      add_use(in, entry.key, std::string(in.tree.text(entry.key)), static_cast<std::uint32_t>(*slots), out);
}

}  // namespace rota::jobs
