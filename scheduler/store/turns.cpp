// Records to bytes and back.
#include "scheduler/store/turns.h"

#include "scheduler/store/pieces.h"
#include "shared/wire/codec.h"

namespace rota::store {

std::string encode_facts(std::span<const core::Record> records) {
  std::string body;
  for (const auto& record : records) {
    if (record.durable) wire::encode(body, record.fact);
  }
  return body;
}

Status decode_facts(std::string_view body, const std::function<void(const core::Record&)>& each) {
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
  auto rows = db.prepare("SELECT last, crc, body FROM turns ORDER BY seq");
  if (!rows) return rows.error();
  Joiner joiner;
  for (;;) {
    auto row = rows->step();
    if (!row) return row.error();
    if (!*row) break;
    auto whole = joiner.add(rows->bytes(2), rows->integer(1), rows->integer(0) != 0);
    if (!whole) return whole.error();
    if (!*whole) continue;
    if (auto s = decode_facts(joiner.body(), each); !s) return s;
  }
  if (joiner.open()) return fail(Code::corrupt, "the last turn has no end");
  return {};
}

}  // namespace rota::store
