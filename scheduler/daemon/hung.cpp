// The part of the fleet that notices pool workers that are held up. It looks once a second, and only while one of them
// has work. A loop that one coroutine keeps to itself is named and left alone: its timeout decides. A process that is
// stopped is killed when it stays so for a while. (Silence alone proves nothing: a worker may be starved.)
#include <algorithm>
#include <fstream>
#include <string>
#include <utility>

#include "scheduler/daemon/fleet.h"
#include "shared/text/text.h"

namespace rota::daemon {
namespace {

constexpr Duration kLookEvery = std::chrono::milliseconds(limits::kWorkerLookMs);

/// The letter behind the name in /proc/PID/stat, where the name may hold anything; 0: it cannot be had.
char state_of_process(int pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string text;
  std::getline(file, text);
  const auto end = text.rfind(')');
  return end != std::string::npos && end + 2 < text.size() ? text[end + 2] : char{0};
}

}  // namespace

bool Fleet::has_busy_pool() const {
  return std::any_of(seats_.begin(), seats_.end(), [](const Seat& s) {
    return s.kind == Kind::pool && s.phase == Phase::up && s.port && s.port->in_flight() > 0;
  });
}

void Fleet::look_at_workers(Now now) {
  if (next_look_ && now.mono < *next_look_) return;
  if (next_look_)
    for (auto& seat : seats_)
      if (seat.kind == Kind::pool && seat.phase == Phase::up && seat.port && !seat.dead) look_at(seat, now);
  next_look_ = has_busy_pool() ? std::optional(now.mono + kLookEvery) : std::nullopt;
}

void Fleet::look_at(Seat& seat, Now now) {
  if (seat.port->in_flight() == 0) {
    seat.held.reset();
    seat.stopped_looks = 0;
    if (!seat.draining) seat.note.clear();
    return;
  }
  if (seat.still) {  // by our hand
    if (seat.still->told && !is_stopped(seat)) seat.still->told = false;  // and somebody else has woken it
    return;
  }
  look_at_loop(seat, now);
  // Looks are counted, not seconds: whoever was stopped together with us is not to blame.
  seat.stopped_looks = is_stopped(seat) ? seat.stopped_looks + 1 : 0;
  if (seat.stopped_looks > 0) seat.note = "its process is stopped (SIGSTOP): it is killed if it stays so";
  if (seat.stopped_looks >= limits::kStoppedLooks)
    condemn(seat, "is hung: its process was stopped (SIGSTOP) and stayed so");
}

bool Fleet::is_stopped(const Seat& seat) const {
  const char state = state_of_process(seat.port->child().pid);
  return state == 'T';
}

void Fleet::look_at_loop(Seat& seat, Now now) {
  const auto at = seat.port->on_loop();
  if (!at || at != seat.held) {
    seat.held = at;
    seat.held_since = now.mono;
    seat.held_told = false;
    if (!seat.draining) seat.note.clear();
    return;
  }
  const auto held_for = text::short_duration(now.mono - seat.held_since);
  seat.note = "its loop is held by " + name_of_task(at->attempt) + " for at least " + held_for;
  if (std::exchange(seat.held_told, true)) return;
  listener_.note("the loop of w" + std::to_string(seat.number) + " is held by " + name_of_task(at->attempt) +
                 " for at least " + held_for + ": no other coroutine of it goes on meanwhile");
}

std::string Fleet::name_of_task(AttemptId attempt) const {
  const auto& task = attempt.task;
  const auto* plan = listener_.plan(task.run);
  if (!plan || task.job >= plan->jobs.size()) return "an unknown task";
  const auto& job = plan->jobs[task.job];
  const auto name = std::to_string(task.run) + "/" + job.id.text();
  return job.task_count() > 1 ? name + "." + std::to_string(jobs::number_of(job.shape, task.task)) : name;
}

void Fleet::drain(WorkerId id) {
  const auto at = std::find_if(seats_.begin(), seats_.end(), [&](const Seat& s) { return s.port && s.id() == id; });
  if (at == seats_.end() || at->draining) return;
  at->draining = true;
  at->note = "a task of it does not end: it gets nothing more, and is killed when its other tasks have ended";
  listener_.note(name_of(*at) + ": a task of it was told to end and did not; it drains, and another takes its place");
}

}  // namespace rota::daemon
