// Text about the service.
#include "scheduler/cli/view/service.h"

#include <fmt/format.h>

#include <algorithm>

#include "scheduler/cli/view/runs.h"
#include "scheduler/cli/words.h"
#include "shared/text/text.h"

namespace rota::cli {
namespace {

std::string field(std::string_view name, std::string_view value) {
  return value.empty() ? std::string() : fmt::format("{:>12}: {}\n", name, one_line(value));
}

// "3 not started, 1 asked": in the order in which they first occur.
std::string rungs_text(const control::answer::Stopped& stopped) {
  std::vector<std::pair<std::string, std::uint64_t>> counts;
  const auto count = [&](Outcome outcome, const std::string& how, std::uint64_t n) {
    const auto rung = how.empty() ? std::string(to_text(outcome)) : how;
    const auto at = std::find_if(counts.begin(), counts.end(), [&](const auto& c) { return c.first == rung; });
    if (at == counts.end())
      counts.emplace_back(rung, n);
    else
      at->second += n;
  };
  for (const auto& t : stopped.tasks) count(t.outcome, t.rung, 1);
  for (const auto& o : stopped.others) count(o.outcome, o.rung, o.count);
  std::string out;
  for (const auto& [rung, n] : counts) out += (out.empty() ? "" : ", ") + number(n) + " " + one_line(rung);
  return out;
}

}  // namespace

std::string recovery_note(const control::answer::Recovery& recovery) {
  if (recovery.known == recovery.total) return {};
  return fmt::format("recovering {}/{}: the service was started again and has not heard of every attempt yet",
                     recovery.known, recovery.total);
}

std::string closed_note(std::string_view closed, std::string_view rota) {
  if (closed == "limit:drain")
    return fmt::format("drained: it starts nothing new; `{} daemon drain --off` ends that", rota);
  if (closed == "limit:safe-mode")
    return fmt::format(
        "safe mode: the service died too often, so it starts nothing; see its log, then "
        "`{} daemon drain --off`",
        rota);
  return std::string(closed);
}

std::string status_text(const control::answer::Status& s, Now now, std::string_view rota, const Look& look) {
  auto out = paint("rotad", Style::bold, look.colour) + " " + one_line(s.version) + "\n";
  const auto age = text::short_duration(std::max(Duration::zero(), Duration{now.wall.ns - s.since.ns}));
  out +=
      field("Process", fmt::format("pid {} since {} ({}), life {}", s.pid, text::format_local(s.since), age, s.epoch));
  const auto recovering = recovery_note(s.recovery);
  out += field("State", !recovering.empty() ? recovering : s.closed.empty() ? "up" : closed_note(s.closed, rota));
  if (!recovering.empty()) out += field("Admission", closed_note(s.closed, rota));
  out += field("Work", fmt::format("{}, {} running, {} waiting", number_of(s.runs, "run"),
                                   number_of(s.tasks_running, "task"), number(s.tasks_waiting)));
  out += field("Clients", number(s.clients));
  out += field("Directory", s.state_directory);
  out += field("Socket", s.socket);
  std::vector<Row> rows;
  for (const auto& [name, value] : s.settings) rows.push_back({"  " + one_line(name), one_line(value)});
  return rows.empty() ? out : out + "\n" + render_table({{"  SETTING"}, {"VALUE", false, true}}, std::move(rows), look);
}

std::string workers_table(const control::answer::Workers& workers, Now now, const Look& look) {
  std::vector<Row> rows;
  for (const auto& w : workers.workers)
    rows.push_back({fmt::format("w{}", w.worker.seat),
                    one_line(w.kind),
                    {one_line(w.state), w.state == "up" ? Style::good : Style::warn},
                    w.pid ? std::to_string(w.pid) : "",
                    number(w.slots),
                    number(w.busy),
                    w.coroutines ? number(w.coroutines) : "",
                    w.since.ns ? text::short_duration(now.mono - w.since) : "",
                    one_line(w.crew),
                    one_line(w.tree_level)});
  auto table = render_table({{"WORKER"},
                             {"KIND"},
                             {"STATE"},
                             {"PID", true},
                             {"SLOTS", true},
                             {"BUSY", true},
                             {"COROUTINES", true},
                             {"UP", true},
                             {"CREW"},
                             {"TREE"}},
                            std::move(rows), look);
  for (const auto& w : workers.workers)
    if (!w.note.empty()) table += fmt::format("\nw{}: {}\n", w.worker.seat, one_line(w.note));
  if (workers.command_slots)
    table += fmt::format("\ncommands under thread and async: {} of {} slots taken\n", number(workers.commands),
                         number(workers.command_slots));
  return table;
}

std::string paused_text(const control::answer::Paused& paused, bool pause, std::string_view selectors,
                        std::string_view rota) {
  const bool one = paused.attempts == 1;
  const auto attempts = number_of(paused.attempts, "attempt");
  if (!pause) {
    std::string out = fmt::format("{} resumed: {} {} on", selectors, attempts, one ? "goes" : "go");
    if (paused.waiting) out += fmt::format(", {} may start", number_of(paused.waiting, "task"));
    return out + "\n";
  }
  std::string out = fmt::format("{} paused: ", selectors);
  if (paused.attempts || !paused.waiting) out += fmt::format("{} {} still", attempts, one ? "stands" : "stand");
  if (paused.waiting)
    out += fmt::format("{}{} {}", paused.attempts ? ", " : "", number_of(paused.waiting, "task"),
                       paused.waiting == 1 ? "waits" : "wait");
  out += fmt::format(" until `{} resume {}`\n", rota, selectors);
  if (paused.running)
    out += fmt::format("{} of it {} on: only a process can stand still (mode: process)\n",
                       number_of(paused.running, "attempt"), paused.running == 1 ? "goes" : "go");
  if (paused.not_begun)
    out += fmt::format("{} of it had not begun, and may start: pause the whole job to prevent that\n",
                       number_of(paused.not_begun, "task"));
  return out;
}

std::string stopped_text(const control::answer::Stopped& stopped, const Look& look) {
  const auto& tasks = stopped.tasks;
  if (tasks.empty()) return {};
  std::uint64_t all = tasks.size();
  for (const auto& o : stopped.others) all += o.count;
  auto out = fmt::format("{} ended: {}\n", number_of(all, "task"), rungs_text(stopped));
  std::vector<Row> rows;
  std::size_t shown = 0, more = 0;
  for (const auto& t : tasks) {
    if (t.rung == "not started" && t.note.empty()) continue;
    if (++shown > kStoppedShown && t.note.empty()) {
      ++more;
      continue;
    }
    rows.push_back({one_line(t.id),
                    {std::string(to_text(t.outcome)), style_of(t.outcome)},
                    one_line(t.rung),
                    {one_line(t.note), Style::bad}});
  }
  out += render_table({{"TASK"}, {"OUTCOME"}, {"HOW"}, {"NOTE", false, true}}, std::move(rows), look);
  if (more) out += fmt::format("and {} more\n", number(more));
  return out;
}

std::string findings_text(std::span<const control::Finding> findings, const Look& look) {
  using Grade = control::Finding::Grade;
  std::size_t widest = 0;
  for (const auto& f : findings) widest = std::max(widest, f.about.size());
  std::string out;
  for (const auto& f : findings) {
    const auto word = f.grade == Grade::ok ? "ok  " : f.grade == Grade::warn ? "warn" : "fail";
    const auto style = f.grade == Grade::ok ? Style::good : f.grade == Grade::warn ? Style::warn : Style::bad;
    out += paint(word, style, look.colour) + "  " + padded(f.about, widest) + "  " + one_line(f.what) + "\n";
  }
  return out;
}

}  // namespace rota::cli
