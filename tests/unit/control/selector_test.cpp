// Selectors: what a user may point at, what is refused with its place, and which tasks are meant.
#include "scheduler/control/selector.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "shared/limits.h"

namespace rota::control {
namespace {

using Which = Selector::Which;

Selector one(const std::string& text) {
  auto list = parse_selectors(text);
  EXPECT_TRUE(list) << (list ? "" : to_text(list.error()));
  EXPECT_EQ(list ? list->size() : 0, 1u);
  return list ? list->front() : Selector{};
}

std::string refusal(const std::string& text) {
  const auto list = parse_selectors(text);
  EXPECT_TRUE(!list && list.error().code == Code::invalid) << text;
  return list ? "" : to_text(list.error());
}

core::RunView a_run(const std::vector<std::pair<std::string, TaskIndex>>& jobs) {
  core::RunView view;
  view.summary.run = 42;
  for (const auto& [id, tasks] : jobs) {
    core::JobView job;
    job.index = static_cast<JobIndex>(view.jobs.size());
    job.id = id;
    for (TaskIndex i = 0; i < tasks; ++i) job.tasks.push_back({.index = i});
    view.jobs.push_back(job);
  }
  return view;
}

std::vector<TaskId> selected(const core::RunView& view, const std::string& text) {
  auto tasks = select_tasks(view, one(text));
  EXPECT_TRUE(tasks) << (tasks ? "" : to_text(tasks.error()));
  return tasks ? *tasks : std::vector<TaskId>{};
}

TEST(Selector, a_run_is_a_number_or_last_or_all) {
  EXPECT_EQ(one("42"), (Selector{Which::number, 42, "", {}}));
  EXPECT_EQ(one("last"), (Selector{Which::last, 0, "", {}}));
  EXPECT_EQ(one("all"), (Selector{Which::all, 0, "", {}}));
}

TEST(Selector, a_job_stands_after_the_slash) {
  EXPECT_EQ(one("42/build"), (Selector{Which::number, 42, "build", {}}));
  EXPECT_EQ(one("last/build-2.x"), (Selector{Which::last, 0, "build-2.x", {}}));
}

TEST(Selector, tasks_stand_after_a_dot_or_in_brackets) {
  EXPECT_EQ(one("42/build.17"), (Selector{Which::number, 42, "build", {{17, 17}}}));
  EXPECT_EQ(one("42/build.5-99"), (Selector{Which::number, 42, "build", {{5, 99}}}));
  EXPECT_EQ(one("42/build[5-99]"), (Selector{Which::number, 42, "build", {{5, 99}}}));
  EXPECT_EQ(one("42/build[1,5-7,9]"), (Selector{Which::number, 42, "build", {{1, 1}, {5, 7}, {9, 9}}}));
}

TEST(Selector, the_name_may_be_left_out) {
  EXPECT_EQ(one("42.17"), (Selector{Which::number, 42, "", {{17, 17}}}));
  EXPECT_EQ(one("42[5-99]"), (Selector{Which::number, 42, "", {{5, 99}}}));
  EXPECT_EQ(one("last[0]"), (Selector{Which::last, 0, "", {{0, 0}}}));
}

TEST(Selector, a_dot_within_a_name_is_the_names_own) {
  EXPECT_EQ(one("42/v1.x.7"), (Selector{Which::number, 42, "v1.x", {{7, 7}}}));
  EXPECT_EQ(one("42/v1.x").job, "v1.x");
}

TEST(Selector, a_list_is_cut_at_commas_outside_of_brackets) {
  const auto list = parse_selectors("41,42/build[1,3],last");
  ASSERT_TRUE(list) << to_text(list.error());
  ASSERT_EQ(list->size(), 3u);
  EXPECT_EQ((*list)[1], (Selector{Which::number, 42, "build", {{1, 1}, {3, 3}}}));
}

TEST(Selector, an_error_says_the_text_the_cause_and_the_column) {
  EXPECT_EQ(refusal("41,42/"), "selector '41,42/': a job's name is missing after '/' (column 7)");
  EXPECT_EQ(refusal("41,x"), "selector '41,x': a run is a number from 1, 'last' or 'all', not 'x' (column 4)");
  EXPECT_EQ(refusal("42/build[1,x]"), "selector '42/build[1,x]': tasks are numbers such as 17 or 5-99 (column 12)");
  EXPECT_EQ(refusal("42/build[1"), "selector '42/build[1': ']' is missing at the end (column 11)");
}

TEST(Selector, a_list_is_bounded) {
  std::string list = "1";
  for (std::uint64_t i = 1; i < limits::kSelectors; ++i) list += ",1";
  EXPECT_EQ(parse_selectors(list).value().size(), limits::kSelectors);
  EXPECT_NE(refusal(list + ",1").find("more than 1000 selectors"), std::string::npos);
}

TEST(Selector, nonsense_is_refused) {
  for (const char* text : {"",      ",",      "1,",     ",1",     "0",       "-1",    "4294967296", "42/.5",
                           "42//x", "42/all", "42[",    "42[]",   "42[5-1]", "42[-]", "42]",        "42[1]x",
                           "42 ",   " 42",    "42/a b", "/build", "42.x",    "LAST",  "42/x[1][2]"})
    EXPECT_NE(refusal(text).find("selector '"), std::string::npos) << text;
}

TEST(Selector, a_message_does_not_carry_control_characters_to_the_terminal) {
  EXPECT_EQ(refusal("\x1b[2J").find('\x1b'), std::string::npos);
}

RC_GTEST_PROP(Selector, any_text_is_read_or_refused_without_harm, (const std::string& text)) {
  const auto list = parse_selectors(text);
  if (list) {
    for (const auto& s : *list) RC_ASSERT(parse_selectors(to_text(s)).value() == std::vector{s});
  }
}

RC_GTEST_PROP(Selector, what_is_written_is_read_back, ()) {
  Selector s;
  s.run = *rc::gen::inRange<RunId>(1, 4'000'000'000u);
  if (*rc::gen::arbitrary<bool>()) s.job = "build";
  const auto ranges = *rc::gen::inRange(0, 4);
  for (int i = 0; i < ranges; ++i) {
    const auto first = *rc::gen::inRange<TaskIndex>(0, 1000);
    s.tasks.push_back({first, first + *rc::gen::inRange<TaskIndex>(0, 1000)});
  }
  RC_ASSERT(parse_selectors(to_text(s)).value() == std::vector{s});
}

TEST(Selecting, a_run_means_all_its_tasks_in_the_files_order) {
  const auto view = a_run({{"a", 2}, {"b", 1}});
  EXPECT_EQ(selected(view, "42"), (std::vector<TaskId>{{42, 0, 0}, {42, 0, 1}, {42, 1, 0}}));
  EXPECT_EQ(selected(view, "42/b"), (std::vector<TaskId>{{42, 1, 0}}));
}

TEST(Selecting, ranges_choose_tasks_and_may_reach_beyond_the_end) {
  const auto view = a_run({{"a", 5}});
  EXPECT_EQ(selected(view, "42[0,3-99]"), (std::vector<TaskId>{{42, 0, 0}, {42, 0, 3}, {42, 0, 4}}));
  EXPECT_EQ(selected(view, "42/a.4"), (std::vector<TaskId>{{42, 0, 4}}));
}

TEST(Selecting, tasks_without_a_name_need_a_run_of_one_job) {
  const auto tasks = select_tasks(a_run({{"a", 5}, {"b", 1}}), one("42[3]"));
  ASSERT_FALSE(tasks);
  EXPECT_EQ(tasks.error().code, Code::invalid);
  EXPECT_NE(tasks.error().what.find("42/NAME[3]"), std::string::npos) << tasks.error().what;
}

TEST(Selecting, a_job_that_is_not_there_is_not_found_with_the_nearest_name) {
  const auto view = a_run({{"build", 1}, {"test", 1}});
  auto tasks = select_tasks(view, one("42/biild"));
  ASSERT_FALSE(tasks);
  EXPECT_EQ(tasks.error().code, Code::not_found);
  EXPECT_EQ(tasks.error().what, "run 42 has no job 'biild': did you mean 'build'?");
  tasks = select_tasks(view, one("42/deployment"));
  EXPECT_EQ(tasks.error().what, "run 42 has no job 'deployment': `rota show 42` lists its jobs");
}

TEST(Selecting, a_task_that_is_not_there_is_not_found_with_how_many_there_are) {
  const auto tasks = select_tasks(a_run({{"a", 5}}), one("42/a.5"));
  ASSERT_FALSE(tasks);
  EXPECT_EQ(tasks.error().code, Code::not_found);
  EXPECT_EQ(tasks.error().what, "job 'a' of run 42 has no task [5]: it has 5");
}

TEST(Selecting, a_name_that_reads_like_a_range_is_found_when_there_is_no_such_job_to_have_tasks) {
  EXPECT_EQ(selected(a_run({{"v1.2-3", 1}, {"w", 1}}), "42/v1.2-3"), (std::vector<TaskId>{{42, 0, 0}}));
  EXPECT_EQ(selected(a_run({{"v1.2-3", 1}, {"v1", 4}}), "42/v1.2-3"), (std::vector<TaskId>{{42, 1, 2}, {42, 1, 3}}));
}

}  // namespace
}  // namespace rota::control
