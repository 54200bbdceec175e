// Finding a fact by its number, reading from there on, and waiting for more.
#include "scheduler/store/events.h"

#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <utility>

#include "scheduler/store/journal_files.h"
#include "scheduler/store/pieces.h"
#include "scheduler/store/schema.h"
#include "scheduler/store/sqlite.h"
#include "scheduler/store/turns.h"

namespace rota::store {
namespace {

using sqlite::Database;
using sqlite::Statement;

constexpr Duration kBlindWait = std::chrono::milliseconds(250);  // where the kernel cannot tell of changes

/// When it happened, by the clock of its machine's boot; 0: the fact does not say.
Instant instant_of(const core::Fact& fact) {
  return std::visit(
      [](const auto& r) -> Instant {
        if constexpr (requires { r.report.ended; }) return r.report.ended;
        else if constexpr (requires { r.at.mono; }) return r.at.mono;
        else if constexpr (requires { r.note.at; }) return r.note.at;
        else if constexpr (requires { r.at; }) return r.at;
        else return {};
      },
      fact);
}

/// The facts of one turn: numbers and times.
Status take_turn(std::string_view body, std::uint64_t next, std::int64_t clock_ns, std::uint64_t from,
                 EventBatch& out) {
  std::vector<NumberedFact> turn;
  Instant latest;
  auto s = decode_facts(body, [&](core::Record& record) {
    auto at = instant_of(record.fact);
    if (at.ns == 0) at = latest;  // all of a turn happens at about one time
    latest = std::max(latest, at);
    turn.push_back({0, {at.ns != 0 && clock_ns != 0 ? at.ns + clock_ns : 0}, std::move(record.fact)});
  });
  if (!s) return s;
  if (turn.size() >= next) return fail(Code::corrupt, "a stored turn has more facts than it should");
  auto number = next - turn.size();
  for (auto& fact : turn) {
    fact.number = number++;
    if (fact.number >= from) out.facts.push_back(std::move(fact));
  }
  return {};
}

/// next_fact goes up with seq: the first row whose turn ends after `from`; 0: there is none.
Result<std::int64_t> first_row_after(Database& db, std::uint64_t from) {
  auto last = db.integer("SELECT max(seq) FROM turns");
  if (!last) return last.error();
  auto probe = db.prepare("SELECT seq, next_fact FROM turns WHERE seq >= ? ORDER BY seq LIMIT 1");
  if (!probe) return probe.error();
  std::int64_t low = 1, high = *last + 1, found = 0;  // the answer is in [low, high)
  while (low < high) {
    const auto middle = low + (high - low) / 2;
    probe->bind(1, middle);
    auto row = probe->step();
    if (!row) return row.error();
    const auto seq = *row ? probe->integer(0) : high;
    const bool after = *row && static_cast<std::uint64_t>(probe->integer(1)) > from;
    probe->reset();
    if (after) found = seq;
    if (after || !*row)
      high = middle;
    else
      low = seq + 1;
  }
  return found;
}

Result<std::uint64_t> number_to_come(Database& db) {
  auto next = db.integer("SELECT next_fact FROM turns ORDER BY seq DESC LIMIT 1");
  if (!next) return next.error();
  return std::max<std::uint64_t>(1, static_cast<std::uint64_t>(*next));
}

Status read_rows(Database& db, std::int64_t first, std::uint64_t from, std::size_t limit, EventBatch& out) {
  auto rows =
      db.prepare("SELECT last, crc, body, next_fact, clock_ns FROM turns WHERE seq >= ? AND kind = 0 ORDER BY seq");
  if (!rows) return rows.error();
  rows->bind(1, first);
  Joiner joiner;
  while (limit == 0 || out.facts.size() < limit) {
    auto row = rows->step();
    if (!row) return row.error();
    if (!*row) break;
    auto whole = joiner.add(rows->bytes(2), rows->integer(1), rows->integer(0) != 0);
    if (!whole) return whole.error();
    if (!*whole) continue;
    const auto next = static_cast<std::uint64_t>(rows->integer(3));
    if (auto s = take_turn(joiner.body(), next, rows->integer(4), from, out); !s) return s;
  }
  if (joiner.open()) return fail(Code::corrupt, "the last turn has no end");
  return {};
}

Result<EventBatch> read_events(Database& db, std::uint64_t from, std::size_t limit) {
  EventBatch out;
  auto to_come = number_to_come(db);
  if (!to_come) return to_come.error();
  auto first = first_row_after(db, from);
  if (!first) return first.error();
  if (*first != 0) {
    if (auto s = read_rows(db, *first, from, limit, out); !s) return s.error();
  }
  if (limit && out.facts.size() > limit) out.facts.resize(limit);
  const auto reached = out.facts.empty() ? *to_come : out.facts.front().number;
  out.missing = reached > from ? reached - from : 0;
  out.next = out.facts.empty() ? std::max(from, *to_come) : out.facts.back().number + 1;
  return out;
}

Result<EventRange> range_of(Database& db) {
  auto to_come = number_to_come(db);
  if (!to_come) return to_come.error();
  auto oldest = read_events(db, 1, 1);
  if (!oldest) return oldest.error();
  return EventRange{oldest->facts.empty() ? *to_come : oldest->facts.front().number, *to_come};
}

}  // namespace

EventReader::EventReader(std::string path, posix::Fd watch) : path_(std::move(path)), watch_(std::move(watch)) {}

Result<EventReader> EventReader::open(const std::string& instance_directory) {
  auto path = journal_path(instance_directory);
  if (!look_at(path).main.there) return fail(Code::not_found, "there is no journal", path);
  posix::Fd watch(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  // Without IN_ATTRIB: SQLite's own reading, as root, sets owners again, and a reader would wake itself for ever.
  constexpr std::uint32_t kChanges = IN_MODIFY | IN_CREATE | IN_DELETE | IN_MOVED_TO | IN_MOVED_FROM;
  if (watch && ::inotify_add_watch(watch.get(), instance_directory.c_str(), kChanges) < 0) watch.reset();
  return EventReader(std::move(path), std::move(watch));
}

Result<EventRange> EventReader::range() { return read_journal(path_, range_of); }

Result<EventBatch> EventReader::read(std::uint64_t from, std::size_t limit) {
  from = std::max<std::uint64_t>(from, 1);
  return read_journal(path_, [&](Database& db) { return read_events(db, from, limit); });
}

Result<bool> EventReader::wait(Duration at_most) {
  const bool blind = !watch_;
  const auto time = blind ? std::min(at_most, kBlindWait) : at_most;
  const auto ms = std::clamp<std::int64_t>(std::chrono::ceil<std::chrono::milliseconds>(time).count(), 0, 3'600'000);
  struct pollfd p {watch_.get(), POLLIN, 0};
  const int n = ::poll(&p, blind ? 0 : 1, static_cast<int>(ms));
  if (n < 0 && errno != EINTR) return system_error("cannot wait for events", path_);
  if (blind) return true;
  alignas(inotify_event) char changes[4096];
  while (::read(watch_.get(), changes, sizeof changes) > 0) continue;
  return n > 0;
}

}  // namespace rota::store
