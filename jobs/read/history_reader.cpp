// Reading how much is kept of finished runs.
#include "jobs/read/history_reader.h"

#include "jobs/read/fields.h"

namespace rota::jobs {
namespace {

struct HistoryReader {
  Reading& in;
  History& out;
  HistoryLines lines;
};

template <class T, class From>
void put(HistoryReader& r, NodeAt at, std::optional<T>& into, std::uint32_t& line, const std::optional<From>& value) {
  if (!value) return;
  into = static_cast<T>(*value);
  line = r.in.place(at).line;
}

const Field<HistoryReader> kFields[] = {
    {"keep_runs",
     [](HistoryReader& r, NodeAt n) {
       put(r, n, r.out.keep_runs, r.lines.keep_runs, r.in.integer(n, "history.keep_runs", 0, kKeepRunsMost));
     }},
    {"keep_for",
     [](HistoryReader& r, NodeAt n) {
       put(r, n, r.out.keep_for, r.lines.keep_for, r.in.duration(n, "history.keep_for", std::chrono::seconds(1)));
     }},
    {"max_log_bytes",
     [](HistoryReader& r, NodeAt n) {
       put(r, n, r.out.max_log_bytes, r.lines.max_log_bytes,
           r.in.size(n, "history.max_log_bytes", 0, kKeepBytesMost));
     }},
};
constexpr Synonym kSynonyms[] = {{"keep", "keep_runs"},      {"runs", "keep_runs"},   {"max_runs", "keep_runs"},
                                 {"limit", "keep_runs"},     {"max_age", "keep_for"}, {"age", "keep_for"},
                                 {"keep_days", "keep_for"},  {"max_bytes", "max_log_bytes"},
                                 {"max_log", "max_log_bytes"}};

}  // namespace

HistoryLines read_history(Reading& in, NodeAt at, History& out) {
  HistoryReader reader{in, out, {}};
  if (in.is(at, Node::Kind::map))
    read_fields(in, at, kFields, {.inside = "history", .synonyms = kSynonyms}, reader);
  else
    in.wrong(at, "history", "a map such as {keep_runs: 100, keep_for: 30d}");
  return reader.lines;
}

}  // namespace rota::jobs
