// Per task: how many attempts, the attempts, and its end where that is not the end of its last attempt. Neighbours that
// ended alike without an attempt are counted.
#include "scheduler/core/page_code.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "scheduler/core/end_code.h"

namespace rota::core {
namespace {

// Of the head of a task, below the number of its attempts.
constexpr std::uint64_t kOwnEnd = 1;  // its end is written; else it is that of its last attempt
constexpr std::uint64_t kWhole = 2;   // more is known of its attempts than their ends
constexpr unsigned kHeadBits = 2;

bool ended_by_attempt(const Finished& f, const record::AttemptEnded& e) {
  return e.next == record::Next::finished && e.outcome == f.outcome && e.reason == f.reason && e.report.ended == f.at;
}

bool is_alike(const Task& a, const Finished& f) {
  const auto& g = std::get<Finished>(a.now);
  return a.past == kNone && g.outcome == f.outcome && g.reason == f.reason && g.at == f.at;
}

void put_end(wire::Writer& out, Finished f, std::uint32_t alike) {
  out(f.outcome, f.reason, f.at);
  out.varint(alike);
}

class Packer {
 public:
  explicit Packer(const TaskPage& page) : page_(page), out_(bytes_), ends_(bytes_) {}

  std::string all() {
    for (std::size_t i = 0; i < page_.tasks.size();) i += put(i);
    return std::move(bytes_);
  }

 private:
  /// How many tasks that took.
  std::uint32_t put(std::size_t i) {
    const Task& task = page_.tasks[i];
    const auto& f = std::get<Finished>(task.now);
    oldest_first_.clear();
    bool whole = false;
    page_.each_past(task, [&](const PastAttempt& p) {
      oldest_first_.insert(oldest_first_.begin(), &p);
      whole = whole || p.granted.ns != 0 || p.pid != 0 || p.ready;
    });
    const bool own_end = oldest_first_.empty() || !ended_by_attempt(f, oldest_first_.back()->end);
    out_.varint(std::uint64_t{oldest_first_.size()} << kHeadBits | (own_end ? kOwnEnd : 0) | (whole ? kWhole : 0));
    for (const PastAttempt* p : oldest_first_) {
      ends_.put(p->end);
      if (whole) out_(p->granted, p->pid, p->ready);
    }
    if (!own_end) return 1;
    std::uint32_t alike = 1;
    if (oldest_first_.empty())
      while (i + alike < page_.tasks.size() && is_alike(page_.tasks[i + alike], f)) ++alike;
    put_end(out_, f, alike);
    return alike;
  }

  const TaskPage& page_;
  std::string bytes_;
  wire::Writer out_;
  EndWriter ends_;
  std::vector<const PastAttempt*> oldest_first_;
};

class Unpacker {
 public:
  Unpacker(std::string_view bytes, std::uint32_t tasks, const std::function<JobIndex(std::uint32_t)>& job_of,
           TaskPage& out)
      : in_(bytes), count_(tasks), job_of_(job_of), page_(out) {}

  bool all() {
    page_ = {};
    page_.tasks.reserve(count_);
    while (page_.tasks.size() < count_ && !in_.bad()) take();
    return in_.done() && page_.tasks.size() == count_;
  }

 private:
  Task& add() {
    Task& task = page_.tasks.emplace_back();
    task.job = job_of_(static_cast<std::uint32_t>(page_.tasks.size() - 1));
    task.fresh = false;
    return task;
  }

  void take() {
    const std::uint64_t head = in_.varint();
    const std::uint64_t attempts = head >> kHeadBits;
    if (attempts > in_.rest().size() || (attempts == 0 && !(head & kOwnEnd))) return in_.fail();
    Task& task = add();
    for (std::uint64_t a = 0; a < attempts && !in_.bad(); ++a) {
      PastAttempt& p = page_.past.emplace_back();
      ends_.take(in_, p.end);
      if (head & kWhole) in_(p.granted, p.pid, p.ready);
      p.previous = std::exchange(task.past, static_cast<std::uint32_t>(page_.past.size() - 1));
      task.last = p.end.attempt.number;
    }
    if (in_.bad()) return;
    if (head & kOwnEnd) return take_end(task);
    const record::AttemptEnded& e = page_.past.back().end;
    task.now = Finished{e.outcome, e.reason, e.report.ended};
  }

  void take_end(Task& task) {
    Finished f;
    in_(f.outcome, f.reason, f.at);
    const std::uint64_t alike = in_.varint();
    if (in_.bad() || alike == 0 || alike > count_ - page_.tasks.size() + 1) return in_.fail();
    task.now = f;
    for (std::uint64_t i = 1; i < alike; ++i) add().now = f;
  }

  wire::Reader in_;
  std::uint32_t count_;
  const std::function<JobIndex(std::uint32_t)>& job_of_;
  TaskPage& page_;
  EndReader ends_;
};

}  // namespace

std::string pack_page(const TaskPage& page) { return Packer(page).all(); }

std::string pack_unstarted(std::uint32_t tasks, const Finished& end) {
  std::string bytes;
  wire::Writer out(bytes);
  out.varint(kOwnEnd);
  put_end(out, end, tasks);
  return bytes;
}

bool unpack_page(std::string_view bytes, std::uint32_t tasks, const std::function<JobIndex(std::uint32_t)>& job_of,
                 TaskPage& out) {
  return Unpacker(bytes, tasks, job_of, out).all();
}

AttemptView view_of(const PastAttempt& p) {
  AttemptView v;
  v.number = p.end.attempt.number;
  v.worker = p.end.worker;
  v.pid = p.pid;
  v.granted = p.granted;
  v.started = p.end.report.started;
  v.ended = p.end.report.ended;
  v.outcome = p.end.outcome;
  v.reason = p.end.reason;
  v.ready = p.ready;
  v.report = p.end.report;
  return v;
}

TaskView view_of_ended(const TaskPage& page, const Task& task, TaskIndex index) {
  const auto& f = std::get<Finished>(task.now);
  TaskView v;
  v.index = index;
  v.state = TaskState::finished;
  v.outcome = f.outcome;
  v.reason = f.reason;
  v.since = f.at;
  page.each_past(task, [&](const PastAttempt& p) { v.attempts.push_back(view_of(p)); });
  std::reverse(v.attempts.begin(), v.attempts.end());
  return v;
}

bool unpack_views(std::string_view bytes, TaskSlot first, std::uint32_t tasks,
                  const std::vector<TaskSlot>& first_of_job, const SeeTask& see) {
  const auto job_of = [&](std::uint32_t i) {
    const auto after = std::upper_bound(first_of_job.begin(), first_of_job.end(), first + i);
    return static_cast<JobIndex>(after - first_of_job.begin()) - 1;
  };
  TaskPage page;
  if (!unpack_page(bytes, tasks, job_of, page)) return false;
  for (std::uint32_t i = 0; i < tasks; ++i) {
    const Task& task = page.tasks[i];
    see(task.job, view_of_ended(page, task, first + i - first_of_job[task.job]));
  }
  return true;
}

}  // namespace rota::core
