// Documents thrown together from the pieces of YAML and of job files: load ends, with a plan or with findings.
#include <gtest/gtest.h>

#include <random>

#include "shared/text/text.h"
#include "shared/wire/codec.h"
#include "tests/unit/jobs/loading.h"

namespace rota::jobs {
namespace {

const std::vector<std::string> kSoup{"a",
                                       "- ",
                                       "? ",
                                       ": ",
                                       "\n",
                                       "  ",
                                       "    ",
                                       "[",
                                       "]",
                                       "{",
                                       "}",
                                       ",",
                                       ", ",
                                       "&x ",
                                       "*x",
                                       "!!str ",
                                       "!<",
                                       "! ",
                                       ">",
                                       "|",
                                       "|2",
                                       ">-",
                                       "'",
                                       "\"",
                                       "\\u00",
                                       "\\",
                                       "#",
                                       " # c\n",
                                       "%YAML 1.2\n",
                                       "%TAG ! a\n",
                                       "---\n",
                                       "...\n",
                                       "<<",
                                       "<<: *x",
                                       "~",
                                       "\t",
                                       "\xff",
                                       "\xef\xbb\xbf",
                                       "\xfe\xff",
                                       "\xC3\xA9",
                                       std::string("\0", 1),
                                       "@",
                                       "`",
                                       "1",
                                       "-",
                                       ": [",
                                       "? [",
                                       "!a!b ",
                                       "&",
                                       "*",
                                       "\r\n",
                                       "\r",
                                       "\xc2\x85",
                                       "\xe2\x80\xa8",
                                       "\x04",
                                       "jobs:\n",
                                       "jobs: {",
                                       "  j1:",
                                       "  j2: {",
                                       "run: x",
                                       "run: |\n",
                                       "command: [echo, ",
                                       "target: noop",
                                       "target: ",
                                       "needs: ",
                                       "j1",
                                       "j2",
                                       "needs: {j1: ready}",
                                       "mode: async",
                                       "daemon: true",
                                       "${{ params.x }}",
                                       "${{",
                                       "}}",
                                       "${{ env.",
                                       "params: {x: 1}\n",
                                       "defaults: {",
                                       "env: {A: ",
                                       "args: [",
                                       "kwargs: {",
                                       "retry: {limit: 3",
                                       "timeout: 5s",
                                       "ready: {log: up}",
                                       "log: {",
                                       "99999999999999999999",
                                       ".nan",
                                       "x-a: &x "};

std::string soup(std::mt19937& random) {
  std::string out = random() % 3 == 0 ? "jobs:\n  j1: {run: x}\n" : "";
  for (auto n = 1 + random() % 40; n > 0; --n) out += kSoup[random() % kSoup.size()];
  return out;
}

TEST(Soup, y05_any_document_ends_with_a_plan_or_with_findings) {
  std::size_t good = 0;
  for (std::uint32_t seed = 1; seed <= 6000; ++seed) {
    std::mt19937 random(seed);
    const auto yaml = soup(random);
    SCOPED_TRACE(::testing::Message() << "seed " << seed << ": " << text::escape_terminal(yaml));
    const auto result = test::loaded(yaml);
    if (const auto* plan = std::get_if<Plan>(&result)) {
      ++good;
      ASSERT_FALSE(plan->jobs.empty());
      Plan back;
      ASSERT_TRUE(wire::decode(wire::encoded(*plan), back));
    } else {
      const auto& found = std::get<std::vector<Diagnostic>>(result);
      ASSERT_FALSE(found.empty());
      ASSERT_TRUE(text::is_utf8(render(found, {"soup", yaml})));
    }
  }
  RecordProperty("good", static_cast<int>(good));
  EXPECT_GT(good, 0u);
}

TEST(Soup, any_bytes_changed_in_a_good_file_end_with_a_plan_or_with_findings) {
  const std::string good =
      "params: {x: {type: int, default: 1, min: 0}}\nenv: {A: '${{ params.x }}'}\nx-base: &base {timeout: 5s, retry: "
      "{limit: 3, on: [exit]}}\n"
      "jobs:\n  d: {target: udp_echo, args: ['127.0.0.1:1'], mode: async, daemon: true, ready: {log: up}}\n"
      "  a: {<<: *base, command: [echo, \"${{ env.A }}\"], needs: d}\n  b:\n    run: |\n      echo one\n    needs: {a: "
      "completed}\n";
  ASSERT_TRUE(test::findings(good).empty());
  for (std::uint32_t seed = 1; seed <= 4000; ++seed) {
    std::mt19937 random(seed);
    auto yaml = good;
    for (auto n = 1 + random() % 4; n > 0; --n) {
      const auto at = random() % yaml.size();
      switch (random() % 3) {
        case 0: yaml[at] = static_cast<char>(random()); break;
        case 1: yaml.erase(at, 1 + random() % 5); break;
        default: yaml.insert(at, kSoup[random() % kSoup.size()]);
      }
    }
    const auto result = test::loaded(yaml);
    const auto* found = std::get_if<std::vector<Diagnostic>>(&result);
    ASSERT_TRUE(!found || !found->empty()) << "seed " << seed;
    if (!found) continue;
    ASSERT_FALSE(render(*found, {"changed", yaml}).empty());
  }
}

}  // namespace
}  // namespace rota::jobs
