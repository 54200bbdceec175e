// The other direction of json_writer.h: members of a JSON object into a value. A missing member keeps its default, an
// unknown one is passed over, one of the wrong type or out of range is an error that says where it stands.
#pragma once

#include <array>
#include <concepts>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "scheduler/control/enum_words.h"
#include "scheduler/control/json_tree.h"
#include "shared/value.h"

namespace rota::control {

/// Text, or the bytes of {"hex":"..."}; none for anything else.
std::optional<std::string> text_of(JsonNode node);
/// What append_json_value wrote; none for anything else.
std::optional<Value> value_of(JsonNode node);

class JsonReader {
 public:
  template <class T>
  void operator()(std::string_view name, T& x, const std::type_identity_t<T>& = T{}) {
    if (!wrong_.empty()) return;
    const auto node = object_.member(name);
    if (node && !take(*node, x)) where_ = where_.empty() || where_[0] == '[' ? std::string(name) + where_
                                                                           : std::string(name) + "." + where_;
  }

  template <class T>
  void always(std::string_view name, T& x) {
    (*this)(name, x);
  }

  /// Fills x from an object. False: see error().
  template <class T>
  bool object(JsonNode node, T& x) {
    if (!node.is_object()) return expected("an object");
    const auto outer = std::exchange(object_, node);
    members(*this, x);
    object_ = outer;
    return wrong_.empty();
  }

  Error error() const { return fail(Code::invalid, wrong_, where_); }

 private:
  bool expected(std::string_view what) {
    wrong_ = "must be " + std::string(what);
    return false;
  }
  template <class T>
  bool put(const std::optional<T>& found, T& x, std::string_view what) {
    if (!found) return expected(what);
    x = *found;
    return true;
  }

  bool take(JsonNode node, bool& x) { return put(node.boolean(), x, "true or false"); }
  bool take(JsonNode node, std::string& x) {
    auto text = text_of(node);
    if (!text) return expected("text");
    x = std::move(*text);
    return true;
  }
  bool take(JsonNode node, Duration& x) {
    std::int64_t ns = 0;
    if (!take(node, ns)) return false;
    x = Duration{ns};
    return true;
  }
  bool take(JsonNode node, Instant& x) { return take(node, x.ns); }
  bool take(JsonNode node, WallTime& x) { return take(node, x.ns); }
  bool take(JsonNode node, Now& x) { return take_list(node, x.mono, x.wall); }
  bool take(JsonNode node, core::TaskSpan& x) { return take_list(node, x.job, x.first, x.count); }
  template <std::same_as<jobs::Shape> S>
  bool take(JsonNode node, S& x) {
    x = {};
    if (!node.is_object()) return expected("a shape");
    if (const auto array = node.member("array")) return take(*array, x.template emplace<jobs::Array>());
    const auto matrix = node.member("matrix");
    return !matrix || take(*matrix, x.template emplace<jobs::Matrix>());
  }
  bool take(JsonNode node, TaskId& x) { return take_list(node, x.run, x.job, x.task); }
  bool take(JsonNode node, WorkerId& x) { return take_list(node, x.seat, x.generation); }
  bool take(JsonNode node, std::pair<std::string, std::string>& x) { return take_list(node, x.first, x.second); }
  bool take(JsonNode node, std::pair<std::string, Value>& x) { return take_list(node, x.first, x.second); }
  bool take(JsonNode node, Value& x) { return put(value_of(node), x, "a value with its type"); }
  template <class T>
  bool take(JsonNode node, std::optional<T>& x) {
    return take(node, x.emplace());
  }
  template <class T, std::size_t N>
  bool take(JsonNode node, std::array<T, N>& x) {
    if (!node.is_list() || node.size() > N) return expected("a list of at most " + std::to_string(N));
    for (std::size_t i = 0; i < node.size(); ++i)
      if (!take(node.at(i), x[i])) return at(i);
    return true;
  }
  template <class T>
  bool take(JsonNode node, std::vector<T>& x) {
    if (!node.is_list()) return expected("a list");
    x.clear();
    x.reserve(node.size());
    for (std::size_t i = 0; i < node.size(); ++i)
      if (!take(node.at(i), x.emplace_back())) return at(i);
    return true;
  }
  template <class T>
  bool take(JsonNode node, T& x) {
    if constexpr (std::is_enum_v<T>) return take_word(node, x);
    else if constexpr (std::is_integral_v<T>) return take_number(node, x);
    else return object(node, x);
  }

  template <class E>
  bool take_word(JsonNode node, E& x) {
    const auto word = node.text();
    for (std::size_t i = 0; word && i < Words<E>::list.size(); ++i) {
      if (Words<E>::list[i] != *word) continue;
      x = static_cast<E>(i);
      return true;
    }
    return expected("a word that is known here");
  }
  template <class T>
  bool take_number(JsonNode node, T& x) {
    constexpr auto low = std::numeric_limits<T>::min();
    constexpr auto high = std::numeric_limits<T>::max();
    if constexpr (std::is_signed_v<T>) {
      const auto n = node.integer();
      if (n && *n >= low && *n <= high) return x = static_cast<T>(*n), true;
    } else {
      const auto n = node.natural();
      if (n && *n <= high) return x = static_cast<T>(*n), true;
    }
    return expected("a whole number from " + std::to_string(low) + " to " + std::to_string(high));
  }
  template <class... T>
  bool take_list(JsonNode node, T&... xs) {
    if (!node.is_list() || node.size() != sizeof...(xs))
      return expected("a list of " + std::to_string(sizeof...(xs)));
    std::size_t i = 0;
    return ((take(node.at(i), xs) ? (++i, true) : at(i)) && ...);
  }
  bool at(std::size_t i) {
    const std::string place = "[" + std::to_string(i) + "]";
    where_ = where_.empty() || where_[0] == '[' ? place + where_ : place + "." + where_;
    return false;
  }

  JsonNode object_;
  std::string wrong_;
  std::string where_;
};

}  // namespace rota::control
