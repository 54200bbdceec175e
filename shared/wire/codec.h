// One description of a value's bytes for both directions. A type says `fields(archive, x)` once; Writer appends, Reader
// takes. Integers are LEB128 varints (signed ones zigzag), strings and vectors are length-prefixed, enums are checked
// against their `last_` enumerator. A Reader never reads past its bytes: the first breach makes it `bad()` for good and
// every later field stays at its default. For bytes from a hostile peer: lengths are bounded by the bytes at hand.
#pragma once

#include <bit>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace rota::wire {

template <class T>
struct IsVector : std::false_type {};
template <class T>
struct IsVector<std::vector<T>> : std::true_type {};
template <class T>
struct IsOptional : std::false_type {};
template <class T>
struct IsOptional<std::optional<T>> : std::true_type {};
template <class T>
struct IsPair : std::false_type {};
template <class A, class B>
struct IsPair<std::pair<A, B>> : std::true_type {};
template <class T>
struct IsVariant : std::false_type {};
template <class... T>
struct IsVariant<std::variant<T...>> : std::true_type {};

/// Appends values to a byte string.
class Writer {
 public:
  explicit Writer(std::string& out) : out_(out) {}

  template <class... T>
  void operator()(T&... xs) { (put(xs), ...); }

  void varint(std::uint64_t v) {
    while (v >= 0x80) {
      out_.push_back(static_cast<char>(v | 0x80));
      v >>= 7;
    }
    out_.push_back(static_cast<char>(v));
  }

 private:
  template <class T>
  void put(T& x) {
    using U = std::remove_cv_t<T>;
    if constexpr (std::is_same_v<U, bool>) {
      out_.push_back(x ? 1 : 0);
    } else if constexpr (std::is_enum_v<U>) {
      varint(static_cast<std::uint64_t>(x));
    } else if constexpr (std::is_floating_point_v<U>) {
      const auto bits = std::bit_cast<std::uint64_t>(static_cast<double>(x));
      out_.append(reinterpret_cast<const char*>(&bits), sizeof bits);
    } else if constexpr (std::is_integral_v<U> && std::is_signed_v<U>) {
      const auto v = static_cast<std::int64_t>(x);
      varint((static_cast<std::uint64_t>(v) << 1) ^ static_cast<std::uint64_t>(v >> 63));
    } else if constexpr (std::is_integral_v<U>) {
      varint(x);
    } else if constexpr (std::is_same_v<U, std::string>) {
      varint(x.size());
      out_.append(x);
    } else if constexpr (std::is_same_v<U, std::chrono::nanoseconds>) {
      auto ns = std::int64_t{x.count()};
      put(ns);
    } else if constexpr (IsVector<U>::value) {
      varint(x.size());
      for (auto& e : x) put(e);
    } else if constexpr (IsOptional<U>::value) {
      out_.push_back(x ? 1 : 0);
      if (x) put(*x);
    } else if constexpr (IsPair<U>::value) {
      put(x.first);
      put(x.second);
    } else if constexpr (IsVariant<U>::value) {
      varint(x.index());
      std::visit([this](auto& alt) { put(alt); }, x);
    } else if constexpr (!std::is_same_v<U, std::monostate>) {
      fields(*this, const_cast<U&>(x));
    }
  }
  std::string& out_;
};

/// Takes values from bytes that need not be what they claim.
class Reader {
 public:
  explicit Reader(std::string_view in) : in_(in) {}

  template <class... T>
  void operator()(T&... xs) { (take(xs), ...); }

  bool bad() const { return bad_; }
  bool done() const { return !bad_ && in_.empty(); }
  void fail() { bad_ = true; }
  std::string_view rest() const { return in_; }

  std::uint64_t varint() {
    std::uint64_t v = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (bad_ || in_.empty()) break;
      const auto byte = static_cast<unsigned char>(in_.front());
      in_.remove_prefix(1);
      v |= std::uint64_t{byte & 0x7fu} << shift;
      if (!(byte & 0x80)) return v;
    }
    bad_ = true;
    return 0;
  }

 private:
  static constexpr int kDepthMax = 80;  // nested values; the job file's own limit is 64

  std::string_view bytes(std::uint64_t n) {
    if (bad_ || n > in_.size()) {
      bad_ = true;
      return {};
    }
    const auto out = in_.substr(0, n);
    in_.remove_prefix(n);
    return out;
  }

  template <class T>
  void take(T& x) {
    if (bad_) return;
    if constexpr (std::is_same_v<T, bool>) {
      const auto b = bytes(1);
      if (!bad_ && static_cast<unsigned char>(b[0]) > 1) bad_ = true;
      if (!bad_) x = b[0] == 1;
    } else if constexpr (std::is_enum_v<T>) {
      const auto v = varint();
      if (v > static_cast<std::uint64_t>(T::last_)) bad_ = true;
      if (!bad_) x = static_cast<T>(v);
    } else if constexpr (std::is_floating_point_v<T>) {
      const auto b = bytes(8);
      if (bad_) return;
      std::uint64_t bits = 0;
      std::memcpy(&bits, b.data(), 8);
      x = std::bit_cast<double>(bits);
    } else if constexpr (std::is_integral_v<T> && std::is_signed_v<T>) {
      const auto v = varint();
      const auto s = static_cast<std::int64_t>(v >> 1) ^ -static_cast<std::int64_t>(v & 1);
      if (s != static_cast<std::int64_t>(static_cast<T>(s))) bad_ = true;
      if (!bad_) x = static_cast<T>(s);
    } else if constexpr (std::is_integral_v<T>) {
      const auto v = varint();
      if (v != static_cast<std::uint64_t>(static_cast<T>(v))) bad_ = true;
      if (!bad_) x = static_cast<T>(v);
    } else if constexpr (std::is_same_v<T, std::string>) {
      x = std::string(bytes(varint()));
    } else if constexpr (std::is_same_v<T, std::chrono::nanoseconds>) {
      std::int64_t ns = 0;
      take(ns);
      x = std::chrono::nanoseconds{ns};
    } else if constexpr (IsVector<T>::value) {
      take_vector(x);
    } else if constexpr (IsOptional<T>::value) {
      bool there = false;
      take(there);
      if (there) take(x.emplace());
    } else if constexpr (IsPair<T>::value) {
      take(x.first);
      take(x.second);
    } else if constexpr (IsVariant<T>::value) {
      take_variant(x, std::make_index_sequence<std::variant_size_v<T>>{});
    } else if constexpr (!std::is_same_v<T, std::monostate>) {
      fields(*this, x);
    }
  }

  template <class T>
  void take_vector(std::vector<T>& x) {
    const auto n = varint();
    if (n > in_.size() || ++depth_ > kDepthMax) bad_ = true;  // every element takes at least one byte
    if (bad_) return;
    x.clear();
    x.reserve(n < 4096 ? n : 4096);
    for (std::uint64_t i = 0; i < n && !bad_; ++i) take(x.emplace_back());
    --depth_;
  }

  template <class V, std::size_t... I>
  void take_variant(V& x, std::index_sequence<I...>) {
    const auto index = varint();
    if (index >= sizeof...(I)) bad_ = true;
    if (bad_) return;
    ((index == I ? take(x.template emplace<I>()) : void()), ...);
  }

  std::string_view in_;
  bool bad_ = false;
  int depth_ = 0;
};

/// Appends the bytes of x to out.
template <class T>
void encode(std::string& out, const T& x) {
  Writer w(out);
  w(x);
}
template <class T>
std::string encoded(const T& x) {
  std::string out;
  encode(out, x);
  return out;
}
/// True if the bytes were exactly one T.
template <class T>
[[nodiscard]] bool decode(std::string_view in, T& x) {
  Reader r(in);
  r(x);
  return r.done();
}

}  // namespace rota::wire
