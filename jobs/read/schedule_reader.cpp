// Reading schedules. The zone of an entry is read before what depends on it.
#include "jobs/read/schedule_reader.h"

#include <fmt/format.h>

#include <optional>
#include <string>

#include "jobs/calendar/cron.h"
#include "jobs/calendar/moment.h"
#include "jobs/calendar/zone.h"
#include "jobs/read/fields.h"
#include "shared/limits.h"

namespace rota::jobs {
namespace {

using Kind = Node::Kind;

struct EntryReader {
  Reading& in;
  Schedule& out;
  NodeAt cron = kNoNode, every = kNoNode, at = kNoNode;
};

template <class E, std::size_t N>
void read_word(EntryReader& r, NodeAt n, std::string_view field, const std::string_view (&words)[N], E& out) {
  if (const auto i = r.in.choice(n, field, words)) out = static_cast<E>(*i);
}

void read_zone(EntryReader& r, NodeAt n) {
  const auto name = r.in.text(n, "schedule.timezone", "a time zone such as Europe/Berlin");
  if (!name) return;
  if (const auto zone = Zone::find(*name)) r.out.zone = zone->name();
  else r.in.report(n, "'schedule.timezone': " + zone.error().what);
}

const Field<EntryReader> kDstFields[] = {
    {"gap",
     [](EntryReader& r, NodeAt n) {
       static constexpr std::string_view kGaps[] = {"run_after", "skip"};
       read_word(r, n, "schedule.dst.gap", kGaps, r.out.gap);
     }},
    {"fold",
     [](EntryReader& r, NodeAt n) {
       static constexpr std::string_view kFolds[] = {"once", "twice"};
       read_word(r, n, "schedule.dst.fold", kFolds, r.out.fold);
     }},
};

void read_dst(EntryReader& r, NodeAt n) {
  if (!r.in.is(n, Kind::map)) return r.in.wrong(n, "schedule.dst", "a map such as {gap: skip, fold: twice}");
  read_fields(r.in, n, kDstFields, {.inside = "schedule.dst"}, r);
}

const Field<EntryReader> kFields[] = {
    {"cron", [](EntryReader& r, NodeAt n) { r.cron = n; }},
    {"every", [](EntryReader& r, NodeAt n) { r.every = n; }},
    {"at", [](EntryReader& r, NodeAt n) { r.at = n; }},
    {"timezone", read_zone},
    {"dst", read_dst},
    {"catch_up",
     [](EntryReader& r, NodeAt n) {
       static constexpr std::string_view kWords[] = {"none", "latest", "all"};
       read_word(r, n, "schedule.catch_up", kWords, r.out.catch_up);
     }},
    {"catch_up_window",
     [](EntryReader& r, NodeAt n) {
       if (const auto d = r.in.duration(n, "schedule.catch_up_window", Duration::zero())) r.out.catch_up_window = *d;
     }},
    {"overlap",
     [](EntryReader& r, NodeAt n) {
       static constexpr std::string_view kWords[] = {"skip", "queue", "replace", "allow"};
       read_word(r, n, "schedule.overlap", kWords, r.out.overlap);
     }},
    {"start_deadline",
     [](EntryReader& r, NodeAt n) {
       r.out.start_deadline = r.in.duration(n, "schedule.start_deadline", std::chrono::seconds(1));
     }},
    {"jitter",
     [](EntryReader& r, NodeAt n) {
       if (const auto d = r.in.duration(n, "schedule.jitter", Duration::zero())) r.out.jitter = *d;
     }},
    {"enabled",
     [](EntryReader& r, NodeAt n) {
       if (const auto flag = r.in.boolean(n, "schedule.enabled")) r.out.enabled = *flag;
     }},
};
constexpr Synonym kSynonyms[] = {{"tz", "timezone"},     {"time_zone", "timezone"}, {"crontab", "cron"},
                                 {"interval", "every"},  {"period", "every"},       {"when", "cron"},
                                 {"catchup", "catch_up"}, {"concurrency", "overlap"}};

void read_cron(EntryReader& r, NodeAt n) {
  const auto text = r.in.text(n, "schedule.cron", "a cron expression such as \"30 2 * * *\"");
  if (!text) return;
  CronFault fault;
  const auto cron = parse_cron(*text, fault);
  if (!cron) return r.in.report(n, "'schedule.cron': " + fault.message, fault.hint);
  r.out.when = *cron;
  r.out.text = *text;
}

void read_every(EntryReader& r, NodeAt n) {
  const auto period = r.in.duration(n, "schedule.every", std::chrono::seconds(1));
  if (!period) return;
  r.out.when = Every{*period};
  r.out.text = "every " + text::format_duration(*period);
}

void read_at(EntryReader& r, NodeAt n) {
  const auto text = r.in.text(n, "schedule.at", "a time such as \"2026-12-24 18:00\"");
  if (!text) return;
  const auto time = parse_moment(*text, Zone::known(r.out.zone));
  if (!time) return r.in.wrong(n, "schedule.at", "a time such as \"2026-12-24 18:00\" or 2026-12-24T18:00:00Z");
  r.out.when = At{*time};
  r.out.text = "at " + *text;
}

void read_entry(Reading& in, NodeAt at, Schedule& out) {
  out.zone = Zone::local().name();
  EntryReader reader{in, out};
  if (in.is(at, Kind::scalar)) return read_cron(reader, at);
  if (!in.is(at, Kind::map)) return in.wrong(at, "schedule", "a list of entries such as {cron: \"30 2 * * *\"}");
  read_fields(in, at, kFields, {.inside = "schedule", .synonyms = kSynonyms}, reader);
  const int given = (reader.cron != kNoNode) + (reader.every != kNoNode) + (reader.at != kNoNode);
  if (given != 1)
    return in.report(at, given == 0 ? "a schedule says when: one of cron, every and at is missing"
                                    : "a schedule has exactly one of cron, every and at");
  if (reader.cron != kNoNode) read_cron(reader, reader.cron);
  if (reader.every != kNoNode) read_every(reader, reader.every);
  if (reader.at != kNoNode) read_at(reader, reader.at);
}

}  // namespace

void read_schedules(Reading& in, NodeAt at, std::vector<Schedule>& out) {
  if (!in.is(at, Kind::list)) return read_entry(in, at, out.emplace_back());
  const auto items = in.tree.items(at);
  if (in.tree[at].count > limits::kSchedules)
    return in.report(at, fmt::format("'schedule' has {} entries; at most {} (schedules) are taken", in.tree[at].count,
                                     limits::kSchedules));
  for (const auto item : items) read_entry(in, item, out.emplace_back());
}

}  // namespace rota::jobs
