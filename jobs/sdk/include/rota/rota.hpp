// Functions of your own as targets of Rota: write them, name them with ROTA_TARGET, compile a shared library.
//
//   #include <rota/rota.hpp>
//
//   rota::Map run_one(rota::Context& ctx, std::int64_t seed, double scale) { ... return {{"mean", mean}}; }
//   ROTA_TARGET(run_one, "seed", "scale=1.5").summary("simulates one world");
//
//   rota::Task<> poll(rota::AsyncContext& ctx, std::string path) { ... co_await ctx.sleep(1s); }
//   ROTA_TARGET(poll, "path");
//
// A plain function runs under thread and process, a coroutine under all three modes. Arguments may be bool, integers,
// floats, std::string, std::chrono durations, rota::Value, rota::Rest<T>, and std::vector, std::map<std::string, ...>
// and std::optional of them. "name=text" makes an argument optional, and so does std::optional. What a function returns
// is its outputs: a rota::Map by names, anything else as `result`. An exception fails the attempt with its message.
#pragma once

#include <rota/rota.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <exception>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <rota/context.hpp>
#include <rota/value.hpp>

namespace [[gnu::visibility("hidden")]] rota {

/// One target, as it is registered.
class Registration {
 public:
  explicit Registration(const char* name) {
    target.size = sizeof target;
    target.name = name;
  }
  /// A few words for `rota targets`.
  Registration& summary(const char* text) {
    target.summary = text;
    return *this;
  }

  rota_target target{};
  std::vector<rota_parameter> parameters;
  std::vector<const rota_parameter*> places;
};

namespace detail {

struct Registry {
  std::deque<Registration> all;
  std::deque<std::string> texts;
  std::string error;
  std::vector<const rota_target*> targets;
  rota_plugin plugin{};
};
inline Registry& registry() {
  static Registry one;
  return one;
}
inline const char* kept(std::string text) { return registry().texts.emplace_back(std::move(text)).c_str(); }

// Defaults: the text after '=' as the type of its parameter. False: it is none.
template <class T>
bool parse(std::string_view, T&) {
  return false;
}  // of lists, maps and values: use std::optional
inline bool parse(std::string_view s, bool& to) { return to = s == "true", s == "true" || s == "false"; }
inline bool parse(std::string_view s, std::string& to) { return to = s, true; }
inline bool parse(std::string_view s, std::string_view& to) { return to = s, true; }
template <std::integral T>
bool parse(std::string_view s, T& to) {
  const auto [end, error] = std::from_chars(s.data(), s.data() + s.size(), to);
  return error == std::errc{} && end == s.data() + s.size();
}
template <std::floating_point T>
bool parse(std::string_view s, T& to) {
  const std::string text(s);
  char* end = nullptr;
  to = static_cast<T>(std::strtod(text.c_str(), &end));
  return !text.empty() && *end == '\0';
}
template <class R, class P>
bool parse(std::string_view s, std::chrono::duration<R, P>& to) {
  static constexpr std::pair<std::string_view, double> units[] = {{"ns", 1},   {"us", 1e3},   {"ms", 1e6},   {"s", 1e9},
                                                                  {"m", 60e9}, {"h", 3600e9}, {"d", 86400e9}};
  const auto digits = std::min(s.find_first_not_of("0123456789."), s.size());
  double count = 0;
  for (const auto& [name, factor] : units) {
    if (s.substr(digits) != name || !parse(s.substr(0, digits), count)) continue;
    to = std::chrono::duration_cast<std::chrono::duration<R, P>>(
        std::chrono::duration<double, std::nano>(count * factor));
    return true;
  }
  return false;
}

template <class T>
struct IsOptional : std::false_type {};
template <class T>
struct IsOptional<std::optional<T>> : std::true_type {};
template <class T>
struct IsRest : std::false_type {};
template <class T>
struct IsRest<Rest<T>> : std::true_type {};
template <class T>
struct IsTask : std::false_type {};
template <class T>
struct IsTask<Task<T>> : std::true_type {};

/// Runs what may throw and gives a rota_result.
template <class Call>
int guarded(const rota_host* host, rota_context* context, Call call) {
  const auto failed = [&](std::string_view why) {
    host->fail(context, {why.data(), why.size()});
    return ROTA_FAILED;
  };
  try {
    return call();
  } catch (const Cancelled&) {
    return ROTA_STOPPED;
  } catch (const WrongType& e) {
    return failed(e.what);
  } catch (const std::exception& e) {
    return failed(e.what());
  } catch (...) {
    return failed("threw something that is not a std::exception");
  }
}

template <class T>
void leave(AnyContext& context, T result) {
  if constexpr (std::is_same_v<T, Map>) {
    for (const auto& [name, value] : result) context.output(name, value);
  } else {
    context.output("result", Value(std::move(result)));
  }
}

/// The arguments of F: their types, names and defaults, and how they are made.
template <auto F, class... A>
class Arguments {
 public:
  using Tuple = std::tuple<std::decay_t<A>...>;
  static constexpr std::size_t count = sizeof...(A);

  static Tuple made(const rota_value* const* given) { return made(given, std::index_sequence_for<A...>{}); }
  static int check(const rota_value* const* given, char* message, size_t room) {
    try {
      made(given);
      return 0;
    } catch (const WrongType& e) {
      tell(e.what, message, room);
    } catch (const std::exception& e) {
      tell(e.what(), message, room);
    }
    return 1;
  }
  /// `words` are "name" or "name=default".
  static void describe(Registration& to, const std::array<std::string_view, count>& words) {
    describe(to, words, std::index_sequence_for<A...>{});
  }

 private:
  static void tell(std::string_view what, char* message, size_t room) {
    if (room == 0) return;
    const auto n = std::min(what.size(), room - 1);
    std::memcpy(message, what.data(), n);
    message[n] = '\0';
  }
  template <std::size_t... I>
  static Tuple made(const rota_value* const* given, std::index_sequence<I...>) {
    (void)given;
    return Tuple{one<I>(given[I])...};
  }
  template <std::size_t I>
  static auto one(const rota_value* given) {
    using T = std::tuple_element_t<I, Tuple>;
    if (given) return Take<T>::from(*given, "'" + std::string(names_[I]) + "'");
    return std::get<I>(defaults());
  }
  template <std::size_t... I>
  static void describe(Registration& to, const std::array<std::string_view, count>& words, std::index_sequence<I...>) {
    (to.parameters.push_back(described<I>(to, words[I])), ...);
    for (const auto& p : to.parameters) to.places.push_back(&p);
    to.target.parameter_count = static_cast<std::uint32_t>(count);
    to.target.parameters = to.places.data();
  }
  template <std::size_t I>
  static rota_parameter described(const Registration& of, std::string_view word) {
    using T = std::tuple_element_t<I, Tuple>;
    static_assert(!IsRest<T>::value || I + 1 == count, "a rota::Rest is the last parameter");
    const auto equals = word.find('=');
    names_[I] = kept(std::string(word.substr(0, equals)));
    rota_parameter out{sizeof(rota_parameter), Take<T>::takes, 0, names_[I], nullptr};
    if constexpr (IsRest<T>::value) {
      out.flags = ROTA_REST;
    } else if (equals != word.npos) {
      out.default_text = kept(std::string(word.substr(equals + 1)));
      if (!parse(std::string_view(out.default_text), std::get<I>(defaults())))
        registry().error += std::string("target '") + of.target.name + "': the default of '" + names_[I] + "' is not " +
                            "what its type takes; ";
    } else if (!IsOptional<T>::value) {
      out.flags = ROTA_REQUIRED;
    }
    return out;
  }
  static inline std::array<const char*, count> names_{};
  static Tuple& defaults() {  // made when the first target asks, whatever the order of static objects
    static Tuple values{};
    return values;
  }
};

/// A plain function behind the C table.
template <auto F, class R, bool kContext, class... A>
struct Plain {
  using Given = Arguments<F, A...>;
  static int run(const rota_host* host, rota_context* context, const rota_value* const* arguments) {
    return guarded(host, context, [&]() -> int {
      Context ctx(host, context);
      auto made = Given::made(arguments);
      const auto call = [&]() -> R {
        return std::apply(
            [&](auto&... args) -> R {
              if constexpr (kContext) return F(ctx, std::move(args)...);
              if constexpr (!kContext) return F(std::move(args)...);
            },
            made);
      };
      if constexpr (std::is_void_v<R>)
        call();
      else
        leave(ctx, call());
      return ROTA_DONE;
    });
  }
  static void fill(rota_target& to) { to.run = run; }
};

/// A coroutine behind it: one object for each attempt, in which context and arguments stay.
template <auto F, class R, bool kContext, class... A>
class Resumable {
 public:
  using Given = Arguments<F, A...>;
  static void fill(rota_target& to) {
    to.start = start;
    to.resume = [](void* frame, int wake) { return static_cast<Resumable*>(frame)->resume(wake); };
    to.destroy = [](void* frame) { delete static_cast<Resumable*>(frame); };
  }

 private:
  Resumable(const rota_host* host, rota_context* context, const rota_value* const* arguments)
      : host_(host), raw_(context), context_(host, context), arguments_(Given::made(arguments)), task_(make()) {
    context_.begin_with(task_.handle());
  }
  static void* start(const rota_host* host, rota_context* context, const rota_value* const* arguments) {
    void* frame = nullptr;
    guarded(host, context, [&]() -> int {
      frame = new Resumable(host, context, arguments);
      return ROTA_DONE;
    });
    return frame;
  }
  R make() {
    return std::apply(
        [&](auto&... args) -> R {
          if constexpr (kContext) return F(context_, args...);
          if constexpr (!kContext) return F(args...);
        },
        arguments_);
  }
  int resume(int wake) {
    return guarded(host_, raw_, [&]() -> int {
      context_.go_on(wake);
      if (!task_.done()) {
        if (context_.waits()) return ROTA_SUSPENDED;
        throw std::logic_error("awaited something that Rota cannot wait for");
      }
      if constexpr (std::is_void_v<decltype(task_.await_resume())>)
        task_.await_resume();
      else
        leave(context_, task_.await_resume());
      return ROTA_DONE;
    });
  }
  const rota_host* host_;
  rota_context* raw_;
  AsyncContext context_;
  typename Given::Tuple arguments_;
  R task_;
};

template <auto F, class Function = decltype(F)>
struct Bound;
template <auto F, class R, bool kContext, class... A>
using Behind = std::conditional_t<IsTask<R>::value, Resumable<F, R, kContext, A...>, Plain<F, R, kContext, A...>>;
template <auto F, class R, class... A>
struct Bound<F, R (*)(A...)> {
  using Target = Behind<F, R, false, A...>;
};
template <auto F, class R, class... A>
struct Bound<F, R (*)(Context&, A...)> {
  static_assert(!IsTask<R>::value, "a coroutine takes a rota::AsyncContext&");
  using Target = Behind<F, R, true, A...>;
};
template <auto F, class R, class... A>
struct Bound<F, R (*)(AsyncContext&, A...)> {
  static_assert(IsTask<R>::value, "a plain function takes a rota::Context&; a coroutine gives a rota::Task");
  using Target = Behind<F, R, true, A...>;
};

template <auto F, class... Words>
Registration& add(const char* name, Words... words) {
  using Target = typename Bound<F>::Target;
  using Given = typename Target::Given;
  static_assert(sizeof...(Words) == Given::count, "ROTA_TARGET names each parameter but the context");
  auto& to = registry().all.emplace_back(name);
  Given::describe(to, {std::string_view(words)...});
  to.target.check = Given::check;
  Target::fill(to.target);
  return to;
}

inline const rota_plugin* table() {
  auto& r = registry();
  r.targets.clear();
  for (const auto& one : r.all) r.targets.push_back(&one.target);
  r.plugin = {sizeof(rota_plugin), ROTA_ABI, static_cast<std::uint32_t>(r.targets.size()), r.targets.data(),
              r.error.empty() ? nullptr : r.error.c_str()};
  return &r.plugin;
}

}  // namespace detail
}  // namespace rota

extern "C" [[gnu::visibility("default"), gnu::used]] inline const rota_plugin* rota_plugin_v1() {
  return rota::detail::table();
}

#define ROTA_JOIN_(a, b) a##b
#define ROTA_JOIN(a, b) ROTA_JOIN_(a, b)
/// ROTA_TARGET(function, "parameter", "parameter=default", ...): at namespace scope, once for each function.
#define ROTA_TARGET(function, ...) ROTA_TARGET_AS(#function, function __VA_OPT__(, ) __VA_ARGS__)
/// The same under another name.
#define ROTA_TARGET_AS(name, function, ...)                                               \
  [[maybe_unused]] static const ::rota::Registration& ROTA_JOIN(rota_target_, __LINE__) = \
      ::rota::detail::add<&function>(name __VA_OPT__(, ) __VA_ARGS__)
