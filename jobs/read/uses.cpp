// Other files, read as this one is, and made a part of its plan.
#include "jobs/read/uses.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <set>
#include <string_view>

#include "jobs/model/content_hash.h"
#include "jobs/model/graft.h"
#include "jobs/read/job_reader.h"
#include "jobs/read/shape_reader.h"
#include "shared/limits.h"
#include "shared/text/text.h"

namespace rota::jobs {
namespace {

using Kind = Node::Kind;
constexpr std::size_t kFindingsShown = 5;  // of a used file

std::string shown_path(const std::string& path) { return text::escape_terminal(path); }

/// "b.yaml:3:5: unknown field 'rn' (did you mean 'run'?)", each.
std::vector<std::string> told(const std::vector<Diagnostic>& found, const std::string& path) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < found.size() && i < kFindingsShown; ++i) {
    const auto& d = found[i];
    auto line = shown_path(path) + (d.line ? fmt::format(":{}:{}", d.line, d.column) : "") + ": " + d.message;
    if (!d.hint.empty()) line += " (" + d.hint + ")";
    out.push_back(std::move(line));
  }
  if (found.size() > kFindingsShown)
    out.push_back(shown_path(path) + fmt::format(": and {} more", found.size() - kFindingsShown));
  return out;
}

/// What a file may say that is to be run by itself, and that nobody could keep when it is a part of another.
std::string_view of_a_whole_run(const Plan& used) {
  if (used.timeout) return "timeout";
  if (used.max_parallel) return "max_parallel";
  if (used.failure_policy != FailurePolicy::finish) return "failure_policy";
  if (std::any_of(used.jobs.begin(), used.jobs.end(), [](const Job& j) { return j.hook.has_value(); })) return "hooks";
  return {};
}

class UsedFiles {
 public:
  UsedFiles(Reading& in, const LoadOptions& options, const UseChain& chain, Plan& plan)
      : in_(in), options_(options), chain_(chain), plan_(plan) {
    for (const Job& job : plan.jobs) ids_.insert(job.id.text());
  }

  void run() {
    std::vector<Graft> grafts;
    std::uint64_t tasks = 0;
    for (const Job& job : plan_.jobs) tasks += job.task_count();
    for (const UsedFile& file : in_.used) {
      auto used = read(file);
      if (!used || !is_fit(file, *used)) continue;
      for (const Job& job : used->jobs) tasks += job.task_count();
      grafts.push_back({file.job, std::move(*used)});
      if (tasks <= limits::kTasksPerRun) continue;
      in_.report(file.at, fmt::format("with this file the jobs have {} tasks in all; a run has at most {} "
                                      "(tasks_per_run)", grouped(tasks), grouped(limits::kTasksPerRun)),
                 "make it several runs");
      return;
    }
    if (!in_.findings.empty()) return;
    std::sort(grafts.begin(), grafts.end(), [](const Graft& a, const Graft& b) { return a.job < b.job; });
    graft(plan_, std::move(grafts));
    hash_contents(plan_);
  }

 private:
  std::optional<Plan> read(const UsedFile& file) {
    std::size_t depth = 1;
    for (const UseChain* c = &chain_; c; c = c->before, ++depth)
      if (c->path == file.path) return report_circle(file), std::nullopt;
    if (depth > limits::kUsesDepth) {
      in_.report(file.at, fmt::format("files use each other more than {} levels deep (uses_depth)",
                                      limits::kUsesDepth));
      return std::nullopt;
    }
    const auto source = read_job_file(file.path);
    if (!source) {
      in_.report(file.at, fmt::format("uses: {}", text::escape_terminal(to_text(source.error()))));
      return std::nullopt;
    }
    LoadOptions options = options_;
    options.absolute_path = file.path;
    options.directory = std::filesystem::path(file.path).parent_path().string();
    options.params = file.params;
    options.params_from = "with";
    auto loaded = load_used(*source, options, UseChain{file.path, &chain_});
    if (auto* found = std::get_if<std::vector<Diagnostic>>(&loaded)) {
      for (auto& line : told(*found, file.path)) in_.report(file.at, std::move(line));
      return std::nullopt;
    }
    return std::move(std::get<Plan>(loaded));
  }

  bool is_fit(const UsedFile& file, const Plan& used) {
    const Job& user = plan_.jobs[file.job];
    if (const auto field = of_a_whole_run(used); !field.empty()) {
      in_.report(file.at, fmt::format("{} has '{}', which is of a whole run: it cannot be a part of another file",
                                      shown_path(file.path), field),
                 "say it in the file that is run");
      return false;
    }
    if (!used.python_interpreter.empty() && !plan_.python_interpreter.empty() &&
        used.python_interpreter != plan_.python_interpreter) {
      in_.report(file.at, fmt::format("{} uses the Python {}, and here {} is used: a run has one",
                                      shown_path(file.path), shown_path(used.python_interpreter),
                                      shown_path(plan_.python_interpreter)),
                 "say the same 'python' in both");
      return false;
    }
    if (plan_.python_interpreter.empty()) plan_.python_interpreter = used.python_interpreter;
    bool fits = !user.condition || is_free(file, user, kGate);
    for (const Job& job : used.jobs) fits = is_free(file, user, job.id.text()) && fits;
    return fits;
  }

  bool is_free(const UsedFile& file, const Job& user, const std::string& id) {
    const auto whole = grafted_id(user, id);
    if (const auto name = Name::parse(whole); !name) {
      in_.report(file.at, fmt::format("its job '{}' would be called '{}': {}", id, whole, name.error().what));
      return false;
    }
    if (ids_.insert(whole).second) return true;
    in_.report(file.at, fmt::format("its job '{}' would be called '{}', as another job is", id, whole),
               "give one of them another name");
    return false;
  }

  void report_circle(const UsedFile& file) {
    std::string path = shown_path(file.path);
    for (const UseChain* c = &chain_; c; c = c->before) {
      path = shown_path(c->path) + " -> " + path;
      if (c->path == file.path) break;
    }
    in_.report(file.at, fmt::format("these files use each other in a circle: {}", path), "drop one of the uses");
  }

  Reading& in_;
  const LoadOptions& options_;
  const UseChain& chain_;
  Plan& plan_;
  std::set<std::string> ids_;
};

}  // namespace

void read_uses(Reading& in, NodeAt fields, const Draft& draft, JobIndex job) {
  static constexpr std::array<std::string_view, 5> kOwn{"uses", "with", "needs", "if", "name"};
  for (const auto e : in.tree.entries(fields)) {
    const auto field = in.tree.text(e.key);
    if (std::find(kOwn.begin(), kOwn.end(), field) != kOwn.end() || field.starts_with("x-")) continue;
    in.report(e.key, fmt::format("'{}' beside 'uses': the jobs of the other file say it for themselves", field),
              "pass values with 'with'");
  }
  for (const auto e : in.tree.entries(fields)) {  // read in the first pass, of which only the needs themselves are left
    if (in.tree.text(e.key) != "needs") continue;
    for (const auto& need : draft.job.needs)
      if (need.kind == NeedKind::each)
        in.report(e.value, "a job with 'uses' is one, it has no tasks that could need 'each'");
  }
  UsedFile file{job, draft.uses, {}, {}};
  const auto path = in.path(draft.uses, "uses");
  if (draft.with != kNoNode) {
    if (!in.is(draft.with, Kind::map)) return in.wrong(draft.with, "with", "a map of the other file's params");
    for (const auto e : in.tree.entries(draft.with)) {
      const auto name = in.text(e.key, "with");
      const auto value = in.text(e.value, "with");
      if (name && value) file.params.emplace_back(*name, *value);
    }
  }
  if (!path) return;
  file.path = *path;
  in.used.push_back(std::move(file));
}

void take_used_files(Reading& in, const LoadOptions& options, const UseChain& chain, Plan& plan) {
  UsedFiles(in, options, chain, plan).run();
}

}  // namespace rota::jobs
