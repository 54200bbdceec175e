// Values between job files and C++: what arguments and outputs are made of, and how they become C++ types.
#pragma once

#include <rota/rota.h>

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <iterator>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

// Hidden: what two plugins compile of this, perhaps of different versions, must never be taken for the same.
namespace [[gnu::visibility("hidden")]] rota {

struct Value;
using List = std::vector<Value>;
using Map = std::map<std::string, Value, std::less<>>;

/// Anything that a job file can hold. Look at it with as<T>(): null if it is of another type.
struct Value {
  std::variant<std::nullptr_t, bool, std::int64_t, double, std::string, List, Map> data = nullptr;

  Value() = default;
  Value(std::nullptr_t) {}
  Value(bool v) : data(v) {}
  template <std::integral T>
  Value(T v) : data(static_cast<std::int64_t>(v)) {}
  template <std::floating_point T>
  Value(T v) : data(static_cast<double>(v)) {}
  Value(std::string v) : data(std::move(v)) {}
  Value(std::string_view v) : data(std::string(v)) {}
  Value(const char* v) : data(std::string(v)) {}
  Value(List v) : data(std::move(v)) {}
  Value(Map v) : data(std::move(v)) {}

  template <class T>
  const T* as() const {
    return std::get_if<T>(&data);
  }
  bool is_null() const { return data.index() == 0; }
  bool operator==(const Value&) const = default;
};

/// The last parameter of a function may be a Rest: all further positional arguments.
template <class T>
struct Rest : std::vector<T> {};

namespace detail {

/// Why an argument is refused.
struct WrongType {
  std::string what;
};

inline const char* words_of(std::uint32_t kind) {
  static constexpr const char* words[] = {"nothing", "true or false", "an integer", "a number",
                                          "text",    "a list",        "a map"};
  return kind < std::size(words) ? words[kind] : "something unknown";
}
inline void expect(const rota_value& v, std::uint32_t kind, const std::string& place) {
  if (v.kind != kind) throw WrongType{place + " takes " + words_of(kind) + ", got " + words_of(v.kind)};
}

/// How a C++ type is asked for (`takes`) and made of a value.
template <class T>
struct Take;

template <>
struct Take<bool> {
  static constexpr std::uint32_t takes = ROTA_TAKES_BOOL;
  static bool from(const rota_value& v, const std::string& place) {
    return expect(v, ROTA_BOOL, place), v.boolean != 0;
  }
};
template <std::integral T>
struct Take<T> {
  static constexpr std::uint32_t takes = ROTA_TAKES_INTEGER;
  static T from(const rota_value& v, const std::string& place) {
    expect(v, ROTA_INT, place);
    if (!std::in_range<T>(v.as.integer))
      throw WrongType{place + " is out of range: " + std::to_string(v.as.integer) + " is not between " +
                      std::to_string(std::numeric_limits<T>::min()) + " and " +
                      std::to_string(std::numeric_limits<T>::max())};
    return static_cast<T>(v.as.integer);
  }
};
template <std::floating_point T>
struct Take<T> {
  static constexpr std::uint32_t takes = ROTA_TAKES_NUMBER;
  static T from(const rota_value& v, const std::string& place) {
    if (v.kind == ROTA_INT) return static_cast<T>(v.as.integer);
    return expect(v, ROTA_FLOAT, place), static_cast<T>(v.as.number);
  }
};
template <>
struct Take<std::string> {
  static constexpr std::uint32_t takes = ROTA_TAKES_STRING;
  static std::string from(const rota_value& v, const std::string& place) {
    return expect(v, ROTA_STRING, place), std::string(v.as.text, v.size);
  }
};
template <>
struct Take<std::string_view> {  // lives as long as the call
  static constexpr std::uint32_t takes = ROTA_TAKES_STRING;
  static std::string_view from(const rota_value& v, const std::string& place) {
    return expect(v, ROTA_STRING, place), std::string_view(v.as.text, v.size);
  }
};
template <class R, class P>
struct Take<std::chrono::duration<R, P>> {
  static constexpr std::uint32_t takes = ROTA_TAKES_DURATION;
  static std::chrono::duration<R, P> from(const rota_value& v, const std::string& place) {
    expect(v, ROTA_INT, place);
    return std::chrono::duration_cast<std::chrono::duration<R, P>>(std::chrono::nanoseconds(v.as.integer));
  }
};
template <class T, class C>
struct Take<std::map<std::string, T, C>> {
  static constexpr std::uint32_t takes = ROTA_TAKES_MAP;
  static std::map<std::string, T, C> from(const rota_value& v, const std::string& place) {
    expect(v, ROTA_MAP, place);
    std::map<std::string, T, C> out;
    for (std::uint64_t i = 0; i < v.size; ++i) {
      std::string key(v.as.entries[i].key.bytes, v.as.entries[i].key.size);
      auto value = Take<T>::from(v.as.entries[i].value, "'" + key + "' in " + place);
      out.insert_or_assign(std::move(key), std::move(value));
    }
    return out;
  }
};
template <class T>
struct Take<std::vector<T>> {
  static constexpr std::uint32_t takes = ROTA_TAKES_LIST;
  static std::vector<T> from(const rota_value& v, const std::string& place) {
    expect(v, ROTA_LIST, place);
    std::vector<T> out;
    for (std::uint64_t i = 0; i < v.size; ++i)
      out.push_back(Take<T>::from(v.as.items[i], "item " + std::to_string(i + 1) + " of " + place));
    return out;
  }
};
template <class T>
struct Take<Rest<T>> {
  static constexpr std::uint32_t takes = Take<T>::takes;
  static Rest<T> from(const rota_value& v, const std::string& place) { return {Take<std::vector<T>>::from(v, place)}; }
};
template <class T>
struct Take<std::optional<T>> {
  static constexpr std::uint32_t takes = Take<T>::takes;
  static std::optional<T> from(const rota_value& v, const std::string& place) { return Take<T>::from(v, place); }
};
template <>
struct Take<Value> {
  static constexpr std::uint32_t takes = ROTA_TAKES_ANY;
  static Value from(const rota_value& v, const std::string& place) {
    switch (v.kind) {
      case ROTA_BOOL: return v.boolean != 0;
      case ROTA_INT: return v.as.integer;
      case ROTA_FLOAT: return v.as.number;
      case ROTA_STRING: return std::string(v.as.text, v.size);
      case ROTA_LIST: return Take<List>::from(v, place);
      case ROTA_MAP: return Take<Map>::from(v, place);
      default: return nullptr;
    }
  }
};

/// A Value as the host takes it: points into the Value and into `Given` itself.
class Given {
 public:
  explicit Given(const Value& v) { fill(root_, v); }
  Given(const Given&) = delete;
  Given& operator=(const Given&) = delete;
  const rota_value* get() const { return &root_; }

 private:
  void fill(rota_value& to, const Value& v) {
    to = {};
    to.kind = static_cast<std::uint32_t>(v.data.index());
    if (const auto* b = v.as<bool>()) to.boolean = *b ? 1 : 0;
    if (const auto* i = v.as<std::int64_t>()) to.as.integer = *i;
    if (const auto* d = v.as<double>()) to.as.number = *d;
    if (const auto* s = v.as<std::string>()) to.as.text = s->data(), to.size = s->size();
    if (const auto* list = v.as<List>()) {
      auto& items = lists_.emplace_back(list->size());
      for (std::size_t n = 0; n < list->size(); ++n) fill(items[n], (*list)[n]);
      to.as.items = items.data(), to.size = items.size();
    }
    if (const auto* map = v.as<Map>()) {
      auto& entries = maps_.emplace_back(map->size());
      std::size_t n = 0;
      for (const auto& [key, value] : *map) {
        entries[n].key = {key.data(), key.size()};
        fill(entries[n++].value, value);
      }
      to.as.entries = entries.data(), to.size = entries.size();
    }
  }
  rota_value root_{};
  std::deque<std::vector<rota_value>> lists_;  // whose elements stay where they are when more come
  std::deque<std::vector<rota_entry>> maps_;
};

}  // namespace detail
}  // namespace rota
