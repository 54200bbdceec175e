// Reading and settling what belongs to warm processes.
#include "jobs/read/warm_reader.h"

#include <fmt/format.h>

#include "jobs/read/target_name.h"
#include "shared/limits.h"

namespace rota::jobs {
namespace {

using Kind = Node::Kind;
constexpr std::uint64_t kLeastRss = 1u << 20;
constexpr std::uint64_t kMostRss = 1ull << 60;

bool has_own(const Draft& draft, const Draft& defaults, NodeAt Draft::* field) {
  return draft.*field != defaults.*field;
}

}  // namespace

void read_fresh(Reading& in, NodeAt at, Draft& out) {
  out.fresh = at;
  if (const auto flag = in.boolean(at, "fresh")) out.job.fresh = *flag;
}

void read_max_tasks(Reading& in, NodeAt at, Draft& out) {
  out.max_tasks = at;
  if (const auto n = in.integer(at, "max_tasks", 1, static_cast<std::int64_t>(limits::kTasksPerRun)))
    out.job.max_tasks = static_cast<std::uint32_t>(*n);
}

void read_max_rss(Reading& in, NodeAt at, Draft& out) {
  out.max_rss = at;
  if (const auto bytes = in.size(at, "max_rss", kLeastRss, kMostRss)) out.job.max_rss = *bytes;
}

void read_initializer(Reading& in, NodeAt at, Draft& out) {
  out.initializer = at;
  if (auto call = read_target_name(in, at, "initializer")) out.job.initializer = std::move(call->target);
}

void read_initializer_args(Reading& in, NodeAt at, Draft& out) {
  out.initializer_args = at;
  if (!in.is(at, Kind::list)) return in.wrong(at, "initializer_args", "a list such as [1, two]");
  ValueList args;
  for (const auto item : in.tree.items(at)) {
    auto v = in.value(item, "initializer_args");
    if (!v) return;
    args.push_back(std::move(*v));
  }
  out.job.initializer_args = std::move(args);
}

void settle_warm(Reading& in, const Draft& defaults, Draft& draft) {
  struct Of {
    std::string_view name;
    NodeAt Draft::* at;
  };
  static constexpr Of kOfWarm[] = {{"max_tasks", &Draft::max_tasks},
                                   {"max_rss", &Draft::max_rss},
                                   {"initializer", &Draft::initializer},
                                   {"initializer_args", &Draft::initializer_args}};
  auto& job = draft.job;
  const bool could = job.mode == Mode::process && std::holds_alternative<TargetCall>(job.action) && !job.daemon;
  const auto forget = [&] {
    job.fresh = true;
    job.max_tasks = 0;
    job.max_rss = 0;
    job.initializer.clear();
    job.initializer_args.clear();
  };
  if (!could) {
    const auto refuse = [&](NodeAt at, std::string_view field) {
      in.report(at, fmt::format("'{}' is for a target under process{}", field, job.daemon ? " that is no daemon" : ""));
    };
    if (has_own(draft, defaults, &Draft::fresh)) refuse(draft.fresh, "fresh");
    for (const Of& of : kOfWarm)
      if (has_own(draft, defaults, of.at)) refuse(draft.*of.at, of.name);
    return forget();
  }
  const bool many = !std::holds_alternative<std::monostate>(job.shape);
  const bool own_stdin = has_own(draft, defaults, &Draft::stdin_plan);
  if (draft.fresh == kNoNode) job.fresh = !many || draft.stdin_plan != kNoNode;
  if (!job.fresh) {
    if (own_stdin)
      in.report(draft.stdin_plan, "'stdin' is not for a warm process: it serves one task after the other",
                "use fresh: true");
    if (draft.initializer == kNoNode && has_own(draft, defaults, &Draft::initializer_args))
      in.report(draft.initializer_args, "'initializer_args' without 'initializer'");
    return;
  }
  for (const Of& of : kOfWarm)
    if (has_own(draft, defaults, of.at))
      in.report(draft.*of.at,
                fmt::format("'{}' is for warm processes, and each task of this job has one of its own", of.name),
                "use fresh: false");
  forget();
}

}  // namespace rota::jobs
