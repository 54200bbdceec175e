// Functions in Python: in all three modes, with what they write, leave and raise, and what is refused before they run.
#include <gtest/gtest.h>

#include "tests/e2e/service_scene.h"
#include "tests/support/paths.h"
#include "tests/support/scratch.h"

namespace rota::test {
namespace {

using Strings = std::vector<std::string>;

constexpr auto kModule = R"(import asyncio, contextvars, logging, os, sys, threading, time
import rota

def show(flag: bool, n: int, x: float, text: str, items: list, more: dict, anything=None, *, k="none"):
    """prints what it gets"""
    print(flag, n, x, text, items, more, anything, k)

def raises(what):
    def deeper():
        raise ValueError(what)
    deeper()

def leave(n: int):
    return {"sum": n + 2, "text": "ab", "none": object()}

def scalar():
    return 7

async def co_leave(n: int):
    await asyncio.sleep(0.001)
    rota.context().set_output("text", "set")
    return {"sum": n + 2}

def about():
    ctx = rota.context()
    print(ctx.job_id, ctx.attempt, ctx.env("COLOUR"), ctx.stop_requested(), threading.current_thread().name)

async def co_about():
    await asyncio.sleep(0)
    about()

def leaves(how):
    if how == "exit":
        sys.exit(3)
    if how == "interrupt":
        raise KeyboardInterrupt()
    if how == "huge":
        return "x" * (2 << 20)
    if how == "object":
        return object()
    if how == "big":
        return 1 << 70
    if how == "os":
        os._exit(9)

async def co_leaves(how):
    await asyncio.sleep(0)
    return leaves(how)

def polls():
    print("waiting", flush=True)
    while not rota.context().stop_requested():
        time.sleep(0.01)
    print("asked to stop")

def deaf():
    print("waiting", flush=True)
    try:
        while True:
            time.sleep(0.01)
    finally:
        print("cleaned up")

def sleeps():
    print("waiting", flush=True)
    time.sleep(1000)

async def co_waits():
    print("waiting")
    try:
        await asyncio.sleep(1000)
    finally:
        print("cleaned up")

def many(n: int):
    for i in range(20):
        print("line", n, end=" ")
        print("of", n)
        sys.stderr.write("err %d\n" % n)
        if i % 7 == 0:
            time.sleep(0.001)
    sys.stdout.buffer.write(b"bytes %d\n" % n)
    t = threading.Thread(target=print, args=("thread of", n))
    t.start()
    t.join()

var = contextvars.ContextVar("var", default="unset")

async def apart(n: int):
    before = var.get()
    var.set(n)
    for _ in range(5):
        await asyncio.sleep(0.001)
    print(before, var.get() == n)

def apart_too(n: int):
    before = var.get()
    var.set(n)
    time.sleep(0.002)
    print(before, var.get() == n)
)";

class Python : public testing::Test {
 protected:
  void SetUp() override {
    if (!has_python()) GTEST_SKIP() << "this build has no Python";
    scene_.write("mod.py", kModule);
  }
  static std::string job(const std::string& function, const std::string& fields) {
    return "jobs:\n  x: {target: \"mod.py:" + function + "\"" + (fields.empty() ? "" : ", " + fields) + "}\n";
  }
  Ended call(const std::string& function, const std::string& fields = "") const {
    return scene_.run(job(function, fields));
  }
  static Strings output(const Ended& e) { return lines_of(job_lines(e.out), "x"); }
  std::string message(const std::string& id = "last/x") const { return scene_.rota({"show", id}).run().out; }
  Scene scene_;
};

class PythonIn : public Python, public testing::WithParamInterface<std::string> {
 protected:
  Ended call(const std::string& function, const std::string& fields = "") const {
    return Python::call(function, fields + (fields.empty() ? "" : ", ") + "mode: " + GetParam());
  }
  std::string of_mode(const std::string& function) const {
    return GetParam() == "async" ? "co_" + function : function;
  }
};
class PlainPythonIn : public PythonIn {};
INSTANTIATE_TEST_SUITE_P(Mode, PythonIn, testing::Values("thread", "process", "async"),
                         [](const auto& p) { return p.param; });
INSTANTIATE_TEST_SUITE_P(Mode, PlainPythonIn, testing::Values("thread", "process"),
                         [](const auto& p) { return p.param; });

TEST_P(PlainPythonIn, arguments_of_every_type_arrive_as_the_function_takes_them) {
  Ended e = call("show", "args: [true, 42, 7, 3.10, [a, \"b c\"], {one: 1}], kwargs: {anything: [1, {k: v}], k: 5}");
  EXPECT_EQ(e.status, 0) << told(e);
  EXPECT_EQ(output(e), Strings{"True 42 7.0 3.10 ['a', 'b c'] {'one': 1} [1, {'k': 'v'}] 5"}) << told(e);
}

TEST_P(PythonIn, what_is_returned_and_set_is_left_for_others) {
  const auto function = GetParam() == "async" ? "co_leave" : "leave";
  const Ended e = scene_.run(std::string("jobs:\n  x: {target: \"py:mod:") + function + "\", args: [40], mode: " +
                             GetParam() + ", outputs: {sum: int, text: string}}\n" +
                             "  y: {run: 'echo ${{ needs.x.outputs.sum }} ${{ needs.x.outputs.text }}', needs: [x]}\n");
  EXPECT_EQ(e.status, 0) << told(e);
  EXPECT_EQ(lines_of(job_lines(e.out), "y"), Strings{GetParam() == "async" ? "42 set" : "42 ab"}) << told(e);
}

TEST_P(PlainPythonIn, a_single_output_takes_what_is_returned) {
  const Ended e = scene_.run("jobs:\n  x: {target: \"mod.py:scalar\", mode: " + GetParam() +
                             ", outputs: {n: int}}\n  y: {run: 'echo ${{ needs.x.outputs.n }}', needs: [x]}\n");
  EXPECT_EQ(lines_of(job_lines(e.out), "y"), Strings{"7"}) << told(e);
}

TEST_P(PythonIn, a_function_knows_its_attempt) {
  const Ended e = call(of_mode("about"), "env: {COLOUR: blue}, name: Painter");
  EXPECT_EQ(e.status, 0) << told(e);
  const auto lines = lines_of(job_lines(e.out), "Painter").empty() ? output(e) : lines_of(job_lines(e.out), "Painter");
  EXPECT_EQ(lines, Strings{std::string("1/x 1 blue False ") + (GetParam() == "async" ? "asyncio" : "Painter")})
      << told(e);
}

TEST_P(PlainPythonIn, w04_an_exception_of_python_fails_the_attempt_with_its_traceback) {
  const Ended e = call("raises", "args: [no luck]");
  EXPECT_EQ(e.status, 1) << told(e);
  EXPECT_EQ(scene_.story()["x"].outcome, "failed");
  EXPECT_EQ(scene_.story()["x"].reason, "exception");
  EXPECT_TRUE(contains(message(), "ValueError: no luck (mod.py:")) << message();
  EXPECT_TRUE(contains(e.err, "in deeper")) << told(e);
  EXPECT_FALSE(contains(e.err, "rota_worker")) << told(e);
}

TEST_P(PythonIn, w06_sys_exit_and_keyboard_interrupt_fail_the_attempt_alone) {
  const auto function = of_mode("leaves");
  const Ended e = scene_.run("jobs:\n  x: {target: \"mod.py:" + function + "\", args: [exit], mode: " + GetParam() +
                             "}\n  y: {target: \"mod.py:" + function +
                             "\", args: [interrupt], mode: " + GetParam() + "}\n  z: {target: \"mod.py:" + function +
                             "\", args: [not], mode: " + GetParam() + ", needs: {x: failed, y: failed}}\n");
  const auto story = scene_.story();
  EXPECT_EQ(story["x"].reason, "exception") << told(e);
  EXPECT_EQ(story["y"].reason, "exception") << told(e);
  EXPECT_EQ(story["z"].outcome, "succeeded") << told(e);
  EXPECT_TRUE(contains(message(), "called sys.exit(3)")) << message();
  EXPECT_TRUE(contains(message("last/y"), "KeyboardInterrupt")) << message("last/y");
}

TEST_P(PythonIn, w24_what_no_output_can_be_fails_by_name) {
  const auto refused = [&](const std::string& how, std::string_view why) {
    const Ended e = call(of_mode("leaves"), "args: [" + how + "], outputs: {it: json}");
    EXPECT_EQ(e.status, 1) << told(e);
    EXPECT_TRUE(contains(message(), why)) << message();
  };
  refused("huge", "python_result_bytes");
  refused("object", "is of type 'object'");
  refused("big", "beyond 64 bits");
}

TEST_P(PlainPythonIn, a_function_that_asks_sees_that_it_is_to_stop) {
  const Ended e = call("polls", "timeout: 3s");
  EXPECT_EQ(output(e), (Strings{"waiting", "asked to stop"})) << told(e);
  EXPECT_EQ(scene_.story()["x"].outcome, "timed_out");
}

TEST_P(PlainPythonIn, one_that_does_not_is_interrupted_in_half_of_its_grace) {
  const Ended e = call("deaf", "timeout: 3s, stop: {grace: 4s}");
  EXPECT_EQ(output(e), (Strings{"waiting", "cleaned up"})) << told(e);
  EXPECT_EQ(scene_.story()["x"].outcome, "timed_out");
}

TEST_F(Python, a_sleep_in_a_process_of_its_own_is_interrupted_too) {
  const Ended e = call("sleeps", "mode: process, timeout: 3s, stop: {grace: 20s}");
  EXPECT_EQ(scene_.story()["x"].outcome, "timed_out") << told(e);
  EXPECT_FALSE(contains(scene_.rota({"show", "last/x"}).run().out, "killed")) << message();
}

TEST_F(Python, w22_a_cancelled_coroutine_cleans_up) {
  for (const std::string mode : {"async", "process"}) {
    const Ended e = call("co_waits", "mode: " + mode + ", timeout: 3s");
    EXPECT_EQ(output(e), (Strings{"waiting", "cleaned up"})) << told(e);
    EXPECT_EQ(scene_.story()["x"].outcome, "timed_out") << mode;
  }
}

TEST_F(Python, w22_an_exception_of_a_coroutine_fails_its_attempt_alone) {
  scene_.write("co.py", "async def f(n: int):\n    if n == 3: raise ValueError('no luck')\n    print('well')\n");
  const Ended e =
      scene_.run("jobs:\n  x: {target: \"co.py:f\", args: [\"${{ array.index }}\"], mode: async, array: 5}\n");
  EXPECT_EQ(e.status, 1) << told(e);
  EXPECT_TRUE(contains(e.err, "ValueError: no luck")) << told(e);
  EXPECT_TRUE(contains(scene_.rota({"show", "last", "--json"}).run().out, "\"succeeded\":4")) << told(e);
}

TEST_F(Python, an_exception_of_several_lines_is_told_by_its_first) {
  scene_.write("lines.py", "def f(): raise ValueError('what matters\\nand more')\n");
  const Ended e = scene_.run("jobs: {x: {target: \"lines.py:f\"}}\n");
  EXPECT_TRUE(contains(e.err, "ValueError: what matters (lines.py:1)")) << told(e);
}

TEST_F(Python, what_one_has_written_whose_worker_was_killed_is_kept) {
  scene_.write("hang.py", "import time\ndef f():\n    print('before', flush=True)\n    while True:\n"
                          "        try: time.sleep(100)\n        except BaseException: pass\n");
  const Ended e = scene_.run("jobs: {x: {target: \"hang.py:f\", timeout: 3s, stop: {grace: 300ms}}}\n");
  EXPECT_TRUE(contains(e.err, "timed out")) << told(e);
  EXPECT_EQ(scene_.rota({"logs", "last/x"}).run().out, "before\n");
}

TEST_F(Python, the_output_of_fifty_threads_stays_apart) {
  const Ended e = scene_.run(
      "workers: {threads: 50}\njobs:\n  x: {target: \"mod.py:many\", args: [\"${{ array.index }}\"], array: 50}\n");
  ASSERT_EQ(e.status, 0) << told(e);
  for (int n = 0; n < 50; ++n) {
    const auto i = std::to_string(n);
    std::string expected;
    for (int line = 0; line < 20; ++line) expected += "line " + i + " of " + i + "\n";
    expected += "bytes " + i + "\nthread of " + i + "\n";
    EXPECT_EQ(scene_.rota({"logs", "last/x." + i, "--stdout"}).run().out, expected);
  }
}

TEST_F(Python, context_variables_are_kept_apart) {
  for (const std::string function : {"apart", "apart_too"}) {
    const auto mode = function == "apart" ? "async" : "thread";
    const Ended e = scene_.run("jobs:\n  x: {target: \"mod.py:" + function +
                               "\", args: [\"${{ array.index }}\"], mode: " + mode + ", array: 40}\n");
    ASSERT_EQ(e.status, 0) << told(e);
    int right = 0;
    for (const auto& line : job_lines(e.out)) right += line.text == "unset True" ? 1 : 0;
    EXPECT_EQ(right, 40) << told(e);
  }
}

TEST_F(Python, a_wrong_call_is_told_with_its_place_before_anything_runs) {
  const auto refused = [&](const std::string& function, const std::string& fields, std::string_view why) {
    scene_.write("job.yaml", job(function, fields));
    const Ended e = scene_.rota({"validate", "job.yaml"}).run();
    EXPECT_EQ(e.status, 2) << told(e);
    EXPECT_TRUE(contains(e.err, why)) << told(e);
    EXPECT_TRUE(contains(e.err, "job.yaml:2:")) << told(e);
  };
  refused("raises", "", "target 'raises' needs 'what'");
  refused("raises", "args: [a, b]", "takes one argument, got 2");
  refused("raises", "kwargs: {wat: x}", "did you mean 'what'?");
  refused("leave", "args: [ten]", "takes 'n' as an integer, got the string \"ten\"");
  refused("scalar", "mode: async", "runs under thread or process, not under async");
  refused("co_about", "mode: thread", "runs under process or async, not under thread");
  refused("scalr", "", "did you mean 'scalar'?");
  refused("", "", "no function is named");
}

TEST_F(Python, what_only_the_task_knows_is_checked_before_the_function_runs) {
  const Ended e = scene_.run(
      "jobs:\n  y: {run: 'echo n=ten >> $ROTA_OUTPUT', outputs: {n: string}}\n"
      "  x: {target: \"mod.py:leave\", args: [\"${{ needs.y.outputs.n }}\"], needs: y}\n");
  EXPECT_EQ(scene_.story()["x"].reason, "bad-call") << told(e);
  EXPECT_TRUE(contains(message(), "takes 'n' as an integer, got the string \"ten\"; it is leave(n: int)")) << message();
}

TEST_F(Python, w24_a_module_that_cannot_be_imported_is_told_as_what_it_is) {
  const auto refused = [&](const std::string& text, std::string_view why) {
    scene_.write("bad.py", text);
    scene_.write("job.yaml", "jobs: {x: {target: \"bad.py:f\"}}\n");
    const Ended e = scene_.rota({"validate", "job.yaml"}).run();
    EXPECT_EQ(e.status, 2) << told(e);
    EXPECT_TRUE(contains(e.err, why)) << told(e);
    EXPECT_TRUE(contains(e.err, "job.yaml:1:")) << told(e);
  };
  refused("import nowhere_at_all\n", "No module named 'nowhere_at_all'");
  refused("def f(:\n", "SyntaxError");
  refused("import sys; sys.exit(3)\n", "ends the interpreter when it is imported: SystemExit: 3");
  refused("import os; os._exit(3)\n", "ended with status 3 when it was loaded");
  refused("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)\n", "crashes when it is loaded, by signal 11");
  refused("print('noise')\ndef g(): pass\n", "has no function 'f'");
}

TEST_F(Python, w24_an_import_that_fails_only_in_the_worker_is_told_too) {
  scene_.write("late.py", "import os\nif os.path.exists('" + scene_.path("flag") +
                              "'): import nowhere_at_all\ndef f(): pass\n");
  const Ended e = scene_.run("jobs:\n  y: {run: touch flag}\n  x: {target: \"late.py:f\", needs: y}\n");
  EXPECT_EQ(scene_.story()["x"].reason, "bad-call") << told(e);
  EXPECT_TRUE(contains(message(), "No module named 'nowhere_at_all'")) << message();
}

TEST_P(PythonIn, w06_os_exit_is_the_fault_of_the_task_that_called_it) {
  const Ended e = call(of_mode("leaves"), "args: [os]");
  EXPECT_EQ(e.status, 1) << told(e);
  EXPECT_EQ(scene_.story()["x"].outcome, GetParam() == "process" ? "failed" : "crashed") << told(e);
}

TEST_P(PythonIn, w24_a_crash_in_a_c_extension_is_the_fault_of_its_task) {
  scene_.write("bad.py",
               "import asyncio, ctypes\ndef segv(): ctypes.string_at(0)\nasync def co_segv():\n"
               "    await asyncio.sleep(0)\n    segv()\nasync def well(): await asyncio.sleep(0.2)\n");
  const Ended e = scene_.run("jobs:\n  x: {target: \"bad.py:" + of_mode("segv") + "\", mode: " + GetParam() +
                             "}\n  y: {target: \"bad.py:well\", mode: async}\n");
  EXPECT_EQ(scene_.story()["x"].outcome, "crashed") << told(e);
  EXPECT_EQ(scene_.story()["x"].reason, "signal:11") << told(e);
  EXPECT_EQ(scene_.story()["y"].outcome, "succeeded") << told(e);
}

TEST_F(Python, w24_an_import_that_hangs_is_told_as_such) {
  scene_.write("slow.py", "import time, os\nif os.path.exists('" + scene_.path("flag") +
                              "'): time.sleep(1000)\ndef f(): pass\n");
  const Ended e = scene_.run(
      "jobs:\n  y: {run: touch flag}\n  x: {target: \"slow.py:f\", needs: y, timeout: 300ms, stop: {grace: 300ms}}\n");
  EXPECT_EQ(scene_.story()["x"].outcome, "timed_out") << told(e);
  scene_.write("job.yaml", "jobs: {x: {target: \"slow.py:f\"}}\n");
  const Ended v = scene_.rota({"validate", "job.yaml"}).run(std::chrono::seconds(90));
  EXPECT_EQ(v.status, 2) << told(v);
  EXPECT_TRUE(contains(v.err, "did not tell what it offers within")) << told(v);
}

TEST_F(Python, a_warm_process_gives_each_task_its_surroundings) {
  scene_.write("warm.py",
               "import os\nstart = []\ndef init(n): start.append(n)\n"
               "def f(n: int): print(n, os.environ['ROTA_JOB_ID'], os.environ['COLOUR'], start)\n");
  const Ended e = scene_.run(
      "workers: {process_slots: 1}\njobs:\n  x: {target: \"warm.py:f\", args: [\"${{ array.index }}\"], mode: process, "
      "array: 3, fresh: false, env: {COLOUR: blue}, initializer: \"warm.py:init\", initializer_args: [7]}\n");
  EXPECT_EQ(e.status, 0) << told(e);
  for (const std::string n : {"0", "1", "2"})
    EXPECT_EQ(scene_.rota({"logs", "last/x." + n, "--stdout"}).run().out, n + " 1/x." + n + " blue [7]\n");
}

TEST_F(Python, a_venv_is_the_interpreter_that_the_file_names) {
  const Ended made = scene_.shell("/usr/bin/python3 -m venv --without-pip .venv").run();
  if (made.status != 0) GTEST_SKIP() << "no venv can be made here";
  scene_.write("which.py", "import sys\ndef f(): print(sys.prefix)\nasync def g(): print(sys.prefix)\n");
  for (const std::string mode : {"thread", "process", "async"}) {
    const Ended e = scene_.run("python: {venv: .venv}\njobs: {x: {target: \"which.py:" +
                               std::string(mode == "async" ? "g" : "f") + "\", mode: " + mode + "}}\n");
    EXPECT_EQ(output(e), Strings{scene_.path(".venv")}) << told(e);
  }
}

TEST_F(Python, an_interpreter_that_is_not_there_is_told_with_its_place) {
  const auto refused = [&](const std::string& python, std::string_view why) {
    scene_.write("job.yaml", "python: " + python + "\njobs: {x: {target: \"mod.py:scalar\"}}\n");
    const Ended e = scene_.rota({"validate", "job.yaml"}).run();
    EXPECT_EQ(e.status, 2) << told(e);
    EXPECT_TRUE(contains(e.err, why)) << told(e);
    EXPECT_TRUE(contains(e.err, "job.yaml:1:")) << told(e);
  };
  refused("{venv: nowhere}", "there is no folder " + scene_.path("nowhere"));
  refused("{venv: .}", "no virtual environment");
  refused("{interpreter: ./nowhere}", "is no program that can be run");
  refused("{interpreter: python9.99}", "there is no 'python9.99' on the PATH");
  refused("{interpreter: /bin/true, venv: x}", "twice");
  refused("{interpeter: /bin/true}", "did you mean 'interpreter'?");
}

TEST_F(Python, runs_under_the_systems_interpreter_and_under_the_first_on_the_path) {
  scene_.write("which.py", "import sys\ndef f(): print(sys.version_info >= (3, 8))\n");
  for (const std::string python : {"python3", "/usr/bin/python3"}) {
    const Ended e = scene_.run("python: {interpreter: " + python + "}\njobs: {x: {target: \"which.py:f\"}}\n");
    EXPECT_EQ(output(e), Strings{"True"}) << told(e);
  }
}

TEST_F(Python, a_file_that_bears_the_name_of_a_module_is_itself) {
  scene_.write("io.py", "def f(): print('mine')\n");
  EXPECT_EQ(output(scene_.run("jobs: {x: {target: \"io.py:f\"}}\n")), Strings{"mine"});
}

TEST_F(Python, a_generator_that_a_function_gives_back_is_no_success) {
  scene_.write("gives.py", "def gen():\n    yield 1\ndef gives(): return gen()\n");
  EXPECT_TRUE(contains(told(scene_.run("jobs: {x: {target: \"gives.py:gives\"}}\n")), "nothing has run"));
}

TEST_F(Python, targets_lists_what_a_file_offers) {
  const Ended e = scene_.rota({"targets", "mod.py"}).run();
  EXPECT_EQ(e.status, 0) << told(e);
  EXPECT_TRUE(contains(e.out, "prints what it gets")) << e.out;
  EXPECT_TRUE(contains(e.out, "process async")) << e.out;
  EXPECT_TRUE(contains(scene_.rota({"targets", "--json", "mod.py"}).run().out, "\"targets\":[{\"name\":"));
  EXPECT_EQ(scene_.rota({"targets", "py:mod"}).run().out, e.out);
  EXPECT_EQ(scene_.rota({"targets", "nowhere.py"}).run().status, 2);
}

TEST_F(Python, a_program_that_a_job_runs_knows_its_attempt_as_far_as_it_goes) {
  scene_.write("prog.py",
               "import rota\nc = rota.context()\nprint(c.job_id, c.stop_requested())\nc.set_output('n', 5)\n");
  const auto folder = program("../lib/python");
  const Ended e = scene_.run("jobs:\n  x: {run: 'PYTHONPATH=" + folder +
                             " python3 prog.py', outputs: {n: int}}\n  y: {run: 'echo ${{ needs.x.outputs.n }}', "
                             "needs: x}\n");
  EXPECT_EQ(output(e), Strings{"1/x False"}) << told(e);
  EXPECT_EQ(lines_of(job_lines(e.out), "y"), Strings{"5"}) << told(e);
  const Ended out = scene_.shell("PYTHONPATH=" + folder + " python3 prog.py").run();
  EXPECT_TRUE(contains(out.err, "runs in no attempt of Rota's")) << told(out);
}

TEST_F(Python, what_is_exported_reaches_a_function_and_the_services_own_environment_does_not) {
  const Service service;
  service.scene().write("see.py", "import os\ndef f(): print(os.environ.get('MINE'), os.environ.get('OURS'))\n"
                                  "async def co(): f()\n");
  const auto file = service.scene().write(
      "job.yaml", "jobs:\n  t: {target: \"see.py:f\"}\n  p: {target: \"see.py:f\", mode: process}\n"
                  "  a: {target: \"see.py:co\", mode: async}\n");
  auto rotad = Service::up(service, service.rotad().env("OURS", "secret"));
  const Ended e = service.rota({"submit", "--wait", "--export", "MINE", file}).env("MINE", "yes").run();
  EXPECT_EQ(e.status, 0) << told(e);
  for (const std::string job : {"t", "p", "a"})
    EXPECT_TRUE(contains(service.ask({"logs", "1/" + job}).out, "yes None")) << job << told(service.ask({"logs", "1"}));
  EXPECT_EQ(service.ask({"daemon", "stop", "--all"}).status, 0);
  EXPECT_EQ(rotad.wait().status, 0);
}

TEST_F(Python, the_services_own_interpreter_serves_files_that_name_none) {
  const Service service;
  service.scene().write("which.py", "import sys\ndef f(): print(sys.executable)\n");
  const auto own = service.path("bin/own-python");
  ASSERT_EQ(service.scene().shell("mkdir bin && ln -s /usr/bin/python3 bin/own-python").run().status, 0);
  const auto config = service.scene().write("config.yaml", "python: {interpreter: ./bin/own-python}\n");
  auto rotad = Service::up(service, service.rotad({"--config", config}));
  EXPECT_TRUE(contains(service.ask({"doctor"}).out, own + " (" + config + ":1)")) << told(service.ask({"doctor"}));
  service.submit("jobs: {x: {target: \"which.py:f\"}}\n", {"--wait"});
  EXPECT_EQ(service.ask({"logs", "1"}).out, own + "\n");
  service.submit("python: {interpreter: /usr/bin/python3}\njobs: {x: {target: \"which.py:f\"}}\n", {"--wait"});
  EXPECT_EQ(service.ask({"logs", "2"}).out, "/usr/bin/python3\n");
  EXPECT_EQ(service.ask({"daemon", "stop", "--all"}).status, 0);
  EXPECT_EQ(rotad.wait().status, 0);
}

TEST_F(Python, one_that_waits_for_its_log_holds_up_no_other) {
  scene_.write("both.py", "import asyncio\ndef quick(n: int): return n\nasync def co(): await asyncio.sleep(0.2)\n");
  ASSERT_EQ(scene_.shell("mkfifo log").run().status, 0);
  Running run = scene_.start("workers: {threads: 1}\njobs:\n"
                             "  first: {target: \"both.py:quick\", args: [1], array: 20}\n"
                             "  stuck: {target: \"both.py:quick\", args: [1], log: {stdout: log}}\n"
                             "  co: {target: \"both.py:co\", mode: async}\n");
  run.until_err("co succeeded");
  EXPECT_EQ(scene_.shell("timeout 20 cat log").run().status, 0);
  EXPECT_EQ(run.wait().status, 0);
}

}  // namespace
}  // namespace rota::test
