// A typed value of a job file: arguments, parameters, results. Deep-copied, owned, no sharing.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace rota {

struct Value;
using ValueList = std::vector<Value>;
using ValueMap = std::vector<std::pair<std::string, Value>>;  // in the file's order; keys unique

struct Value {
  /// `source` is the scalar's text in the file for numbers and booleans, so that `3.10` given to a string stays "3.10".
  std::variant<std::monostate, bool, std::int64_t, double, std::string, ValueList, ValueMap> data;
  std::string source;

  Value() = default;
  Value(bool v) : data(v) {}
  Value(std::int64_t v) : data(v) {}
  Value(int v) : data(std::int64_t{v}) {}
  Value(double v) : data(v) {}
  Value(std::string v) : data(std::move(v)) {}
  Value(const char* v) : data(std::string(v)) {}
  Value(ValueList v) : data(std::move(v)) {}
  Value(ValueMap v) : data(std::move(v)) {}

  template <class T>
  const T* as() const { return std::get_if<T>(&data); }
  bool is_null() const { return data.index() == 0; }
  bool operator==(const Value& o) const { return data == o.data; }
};

/// What a task may leave for others.
enum class OutputType : std::uint8_t { string, integer, number, boolean, json, last_ = json };
std::string_view to_text(OutputType t);  // as it is written: "string", "int", "float", "bool", "json"

/// One of them, as the job file declares it.
struct DeclaredValue {
  std::string name;
  OutputType type = OutputType::string;
  bool operator==(const DeclaredValue&) const = default;
};

/// "null", "bool", "int", "float", "string", "list" or "map": the words of error messages.
std::string_view type_name(const Value& v);

/// The text a scalar has as an argv word or environment value: its source text where it has one ("true", "42", "3.10",
/// the string itself). Lists and maps give compact JSON.
std::string to_text(const Value& v);

template <class Archive>
void fields(Archive& a, Value& x) { a(x.data, x.source); }
template <class Archive>
void fields(Archive& a, DeclaredValue& x) { a(x.name, x.type); }

}  // namespace rota
