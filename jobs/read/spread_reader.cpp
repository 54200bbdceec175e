// chunk, max_parallel, fail_fast, max_failures.
#include "jobs/read/spread_reader.h"

#include "jobs/read/scalar.h"
#include "shared/limits.h"

namespace rota::jobs {
namespace {

constexpr std::int64_t kMost = limits::kTasksPerRun;

std::optional<double> percent_of(std::string_view text) {
  if (!text.ends_with('%')) return std::nullopt;
  const auto number = core_number(text.substr(0, text.size() - 1));
  return number && *number >= 0 && *number <= 100 ? number : std::nullopt;
}

}  // namespace

void read_chunk(Reading& in, NodeAt at, Job& out) {
  if (in.tree.text(at) == "auto") {
    out.chunk = 0;
  } else if (const auto n = in.integer(at, "chunk", 1, kMost)) {
    out.chunk = static_cast<std::uint32_t>(*n);
  }
}

void read_job_parallel(Reading& in, NodeAt at, Job& out) {
  if (const auto n = in.integer(at, "max_parallel", 1, kMost)) out.max_parallel = static_cast<std::uint32_t>(*n);
}

void read_fail_fast(Reading& in, NodeAt at, Job& out) {
  if (const auto flag = in.boolean(at, "fail_fast")) out.fail_fast = *flag;
}

void read_max_failures(Reading& in, NodeAt at, Job& out) {
  const auto text = in.tree.text(at);
  const auto count = in.tree[at].quoted ? std::nullopt : core_integer(text);
  if (count && *count && **count >= 0 && **count <= kMost) {
    out.max_failures = MaxFailures{.count = static_cast<std::uint32_t>(**count), .percent = -1};
  } else if (const auto percent = percent_of(text)) {
    out.max_failures = MaxFailures{.count = 0, .percent = *percent};
  } else {
    in.wrong(at, "max_failures", "a number of tasks from 0 on, or a part of them such as \"5%\"");
  }
}

}  // namespace rota::jobs
