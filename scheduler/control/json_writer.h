// Appends values to a JSON text, without a tree in between. A type names its members once, for both directions:
//   template <class A> void members(A& a, ask::Kill& x) { a("selectors", x.selectors); a("signal", x.signal, 15); }
// A member that has its default (the third argument, else the type's own) is left out. Instants and durations are
// numbers of nanoseconds, enums are words, text that is not UTF-8 is {"hex":"..."}: everything comes back as it went.
#pragma once

#include <array>
#include <charconv>
#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "scheduler/control/enum_words.h"
#include "shared/value.h"

namespace rota::control {

void append_json_text(std::string& out, std::string_view text);
/// A value with its type and source: text as it is, else [type, content] or [type, content, source].
void append_json_value(std::string& out, const Value& value);

template <class T>
inline constexpr bool kIsOptional = false;
template <class T>
inline constexpr bool kIsOptional<std::optional<T>> = true;

class JsonWriter {
 public:
  explicit JsonWriter(std::string& out) : out_(out) {}

  template <class T>
  void operator()(std::string_view name, const T& x, const std::type_identity_t<T>& unless = T{}) {
    if (is_default(x, unless)) return;
    const auto before = out_.size();
    always(name, x);
    // An object of nothing but defaults. That an optional one is there says something by itself.
    if constexpr (std::is_class_v<T> && !kIsOptional<T>)
      if (out_.ends_with("{}")) out_.resize(before);
  }

  /// A member that is never left out.
  template <class T>
  void always(std::string_view name, const T& x) {
    if (out_.back() != '{') out_ += ',';
    out_ += '"';
    out_ += name;
    out_ += "\":";
    value(x);
  }

  /// A whole object. `tag` and `word` come first, where they are not empty.
  template <class T>
  void object(const T& x, std::string_view tag = {}, std::string_view word = {}) {
    out_ += '{';
    if (!tag.empty()) always(tag, std::string(word));
    members(*this, const_cast<T&>(x));
    out_ += '}';
  }

  void value(bool b) { out_ += b ? "true" : "false"; }
  void value(const std::string& s) { append_json_text(out_, s); }
  void value(Duration d) { number(d.count()); }
  void value(Instant t) { number(t.ns); }
  void value(WallTime t) { number(t.ns); }
  void value(const Now& t) { list_of(t.mono, t.wall); }
  void value(const core::TaskSpan& s) { list_of(s.job, s.first, s.count); }
  template <std::same_as<jobs::Shape> S>
  void value(const S& s) {
    out_ += '{';
    if (const auto* array = std::get_if<jobs::Array>(&s)) always("array", *array);
    if (const auto* matrix = std::get_if<jobs::Matrix>(&s)) always("matrix", *matrix);
    out_ += '}';
  }
  void value(const TaskId& t) { list_of(t.run, t.job, t.task); }
  void value(const WorkerId& w) { list_of(w.seat, w.generation); }
  void value(const std::pair<std::string, std::string>& p) { list_of(p.first, p.second); }
  void value(const std::pair<std::string, Value>& p) { list_of(p.first, p.second); }
  void value(const Value& v) { append_json_value(out_, v); }
  template <class T>
  void value(const std::optional<T>& x) {
    value(*x);
  }
  template <class T, std::size_t N>
  void value(const std::array<T, N>& list) {
    values(list);
  }
  template <class T>
  void value(const std::vector<T>& list) {
    values(list);
  }
  template <class T>
  void value(const T& x) {
    if constexpr (std::is_enum_v<T>) append_json_text(out_, Words<T>::list[static_cast<std::size_t>(x)]);
    else if constexpr (std::is_integral_v<T>) number(x);
    else object(x);
  }

 private:
  template <class T>
  static bool is_default(const std::vector<T>& x, const std::vector<T>&) {
    return x.empty();
  }
  template <class T>
  static bool is_default(const std::optional<T>& x, const std::optional<T>&) {
    return !x.has_value();
  }
  template <class T>
  static bool is_default(const T& x, const T& unless) {
    if constexpr (requires { x == unless; }) return x == unless;
    else return false;
  }
  template <class T>
  void number(T n) {
    char digits[24];
    const auto end = std::to_chars(digits, digits + sizeof digits, n);
    out_.append(digits, end.ptr);
  }
  template <class L>
  void values(const L& list) {
    out_ += '[';
    bool first = true;
    for (const auto& x : list) {
      if (!std::exchange(first, false)) out_ += ',';
      value(x);
    }
    out_ += ']';
  }
  template <class First, class... Rest>
  void list_of(const First& first, const Rest&... rest) {
    out_ += '[';
    value(first);
    ((out_ += ',', value(rest)), ...);
    out_ += ']';
  }

  std::string& out_;
};

}  // namespace rota::control
