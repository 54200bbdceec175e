// Times and sizes as people read them.
#include "scheduler/cli/view/usage.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "shared/text/text.h"

namespace rota::cli {
namespace {

/// Short ones to the last digit: what a task of a microsecond uses is not nothing.
std::string cpu_time(std::int64_t us) {
  if (us >= 60'000'000) return text::short_duration(std::chrono::microseconds(us));
  if (us >= 10'000) return fmt::format("{:.2f}s", static_cast<double>(us) / 1e6);
  return us >= 1000 ? fmt::format("{:.1f}ms", static_cast<double>(us) / 1e3) : fmt::format("{}us", us);
}

std::string size_of_kib(std::int64_t kib) { return text::format_size(static_cast<std::uint64_t>(kib) * 1024); }

}  // namespace

std::string usage_text(const Usage& usage) {
  std::string out;
  if (usage.cpu_us >= 0) out += ", cpu " + cpu_time(usage.cpu_us);
  if (usage.cpu_us >= 10'000 && usage.cpu_system_us >= usage.cpu_us / 10)
    out += fmt::format(" ({} of it system)", cpu_time(usage.cpu_system_us));
  if (usage.loop_us >= 0) out += ", on the loop " + cpu_time(usage.loop_us);
  if (usage.max_rss_kib >= 0) out += ", memory " + size_of_kib(usage.max_rss_kib);
  const auto forced = std::max<std::int64_t>(0, usage.involuntary_switches);
  const auto switches = forced + std::max<std::int64_t>(0, usage.voluntary_switches);
  if (switches > 0) out += fmt::format(", switched {} time{}", switches, switches == 1 ? "" : "s");
  if (forced > 0) out += fmt::format(" ({} forced)", forced);
  return out;
}

std::string totals_text(const core::Totals& totals) {
  if (totals.attempts == 0) return {};
  const auto wall = totals.last < totals.first ? Duration::zero() : totals.last - totals.first;
  std::string out;
  if (totals.measured > 0) {
    out = fmt::format("cpu {} in {}", cpu_time(totals.cpu_us), text::short_duration(wall));
    if (totals.measured < totals.attempts)
      out += fmt::format(" (known of {} of {} attempts)", totals.measured, totals.attempts);
  } else {
    out = "cpu not known, in " + text::short_duration(wall);
  }
  if (totals.max_rss_kib >= 0) out += ", memory up to " + size_of_kib(totals.max_rss_kib);
  return out;
}

std::vector<std::optional<JobIndex>> serial_twins(const jobs::Plan& plan) {
  std::map<std::uint64_t, JobIndex> serial;
  for (JobIndex j = 0; j < plan.jobs.size(); ++j)
    if (plan.jobs[j].max_parallel == 1 && plan.jobs[j].task_count() > 1) serial.emplace(plan.jobs[j].content_hash, j);
  std::vector<std::optional<JobIndex>> twins(plan.jobs.size());
  for (JobIndex j = 0; j < plan.jobs.size(); ++j)
    if (const auto at = serial.find(plan.jobs[j].content_hash); at != serial.end()) twins[j] = at->second;
  return twins;
}

std::string speed_table(const core::RunView& view, std::span<const std::optional<JobIndex>> twins, const Look& look) {
  constexpr std::size_t kRows = 50;
  constexpr std::int64_t kWorthTelling = 100'000;  // what used less has waited, or was quick
  std::vector<Row> rows;
  const auto wall_of = [](const core::JobView& job) { return (job.totals.last - job.totals.first).count(); };
  for (const auto& job : view.jobs) {
    const auto& t = job.totals;
    const auto wall = wall_of(job);
    if (job.task_count() < 2 || t.measured < t.attempts || t.cpu_us < kWorthTelling || wall <= 0) continue;
    if (rows.size() == kRows) break;
    const auto twin = job.index < twins.size() ? twins[job.index] : std::nullopt;
    const bool has_serial = twin && view.jobs.at(*twin).counts.of(Outcome::succeeded) == job.task_count();
    const auto serial = has_serial ? wall_of(view.jobs[*twin]) : t.cpu_us * 1000;
    rows.push_back({job.id, std::string(to_text(job.mode)), std::to_string(job.task_count()),
                    text::short_duration(Duration(wall)), cpu_time(t.cpu_us),
                    fmt::format("{:.1f}x", static_cast<double>(serial) / static_cast<double>(wall))});
  }
  return render_table(
      {{"JOB", false, true}, {"MODE"}, {"TASKS", true}, {"WALL", true}, {"CPU", true}, {"SPEED-UP", true}},
      std::move(rows), look);
}

}  // namespace rota::cli
