// Records to bytes and back.
#include "scheduler/store/turns.h"

#include <type_traits>
#include <unordered_set>

#include "scheduler/store/folded.h"
#include "scheduler/store/pieces.h"
#include "shared/wire/codec.h"

namespace rota::store {

RunId run_of(const core::Fact& fact) {
  return std::visit(
      [](const auto& r) -> RunId {
        using T = std::decay_t<decltype(r)>;
        if constexpr (std::is_same_v<T, core::record::EpochBegan>) return 0;
        else if constexpr (requires { r.run; }) return r.run;
        else if constexpr (requires { r.task; }) return r.task.run;
        else return r.attempt.task.run;
      },
      fact);
}

std::string encode_facts(std::span<const core::Record> records) {
  std::string body;
  for (const auto& record : records) {
    if (record.durable) wire::encode(body, record.fact);
  }
  return body;
}

Status decode_facts(std::string_view body, const std::function<void(core::Record&)>& each) {
  wire::Reader reader(body);
  while (!reader.done()) {
    core::Record record;
    reader(record.fact);
    if (reader.bad()) return fail(Code::corrupt, "a stored turn does not hold what it should");
    each(record);
  }
  return {};
}

Status read_turns(sqlite::Database& db, const std::function<void(const core::Record&)>& each) {
  auto over = marked(db, Mark::folded);
  if (!over) return over.error();
  const std::unordered_set<RunId> folded(over->begin(), over->end());
  const auto open_only = [&](core::Record& record) {
    if (!folded.contains(run_of(record.fact))) each(record);
  };
  auto rows = db.prepare(
      "SELECT last, crc, body FROM turns WHERE seq >= (SELECT coalesce(max(seq), 0) FROM turns WHERE kind = 1)"
      " ORDER BY seq");
  if (!rows) return rows.error();
  Joiner joiner;
  for (;;) {
    auto row = rows->step();
    if (!row) return row.error();
    if (!*row) break;
    auto whole = joiner.add(rows->bytes(2), rows->integer(1), rows->integer(0) != 0);
    if (!whole) return whole.error();
    if (!*whole) continue;
    if (auto s = decode_facts(joiner.body(), open_only); !s) return s;
  }
  if (joiner.open()) return fail(Code::corrupt, "the last turn has no end");
  return {};
}

}  // namespace rota::store
