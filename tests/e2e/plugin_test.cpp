// Functions of the user's own: plugins in all three modes, what is refused before they run, and how they are made.
#include <gtest/gtest.h>

#include "tests/e2e/scene.h"
#include "tests/support/paths.h"
#include "tests/support/scratch.h"

namespace rota::test {
namespace {

using Strings = std::vector<std::string>;

class Plugin : public testing::Test {
 protected:
  /// One job `x` that calls this function with these fields.
  static std::string job(const std::string& function, const std::string& fields) {
    return "jobs:\n  x: {target: \"" + plugin() + ":" + function + "\", " + fields + "}\n";
  }
  Ended call(const std::string& function, const std::string& fields) { return scene_.run(job(function, fields)); }
  static Strings output(const Ended& e) { return lines_of(job_lines(e.out), "x"); }
  /// Compiles C text into a library of this name.
  std::string library(const std::string& name, const std::string& text) const {
    scene_.write(name + ".c", text);
    const auto e =
        scene_.shell("c++ -x c++ -shared -fPIC -I'" + source_path("jobs/sdk/include") + "' " + name + ".c -o " + name)
            .run();
    EXPECT_EQ(e.status, 0) << told(e);
    return "./" + name;
  }
  Scene scene_;
};

class PluginIn : public Plugin, public testing::WithParamInterface<std::string> {
 protected:
  Ended call(const std::string& function, const std::string& fields) {
    return Plugin::call(function, fields + ", mode: " + GetParam());
  }
};
class PlainIn : public PluginIn {};
INSTANTIATE_TEST_SUITE_P(Mode, PluginIn, testing::Values("thread", "process", "async"),
                         [](const auto& p) { return p.param; });
INSTANTIATE_TEST_SUITE_P(Mode, PlainIn, testing::Values("thread", "process"), [](const auto& p) { return p.param; });

TEST_P(PlainIn, arguments_of_every_type_arrive_as_what_the_function_takes) {
  Ended e = call("show",
                 "args: [true, 42, 7, 3.10], kwargs: {time: 250ms, words: [a, \"b c\"], counts: {one: 1, two: 2}, any: "
                 "[1, {k: v}], perhaps: 5}");
  EXPECT_EQ(e.status, 0) << told(e);
  EXPECT_EQ(output(e), Strings{"true 42 7.000000 3.10 250ms [a] [b c] one=1 two=2 any:2 perhaps:5"}) << told(e);
  e = call("show", "args: [false, -1], kwargs: {words: [], counts: {}, any: text}");
  EXPECT_EQ(output(e), Strings{"false -1 0.500000 none 1500ms any:- perhaps:-"}) << told(e);
}

TEST_P(PluginIn, a_coroutine_runs_and_leaves_outputs) {
  const Ended e = scene_.run("jobs:\n  x: {target: \"" + plugin() +
                             ":co_show\", args: [40], kwargs: {text: ab}, mode: " + GetParam() +
                             ", outputs: {sum: int, text: string, early: json}}\n" +
                             "  y: {run: 'echo ${{ needs.x.outputs.sum }} ${{ needs.x.outputs.text }} "
                             "${{ needs.x.outputs.early }}', needs: [x]}\n");
  EXPECT_EQ(e.status, 0) << told(e);
  EXPECT_EQ(output(e), Strings{"40 ab"}) << told(e);
  EXPECT_TRUE(contains(e.err, "from 1/x")) << told(e);
  EXPECT_EQ(lines_of(job_lines(e.out), "y"), Strings{"42 ab [1,\"two\",3.5]"}) << told(e);
}

TEST_P(PluginIn, a_coroutine_waits_for_descriptors) {
  const Ended e = call("co_pipe", "args: [hello]");
  EXPECT_EQ(e.status, 0) << told(e);
  EXPECT_EQ(output(e), Strings{"read hello"}) << told(e);
}

TEST_P(PlainIn, w04_an_exception_fails_the_attempt_with_its_message) {
  Ended e = call("throws", "args: [no luck]");
  EXPECT_EQ(e.status, 1) << told(e);
  EXPECT_TRUE(contains(e.err, "no luck")) << told(e);
  EXPECT_EQ(scene_.story()["x"].outcome, "failed");
  EXPECT_EQ(scene_.story()["x"].reason, "exception");
  e = call("throws_seven", "args: []");
  EXPECT_TRUE(contains(e.err, "not a std::exception")) << told(e);
}

TEST_P(PluginIn, w22_an_exception_of_a_coroutine_does_so_too) {
  const Ended e = call("co_throws", "args: [no luck]");
  EXPECT_EQ(e.status, 1) << told(e);
  EXPECT_TRUE(contains(e.err, "no luck")) << told(e);
  EXPECT_EQ(scene_.story()["x"].reason, "exception");
}

TEST_P(PlainIn, a_function_sees_that_it_is_asked_to_stop) {
  const Ended e = call("waits", "timeout: 3s, args: []");
  EXPECT_EQ(output(e), (Strings{"waiting", "asked to stop: 1"})) << told(e);
  EXPECT_EQ(scene_.story()["x"].outcome, "timed_out");
}

TEST_P(PluginIn, w22_a_coroutine_is_cancelled_where_it_waits_and_cleans_up) {
  for (const std::string what : {"time", "descriptor", "both"}) {
    const Ended e = call("co_waits", "timeout: 3s, args: [" + what + "]");
    EXPECT_EQ(output(e), (Strings{"waiting", "cleaned up"})) << told(e);
    EXPECT_EQ(scene_.story()["x"].outcome, "timed_out");
  }
}

TEST_P(PlainIn, environment_and_paths_are_those_of_the_job) {
  const Ended e = call("looks", "env: {COLOUR: blue}");
  EXPECT_EQ(output(e), Strings{"blue " + scene_.path("x")}) << told(e);
}

TEST_P(PlainIn, a_crash_is_the_jobs_own) {
  const Ended e = call("crash", "args: []");
  EXPECT_EQ(e.status, 1) << told(e);
  EXPECT_EQ(scene_.story()["x"].outcome, "crashed");
  EXPECT_EQ(scene_.story()["x"].reason, "signal:6");
}

TEST_F(Plugin, what_only_the_types_of_cpp_refuse_is_refused_before_the_function_runs) {
  Ended e = call("small", "args: [300]");
  EXPECT_EQ(e.status, 1) << told(e);
  EXPECT_TRUE(contains(e.err, "'n' is out of range: 300 is not between 0 and 255")) << told(e);
  EXPECT_EQ(scene_.story()["x"].reason, "bad-call");
  e = call("show", "args: [true, 1], kwargs: {words: [a, {}], counts: {}, any: 1}");
  EXPECT_TRUE(contains(e.err, "item 2 of 'words' takes text, got a map")) << told(e);
  e = scene_.run(job("small", "args: [1, 2, 3], outputs: {result: int}"));
  EXPECT_EQ(e.status, 0) << told(e);
}

TEST_F(Plugin, a_wrong_call_is_told_with_its_place_before_anything_runs) {
  const auto refused = [&](const std::string& function, const std::string& fields, std::string_view why) {
    scene_.write("job.yaml", job(function, fields));
    const Ended e = scene_.rota({"validate", "job.yaml"}).run();
    EXPECT_EQ(e.status, 2) << told(e);
    EXPECT_TRUE(contains(e.err, why)) << told(e);
    EXPECT_TRUE(contains(e.err, "job.yaml:2:")) << told(e);
  };
  refused("throws", "args: []", "target 'throws' needs 'message', text");
  refused("throws", "args: [a, b]", "takes one argument, got 2");
  refused("throws", "kwargs: {mesage: x}", "did you mean 'message'?");
  refused("co_show", "args: [ten]", "takes 'whole' as an integer, got the string \"ten\"");
  refused("waits", "mode: async", "runs under thread or process, not under async");
  refused("wait", "args: []", "did you mean 'waits'?");
  refused("", "args: []", "no function is named");
}

TEST_F(Plugin, w13_a_file_that_is_no_plugin_is_told_as_what_it_is) {
  const auto refused = [&](const std::string& path, std::string_view why) {
    scene_.write("job.yaml", "jobs: {x: {target: \"" + path + ":f\"}}\n");
    const Ended e = scene_.rota({"validate", "job.yaml"}).run();
    EXPECT_EQ(e.status, 2) << told(e);
    EXPECT_TRUE(contains(e.err, why)) << told(e);
  };
  refused("./nowhere.so", scene_.path("nowhere.so"));
  refused("./nowhere.so", "No such file");
  scene_.write("text.so", "no library\n");
  refused("text.so", "cannot be loaded");
  refused(library("none.so", "extern \"C\" int f() { return 1; }"), "is no plugin of Rota");
  refused(library("new.so",
                  "#include <rota/rota.h>\nstatic const rota_plugin p = {sizeof(rota_plugin), 7, 0, 0, 0};\n"
                  "extern \"C\" const rota_plugin* rota_plugin_v1() { return &p; }"),
          "version 7 of the plugin interface");
  refused(library("dies.so", "#include <stdlib.h>\n__attribute__((constructor)) static void die() { abort(); }"),
          "crashes when it is loaded, by signal 6");
}

TEST_F(Plugin, targets_lists_what_a_library_offers) {
  const Ended e = scene_.rota({"targets", plugin()}).run();
  EXPECT_EQ(e.status, 0) << told(e);
  EXPECT_TRUE(contains(e.out, "prints what it gets")) << e.out;
  EXPECT_TRUE(contains(e.out, "time=1.5s")) << e.out;
  EXPECT_TRUE(contains(e.out, "more...")) << e.out;
  EXPECT_TRUE(contains(e.out, "thread process async")) << e.out;
  EXPECT_EQ(scene_.rota({"targets", "nowhere.so"}).run().status, 2);
}

TEST_F(Plugin, a_library_that_was_built_anew_is_loaded_anew_by_the_same_worker) {
  for (const std::string version : {"1", "2"})
    library("it" + version + ".so",
            "#include <rota/rota.h>\n"
            "static int run(const rota_host* h, rota_context* c, const rota_value* const*) {\n"
            "  return h->out(c, {\"version " +
                version +
                "\\n\", 10}), ROTA_DONE;\n}\n"
                "static const rota_target t = {sizeof t, 0, \"f\", 0, 0, 0, run, 0, 0, 0};\n"
                "static const rota_target* const all[] = {&t};\n"
                "static const rota_plugin p = {sizeof p, ROTA_ABI, 1, all, 0};\n"
                "extern \"C\" const rota_plugin* rota_plugin_v1() { return &p; }");
  const Ended e = scene_.run(
      "workers: {pool: 1}\njobs:\n  a: {target: \"./it1.so:f\"}\n"
      "  swap: {run: mv it2.so it1.so, needs: [a]}\n"
      "  b: {target: \"./it1.so:f\", needs: [swap]}\n");
  EXPECT_EQ(e.status, 0) << told(e);
  EXPECT_EQ(lines_of(job_lines(e.out), "a"), Strings{"version 1"}) << told(e);
  EXPECT_EQ(lines_of(job_lines(e.out), "b"), Strings{"version 2"}) << told(e);
}

TEST_F(Plugin, the_example_builds_with_one_line_and_runs_in_three_modes) {
  for (const auto* file : {"sim.cpp", "sim.yaml"})
    scene_.write(file, read_file(source_path(std::string("jobs/sdk/example/") + file)));
  Ended e =
      scene_.shell("c++ -std=c++20 -shared -fPIC -I'" + source_path("jobs/sdk/include") + "' sim.cpp -o libsim.so")
          .run();
  ASSERT_EQ(e.status, 0) << told(e);
  e = scene_.rota({"run", "sim.yaml", "-p", "points=2000"}).run();
  EXPECT_EQ(e.status, 0) << told(e);
  EXPECT_EQ(lines_of(job_lines(e.out), "clock"), (Strings{"tick 1", "tick 2", "tick 3"})) << told(e);
  EXPECT_TRUE(contains(e.out, "two pi: 6.")) << told(e);
}

TEST_F(Plugin, the_example_builds_with_cmake_out_of_tree) {
  const auto bin = rota_binary();
  const auto build = bin.substr(0, bin.rfind("/bin/"));
  const auto example = source_path("jobs/sdk/example");
  Ended e = scene_
                .shell("cmake --install '" + build + "' --prefix \"$PWD/prefix\" --component sdk && cmake -S '" +
                       example + "' -B made -DCMAKE_PREFIX_PATH=\"$PWD/prefix\" && cmake --build made")
                .run();
  ASSERT_EQ(e.status, 0) << told(e);
  e = scene_.rota({"targets", "made/libsim.so"}).run();
  EXPECT_EQ(e.status, 0) << told(e);
  EXPECT_TRUE(contains(e.out, "run_one")) << told(e);
}

}  // namespace
}  // namespace rota::test
