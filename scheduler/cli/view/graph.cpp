// Drawing graphs.
#include "scheduler/cli/view/graph.h"

#include <fmt/format.h>

#include <algorithm>

#include "jobs/model/graph.h"
#include "scheduler/cli/view/plan.h"
#include "scheduler/cli/words.h"
#include "shared/text/text.h"

namespace rota::cli {
namespace {

using jobs::Job;
using jobs::NeedKind;
using jobs::Plan;

constexpr std::size_t kDeepest = 40;   // steps that are drawn as a tree
constexpr std::size_t kNeedsShown = 6;  // besides the one that a job hangs below

struct Lines {
  std::string_view branch, last, down, space;
};
constexpr Lines kUnicode{"├─ ", "└─ ", "│  ", "   "}, kAscii{"|- ", "`- ", "|  ", "   "};

// "render [1,000]", "camera (daemon)".
std::string node_text(const Job& job) {
  auto out = job.id.text();
  if (!std::holds_alternative<std::monostate>(job.shape)) out += fmt::format(" [{}]", number(job.task_count()));
  if (job.daemon) out += " (daemon)";
  return out;
}

class Tree {
 public:
  Tree(const Plan& plan, const Look& look)
      : plan_(plan), look_(look), lines_(look.unicode ? kUnicode : kAscii), level_(jobs::levels(plan)),
        below_(plan.jobs.size()) {
    for (JobIndex j = 0; j < plan.jobs.size(); ++j)
      if (const auto* need = longest(plan.jobs[j])) below_[need->job].push_back(j);
  }

  std::string text() {
    const bool deep = std::any_of(level_.begin(), level_.end(), [](std::size_t l) { return l > kDeepest; });
    if (deep) return by_step();
    for (JobIndex j = 0; j < plan_.jobs.size(); ++j)
      if (level_[j] == 1) draw(j, "", "");
    return std::move(out_);
  }

 private:
  // The need with the highest level, the first of several: the one that holds the job back.
  const jobs::Need* longest(const Job& job) const {
    const auto at = std::max_element(job.needs.begin(), job.needs.end(),
                                     [&](const auto& a, const auto& b) { return level_[a.job] < level_[b.job]; });
    return at == job.needs.end() ? nullptr : &*at;
  }

  std::string note(const Job& job, bool in_tree) const {
    const auto* above = in_tree ? longest(job) : nullptr;
    std::string kind = above && above->kind != NeedKind::success ? std::string(jobs::to_text(above->kind)) : "";
    std::string others;
    std::size_t count = 0;
    for (const auto& need : job.needs) {
      if (&need == above) continue;
      if (++count <= kNeedsShown) others += (others.empty() ? "" : ", ") + need_text(plan_, need);
    }
    if (count > kNeedsShown) others += fmt::format(" and {} more", number(count - kNeedsShown));
    if (!others.empty()) others = (in_tree ? "also after " : "after ") + others;
    if (job.condition) others += others.empty() ? "if ..." : "; if ...";
    const auto both = kind + (kind.empty() || others.empty() ? "" : "; ") + others;
    return both.empty() ? both : "  " + paint("(" + both + ")", Style::dim, look_.colour);
  }

  void draw(JobIndex j, const std::string& prefix, std::string_view mark) {
    out_ += prefix + std::string(mark) + node_text(plan_.jobs[j]) + note(plan_.jobs[j], true) + "\n";
    const auto inner = prefix + std::string(mark.empty() ? "" : mark == lines_.last ? lines_.space : lines_.down);
    for (std::size_t i = 0; i < below_[j].size(); ++i)
      draw(below_[j][i], inner, i + 1 == below_[j].size() ? lines_.last : lines_.branch);
  }

  std::string by_step() {
    std::vector<JobIndex> order;
    for (JobIndex j = 0; j < plan_.jobs.size(); ++j)
      if (level_[j]) order.push_back(j);
    std::stable_sort(order.begin(), order.end(), [&](JobIndex a, JobIndex b) { return level_[a] < level_[b]; });
    for (const auto j : order)
      out_ += fmt::format("{:>6}  {}{}\n", level_[j], node_text(plan_.jobs[j]), note(plan_.jobs[j], false));
    return std::move(out_);
  }

  const Plan& plan_;
  const Look& look_;
  const Lines lines_;
  std::vector<std::size_t> level_;
  std::vector<std::vector<JobIndex>> below_;
  std::string out_;
};

// Within quotes graphviz takes everything but these; a control character would end up in the picture.
std::string dot_text(std::string_view s) {
  std::string out;
  for (const char c : one_line(s)) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

std::string dot_node(const Job& job, JobIndex j) {
  auto label = dot_text(job.id.text());
  if (!job.name.empty() && job.name != job.id.text()) label += "\\n" + dot_text(job.name);
  std::string more;
  if (!std::holds_alternative<std::monostate>(job.shape)) {
    label += fmt::format("\\n{}", number_of(job.task_count(), "task"));
    more += ", peripheries=2";
  }
  if (job.daemon) more += ", style=dashed";
  if (job.hook) more += ", shape=note";
  return fmt::format("  j{} [label=\"{}\"{}];\n", j, label, more);
}

}  // namespace

std::string graph_text(const Plan& plan, const Look& look) {
  auto out = paint(plan.name.text(), Style::bold, look.colour) + ": " + size_text(plan) + "\n\n" +
             Tree(plan, look).text();
  for (const auto& job : plan.jobs)
    if (job.hook) out += fmt::format("\nafterwards {}: {}", jobs::to_text(*job.hook), action_text(job, plan));
  if (!out.ends_with('\n')) out += '\n';
  return out;
}

std::string graph_dot(const Plan& plan) {
  auto out = fmt::format("digraph \"{}\" {{\n  rankdir=LR;\n  node [shape=box];\n", dot_text(plan.name.text()));
  for (JobIndex j = 0; j < plan.jobs.size(); ++j) out += dot_node(plan.jobs[j], j);
  for (JobIndex j = 0; j < plan.jobs.size(); ++j)
    for (const auto& need : plan.jobs[j].needs) {
      const auto label = need.kind == NeedKind::success ? std::string()
                                                        : fmt::format(" [label=\"{}\"]", jobs::to_text(need.kind));
      out += fmt::format("  j{} -> j{}{};\n", need.job, j, label);
    }
  return out + "}\n";
}

}  // namespace rota::cli
