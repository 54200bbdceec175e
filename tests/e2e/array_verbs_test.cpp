// Arrays by the numbers of their tasks, from the plan to the rescue: what a user types and sees.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "tests/e2e/scene.h"
#include "tests/e2e/service_scene.h"

namespace rota::test {
namespace {

namespace json = boost::json;
using ::testing::HasSubstr;
using ::testing::Not;

// Three of five tasks work, until `mended` is there; the numbers are 10, 20, 30, 40, 50.
const std::string kSweep =
    "jobs:\n"
    "  first: {run: 'echo \"k=7\" >> \"$ROTA_OUTPUT\"; echo first >> ran', outputs: {k: int}}\n"
    "  sweep:\n"
    "    run: 'echo \"at $ROTA_ARRAY_INDEX\"; echo \"s$ROTA_ARRAY_INDEX\" >> ran; "
    "test -e mended || test \"$ROTA_ARRAY_INDEX\" -lt 40'\n"
    "    array: '10..50:10'\n"
    "    needs: first\n"
    "  tell: {command: [echo, 'k is ${{ needs.first.outputs.k }}'], needs: [first, sweep]}\n";

TEST(ArrayVerbs, plan_and_graph_run_nothing_and_count_every_task) {
  const Scene scene;
  const auto file = scene.write("sweep.yaml", kSweep);
  const Ended plan = scene.rota({"plan", file}).run();
  EXPECT_EQ(plan.status, 0) << told(plan);
  EXPECT_THAT(plan.out, HasSubstr("3 jobs, 7 tasks"));
  EXPECT_THAT(plan.out, HasSubstr("sweep: 5 tasks, array 10..50:10"));
  const Ended only = scene.rota({"plan", file, "--only", "sweep", "--json"}).run();
  EXPECT_EQ(json::parse(only.out).at_pointer("/plan/tasks").as_int64(), 6);
  const Ended dot = scene.rota({"graph", file, "--dot"}).run();
  EXPECT_EQ(dot.status, 0) << told(dot);
  EXPECT_THAT(dot.out, HasSubstr("j0 -> j1;"));
  EXPECT_EQ(scene.rota({"plan", file, "--only", "swep"}).run().status, 2);
  EXPECT_EQ(scene.rota({"graph", scene.write("bad.yaml", "jobs: {a: {rum: x}}")}).run().status, 2);
  EXPECT_FALSE(scene.exists("ran"));
}

TEST(ArrayVerbs, tasks_are_shown_by_their_numbers) {
  const Scene scene;
  EXPECT_EQ(scene.run(kSweep).status, 1);
  const Ended page = scene.rota({"show", "last/sweep"}).run();
  EXPECT_THAT(page.out, HasSubstr("5 tasks: 3 ok, 2 failed"));
  EXPECT_THAT(page.out, HasSubstr("1/sweep.40"));
  EXPECT_THAT(scene.rota({"show", "last/sweep.20"}).run().out, HasSubstr("1/sweep.20"));
  EXPECT_THAT(scene.rota({"logs", "last/sweep.30"}).run().out, HasSubstr("at 30"));
  const Ended failed = scene.rota({"logs", "last", "--failed"}).run();
  EXPECT_THAT(failed.out, HasSubstr("at 40"));
  EXPECT_THAT(failed.out, Not(HasSubstr("at 10")));
  EXPECT_THAT(scene.rota({"ps", "--tasks", "last/sweep"}).run().out, HasSubstr("1/sweep.50"));
  EXPECT_THAT(scene.rota({"explain", "last/sweep.40"}).run().out, HasSubstr("1/sweep.40"));
  const Ended none = scene.rota({"show", "last/sweep.15"}).run();
  EXPECT_EQ(none.status, 3);
  EXPECT_THAT(none.err, HasSubstr("has no task 15: it has tasks 10, 20, ... 50"));
  const Ended single = scene.rota({"show", "last/first.0"}).run();
  EXPECT_EQ(single.status, 3);
  EXPECT_THAT(single.err, HasSubstr("is one task and no array"));
}

TEST(ArrayVerbs, a_rescue_holds_only_what_is_not_done_and_runs) {
  const Scene scene;
  EXPECT_EQ(scene.run(kSweep).status, 1);
  const Ended rescue = scene.rota({"rescue", "last"}).run();
  ASSERT_EQ(rescue.status, 0) << told(rescue);
  const auto file = scene.write("rest.yaml", rescue.out);
  EXPECT_EQ(scene.rota({"validate", file}).run().status, 0) << rescue.out;
  scene.write("mended", "");
  scene.write("ran", "");
  const Ended again = scene.rota({"run", file}).run();
  EXPECT_EQ(again.status, 0) << told(again) << rescue.out;
  EXPECT_THAT(again.out, HasSubstr("k is 7")) << "the output of what is done";
  EXPECT_THAT(scene.read("ran"), ::testing::AllOf(HasSubstr("s40"), HasSubstr("s50"), Not(HasSubstr("s10")),
                                                  Not(HasSubstr("first"))));
  const Ended done = scene.rota({"rescue", "last"}).run();
  EXPECT_EQ(done.status, 5) << told(done);
}

TEST(ArrayVerbs, a_retry_does_only_the_tasks_that_failed_and_sees_a_changed_file) {
  Service service;
  auto rotad = service.up();
  const auto run = service.submit(kSweep);
  EXPECT_EQ(service.ask({"wait", run}).status, 1);
  service.scene().write("ran", "");
  const Ended same = service.ask({"retry", run, "--failed"});
  ASSERT_EQ(same.status, 0) << told(same);
  EXPECT_THAT(same.out, HasSubstr("2 jobs, 3 tasks (what is left of run 1)"));
  EXPECT_THAT(same.err, Not(HasSubstr("changed")));
  EXPECT_EQ(service.ask({"wait", "last"}).status, 1);
  EXPECT_THAT(service.lines("ran"), ::testing::UnorderedElementsAre("s40", "s50"));

  auto changed = kSweep;
  changed.replace(changed.find("-lt 40"), 6, "-lt 90");
  service.scene().write("submitted.yaml", changed);
  const Ended told_so = service.ask({"retry", run});
  EXPECT_THAT(told_so.err, HasSubstr("has changed since (otherwise: sweep)")) << told(told_so);
  const Ended reload = service.ask({"retry", run, "--reload"});
  EXPECT_THAT(reload.out, HasSubstr("2 jobs, 6 tasks")) << "all of sweep, and what needs it: " << told(reload);
  EXPECT_EQ(service.ask({"wait", "last"}).status, 0);
  EXPECT_EQ(service.ask({"daemon", "stop", "--all"}).status, 0);
  EXPECT_EQ(rotad.wait().status, 0);
}

TEST(ArrayVerbs, a_rescue_tells_which_tasks_of_an_odd_rest_and_which_combinations_are_left) {
  const Scene scene;
  EXPECT_EQ(scene.run("jobs:\n"
                      "  odd: {run: 'echo \"o$ROTA_ARRAY_INDEX of ${{ array.count }}\" >> ran; test -e mended || "
                      "case $ROTA_ARRAY_INDEX in 1|2|5) false;; esac', array: 8}\n"
                      "  next: {run: 'echo \"n$ROTA_ARRAY_INDEX\" >> ran', array: 8, needs: {odd: each}}\n"
                      "  cells: {run: 'echo \"c${{ matrix.n }}${{ matrix.os }}\" >> ran; test -e mended || "
                      "test ${{ matrix.n }} != 2', matrix: {n: [1, 2, 3], os: [l, m], exclude: [{n: 2, os: m}]}}\n")
                .status,
            1);
  const Ended rescue = scene.rota({"rescue", "last"}).run();
  ASSERT_EQ(rescue.status, 0) << told(rescue);
  EXPECT_THAT(rescue.out, HasSubstr(": 3 jobs, 7 tasks to do.\n"));
  scene.write("mended", "");
  scene.write("ran", "");
  const Ended again = scene.rota({"run", scene.write("rest.yaml", rescue.out)}).run();
  EXPECT_EQ(again.status, 0) << told(again) << rescue.out;
  EXPECT_THAT(split_lines(scene.read("ran")),
              ::testing::UnorderedElementsAre("o1 of 8", "o2 of 8", "o5 of 8", "n1", "n2", "n5", "c2l"))
      << rescue.out;
}

TEST(ArrayVerbs, a_rescue_has_what_done_jobs_left_also_in_run_texts) {
  const Scene scene;
  EXPECT_EQ(scene.run("jobs:\n"
                      "  seed: {run: 'echo \"base=40\" >> \"$ROTA_OUTPUT\"; "
                      "echo \"who=it is me\" >> \"$ROTA_OUTPUT\"', outputs: {base: int, who: string}}\n"
                      "  sum: {run: 'test -e mended && echo \"${{ needs.seed.outputs.who }}:\" "
                      "${{ needs.seed.outputs.base + 2 }} ${{ needs.seed.outputs.who }} >> ran', needs: seed, "
                      "if: needs.seed.outputs.base > 3}\n")
                .status,
            1);
  const Ended rescue = scene.rota({"rescue", "last"}).run();
  ASSERT_EQ(rescue.status, 0) << told(rescue);
  scene.write("mended", "");
  const Ended again = scene.rota({"run", scene.write("rest.yaml", rescue.out)}).run();
  EXPECT_EQ(again.status, 0) << told(again) << rescue.out;
  EXPECT_EQ(scene.read("ran"), "it is me: 42 it is me\n");
}

TEST(ArrayVerbs, a_rest_that_no_file_can_say_is_refused_with_the_way_out) {
  const std::string yaml =
      "jobs:\n  a: {run: 'test $ROTA_ARRAY_INDEX != 1', array: 3, outputs: [k]}\n"
      "  b: {command: [echo, '${{ to_json(needs.a.outputs.k) }}'], needs: a}\n";
  const Scene scene;
  EXPECT_EQ(scene.run(yaml).status, 1);
  const Ended here = scene.rota({"rescue", "last"}).run();
  EXPECT_EQ(here.status, 5) << told(here);
  EXPECT_THAT(here.err, HasSubstr("job 'b' wants the outputs of all tasks of 'a', of which some are done; `rota run "));
  EXPECT_EQ(here.out, "");
  Service service;
  auto rotad = service.up();
  const auto run = service.submit(yaml);
  EXPECT_EQ(service.ask({"wait", run}).status, 1);
  EXPECT_THAT(service.ask({"rescue", run}).err, HasSubstr("; `rota retry 1` does just what is left"));
  EXPECT_EQ(service.ask({"daemon", "stop", "--all"}).status, 0);
  EXPECT_EQ(rotad.wait().status, 0);
}

TEST(ArrayVerbs, tasks_that_are_named_are_retried_with_what_needs_them) {
  Service service;
  auto rotad = service.up();
  const auto run = service.submit(
      "jobs:\n  a: {run: 'echo \"a$ROTA_ARRAY_INDEX\" >> ran', array: '100..109'}\n"
      "  b: {run: 'echo \"b$ROTA_ARRAY_INDEX\" >> ran', array: 10, needs: {a: each}}\n"
      "  c: {run: 'echo c >> ran', needs: b}\n");
  EXPECT_EQ(service.ask({"wait", run}).status, 0);
  service.scene().write("ran", "");
  EXPECT_THAT(service.ask({"retry", run + "/a[102-103]", "--failed"}).err, HasSubstr("nothing of 1/a[102-103] failed"));
  const Ended alone = service.ask({"retry", run + "/a[102-103,109]"});
  EXPECT_THAT(alone.out, HasSubstr("1 job, 3 tasks (again, of run 1)")) << told(alone);
  EXPECT_EQ(service.ask({"wait", "last"}).status, 0);
  EXPECT_THAT(service.lines("ran"), ::testing::UnorderedElementsAre("a102", "a103", "a109"));
  service.scene().write("ran", "");
  const Ended with = service.ask({"retry", run + "/a.104", "--downstream"});
  EXPECT_THAT(with.out, HasSubstr("3 jobs")) << told(with);
  EXPECT_EQ(service.ask({"wait", "last"}).status, 0);
  EXPECT_THAT(service.lines("ran"), ::testing::UnorderedElementsAre("a104", "b4", "c"));
  EXPECT_THAT(service.ask({"retry", run + "/b.10"}).err, HasSubstr("has no task 10: it has tasks 0 to 9"));
  EXPECT_THAT(service.ask({"retry", run + "/bb"}).err, HasSubstr("did you mean 'b'?"));
  EXPECT_EQ(service.ask({"daemon", "stop", "--all"}).status, 0);
  EXPECT_EQ(rotad.wait().status, 0);
}

TEST(ArrayVerbs, a_condition_that_cannot_be_computed_is_told_by_task_and_place) {
  const Scene scene;
  const Ended ran = scene.run(
      "jobs:\n  src: {run: 'echo \"j=[1,2\" >> $ROTA_OUTPUT', outputs: {j: string}}\n"
      "  many: {run: 'true', array: 4, needs: src, if: 'array.index == 1 || contains(from_json(needs.src.outputs.j), "
      "array.index)'}\n");
  EXPECT_EQ(ran.status, 1);
  EXPECT_THAT(ran.err, HasSubstr("many.0 failed: a value of it could not be computed: its `if` (3:"));
  for (const auto* verb : {"show", "explain"}) {
    const Ended e = scene.rota({verb, "last/many.2"}).run();
    EXPECT_THAT(e.out, HasSubstr("its `if` (3:")) << told(e);
    EXPECT_THAT(e.out, HasSubstr("from_json(): ")) << told(e);
  }
  EXPECT_THAT(scene.rota({"show", "last/many"}).run().out, HasSubstr("task 3: its `if` (3:"));
}

TEST(ArrayVerbs, named_tasks_that_stand_alike_are_one_entry_in_every_view) {
  Service service;
  auto rotad = service.up();
  const auto run = service.submit(
      "jobs: {a: {run: 'while [ ! -e go ]; do sleep 0.05; done', array: 2000, max_parallel: 1}}\n");
  EXPECT_TRUE(service.reaches(run, "a", "running"));
  EXPECT_EQ(service.ask({"cancel", run + "[1000-1999]"}).status, 0);
  const Ended show = service.ask({"show", run + "[17-99]"});
  EXPECT_THAT(show.out, HasSubstr("1/a[17-99]\n"));
  EXPECT_THAT(show.out, HasSubstr("83, all of them")) << told(show);
  const Ended why = service.ask({"explain", run + "[17-99]"});
  EXPECT_THAT(why.out, HasSubstr("1/a[17-99] queued\n"));
  EXPECT_EQ(why.out.find("1/a.18"), std::string::npos) << told(why);
  const Ended tasks = service.ask({"ps", "--tasks", run + "/a[17-99,1500-1509]"});
  EXPECT_THAT(tasks.out, HasSubstr("1/a[17-99]"));
  EXPECT_THAT(tasks.out, HasSubstr("1/a[1500-1509]"));
  EXPECT_THAT(tasks.out, Not(HasSubstr("1/a.0 "))) << told(tasks);
  EXPECT_THAT(service.ask({"explain", run + "[1500-1509]"}).out, HasSubstr("1/a[1500-1509] cancelled: "));
  EXPECT_THAT(service.ask({"wait", run + "[1500-1509]"}).out, "1[1500-1509] cancelled\n");
  EXPECT_EQ(service.ask({"ps", "--tasks", run + "/b"}).status, 3);
  EXPECT_EQ(service.ask({"daemon", "stop", "--all"}).status, 0);
  EXPECT_EQ(rotad.wait().status, 0);
}

TEST(ArrayVerbs, a_range_of_tasks_is_cancelled_and_waited_for) {
  Service service;
  auto rotad = service.up();
  const auto run = service.submit(
      "jobs: {a: {run: 'while [ ! -e go ]; do sleep 0.05; done', array: '1..6', max_parallel: 2}}\n");
  EXPECT_TRUE(service.reaches(run, "a", "running"));
  const Ended cancel = service.ask({"cancel", run + "[2-6]"});
  EXPECT_EQ(cancel.status, 0) << told(cancel);
  EXPECT_THAT(cancel.out, HasSubstr("5 tasks ended"));
  EXPECT_EQ(service.ask({"wait", run + ".4"}).status, 1);
  EXPECT_EQ(service.ask({"cancel", run + ".7"}).status, 3);
  EXPECT_EQ(service.ask({"hold", run + "/a.1"}).status, 2);
  service.scene().write("go", "");
  EXPECT_EQ(service.ask({"wait", run + ".1"}).status, 0);
  EXPECT_EQ(service.ask({"daemon", "stop", "--all"}).status, 0);
  EXPECT_EQ(rotad.wait().status, 0);
}

}  // namespace
}  // namespace rota::test
