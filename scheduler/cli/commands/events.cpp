// rota events: the journal of the service as a stream.
#include <fmt/format.h>

#include <map>

#include "scheduler/cli/commands/commands.h"
#include "scheduler/cli/commands/horizon.h"
#include "scheduler/cli/view/event_line.h"
#include "scheduler/cli/words.h"
#include "scheduler/control/answers_json.h"
#include "scheduler/store/events.h"

namespace rota::cli {
namespace {

constexpr std::size_t kAtOnce = 1000;
constexpr std::uint64_t kFollowedPast = 10;
constexpr Duration kLookAgain = std::chrono::seconds(60);  // the journal may be waited for for ever

// The ids of jobs by their place: from the submission where it is in the stream, else looked up once a run.
class JobNames {
 public:
  explicit JobNames(const Horizon& horizon) : horizon_(horizon) {}

  void learn(const core::record::Submitted& r) {
    auto& names = runs_[r.run];
    names.clear();
    for (const auto& job : r.plan->jobs) names.push_back({job.id.text(), job.shape});
  }
  void forget(RunId run) { runs_.erase(run); }

  EventSubject of(const TaskId& id) {
    if (id.run == 0 || id.job == kNoJob) return {};
    auto known = runs_.find(id.run);
    if (known == runs_.end()) known = runs_.emplace(id.run, look_up(id.run)).first;
    return id.job < known->second.size() ? known->second[id.job] : EventSubject{};
  }

 private:
  std::vector<EventSubject> look_up(RunId run) const {
    std::vector<EventSubject> names;
    if (const auto seen = horizon_.see(run))
      for (const auto& job : seen->sight.view.jobs) names.push_back({job.id, job.shape});
    return names;
  }

  const Horizon& horizon_;
  std::map<RunId, std::vector<EventSubject>> runs_;
};

class Printer {
 public:
  Printer(const Horizon& horizon, const verb::Events& v) : world_(horizon.world()), v_(v), names_(horizon) {}

  /// False: nobody reads any more.
  bool print(const store::EventBatch& batch) {
    if (batch.missing)
      remark(world_, "events",
             fmt::format("{} before number {} are no longer kept (`rota limits`: event_bytes)",
                         number_of(batch.missing, "event"),
                         batch.facts.empty() ? batch.next : batch.facts.front().number));
    std::string out;
    for (const auto& fact : batch.facts) out += line_of(fact);
    return out.empty() || world_.out.write(out);
  }

 private:
  std::string line_of(const store::NumberedFact& f) {
    if (const auto* submitted = std::get_if<core::record::Submitted>(&f.fact)) names_.learn(*submitted);
    const auto subject = names_.of(task_in(f.fact));
    if (const auto* ended = std::get_if<core::record::RunEnded>(&f.fact)) names_.forget(ended->run);
    if (v_.jsonl) return control::event_json(f.number, f.at, f.fact, subject.job) + "\n";
    return event_line(f.number, f.at, f.fact, subject, look_of(world_.out));
  }

  const Surroundings& world_;
  const verb::Events& v_;
  JobNames names_;
};

// Whoever follows wants to see what comes: of a long journal the end, as `tail -f`.
std::uint64_t first_of(const store::EventRange& range, const verb::Events& v) {
  if (v.from) return std::max<std::uint64_t>(*v.from, 1);
  if (!v.last && !v.follow) return range.first;
  const auto last = v.last.value_or(kFollowedPast);
  return range.next - range.first > last ? range.next - last : range.first;
}

Status stream(store::EventReader& reader, const verb::Events& v, Printer& printer) {
  auto range = reader.range();
  if (!range) return range.error();
  auto from = first_of(*range, v);
  while (true) {
    const auto batch = reader.read(from, kAtOnce);
    if (!batch) return batch.error();
    if (!printer.print(*batch)) return {};
    from = batch->next;
    if (!batch->facts.empty()) continue;
    if (!v.follow) return {};
    if (const auto more = reader.wait(kLookAgain); !more) return more.error();
  }
}

}  // namespace

Exit events(const Invocation& call, const verb::Events& v, const Surroundings& world) {
  const auto horizon = Horizon::look(call, world);
  if (!horizon) return complain(world, "events", horizon.error(), v.jsonl);
  auto reader = store::EventReader::open(horizon->service_directory());
  if (!reader && reader.error().code == Code::not_found)
    return complain(world, "events",
                    fail(Code::not_found, "there is no service's journal yet: `rotad` makes it when it first runs",
                         horizon->service_directory()),
                    v.jsonl);
  if (!reader) return complain(world, "events", reader.error(), v.jsonl);
  Printer printer(*horizon, v);
  if (const auto done = stream(*reader, v, printer); !done) return complain(world, "events", done.error(), v.jsonl);
  return {};
}

}  // namespace rota::cli
