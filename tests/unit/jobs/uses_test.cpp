// A job that stands for the jobs of another file.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "jobs/model/formula_text.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/jobs/loading.h"

namespace rota::jobs {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// Files that lie in one folder, of which "main.yaml" is read.
class Uses : public ::testing::Test {
 protected:
  void file(const std::string& name, const std::string& text) { dir_.write(name, text); }
  LoadOptions options() const {
    LoadOptions o;
    o.directory = dir_.path();
    o.absolute_path = dir_.file("main.yaml");
    return o;
  }
  Plan plan(const std::string& yaml) const { return test::plan(yaml, options()); }
  std::string finding(const std::string& yaml) const {
    const auto found = test::findings(yaml, options());
    return found.size() == 1 ? found[0] : std::to_string(found.size()) + " findings";
  }
  static std::vector<std::string> ids(const Plan& plan) {
    std::vector<std::string> out;
    for (const auto& job : plan.jobs) out.push_back(job.id.text());
    return out;
  }
  /// "a:success b:started" of a job.
  static std::string needs(const Plan& plan, const std::string& id) {
    std::string out;
    for (const auto& job : plan.jobs) {
      if (job.id.text() != id) continue;
      for (const auto& n : job.needs)
        out += (out.empty() ? "" : " ") + plan.jobs[n.job].id.text() + ":" + std::string(to_text(n.kind));
    }
    return out;
  }
  static std::vector<std::uint32_t> stood_for(const Plan& plan) {
    std::vector<std::uint32_t> out;
    for (const auto& job : plan.jobs) out.push_back(job.stands_for);
    return out;
  }

  rota::test::TempDir dir_;
};

TEST_F(Uses, the_jobs_of_the_file_stand_before_the_one_that_uses_it_and_it_needs_them_all) {
  file("deploy.yaml", "jobs:\n  copy: {run: echo}\n  check: {run: echo, needs: copy}\n");
  const auto p = plan("jobs:\n  build: {run: echo}\n  deploy: {uses: deploy.yaml, needs: build}\n"
                      "  tell: {run: echo, needs: deploy}\nhooks: {on_exit: {run: echo}}\n");
  EXPECT_THAT(ids(p), ElementsAre("build", "deploy.copy", "deploy.check", "deploy", "tell", "hook.on_exit"));
  EXPECT_EQ(needs(p, "deploy.copy"), "build:success");
  EXPECT_EQ(needs(p, "deploy.check"), "deploy.copy:success");
  EXPECT_EQ(needs(p, "deploy"), "deploy.copy:success deploy.check:success");
  EXPECT_EQ(needs(p, "tell"), "deploy:success");
  EXPECT_THAT(stood_for(p), ElementsAre(0, 0, 0, 2, 0, 0));
}

TEST_F(Uses, with_gives_the_params_and_each_file_has_its_own_folder_environment_and_defaults) {
  std::filesystem::create_directory(dir_.file("sub"));
  file("sub/one.yaml", "params: {n: {type: int}}\nenv: {A: used, B: used}\ndefaults: {timeout: 7s}\n"
                       "jobs: {x: {command: [echo, '${{ params.n }}'], env: {B: own}}}\n");
  const auto p = plan("env: {A: main}\njobs: {u: {uses: sub/one.yaml, with: {n: 5}}, "
                      "v: {uses: sub/one.yaml, with: {n: 6}}}");
  EXPECT_THAT(ids(p), ElementsAre("u.x", "u", "v.x", "v"));
  EXPECT_THAT(std::get<CommandLine>(p.jobs[0].action).argv, ElementsAre("echo", "5"));
  EXPECT_THAT(std::get<CommandLine>(p.jobs[2].action).argv, ElementsAre("echo", "6"));
  const auto& s = p.settings_of(p.jobs[0]);
  EXPECT_EQ(s.working_dir, dir_.file("sub"));
  EXPECT_EQ(s.timeout, std::chrono::seconds(7));
  EXPECT_THAT(s.env, ElementsAre(std::pair<std::string, std::string>("B", "own"),
                                 std::pair<std::string, std::string>("A", "used")));
  EXPECT_EQ(p.settings_of(p.jobs[1]).working_dir, dir_.path());
  EXPECT_NE(p.jobs[0].content_hash, p.jobs[2].content_hash);
}

TEST_F(Uses, values_that_are_passed_on_are_those_of_the_jobs_of_their_own_file) {
  file("two.yaml", "jobs:\n  a: {run: echo, outputs: {v: string}}\n"
                   "  b: {command: [echo, '${{ needs.a.outputs.v }}'], needs: a,\n"
                   "      if: \"needs.a.outcome == 'succeeded'\"}\n");
  const auto p = plan("jobs:\n  first: {run: echo}\n  u: {uses: two.yaml}\n"
                      "  end: {command: [echo, '${{ needs.u.outcome }}'], needs: u}\n");
  EXPECT_THAT(ids(p), ElementsAre("first", "u.a", "u.b", "u", "end"));
  EXPECT_EQ(p.jobs[2].late.at(0).value.parts.empty() ? p.jobs[2].late[0].value.name.job
                                                      : p.jobs[2].late[0].value.parts[0].name.job, 1u);
  EXPECT_EQ(p.jobs[2].condition->parts.at(0).name.job, 1u);
  EXPECT_EQ(p.jobs[4].late.at(0).value.parts.empty() ? p.jobs[4].late[0].value.name.job
                                                      : p.jobs[4].late[0].value.parts[0].name.job, 3u);
}

TEST_F(Uses, a_condition_is_asked_once_and_skips_all_of_it) {
  file("a.yaml", "jobs:\n  x: {run: echo}\n  y: {run: echo, needs: x, if: \"job.attempt == 1\"}\n");
  const auto p = plan("params: {go: false}\njobs:\n  before: {run: echo}\n"
                      "  u: {uses: a.yaml, needs: before, if: \"needs.before.outcome == 'failed'\"}\n");
  EXPECT_THAT(ids(p), ElementsAre("before", "u.begin", "u.x", "u.y", "u"));
  EXPECT_EQ(needs(p, "u.begin"), "before:success");
  EXPECT_EQ(needs(p, "u.x"), "u.begin:success");
  EXPECT_THAT(stood_for(p), ElementsAre(0, 0, 0, 0, 3)) << "the gate is one of them";
  for (const std::size_t j : {2u, 4u}) EXPECT_EQ(p.jobs[j].condition->parts.at(0).name.job, 1u) << j;
  EXPECT_EQ(p.jobs[3].condition->operation, Operation::both);
}

TEST_F(Uses, files_may_use_files) {
  file("inner.yaml", "jobs: {i: {run: echo}}");
  file("outer.yaml", "jobs:\n  o: {run: echo}\n  in: {uses: inner.yaml, needs: o}\n");
  const auto p = plan("jobs: {m: {uses: outer.yaml}}");
  EXPECT_THAT(ids(p), ElementsAre("m.o", "m.in.i", "m.in", "m"));
  EXPECT_THAT(stood_for(p), ElementsAre(0, 0, 1, 3));
  EXPECT_EQ(needs(p, "m.in.i"), "m.o:success");
  EXPECT_EQ(needs(p, "m"), "m.o:success m.in.i:success m.in:success");
}

TEST_F(Uses, a_circle_of_files_is_refused_with_its_path) {
  file("a.yaml", "jobs: {x: {uses: b.yaml}}");
  file("b.yaml", "jobs: {y: {uses: a.yaml}}");
  file("main.yaml", "jobs: {m: {uses: main.yaml}}");
  const auto two = finding("jobs: {m: {uses: a.yaml}}");
  EXPECT_THAT(two, HasSubstr("1:18 "));
  EXPECT_THAT(two, HasSubstr("use each other in a circle: "));
  EXPECT_THAT(two, HasSubstr("a.yaml -> " + dir_.file("b.yaml") + " -> " + dir_.file("a.yaml")));
  EXPECT_THAT(finding("jobs: {m: {uses: main.yaml}}"), HasSubstr("main.yaml -> " + dir_.file("main.yaml")));
}

TEST_F(Uses, what_is_wrong_in_the_other_file_is_told_with_its_place_there) {
  file("bad.yaml", "jobs:\n  x: {rn: echo}\n");
  const auto found = finding("jobs: {m: {uses: bad.yaml}}");
  EXPECT_THAT(found, HasSubstr("1:18 " + dir_.file("bad.yaml") + ":2:7: unknown field 'rn' (did you mean 'run'?)"));
  EXPECT_THAT(finding("jobs: {m: {uses: none.yaml}}"), HasSubstr("none.yaml"));
}

TEST_F(Uses, params_are_checked_against_the_other_file) {
  file("p.yaml", "params: {n: {type: int}}\njobs: {x: {run: echo}}");
  EXPECT_THAT(finding("jobs: {m: {uses: p.yaml}}"), HasSubstr("param 'n' has no value (give it in 'with')"));
  EXPECT_THAT(finding("jobs: {m: {uses: p.yaml, with: {n: x}}}"), HasSubstr("got 'x' (with)"));
  EXPECT_THAT(finding("jobs: {m: {uses: p.yaml, with: {n: 1, k: 2}}}"), HasSubstr("param 'k' (with) is not declared"));
}

TEST_F(Uses, what_is_of_a_whole_run_or_has_no_meaning_is_refused) {
  file("t.yaml", "timeout: 5s\njobs: {x: {run: echo}}");
  file("h.yaml", "hooks: {on_exit: {run: echo}}\njobs: {x: {run: echo}}");
  file("x.yaml", "jobs: {x: {run: echo}}");
  EXPECT_THAT(finding("jobs: {m: {uses: t.yaml}}"), HasSubstr("has 'timeout', which is of a whole run"));
  EXPECT_THAT(finding("jobs: {m: {uses: h.yaml}}"), HasSubstr("has 'hooks'"));
  EXPECT_THAT(finding("jobs: {m: {uses: x.yaml, retry: 2}}"), HasSubstr("1:26 'retry' beside 'uses'"));
  EXPECT_EQ(finding("jobs: {m: {uses: x.yaml, run: echo}}"), "2 findings");
  EXPECT_THAT(finding("jobs: {m: {run: echo, with: {a: 1}}}"), HasSubstr("'with' is for a job with 'uses'"));
  EXPECT_THAT(finding("jobs: {m: {uses: x.yaml}, m.x: {run: echo}}"), HasSubstr("would be called 'm.x', as another"));
  const std::string longest(60, 'n');
  file("l.yaml", "jobs: {" + longest + ": {run: echo}}");
  EXPECT_THAT(finding("jobs: {mmmm: {uses: l.yaml}}"), HasSubstr("would be called 'mmmm." + longest));
}

}  // namespace
}  // namespace rota::jobs
