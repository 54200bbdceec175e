// `array` and `matrix` of a job: how many tasks it has, and what tells them apart.
#pragma once

#include "jobs/model/shape.h"
#include "jobs/read/reading.h"

namespace rota::jobs {

/// `array: 100`, `"0..9999"` or `"10..50:10"`; an expression may give it.
void read_array(Reading& in, NodeAt at, Shape& out);

/// `matrix`: axes as lists or ranges, `include` and `exclude` as GitHub Actions has them. Takes time and memory in
/// proportion to the file and to limits::kMatrixExcluded, never to the product.
void read_matrix(Reading& in, NodeAt at, Shape& out);

/// As in.wrong(), with the value that an expression gave.
void wrong_value(Reading& in, NodeAt at, std::string_view field, std::string_view expected, const Value& got);

/// A number for people: "1,000,000".
std::string grouped(std::uint64_t n);

}  // namespace rota::jobs
