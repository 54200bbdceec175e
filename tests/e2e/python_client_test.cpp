// The Python client against a real service: what it submits runs, what it tells is so, and what is wrong is said.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/e2e/service_scene.h"
#include "tests/support/paths.h"

namespace rota::test {
namespace {

using ::testing::HasSubstr;

class PythonClient : public ::testing::Test {
 protected:
  void TearDown() override {
    EXPECT_EQ(service_.ask({"daemon", "stop", "--all"}).status, 0);
    EXPECT_EQ(rotad_.wait().status, 0);
  }
  /// Runs a script with `rota` imported, in the scene's directory.
  Ended python(const std::string& script) const {
    const auto file = service_.scene().write("client.py", "import os\nimport rota\n" + script);
    return Command({"python3", "-B", file})
        .in(service_.path("."))
        .env("ROTA_SOCKET", service_.socket())
        .env("PYTHONPATH", source_path("jobs/python"))
        .run();
  }

  Service service_;
  Running rotad_ = service_.up({"--process-slots", "2"});
};

TEST_F(PythonClient, submits_waits_and_tells_how_a_run_ended) {
  service_.scene().write("a.yaml",
                         "params: {code: {default: 0}}\njobs:\n  bad: {run: 'exit ${{ params.code }}'}\n"
                         "  good: {run: 'true'}\n");
  const auto e = python(R"(
run = rota.submit("a.yaml", params={"code": 3}, name="mixed")
print(run.number, run.name, run.tasks, run.known)
end = rota.wait(run)
print(end.outcome, end.done, end.succeeded, end.outcomes == {"succeeded": 1, "failed": 1})
print(rota.status(run) == end, rota.status(run.number) == end)
)");
  EXPECT_EQ(e.status, 0) << e.err;
  EXPECT_EQ(e.out, "1 mixed 2 False\nfailed True False True\nTrue True\n");
}

TEST_F(PythonClient, the_same_key_gives_the_same_run) {
  const auto e = python(R"(
one = rota.submit(text="jobs: {x: {run: 'true'}}", key="once")
two = rota.submit(text="jobs: {x: {run: 'true'}}", key="once")
other = rota.submit(text="jobs: {x: {run: 'true'}}")
print(one.number == two.number, two.known, other.number != one.number)
)");
  EXPECT_EQ(e.status, 0) << e.err;
  EXPECT_EQ(e.out, "True True True\n");
}

TEST_F(PythonClient, a_wait_has_its_time_and_the_run_goes_on) {
  const auto e = python(R"(
run = rota.submit(text="jobs: {x: {run: 'while [ ! -e go ]; do sleep 0.05; done'}}")
try:
    rota.wait(run, timeout=0.2)
    print("ended")
except TimeoutError:
    print("time is up", rota.status(run).done)
open("go", "w").close()
print(rota.wait(run).succeeded)
)");
  EXPECT_EQ(e.status, 0) << e.err;
  EXPECT_EQ(e.out, "time is up False\nTrue\n");
}

TEST_F(PythonClient, jobs_get_the_variables_that_are_exported_and_no_others) {
  const auto e = python(R"(
os.environ["MINE"], os.environ["OTHER"] = "yes", "no"
text = 'jobs: {x: {run: "test \\"${MINE-}\\" = yes && test -z \\"${OTHER-}\\""}}'
print(rota.wait(rota.submit(text=text, export=["MINE"])).outcome, rota.wait(rota.submit(text=text)).outcome)
)");
  EXPECT_EQ(e.status, 0) << e.err;
  EXPECT_EQ(e.out, "succeeded failed\n");
}

TEST_F(PythonClient, tells_what_is_wrong_and_where) {
  const auto e = python(R"(
def told(kind, call):
    try:
        call()
        print("nothing was wrong")
    except kind as e:
        print(kind.__name__, str(e).replace("\n", " "))
told(rota.RotaError, lambda: rota.submit(text="jobs: {x: {rn: 'true'}}"))
told(rota.RotaError, lambda: rota.submit("missing.yaml"))
told(rota.RotaError, lambda: rota.status(77))
told(rota.RotaError, lambda: rota.wait("x"))
told(rota.RotaError, lambda: rota.submit(text="jobs: {x: {run: 'true'}}", export=["NO_SUCH_VARIABLE"]))
told(rota.RotaError, lambda: rota.status(socket="nobody"))
told(TypeError, lambda: rota.submit())
)");
  EXPECT_EQ(e.status, 0) << e.err;
  EXPECT_THAT(e.out, HasSubstr("<stdin>:1:12: error: unknown field 'rn'"));
  EXPECT_THAT(e.out, HasSubstr("did you mean 'run'?"));
  EXPECT_THAT(e.out, HasSubstr("missing.yaml: No such file or directory"));
  EXPECT_THAT(e.out, HasSubstr("no such run 77"));
  EXPECT_THAT(e.out, HasSubstr("'x' is no run"));
  EXPECT_THAT(e.out, HasSubstr("there is no variable NO_SUCH_VARIABLE"));
  EXPECT_THAT(e.out, HasSubstr("no service answers at "));
  EXPECT_THAT(e.out, HasSubstr("TypeError submit() takes a file or text="));
  EXPECT_EQ(e.out.find("nothing was wrong"), std::string::npos) << e.out;
}

}  // namespace
}  // namespace rota::test
