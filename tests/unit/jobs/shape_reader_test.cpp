// Arrays and matrices as the file says them, and what their tasks stand for.
#include <gtest/gtest.h>
#include <fmt/format.h>

#include <rapidcheck/gtest.h>

#include "tests/unit/jobs/loading.h"

namespace rota::jobs {
namespace {

Shape shape(const std::string& fields) { return test::job("run: x, " + fields).shape; }
Array array(const std::string& text) {
  const auto s = shape("array: " + text);
  const auto* a = std::get_if<Array>(&s);
  EXPECT_NE(a, nullptr) << text;
  return a ? *a : Array{};
}

/// "os=linux n=1" of each task.
std::vector<std::string> tasks(const Shape& s) {
  std::vector<std::string> out;
  for (std::uint32_t i = 0; i < task_count(s); ++i) {
    std::string line;
    for (const auto& [name, value] : matrix_values(s, i))
      line += fmt::format("{}{}={}", line.empty() ? "" : " ", name, to_text(value));
    out.push_back(line);
  }
  return out;
}
std::vector<std::string> matrix(const std::string& text) { return tasks(shape("matrix: " + text)); }
using Lines = std::vector<std::string>;

TEST(ArrayReader, takes_a_number_or_a_range_with_a_step) {
  EXPECT_EQ(array("100"), (Array{0, 1, 100}));
  EXPECT_EQ(array("\"0..9\""), (Array{0, 1, 10}));
  EXPECT_EQ(array("5..5"), (Array{5, 1, 1}));
  EXPECT_EQ(array("10..50:10"), (Array{10, 10, 5}));
  EXPECT_EQ(array("\"10..59:10\""), (Array{10, 10, 5}));
  EXPECT_EQ(array("10000000"), (Array{0, 1, 10'000'000}));
}

TEST(ArrayReader, takes_what_a_param_says) {
  const std::string yaml = "params: {n: 5}\njobs: {j: {run: x, array: \"${{ params.n }}\"}}";
  EXPECT_EQ(task_count(test::plan(yaml).jobs[0].shape), 5u);
  auto options = test::options();
  options.params = {{"n", "70"}};
  EXPECT_EQ(task_count(test::plan(yaml, options).jobs[0].shape), 70u);
  const auto p = test::plan("params: {r: \"1..9:4\"}\njobs: {j: {run: x, array: \"${{ params.r }}\"}}");
  EXPECT_EQ(task_count(p.jobs[0].shape), 3u);
}

TEST(ArrayReader, a_default_shape_gives_way_to_a_jobs_own) {
  const auto p = test::plan(
      "defaults: {array: 5}\njobs: {a: {run: x}, b: {run: x, matrix: {n: [1, 2]}}, c: {run: x, daemon: true}}");
  EXPECT_EQ(p.jobs[0].task_count(), 5u);
  EXPECT_EQ(p.jobs[1].task_count(), 2u);
  EXPECT_EQ(p.jobs[2].task_count(), 1u);
}

TEST(MatrixReader, is_the_product_of_its_axes_the_last_one_fastest) {
  EXPECT_EQ(matrix("{os: [linux, mac], n: \"1..3:2\"}"),
            (Lines{"os=linux n=1", "os=linux n=3", "os=mac n=1", "os=mac n=3"}));
  EXPECT_EQ(matrix("{version: [3.10, 3.9]}"), (Lines{"version=3.10", "version=3.9"}));
  EXPECT_EQ(matrix("{c: [{cc: gcc, v: 12}, [a, 1]]}"), (Lines{R"(c={"cc":"gcc","v":12})", R"(c=["a",1])"}));
}

TEST(MatrixReader, excludes_whatever_fits_an_entry) {
  EXPECT_EQ(matrix("{os: [a, b], n: [1, 2], exclude: [{os: a, n: 2}]}"), (Lines{"os=a n=1", "os=b n=1", "os=b n=2"}));
  EXPECT_EQ(matrix("{os: [a, b], n: [1, 2], exclude: [{os: a}, {n: 1}]}"), Lines{"os=b n=2"});
  EXPECT_EQ(matrix("{os: [a, b], n: \"0..40:10\", exclude: [{n: 0}, {n: 20}, {n: 40}, {os: a, n: 10}]}"),
            (Lines{"os=a n=30", "os=b n=10", "os=b n=30"}));
  EXPECT_EQ(matrix("{c: [{v: 1}, {v: 2}], exclude: [{c: {v: 1}}]}"), Lines{R"(c={"v":2})"});
}

TEST(MatrixReader, includes_add_to_what_they_fit_and_stand_alone_otherwise) {
  // The example of GitHub Actions' documentation.
  EXPECT_EQ(matrix("{fruit: [apple, pear], animal: [cat, dog], include: [{color: green}, {color: pink, animal: cat}, "
                   "{fruit: apple, shape: circle}, {fruit: banana}, {fruit: banana, animal: cat}]}"),
            (Lines{"fruit=apple animal=cat color=pink shape=circle", "fruit=apple animal=dog color=green shape=circle",
                   "fruit=pear animal=cat color=pink", "fruit=pear animal=dog color=green", "fruit=banana",
                   "fruit=banana animal=cat"}));
  EXPECT_EQ(matrix("{include: [{site: a, dc: 1}, {site: b}]}"), (Lines{"site=a dc=1", "site=b"}));
}

TEST(MatrixReader, an_include_whose_combinations_are_all_excluded_stands_alone) {
  EXPECT_EQ(matrix("{os: [a, b], n: [1, 2], exclude: [{os: a}], include: [{os: a, x: 9}]}"),
            (Lines{"os=b n=1", "os=b n=2", "os=a x=9"}));
  EXPECT_EQ(matrix("{os: [a, b], n: [1, 2], exclude: [{os: a, n: 1}], include: [{os: a, x: 9}]}"),
            (Lines{"os=a n=2 x=9", "os=b n=1", "os=b n=2"}));
}

TEST(MatrixReader, axes_and_values_may_come_from_params) {
  const auto p = test::plan(
      "params: {most: \"2..4\", one: 5}\n"
      "jobs: {j: {run: x, matrix: {n: \"${{ params.most }}\", m: [\"${{ params.one }}\"]}}}");
  EXPECT_EQ(tasks(p.jobs[0].shape), (Lines{"n=2 m=5", "n=3 m=5", "n=4 m=5"}));
}

TEST(MatrixReader, ten_million_combinations_are_stored_as_their_axes) {
  const auto s = shape(
      "matrix: {a: \"1..1000\", b: \"1..10000\", exclude: [{a: 7}, {b: 7}, {a: 1, b: 1}], include: [{a: 2, x: 1}]}");
  const auto& m = std::get<Matrix>(s);
  EXPECT_EQ(m.count, 10'000'000u - 10'000 - 999 - 1);
  EXPECT_EQ(m.axes[1].values.size(), 0u);
  EXPECT_EQ(m.excluded.size(), 11'000u);
  EXPECT_FALSE(m.included[0].alone);
}

/// The meaning in the plainest way: every combination, what fits an exclude left out.
RC_GTEST_PROP(MatrixReader, leaves_out_what_a_plain_loop_would, ()) {
  const auto sizes = *rc::gen::container<std::vector<int>>(3, rc::gen::inRange(1, 5));
  const auto excludes = *rc::gen::container<std::vector<std::vector<int>>>(
      rc::gen::container<std::vector<int>>(3, rc::gen::inRange(-1, 5)));
  std::string text = "{";
  for (int a = 0; a < 3; ++a) text += fmt::format("a{}: \"0..{}\", ", a, sizes[a] - 1);
  std::vector<std::vector<int>> kept;
  std::string entries;
  for (const auto& e : excludes) {
    std::string entry;
    bool fits = true;
    for (int a = 0; a < 3; ++a) {
      if (e[a] < 0) continue;
      fits = fits && e[a] < sizes[a];
      entry += fmt::format("{}a{}: {}", entry.empty() ? "" : ", ", a, e[a]);
    }
    if (entry.empty() || !fits) continue;
    entries += fmt::format("{}{{{}}}", entries.empty() ? "" : ", ", entry);
    kept.push_back(e);
  }
  Lines expected;
  for (int x = 0; x < sizes[0]; ++x)
    for (int y = 0; y < sizes[1]; ++y)
      for (int z = 0; z < sizes[2]; ++z) {
        const int at[] = {x, y, z};
        bool out = false;
        for (const auto& e : kept) {
          bool fits = true;
          for (int a = 0; a < 3; ++a) fits = fits && (e[a] < 0 || e[a] == at[a]);
          out = out || fits;
        }
        if (!out) expected.push_back(fmt::format("a0={} a1={} a2={}", x, y, z));
      }
  const auto fields = "jobs: {j: {run: x, matrix: " + text + "exclude: [" + entries + "]}}}";
  if (expected.empty()) {
    RC_ASSERT(test::says(fields, "takes away every combination"));
  } else {
    RC_ASSERT(tasks(test::plan(fields).jobs[0].shape) == expected);
  }
}

TEST(TaskSum, y06_of_all_jobs_is_capped_and_shown) {
  EXPECT_TRUE(test::says("jobs: {a: {run: x, array: 9999999}, b: {run: x}, c: {run: x}}",
                         "the jobs have 10,000,001 tasks in all (a 9,999,999 + b 1 + c 1)"));
  EXPECT_EQ(test::plan("jobs: {a: {run: x, array: 9999999}, b: {run: x}}").jobs[0].task_count(), 9'999'999u);
  EXPECT_TRUE(test::says("jobs: {a: {run: x, matrix: {x: \"1..10000\", y: \"1..1001\"}}}",
                         "'matrix' has 10000 x 1001 = 10,010,000 combinations; a run has at most 10,000,000 tasks"));
}

/// Any chain of jobs that ends where it began is found and printed, whatever its length.
RC_GTEST_PROP(Cycles, y06_of_any_length_are_printed_as_a_path, ()) {
  const auto length = *rc::gen::inRange(2, 40);
  std::string yaml = "jobs:\n";
  for (int i = 0; i < length; ++i)
    yaml += fmt::format("  j{0}: {{run: x, array: 3, needs: {{j{1}: {2}}}}}\n", i, (i + 1) % length,
                        *rc::gen::element<std::string>("success", "completed", "each"));
  const auto found = test::findings(yaml);
  RC_ASSERT(found.size() == 1u);
  RC_ASSERT(found[0].find("these jobs need each other in a circle: j0 -> j1 -> ") != std::string::npos);
  RC_ASSERT(found[0].find("-> j0 |") != std::string::npos);
}

}  // namespace
}  // namespace rota::jobs
