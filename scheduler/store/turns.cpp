// Records to bytes and back.
#include "scheduler/store/turns.h"

#include <unordered_set>

#include "scheduler/core/end_code.h"
#include "scheduler/store/folded.h"
#include "scheduler/store/pieces.h"
#include "shared/wire/codec.h"

namespace rota::store {

RunId run_of(const core::Fact& fact) {
  return std::visit(
      [](const auto& r) -> RunId {
        if constexpr (requires { r.run; }) return r.run;
        else if constexpr (requires { r.task; }) return r.task.run;
        else if constexpr (requires { r.attempt; }) return r.attempt.task.run;
        else return 0;  // of no run: lives, schedules
      },
      fact);
}

namespace {

using core::record::AttemptEnded;

/// In the place of a fact's own first byte: so many ends of attempts follow, each as what sets it apart from the last.
constexpr char kEnds = 0x7f;
static_assert(std::variant_size_v<core::Fact> < kEnds);

const AttemptEnded* end_in(const core::Record& record) {
  return record.durable ? std::get_if<AttemptEnded>(&record.fact) : nullptr;
}

/// The ends from here on that no other durable fact parts; the first record behind them.
std::size_t put_ends(std::string& body, std::span<const core::Record> records, std::size_t from) {
  std::string packed;
  core::EndWriter ends(packed);
  std::uint64_t count = 0;
  std::size_t at = from;
  for (; at < records.size(); ++at) {
    const AttemptEnded* end = end_in(records[at]);
    if (!end && records[at].durable) break;
    if (end) ends.put(*end), ++count;
  }
  body += kEnds;
  wire::Writer(body).varint(count);
  body += packed;
  return at;
}

Status not_facts() { return fail(Code::corrupt, "a stored turn does not hold what it should"); }

}  // namespace

std::string encode_facts(std::span<const core::Record> records) {
  std::string body;
  for (std::size_t i = 0; i < records.size();) {
    if (end_in(records[i])) {
      i = put_ends(body, records, i);
      continue;
    }
    if (records[i].durable) wire::encode(body, records[i].fact);
    ++i;
  }
  return body;
}

Status decode_facts(std::string_view body, const std::function<void(core::Record&)>& each) {
  wire::Reader reader(body);
  while (!reader.done()) {
    const bool packed = reader.rest().front() == kEnds;
    if (packed) reader.varint();
    std::uint64_t facts = packed ? reader.varint() : 1;
    core::EndReader ends;
    for (; facts > 0 && !reader.bad(); --facts) {
      core::Record record{core::record::GateOpened{}};  // the first kind has a plan, and most are others
      if (packed) ends.take(reader, record.fact.emplace<AttemptEnded>());
      else reader(record.fact);
      if (!reader.bad()) each(record);
    }
    if (reader.bad()) return not_facts();
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
