// Positions to what they stand for.
#include "jobs/model/shape.h"

#include <algorithm>
#include <utility>

namespace rota::jobs {
namespace {

/// The position in the product of the task at `position`: excluded ones are passed over. excluded[i] - i is how many
/// tasks lie before the i-th excluded position, and grows with i.
std::uint32_t unpacked(const Matrix& m, TaskIndex position) {
  std::size_t low = 0, high = m.excluded.size();
  while (low < high) {
    const std::size_t middle = (low + high) / 2;
    if (m.excluded[middle] - middle <= position) low = middle + 1;
    else high = middle;
  }
  return position + static_cast<std::uint32_t>(low);
}

ValueMap combination(const Matrix& m, std::uint32_t at) {
  ValueMap values(m.axes.size());
  for (std::size_t a = m.axes.size(); a-- > 0;) {
    const Axis& axis = m.axes[a];
    values[a] = {axis.name, axis.at(at % axis.count)};
    at /= axis.count;
  }
  return values;
}

Value* find(ValueMap& map, const std::string& name) {
  const auto it = std::find_if(map.begin(), map.end(), [&](const auto& entry) { return entry.first == name; });
  return it == map.end() ? nullptr : &it->second;
}

bool contradicts(ValueMap& axes, const ValueMap& included) {
  return std::any_of(included.begin(), included.end(), [&](const auto& entry) {
    const Value* there = find(axes, entry.first);
    return there && !(*there == entry.second);
  });
}

ValueMap matrix_at(const Matrix& m, TaskIndex position) {
  std::uint32_t alone = 0;
  for (const Included& i : m.included) alone += i.alone ? 1 : 0;
  const std::uint32_t product = m.count - alone;
  if (position >= product) {
    std::uint32_t before = position - product;
    for (const Included& i : m.included)
      if (i.alone && before-- == 0) return i.values;
    return {};
  }
  ValueMap axes = combination(m, unpacked(m, position));
  ValueMap all = axes;
  for (const Included& i : m.included) {
    if (i.alone || contradicts(axes, i.values)) continue;
    for (const auto& [name, value] : i.values) {
      if (Value* there = find(all, name)) *there = value;
      else all.emplace_back(name, value);
    }
  }
  return all;
}

}  // namespace

Value Axis::at(std::uint32_t i) const {
  return values.empty() ? Value(first + static_cast<std::int64_t>(i) * step) : values[i];
}

std::uint32_t task_count(const Shape& shape) {
  if (const auto* array = std::get_if<Array>(&shape)) return array->count;
  if (const auto* matrix = std::get_if<Matrix>(&shape)) return matrix->count;
  return 1;
}

std::int64_t number_of(const Shape& shape, TaskIndex position) {
  const auto* array = std::get_if<Array>(&shape);
  return array ? array->first + static_cast<std::int64_t>(position) * array->step : std::int64_t{position};
}

std::optional<TaskIndex> position_of(const Shape& shape, std::int64_t number) {
  const auto* array = std::get_if<Array>(&shape);
  const std::int64_t from = number - (array ? array->first : 0), step = array ? array->step : 1;
  if (from < 0 || from % step != 0 || from / step >= task_count(shape)) return std::nullopt;
  return static_cast<TaskIndex>(from / step);
}

ValueMap matrix_values(const Shape& shape, TaskIndex position) {
  const auto* matrix = std::get_if<Matrix>(&shape);
  return matrix && position < matrix->count ? matrix_at(*matrix, position) : ValueMap{};
}

}  // namespace rota::jobs
