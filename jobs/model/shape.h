// How many tasks a job has and what tells them apart: one, an array, or a matrix. Lazy: a task is a position, and what
// it stands for is computed from it. Positions (TaskIndex) count from 0 and are internal; users see `number_of`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "shared/ids.h"
#include "shared/value.h"

namespace rota::jobs {

/// `array: 100` or `array: "0..9999"` or `"10..50:10"`.
struct Array {
  std::int64_t first = 0;
  std::int64_t step = 1;    // at least 1
  std::uint32_t count = 0;  // at least 1
  bool operator==(const Array&) const = default;
};

/// One list of a matrix: values as they stand, or a range of whole numbers, which is not stored one by one.
struct Axis {
  std::string name;
  std::vector<Value> values;  // empty: the range
  std::int64_t first = 0, step = 1;
  std::uint32_t count = 0;  // of values or of the range
  Value at(std::uint32_t i) const;
  bool operator==(const Axis&) const = default;
};

/// An entry of `include` as GitHub Actions has it: one that contradicts no axis of a combination adds its other values
/// to it; one that fits no combination is a task of its own, after all others.
struct Included {
  ValueMap values;
  bool alone = false;  // a task of its own
  bool operator==(const Included&) const = default;
};

/// The product of the axes, the last one fastest, without `excluded`, and then the included ones that stand alone.
struct Matrix {
  std::vector<Axis> axes;
  std::vector<std::uint32_t> excluded;  // positions in the product, ascending
  std::vector<Included> included;
  std::uint32_t count = 0;  // tasks in all
  bool operator==(const Matrix&) const = default;
};

using Shape = std::variant<std::monostate, Array, Matrix>;

std::uint32_t task_count(const Shape& shape);

/// What a user calls the task at this position: the index of an array (`first + position * step`); else the position.
std::int64_t number_of(const Shape& shape, TaskIndex position);
/// The task that a user calls so; none: there is none.
std::optional<TaskIndex> position_of(const Shape& shape, std::int64_t number);

/// Names and values of the task at this position, axes in the file's order, then what includes add. Empty unless a
/// matrix. Costs O(axes + includes + log excluded).
ValueMap matrix_values(const Shape& shape, TaskIndex position);

template <class A>
void fields(A& a, Array& x) {
  a(x.first, x.step, x.count);
}
template <class A>
void fields(A& a, Axis& x) {
  a(x.name, x.values, x.first, x.step, x.count);
}
template <class A>
void fields(A& a, Included& x) {
  a(x.values, x.alone);
}
template <class A>
void fields(A& a, Matrix& x) {
  a(x.axes, x.excluded, x.included, x.count);
}

}  // namespace rota::jobs
