// What a function sees of its attempt: Context for plain functions, AsyncContext and Task for coroutines.
#pragma once

#include <rota/rota.h>

#include <chrono>
#include <coroutine>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <rota/value.hpp>

namespace [[gnu::visibility("hidden")]] rota {

using Duration = std::chrono::nanoseconds;

/// Thrown by whatever a coroutine awaits once it was asked to stop. No std::exception: let it pass, and clean up in
/// destructors.
struct Cancelled {};

/// What both kinds of functions have.
class AnyContext {
 public:
  AnyContext(const rota_host* host, rota_context* context) : host_(host), context_(context) {}
  AnyContext(const AnyContext&) = delete;
  AnyContext& operator=(const AnyContext&) = delete;

  /// Captured output; each call is kept whole. (What is printed otherwise is captured under process mode only.)
  void out(std::string_view bytes) { host_->out(context_, text(bytes)); }
  void err(std::string_view bytes) { host_->err(context_, text(bytes)); }
  /// The attempt was asked to stop: come back soon.
  bool stop_requested() const { return host_->stop_requested(context_) != 0; }
  /// Leaves a result for others; the job file declares which of them count.
  void output(std::string_view name, const Value& value) {
    host_->output(context_, text(name), detail::Given(value).get());
  }
  /// A variable of the attempt's environment (under thread and async that is not the process's).
  std::optional<std::string> env(std::string_view name) const {
    const char* value = host_->env(context_, text(name));
    return value ? std::optional<std::string>(value) : std::nullopt;
  }
  std::string job_id() const { return env("ROTA_JOB_ID").value_or(""); }  // "12/render.17"
  /// A path as the job means it: relative ones start at the attempt's working directory.
  std::string path(std::string_view name) const { return host_->path(context_, text(name)); }
  /// How far it is, from 0 to 1.
  void progress(double done) { host_->progress(context_, done); }

 protected:
  static rota_text text(std::string_view s) { return {s.data(), s.size()}; }
  const rota_host* host_;
  rota_context* context_;
};

/// Of a plain function.
class Context : public AnyContext {
 public:
  using AnyContext::AnyContext;
  /// Waits; false as soon as a stop is requested.
  bool sleep(Duration d) { return host_->sleep(context_, d.count()) != 0; }
};

/// Of a coroutine. What it awaits throws Cancelled once a stop is requested.
class AsyncContext : public AnyContext {
 public:
  using AnyContext::AnyContext;

  class [[nodiscard]] Wait {
   public:
    bool await_ready() const { return context_.stop_requested(); }
    void await_suspend(std::coroutine_handle<> self) {
      context_.next_ = self;
      context_.host_->wait(context_.context_, &what_);
    }
    /// Whether it came: false when the time was over before.
    bool await_resume() const {
      if (context_.wake_ == ROTA_CANCELLED || context_.stop_requested()) throw Cancelled{};
      return context_.wake_ == ROTA_READY;
    }

   private:
    friend class AsyncContext;
    Wait(AsyncContext& context, int fd, std::uint32_t events, Duration timeout)
        : context_(context), what_{sizeof(rota_wait), fd, events, timeout.count()} {}
    AsyncContext& context_;
    rota_wait what_;
  };

  /// co_await these. A timeout of less than nothing is none.
  Wait sleep(Duration d) { return {*this, -1, 0, d < Duration::zero() ? Duration::zero() : d}; }
  Wait readable(int fd, Duration timeout = Duration(-1)) { return {*this, fd, ROTA_READABLE, timeout}; }
  Wait writable(int fd, Duration timeout = Duration(-1)) { return {*this, fd, ROTA_WRITABLE, timeout}; }

  /// Of the machinery: goes on where the coroutine waits. False: it waits for nothing that is known here.
  bool go_on(int wake) {
    wake_ = wake;
    if (!next_) return false;
    std::exchange(next_, nullptr).resume();
    return true;
  }
  void begin_with(std::coroutine_handle<> first) { next_ = first; }
  bool waits() const { return next_ != nullptr; }

 private:
  std::coroutine_handle<> next_;
  int wake_ = ROTA_READY;
};

template <class T = void>
class Task;

namespace detail {

class AnyPromise {
 public:
  struct Last {
    bool await_ready() const noexcept { return false; }
    template <class P>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<P> ended) const noexcept {
      const AnyPromise& promise = ended.promise();
      return promise.caller ? promise.caller : std::noop_coroutine();
    }
    void await_resume() const noexcept {}
  };
  std::suspend_always initial_suspend() const noexcept { return {}; }
  Last final_suspend() const noexcept { return {}; }
  void unhandled_exception() { thrown = std::current_exception(); }

  std::coroutine_handle<> caller;
  std::exception_ptr thrown;
};

template <class T>
struct Promise : AnyPromise {
  Task<T> get_return_object();
  void return_value(T v) { value = std::move(v); }
  T result() {
    if (thrown) std::rethrow_exception(thrown);
    return std::move(*value);
  }
  std::optional<T> value;
};
template <>
struct Promise<void> : AnyPromise {
  Task<void> get_return_object();
  void return_void() {}
  void result() {
    if (thrown) std::rethrow_exception(thrown);
  }
};

}  // namespace detail

/// What a coroutine gives back. It runs when it is awaited; a target's is awaited by Rota.
template <class T>
class [[nodiscard]] Task {
 public:
  using promise_type = detail::Promise<T>;
  explicit Task(std::coroutine_handle<promise_type> handle) : handle_(handle) {}
  Task(Task&& o) noexcept : handle_(std::exchange(o.handle_, nullptr)) {}
  Task& operator=(Task&& o) noexcept {
    std::swap(handle_, o.handle_);
    return *this;
  }
  ~Task() {
    if (handle_) handle_.destroy();
  }

  bool await_ready() const noexcept { return false; }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<> caller) {
    handle_.promise().caller = caller;
    return handle_;
  }
  T await_resume() { return handle_.promise().result(); }

  std::coroutine_handle<> handle() const { return handle_; }
  bool done() const { return handle_.done(); }

 private:
  std::coroutine_handle<promise_type> handle_;
};

namespace detail {
template <class T>
Task<T> Promise<T>::get_return_object() {
  return Task<T>(std::coroutine_handle<Promise>::from_promise(*this));
}
inline Task<void> Promise<void>::get_return_object() {
  return Task<void>(std::coroutine_handle<Promise>::from_promise(*this));
}
}  // namespace detail
}  // namespace rota
