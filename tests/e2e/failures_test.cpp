// tests/failures: what packaging/test says last of the tests that failed.
#include <gtest/gtest.h>

#include "tests/support/command.h"
#include "tests/support/paths.h"
#include "tests/support/temp_dir.h"

namespace rota::test {
namespace {

constexpr auto kResults = R"(<testsuite name="Linux" tests="3" failures="2">
	<testcase name="A.good" classname="A.good" time="0.01" status="run">
		<system-out>all is well
</system-out>
	</testcase>
	<testcase name="A.bad/&lt;1&gt;" classname="A.bad" time="0.01" status="fail">
		<failure message="Failed"/>
		<properties/>
		<system-out>first
a &amp;&amp; b is &lt;c&gt;
last</system-out>
	</testcase>
	<testcase name="A.slow" classname="A.slow" time="120" status="fail">
		<failure message="Timeout"/>
		<system-out></system-out>
	</testcase>
</testsuite>
)";

Ended failures(const std::string& build, const std::string& lines) {
  return Command{source_path("tests/failures"), build, lines}.run();
}

TEST(Failures, of_a_run_of_tests_are_named_with_the_end_of_what_they_said) {
  const TempDir build;
  build.write("results.xml", kResults);
  const auto name = build.path().substr(build.path().rfind('/') + 1);
  const auto all = failures(build.path(), "30");
  EXPECT_EQ(all.status, 0) << all.err;
  EXPECT_EQ(all.out, "failed in " + name + ": A.bad/<1>\n    first\n    a && b is <c>\n    last\nfailed in " + name +
                         ": A.slow (Timeout)\n");
  EXPECT_EQ(failures(build.path(), "1").out,
            "failed in " + name + ": A.bad/<1>\n    last\nfailed in " + name + ": A.slow (Timeout)\n");
}

TEST(Failures, are_none_where_all_passed_and_an_error_where_nothing_ran) {
  const TempDir build;
  const auto none = failures(build.path(), "30");
  EXPECT_EQ(none.status, 2);
  EXPECT_NE(none.err.find("results.xml does not exist"), std::string::npos) << none.err;
  build.write("results.xml", "<testsuite>\n\t<testcase name=\"A.good\" status=\"run\">\n\t</testcase>\n</testsuite>\n");
  const auto well = failures(build.path(), "30");
  EXPECT_EQ(well.status, 0);
  EXPECT_EQ(well.out, "");
}

}  // namespace
}  // namespace rota::test
