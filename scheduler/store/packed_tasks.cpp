// Which pages are read, and what is kept of them.
#include "scheduler/store/packed_tasks.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "scheduler/core/page_code.h"
#include "shared/wire/crc32c.h"

namespace rota::store {
namespace {

using core::TaskSlot;

class Filler {
 public:
  Filler(sqlite::Database& db, core::RunView& view, const core::Wanted& wanted)
      : db_(db), view_(view), wanted_(wanted) {
    TaskSlot first = 0;
    for (const auto& job : view.jobs) {
      first_of_job_.push_back(first);
      first += job.task_count();
      told_.push_back(0);
    }
  }

  Status fill() {
    auto rows = db_.prepare("SELECT tasks, all_well, crc, id & 16777215, body FROM pages"
                            " WHERE id >= ?1 << 24 AND id < (?1 + 1) << 24 ORDER BY id");
    if (!rows) return rows.error();
    rows->bind(1, view_.summary.run);
    for (;;) {
      auto row = rows->step();
      if (!row) return row.error();
      if (!*row) return {};
      const auto first = static_cast<TaskSlot>(rows->integer(3)) * core::kPageTasks;
      const auto tasks = static_cast<std::uint32_t>(rows->integer(0));
      if (!is_wanted(first, tasks, rows->integer(1) != 0)) continue;
      if (auto s = take(rows->bytes(4), rows->integer(2), first, tasks); !s) return s;
    }
  }

 private:
  bool is_wanted(TaskSlot first, std::uint32_t tasks, bool all_well) const {
    const auto overlaps = [&](TaskSlot from, std::uint32_t count) {
      return from < first + tasks && first < from + count;
    };
    if (!wanted_.empty())
      return std::any_of(wanted_.begin(), wanted_.end(), [&](const core::TaskSpan& s) {
        return s.job < first_of_job_.size() && overlaps(first_of_job_[s.job] + s.first, s.count);
      });
    if (!all_well && left_ > 0) return true;
    for (std::size_t j = 0; j < first_of_job_.size(); ++j)
      if (overlaps(first_of_job_[j], std::min(core::kViewFirst, view_.jobs[j].task_count()))) return true;
    return false;
  }

  bool keeps(JobIndex job, const core::TaskView& task) {
    if (!wanted_.empty())
      return std::any_of(wanted_.begin(), wanted_.end(), [&](const core::TaskSpan& s) {
        return s.job == job && task.index >= s.first && task.index - s.first < s.count;
      });
    if (task.index < core::kViewFirst) return true;
    if (!tells(job, task) || left_ == 0) return false;
    --left_;
    return true;
  }

  /// What started and did not succeed; of each bad end without a start one.
  bool tells(JobIndex job, const core::TaskView& task) {
    const auto outcome = task.outcome.value_or(Outcome::succeeded);
    if (outcome == Outcome::succeeded) return false;
    if (!task.attempts.empty()) return true;
    const unsigned bit = 1u << static_cast<unsigned>(outcome);
    if (outcome == Outcome::skipped || (told_[job] & bit) != 0) return false;
    told_[job] |= bit;
    return true;
  }

  Status take(std::string_view bytes, std::int64_t crc, TaskSlot first, std::uint32_t tasks) {
    if (crc != std::int64_t{wire::crc32c(bytes)}) return fail(Code::corrupt, "a page of tasks fails its checksum");
    const bool sound = core::unpack_views(bytes, first, tasks, first_of_job_, [&](JobIndex job, core::TaskView task) {
      if (keeps(job, task)) view_.jobs[job].tasks.push_back(std::move(task));
    });
    return sound ? Status() : fail(Code::corrupt, "a page of tasks does not hold what it should");
  }

  sqlite::Database& db_;
  core::RunView& view_;
  const core::Wanted& wanted_;
  std::vector<TaskSlot> first_of_job_;
  std::vector<unsigned> told_;  // of each job, a bit for each Outcome
  std::uint32_t left_ = core::kViewUnsucceeded;
};

/// Of a run whose tasks are all in its view.
void thin_out(core::RunView& view, const core::Wanted& wanted) {
  for (auto& job : view.jobs)
    std::erase_if(job.tasks, [&](const core::TaskView& task) {
      return std::none_of(wanted.begin(), wanted.end(), [&](const core::TaskSpan& s) {
        return s.job == job.index && task.index >= s.first && task.index - s.first < s.count;
      });
    });
}

}  // namespace

Status fill_tasks(sqlite::Database& db, core::RunView& view, const core::Wanted& wanted) {
  const bool packed = std::any_of(view.jobs.begin(), view.jobs.end(),
                                  [](const core::JobView& j) { return j.tasks.empty() && j.task_count() > 0; });
  if (packed) return Filler(db, view, wanted).fill();
  if (!wanted.empty()) thin_out(view, wanted);
  return {};
}

}  // namespace rota::store
