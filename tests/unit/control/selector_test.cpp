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
    job.counts.total = tasks;
    if (tasks > 1) job.shape = jobs::Array{0, 1, tasks};
    view.jobs.push_back(job);
  }
  return view;
}

using Spans = std::vector<core::TaskSpan>;

Spans selected(const core::RunView& view, const std::string& text) {
  auto tasks = select_tasks(view, one(text));
  EXPECT_TRUE(tasks) << (tasks ? "" : to_text(tasks.error()));
  return tasks ? *tasks : Spans{};
}

std::string not_found(const core::RunView& view, const std::string& text) {
  const auto tasks = select_tasks(view, one(text));
  EXPECT_TRUE(!tasks && tasks.error().code == Code::not_found) << text;
  return tasks ? "" : tasks.error().what;
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
    const auto first = *rc::gen::inRange<std::int64_t>(-1000, 1000);
    s.tasks.push_back({first, first + *rc::gen::inRange<std::int64_t>(0, 1000)});
  }
  RC_ASSERT(parse_selectors(to_text(s)).value() == std::vector{s});
}

TEST(Selecting, a_run_means_all_its_tasks_in_the_files_order) {
  const auto view = a_run({{"a", 2}, {"b", 1}});
  EXPECT_EQ(selected(view, "42"), (Spans{{0, 0, 2}, {1, 0, 1}}));
  EXPECT_EQ(selected(view, "42/b"), (Spans{{1, 0, 1}}));
}

TEST(Selecting, ranges_choose_tasks_and_may_reach_beyond_the_end) {
  const auto view = a_run({{"a", 5}});
  EXPECT_EQ(selected(view, "42[0,3-99]"), (Spans{{0, 0, 1}, {0, 3, 2}}));
  EXPECT_EQ(selected(view, "42/a.4"), (Spans{{0, 4, 1}}));
}

TEST(Selecting, ranges_come_in_order_and_none_twice) {
  EXPECT_EQ(selected(a_run({{"a", 100}}), "42[50-60,3,2,55-70,4]"), (Spans{{0, 2, 3}, {0, 50, 21}}));
}

TEST(Selecting, a_million_tasks_are_one_span) {
  EXPECT_EQ(selected(a_run({{"a", 1'000'000}}), "42[17-999998]"), (Spans{{0, 17, 999'982}}));
}

TEST(Selecting, numbers_are_those_of_the_array) {
  auto view = a_run({{"a", 5}});
  view.jobs[0].shape = jobs::Array{100, 1, 5};
  EXPECT_EQ(selected(view, "42/a.102"), (Spans{{0, 2, 1}}));
  EXPECT_EQ(selected(view, "42/a[0-101]"), (Spans{{0, 0, 2}}));
  EXPECT_EQ(not_found(view, "42/a.2"), "job 'a' of run 42 has no task 2: it has tasks 100 to 104");
  view.jobs[0].shape = jobs::Array{-10, 10, 5};
  EXPECT_EQ(selected(view, "42[-10-11]"), (Spans{{0, 0, 3}}));
  EXPECT_EQ(selected(view, "42[-10--1,25-30]"), (Spans{{0, 0, 1}, {0, 4, 1}}));
}

TEST(Selecting, a_number_between_two_tasks_is_none) {
  auto view = a_run({{"a", 5}});
  view.jobs[0].shape = jobs::Array{10, 10, 5};
  EXPECT_EQ(not_found(view, "42/a.15"), "job 'a' of run 42 has no task 15: it has tasks 10, 20, ... 50");
  EXPECT_EQ(not_found(view, "42/a[51-9223372036854775807]"),
            "job 'a' of run 42 has no task 51-9223372036854775807: it has tasks 10, 20, ... 50");
}

TEST(Selecting, a_job_that_is_no_array_has_no_numbers) {
  EXPECT_EQ(not_found(a_run({{"a", 1}}), "42/a.0"), "job 'a' of run 42 is one task and no array: it is 42/a");
}

TEST(Selecting, hooks_do_not_count_among_the_jobs_of_a_run) {
  auto view = a_run({{"a", 5}, {"hook.on_exit", 1}});
  view.jobs[1].hook = jobs::Hook::on_exit;
  EXPECT_EQ(selected(view, "42[3]"), (Spans{{0, 3, 1}}));
}

RC_GTEST_PROP(Selecting, every_task_is_found_by_the_text_that_names_it, ()) {
  auto view = a_run({{"a", 2}, {"b", 1}});
  const auto count = *rc::gen::inRange<std::uint32_t>(1, 50);
  view.jobs[0].counts.total = count;
  view.jobs[0].shape =
      jobs::Array{*rc::gen::inRange<std::int64_t>(-100, 100), *rc::gen::inRange<std::int64_t>(1, 9), count};
  const auto task = *rc::gen::inRange<TaskIndex>(0, count);
  RC_ASSERT(selected(view, task_text(42, view.jobs[0], task)) == (Spans{{0, task, 1}}));
  const auto length = *rc::gen::inRange<std::uint32_t>(1, count - task + 1);
  RC_ASSERT(selected(view, span_text(42, view.jobs[0], task, length)) == (Spans{{0, task, length}}));
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

TEST(Selecting, a_task_that_is_not_there_is_not_found_with_those_that_are) {
  EXPECT_EQ(not_found(a_run({{"a", 5}}), "42/a.5"), "job 'a' of run 42 has no task 5: it has tasks 0 to 4");
}

TEST(Selecting, a_name_that_reads_like_a_range_is_found_when_there_is_no_such_job_to_have_tasks) {
  EXPECT_EQ(selected(a_run({{"v1.2-3", 1}, {"w", 1}}), "42/v1.2-3"), (Spans{{0, 0, 1}}));
  EXPECT_EQ(selected(a_run({{"v1.2-3", 1}, {"v1", 4}}), "42/v1.2-3"), (Spans{{1, 2, 2}}));
}

TEST(Selecting, a_job_that_stands_for_those_of_a_file_means_them_too) {
  auto view = a_run({{"build", 1}, {"deploy.copy", 3}, {"deploy.check", 1}, {"deploy", 1}, {"deploy.own", 1}});
  view.jobs[3].stands_for = 2;
  EXPECT_EQ(selected(view, "42/deploy"), (Spans{{1, 0, 3}, {2, 0, 1}, {3, 0, 1}}));
  EXPECT_EQ(selected(view, "42/deploy.copy[1-2]"), (Spans{{1, 1, 2}}));
  EXPECT_EQ(selected(view, "42/deploy.check"), (Spans{{2, 0, 1}}));
  EXPECT_EQ(selected(view, "42/deploy.own"), (Spans{{4, 0, 1}})) << "a name alone makes nothing one of them";
}

}  // namespace
}  // namespace rota::control
