// Reading selectors and finding what they mean.
#include "scheduler/control/selector.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "shared/limits.h"
#include "shared/name.h"
#include "shared/text/text.h"

namespace rota::control {
namespace {

/// One element of the list and where it begins, for messages.
struct Element {
  std::string_view text;
  std::size_t column = 1;
};

Error wrong(std::string_view all, const std::string& why, std::size_t column) {
  return fail(Code::invalid,
              "selector '" + text::escape_terminal(all) + "': " + why + " (column " + std::to_string(column) + ")");
}

/// Cuts at the commas that are not within brackets.
std::vector<Element> elements(std::string_view all) {
  std::vector<Element> out;
  std::size_t begin = 0, depth = 0;
  for (std::size_t i = 0; i <= all.size(); ++i) {
    if (i < all.size() && all[i] == '[') ++depth;
    if (i < all.size() && all[i] == ']' && depth) --depth;
    if (i < all.size() && (all[i] != ',' || depth)) continue;
    out.push_back({all.substr(begin, i - begin), begin + 1});
    begin = i + 1;
  }
  return out;
}

template <class T>
std::optional<T> number(std::string_view s) {
  T n = 0;
  const auto [end, error] = std::from_chars(s.data(), s.data() + s.size(), n);
  if (s.empty() || error != std::errc() || end != s.data() + s.size()) return std::nullopt;
  return n;
}

/// "17" or "5-99"; also "-5--1": an array may begin below 0.
std::optional<TaskRange> range(std::string_view s) {
  const auto dash = s.find('-', 1);
  const auto first = number<std::int64_t>(s.substr(0, dash));
  const auto last = dash == s.npos ? first : number<std::int64_t>(s.substr(dash + 1));
  if (!first || !last || *last < *first) return std::nullopt;
  return TaskRange{*first, *last};
}

/// Reads one element from its front.
class ElementParser {
 public:
  ElementParser(std::string_view all, Element element) : all_(all), rest_(element.text), column_(element.column) {}

  Result<Selector> parse() {
    Selector out;
    if (auto s = brackets(out); !s) return s.error();
    const auto slash = rest_.find('/');
    auto head = rest_.substr(0, slash);
    if (slash == rest_.npos && out.tasks.empty()) head = dotted(out, head);
    if (auto s = which(out, head); !s) return s.error();
    if (slash == rest_.npos) return out;
    column_ += slash + 1;
    if (auto s = job(out, rest_.substr(slash + 1)); !s) return s.error();
    return out;
  }

 private:
  Error no(const std::string& why, std::size_t at = 0) const { return wrong(all_, why, column_ + at); }

  /// Takes "[5-99,101]" off the end.
  Status brackets(Selector& out) {
    const auto open = rest_.find('[');
    if (open == rest_.npos) return {};
    if (rest_.back() != ']') return no("']' is missing at the end", rest_.size());
    auto inside = rest_.substr(open + 1, rest_.size() - open - 2);
    for (const auto& part : elements(inside)) {
      const auto tasks = range(part.text);
      if (!tasks) return no("tasks are numbers such as 17 or 5-99", open + part.column);
      out.tasks.push_back(*tasks);
    }
    rest_ = rest_.substr(0, open);
    return {};
  }

  /// Takes ".17" or ".5-99" off the end.
  static std::string_view dotted(Selector& out, std::string_view s) {
    const auto dot = s.rfind('.');
    if (dot == s.npos) return s;
    const auto tasks = range(s.substr(dot + 1));
    if (!tasks) return s;
    out.tasks.push_back(*tasks);
    return s.substr(0, dot);
  }

  Status which(Selector& out, std::string_view head) const {
    if (head == "last") {
      out.which = Selector::Which::last;
    } else if (head == "all") {
      out.which = Selector::Which::all;
    } else if (const auto run = number<RunId>(head); run && *run > 0) {
      out.run = *run;
    } else {
      return no(head.empty() ? "a run is missing: its number, 'last' or 'all'"
                             : "a run is a number from 1, 'last' or 'all', not '" + text::escape_terminal(head) + "'");
    }
    return {};
  }

  Status job(Selector& out, std::string_view name) const {
    if (name.empty()) return no("a job's name is missing after '/'", 0);
    if (out.tasks.empty()) name = dotted(out, name);
    auto parsed = Name::parse(name);
    if (!parsed) return no(parsed.error().what);
    out.job = parsed->text();
    return {};
  }

  std::string_view all_;
  std::string_view rest_;
  std::size_t column_;
};

std::string range_text(const TaskRange& r) {
  return std::to_string(r.first) + (r.last == r.first ? "" : "-" + std::to_string(r.last));
}

const core::JobView* job_by_id(const core::RunView& view, std::string_view id) {
  const auto it = std::find_if(view.jobs.begin(), view.jobs.end(), [&](const auto& j) { return j.id == id; });
  return it == view.jobs.end() ? nullptr : &*it;
}

Error no_such_job(const core::RunView& view, const std::string& id) {
  std::vector<std::string_view> ids;
  for (const auto& j : view.jobs) ids.push_back(j.id);
  const auto run = std::to_string(view.summary.run);
  const auto near = text::nearest(id, ids);
  return fail(Code::not_found,
              "run " + run + " has no job '" + id +
                  "': " + (near.empty() ? "`rota show " + run + "` lists its jobs" : "did you mean '" + near + "'?"));
}

std::size_t jobs_of(const core::RunView& view) {
  return static_cast<std::size_t>(
      std::count_if(view.jobs.begin(), view.jobs.end(), [](const core::JobView& j) { return !j.hook; }));
}

bool has_numbers(const core::JobView& job) { return !std::holds_alternative<std::monostate>(job.shape); }

/// Its tasks as an array: the numbers of a matrix are its positions.
jobs::Array numbers_of(const core::JobView& job) {
  const auto* array = std::get_if<jobs::Array>(&job.shape);
  return array ? *array : jobs::Array{0, 1, job.task_count()};
}

std::int64_t last_of(const jobs::Array& a) { return a.first + static_cast<std::int64_t>(a.count - 1) * a.step; }

/// The positions of the numbers of a range; none: there is no such task.
std::optional<core::TaskSpan> span_of(const core::JobView& job, const TaskRange& range) {
  const auto a = numbers_of(job);
  if (a.count == 0 || range.last < a.first || range.first > last_of(a)) return std::nullopt;
  const auto step = static_cast<std::uint64_t>(a.step);
  const auto from = static_cast<std::uint64_t>(std::max(range.first, a.first)) - static_cast<std::uint64_t>(a.first);
  const auto to = static_cast<std::uint64_t>(std::min(range.last, last_of(a))) - static_cast<std::uint64_t>(a.first);
  const auto first = from / step + (from % step ? 1 : 0), last = to / step;
  if (first > last) return std::nullopt;  // between two tasks
  return core::TaskSpan{job.index, static_cast<TaskIndex>(first), static_cast<std::uint32_t>(last - first + 1)};
}

/// "tasks 0 to 99", "tasks 10, 20, ... 50".
std::string all_tasks_text(const core::JobView& job) {
  const auto a = numbers_of(job);
  const auto first = std::to_string(a.first), last = std::to_string(last_of(a));
  if (a.count == 1) return "task " + first + " alone";
  return a.step == 1 ? "tasks " + first + " to " + last
                     : "tasks " + first + ", " + std::to_string(a.first + a.step) + ", ... " + last;
}

Error no_such_task(const core::RunView& view, const core::JobView& job, const TaskRange& range) {
  const auto run = std::to_string(view.summary.run);
  if (!has_numbers(job))
    return fail(Code::not_found,
                "job '" + job.id + "' of run " + run + " is one task and no array: it is " + run + "/" + job.id);
  return fail(Code::not_found, "job '" + job.id + "' of run " + run + " has no task " + range_text(range) +
                                   ": it has " + all_tasks_text(job));
}

/// In ascending order, without overlap.
void put_in_order(std::vector<core::TaskSpan>& spans) {
  std::sort(spans.begin(), spans.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<core::TaskSpan> out;
  for (const auto& span : spans) {
    if (out.empty() || span.first > out.back().first + out.back().count) {
      out.push_back(span);
      continue;
    }
    auto& before = out.back();
    before.count = std::max(before.first + before.count, span.first + span.count) - before.first;
  }
  spans = std::move(out);
}

void append_job(const core::JobView& job, std::vector<core::TaskSpan>& out) {
  if (job.task_count()) out.push_back({job.index, 0, job.task_count()});
}

/// A job that stands for those of another file means them as well.
void append_all_of(const core::RunView& view, const core::JobView& job, std::vector<core::TaskSpan>& out) {
  const auto own = static_cast<std::size_t>(&job - view.jobs.data());
  for (std::size_t j = own - std::min<std::size_t>(own, job.stands_for); j <= own; ++j) append_job(view.jobs[j], out);
}

/// The job that a selector with a job or with tasks means; sets `whole` when its tasks were part of the name after all:
/// "v1.2-3" may be tasks 2 to 3 of v1, or a job of that name.
Result<const core::JobView*> find_job(const core::RunView& view, const Selector& s, bool& whole) {
  whole = s.tasks.empty();
  if (s.job.empty()) {
    if (jobs_of(view) == 1) return &view.jobs.front();
    return fail(Code::invalid, "run " + std::to_string(view.summary.run) + " has " + std::to_string(jobs_of(view)) +
                                   " jobs: say which one's tasks, such as " + std::to_string(view.summary.run) +
                                   "/NAME" + tasks_text(s));
  }
  if (const auto* job = job_by_id(view, s.job)) return job;
  if (s.tasks.size() == 1) {
    const auto* job = job_by_id(view, s.job + "." + range_text(s.tasks.front()));
    whole = job != nullptr;
    if (job) return job;
  }
  return no_such_job(view, s.job);
}

}  // namespace

Result<std::vector<Selector>> parse_selectors(std::string_view text) {
  std::vector<Selector> out;
  if (static_cast<std::uint64_t>(std::count(text.begin(), text.end(), ',')) >= limits::kSelectors)
    return fail(Code::invalid, "more than " + std::to_string(limits::kSelectors) + " selectors: name fewer at once");
  for (const auto& element : elements(text)) {
    if (element.text.empty())
      return wrong(text, "a selector is missing: a run's number, 'last' or 'all'", element.column);
    auto one = ElementParser(text, element).parse();
    if (!one) return one.error();
    out.push_back(std::move(*one));
  }
  return out;
}

std::string tasks_text(const Selector& s) {
  std::string out;
  for (const auto& r : s.tasks) out += (out.empty() ? "[" : ",") + range_text(r);
  return out.empty() ? out : out + "]";
}

std::string to_text(const Selector& s) {
  std::string out = s.which == Selector::Which::last  ? "last"
                    : s.which == Selector::Which::all ? "all"
                                                      : std::to_string(s.run);
  if (!s.job.empty()) out += "/" + s.job;
  return out + tasks_text(s);
}

Result<std::vector<core::TaskSpan>> select_tasks(const core::RunView& view, const Selector& s) {
  std::vector<core::TaskSpan> out;
  if (s.job.empty() && s.tasks.empty()) {
    for (const auto& job : view.jobs) append_job(job, out);
    return out;
  }
  bool whole = false;
  const auto job = find_job(view, s, whole);
  if (!job) return job.error();
  if (whole) {
    append_all_of(view, **job, out);
    return out;
  }
  for (const auto& range : s.tasks) {
    const auto span = has_numbers(**job) ? span_of(**job, range) : std::nullopt;
    if (!span) return no_such_task(view, **job, range);
    out.push_back(*span);
  }
  put_in_order(out);
  return out;
}

std::vector<core::TaskSpan> that_tell(const std::vector<core::TaskSpan>& spans) {
  std::vector<core::TaskSpan> out;
  for (const auto& span : spans)
    if (span.job == spans.back().job) out.push_back(span);
  return out;
}

std::uint64_t tasks_in(const std::vector<core::TaskSpan>& spans) {
  std::uint64_t n = 0;
  for (const auto& span : spans) n += span.count;
  return n;
}

bool contains(const std::vector<core::TaskSpan>& spans, JobIndex job, TaskIndex task) {
  return std::any_of(spans.begin(), spans.end(), [&](const core::TaskSpan& s) {
    return s.job == job && s.first <= task && task - s.first < s.count;
  });
}

std::string task_text(RunId run, const core::JobView& job, TaskIndex task) {
  auto out = std::to_string(run) + "/" + job.id;
  return has_numbers(job) ? out + "." + std::to_string(jobs::number_of(job.shape, task)) : out;
}

std::string span_text(RunId run, const core::JobView& job, TaskIndex first, std::uint32_t count) {
  if (count < 2 || !has_numbers(job)) return task_text(run, job, first);
  return std::to_string(run) + "/" + job.id + "[" +
         range_text({jobs::number_of(job.shape, first), jobs::number_of(job.shape, first + count - 1)}) + "]";
}

}  // namespace rota::control
