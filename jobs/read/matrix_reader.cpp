// `matrix:` into a Shape: axes, what is excluded, what is included.
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <unordered_map>

#include "jobs/read/identifier.h"
#include "jobs/read/range.h"
#include "jobs/read/shape_reader.h"
#include "shared/limits.h"
#include "shared/text/text.h"

namespace rota::jobs {
namespace {

using Kind = Node::Kind;

/// Which values of each axis an entry of `exclude` or `include` speaks of, by index: empty means all of them.
using Choice = std::vector<std::vector<std::uint32_t>>;

/// Texts that are equal when the values are, whatever was written for them.
void append_key(const Value& value, std::string& out) {
  out += static_cast<char>('a' + value.data.index());
  if (const auto* list = value.as<ValueList>()) {
    for (const auto& item : *list) append_key(item, out);
  } else if (const auto* map = value.as<ValueMap>()) {
    for (const auto& [name, item] : *map) {
      out += fmt::format("{}:{}", name.size(), name);
      append_key(item, out);
    }
  } else if (const auto* number = value.as<double>()) {
    out += fmt::format("{}", *number);
  } else if (const auto* whole = value.as<std::int64_t>()) {
    out += fmt::format("{}", *whole);
  } else {
    const auto text = to_text(value);
    out += fmt::format("{}:{}", text.size(), text);
  }
  out += ';';
}

/// Where on an axis a value stands. Many entries may ask for one of many values: they are hashed at the first question.
class AxisIndex {
 public:
  std::vector<std::uint32_t> find(const Axis& axis, const Value& value) {
    if (axis.values.empty()) return in_range(axis, value);
    if (indices_.empty()) {
      for (std::uint32_t i = 0; i < axis.count; ++i) indices_[key(axis.values[i])].push_back(i);
    }
    const auto it = indices_.find(key(value));
    return it == indices_.end() ? std::vector<std::uint32_t>() : it->second;
  }

 private:
  static std::string key(const Value& value) {
    std::string out;
    append_key(value, out);
    return out;
  }
  static std::vector<std::uint32_t> in_range(const Axis& axis, const Value& value) {
    const auto* n = value.as<std::int64_t>();
    if (!n || *n < axis.first) return {};
    const auto distance = static_cast<std::uint64_t>(*n) - static_cast<std::uint64_t>(axis.first);
    const auto step = static_cast<std::uint64_t>(axis.step);
    if (distance % step != 0 || distance / step >= axis.count) return {};
    return {static_cast<std::uint32_t>(distance / step)};
  }

  std::unordered_map<std::string, std::vector<std::uint32_t>> indices_;
};

/// Calls f(position) for each combination of the choice, ascending, until it says false. True if it never did.
template <class F>
bool each_position(const Matrix& m, const Choice& choice, F&& f) {
  std::vector<std::uint32_t> at(m.axes.size(), 0);
  while (true) {
    std::uint64_t position = 0;
    for (std::size_t a = 0; a < m.axes.size(); ++a)
      position = position * m.axes[a].count + (choice[a].empty() ? at[a] : choice[a][at[a]]);
    if (!f(static_cast<std::uint32_t>(position))) return false;
    std::size_t a = m.axes.size();
    while (a > 0) {
      const auto most = choice[a - 1].empty() ? m.axes[a - 1].count : choice[a - 1].size();
      if (++at[a - 1] < most) break;
      at[--a] = 0;
    }
    if (a == 0) return true;
  }
}

std::uint64_t positions_in(const Matrix& m, const Choice& choice) {
  std::uint64_t n = 1;
  for (std::size_t a = 0; a < m.axes.size(); ++a) n *= choice[a].empty() ? m.axes[a].count : choice[a].size();
  return n;
}

class MatrixReader {
 public:
  MatrixReader(Reading& in, NodeAt at) : in_(in), at_(at) {}

  std::optional<Matrix> read() {
    const auto before = in_.findings.size();
    NodeAt include = kNoNode, exclude = kNoNode;
    for (const auto e : in_.tree.entries(at_)) {
      const auto name = in_.tree.text(e.key);
      if (name == "include") include = e.value;
      else if (name == "exclude") exclude = e.value;
      else read_axis(e);
    }
    if (m_.axes.size() > limits::kMatrixAxes)
      in_.report(at_, fmt::format("'matrix' has {} axes; at most {} (matrix_axes)", m_.axes.size(),
                                  limits::kMatrixAxes));
    if (in_.findings.size() != before || !measure()) return std::nullopt;
    if (exclude != kNoNode) read_excluded(exclude);
    if (in_.findings.size() != before) return std::nullopt;
    if (include != kNoNode) read_included(include);
    if (in_.findings.size() != before) return std::nullopt;
    return finish();
  }

 private:
  void read_axis(Tree::Entry e) {
    Axis axis;
    axis.name = std::string(in_.tree.text(e.key));
    if (!is_identifier(axis.name))
      return in_.report(e.key, fmt::format("'{}' cannot name an axis: {}", shown_name(axis.name), kIdentifierRule));
    const auto field = "matrix." + axis.name;
    if (in_.is(e.value, Kind::null) || in_.is(e.value, Kind::map)) return in_.wrong(e.value, field, kAxisExpected);
    auto value = in_.value(e.value, field);
    if (!value) return;
    if (auto* list = std::get_if<ValueList>(&value->data)) {
      if (list->empty()) return in_.report(e.value, fmt::format("'{}' has no values: there would be no task", field));
      if (list->size() > limits::kTasksPerRun) return too_many_values(e.value, field, list->size());
      axis.count = static_cast<std::uint32_t>(list->size());
      axis.values = std::move(*list);
    } else if (!read_range(e.value, field, *value, axis)) {
      return;
    }
    m_.axes.push_back(std::move(axis));
  }

  bool read_range(NodeAt at, const std::string& field, const Value& value, Axis& axis) {
    const auto* text = value.as<std::string>();
    const auto range = text ? parse_range(*text) : std::nullopt;
    if (!range) return wrong_value(in_, at, field, kAxisExpected, value), false;
    if (!*range) return in_.report(at, fmt::format("'{}': {}", field, range->error().what)), false;
    if ((*range)->count > limits::kTasksPerRun) return too_many_values(at, field, (*range)->count), false;
    axis.first = (*range)->first;
    axis.step = (*range)->step;
    axis.count = static_cast<std::uint32_t>((*range)->count);
    return true;
  }

  void too_many_values(NodeAt at, const std::string& field, std::uint64_t n) {
    in_.report(at, fmt::format("'{}' has {} values; a run has at most {} tasks (tasks_per_run)", field, grouped(n),
                               grouped(limits::kTasksPerRun)));
  }

  /// The product, which must be a number of tasks that a run may have.
  bool measure() {
    indices_.resize(m_.axes.size());
    product_ = m_.axes.empty() ? 0 : 1;
    std::string factors;
    bool overflow = false;
    for (const auto& axis : m_.axes) {
      factors += fmt::format("{}{}", factors.empty() ? "" : " x ", axis.count);
      overflow = overflow || product_ > std::numeric_limits<std::uint64_t>::max() / axis.count;
      product_ *= axis.count;
    }
    if (!overflow && product_ <= limits::kTasksPerRun) return true;
    in_.report(at_, fmt::format("'matrix' has {} = {} combinations; a run has at most {} tasks (tasks_per_run)",
                                factors, overflow ? "more than 2^64" : grouped(product_),
                                grouped(limits::kTasksPerRun)));
    return false;
  }

  bool is_list_of_maps(NodeAt at, std::string_view field) {
    if (!in_.is(at, Kind::list)) return in_.wrong(at, field, "a list of maps from axes to values"), false;
    bool sound = true;
    for (const auto item : in_.tree.items(at)) {
      if (in_.is(item, Kind::map) && in_.tree[item].count > 0) continue;
      in_.wrong(item, field, "maps from axes to values such as {os: linux}");
      sound = false;
    }
    return sound;
  }

  const Axis* axis(std::string_view name, std::size_t& index) const {
    for (index = 0; index < m_.axes.size(); ++index) {
      if (m_.axes[index].name == name) return &m_.axes[index];
    }
    return nullptr;
  }

  void unknown_axis(NodeAt key) {
    std::vector<std::string_view> names;
    for (const auto& a : m_.axes) names.push_back(a.name);
    const auto name = in_.tree.text(key);
    in_.findings.add_unknown(in_.place(key),
                             fmt::format("'matrix.exclude' names '{}': there is no such axis", shown_name(name)), name,
                             names);
  }

  void read_excluded(NodeAt at) {
    if (!is_list_of_maps(at, "matrix.exclude")) return;
    std::uint64_t sum = 0;
    std::vector<Choice> choices;
    for (const auto item : in_.tree.items(at)) {
      auto choice = excluded_choice(item);
      if (!choice) continue;
      sum += positions_in(m_, *choice);
      choices.push_back(std::move(*choice));
      if (sum <= limits::kMatrixExcluded) continue;
      return in_.report(at, fmt::format("'matrix.exclude' takes away {} combinations and more; at most {} "
                                        "(matrix_excluded)",
                                        grouped(sum), grouped(limits::kMatrixExcluded)),
                        "leave the values out of their axis, or make it two jobs");
    }
    for (const auto& choice : choices)
      each_position(m_, choice, [&](std::uint32_t position) { return m_.excluded.push_back(position), true; });
    std::sort(m_.excluded.begin(), m_.excluded.end());
    m_.excluded.erase(std::unique(m_.excluded.begin(), m_.excluded.end()), m_.excluded.end());
  }

  std::optional<Choice> excluded_choice(NodeAt item) {
    Choice choice(m_.axes.size());
    bool sound = true;
    for (const auto e : in_.tree.entries(item)) {
      std::size_t index = 0;
      const auto* of = axis(in_.tree.text(e.key), index);
      const auto value = of ? in_.value(e.value, "matrix.exclude") : std::nullopt;
      if (!of) unknown_axis(e.key);
      if (value) choice[index] = indices_[index].find(*of, *value);
      if (value && choice[index].empty())
        in_.report(e.value, fmt::format("'matrix.exclude': axis '{}' has no value {} ({})", of->name,
                                        text::escape_terminal(to_text(*value).substr(0, 80)), type_name(*value)));
      sound = sound && value && !choice[index].empty();
    }
    return sound ? std::optional(std::move(choice)) : std::nullopt;
  }

  void read_included(NodeAt at) {
    if (!is_list_of_maps(at, "matrix.include")) return;
    if (in_.tree[at].count > limits::kMatrixIncluded)
      return in_.report(at, fmt::format("'matrix.include' has {} entries; at most {} (matrix_included)",
                                        in_.tree[at].count, limits::kMatrixIncluded));
    std::vector<bool> gone(m_.excluded.empty() ? 0 : product_, false);
    for (const auto position : m_.excluded) gone[position] = true;
    for (const auto item : in_.tree.items(at)) {
      Included included;
      bool sound = true;
      for (const auto e : in_.tree.entries(item)) {
        const auto name = in_.tree.text(e.key);
        if (!is_identifier(name)) {
          in_.report(e.key, fmt::format("'{}' cannot name a value: {}", shown_name(name), kIdentifierRule));
          sound = false;
          continue;
        }
        auto value = in_.value(e.value, "matrix.include");
        sound = sound && value;
        if (value) included.values.emplace_back(std::string(name), std::move(*value));
      }
      if (!sound) continue;
      included.alone = fits_nothing(included, gone);
      m_.included.push_back(std::move(included));
    }
  }

  /// Whether no combination that is left has the values that the entry gives to axes.
  bool fits_nothing(const Included& included, const std::vector<bool>& gone) {
    if (product_ == 0) return true;
    Choice choice(m_.axes.size());
    for (const auto& [name, value] : included.values) {
      std::size_t index = 0;
      const auto* of = axis(name, index);
      if (!of) continue;
      choice[index] = indices_[index].find(*of, value);
      if (choice[index].empty()) return true;
    }
    if (gone.empty()) return false;
    return each_position(m_, choice, [&](std::uint32_t position) { return gone[position]; });
  }

  std::optional<Matrix> finish() {
    std::uint64_t count = product_ - m_.excluded.size();
    for (const auto& i : m_.included) count += i.alone;
    if (count == 0) {
      in_.report(at_, m_.excluded.empty() ? "'matrix' is empty: there would be no task"
                                          : "'matrix.exclude' takes away every combination: there would be no task");
      return std::nullopt;
    }
    if (count > limits::kTasksPerRun) {
      in_.report(at_, fmt::format("'matrix' has {} tasks; a run has at most {} (tasks_per_run)", grouped(count),
                                  grouped(limits::kTasksPerRun)));
      return std::nullopt;
    }
    m_.count = static_cast<std::uint32_t>(count);
    return std::move(m_);
  }

  static constexpr std::string_view kAxisExpected =
      "a list of values such as [a, b], or a range such as \"1..10\" or \"0..90:10\"";

  Reading& in_;
  NodeAt at_;
  Matrix m_;
  std::uint64_t product_ = 0;
  std::vector<AxisIndex> indices_;  // of the axes
};

}  // namespace

void read_matrix(Reading& in, NodeAt at, Shape& out) {
  if (!in.is(at, Kind::map)) return in.wrong(at, "matrix", "a map of axes such as {os: [linux, mac], size: \"1..10\"}");
  if (auto matrix = MatrixReader(in, at).read()) out = std::move(*matrix);
}

}  // namespace rota::jobs
