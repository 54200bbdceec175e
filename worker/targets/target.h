// What a target function sees of its attempt, and the table in which the worker finds it by name. A target has a plain
// function (thread mode, and a process of its own), a coroutine (async mode), or both. No event loop in this header: a
// coroutine's type is only named here.
#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

#include "jobs/catalogue/catalogue.h"
#include "shared/clock.h"
#include "shared/lane/blame.h"
#include "shared/result.h"
#include "shared/value.h"

namespace boost::asio {
class any_io_executor;
template <class T, class Executor>
class awaitable;
}  // namespace boost::asio
struct rota_target;

namespace rota::worker {

/// The surroundings of one attempt. Used by the attempt's own thread (or coroutine) alone.
class TargetContext {
 public:
  virtual ~TargetContext() = default;
  /// Captured output. Each call is kept whole: writes of several attempts do not mix within one.
  virtual void out(std::string_view bytes) = 0;
  virtual void err(std::string_view bytes) = 0;
  /// The attempt was asked to stop: come back soon. A coroutine is cancelled at its next co_await besides.
  virtual bool stop_requested() const = 0;
  /// For plain functions: waits; false as soon as a stop is requested.
  virtual bool sleep_for(Duration d) = 0;
  /// For plain functions: calls `call` once, from another thread, when a stop is requested (at once if it was already).
  /// An empty function takes the call back: after that it neither runs nor will run.
  virtual void on_stop(std::function<void()> call) = 0;
  /// How far it is, from 0 to 1; as often as it likes.
  virtual void progress(double done) = 0;
  /// A path argument made absolute: relative to the attempt's working directory, which need not be the process's.
  virtual std::string path(const std::string& text) const = 0;
  /// Leaves a result for others under this name; the last one counts. What the job does not declare is ignored, so a
  /// target offers all that it has. Checked against the declared type at the end.
  virtual void set_output(std::string_view name, Value value) = 0;
  /// An environment variable of the attempt; null if it has none of this name.
  virtual const char* env(std::string_view name) const = 0;
  /// The job's display name.
  virtual std::string_view name() const { return {}; }
  /// What the job declares that it leaves.
  virtual std::span<const DeclaredValue> declared() const { return {}; }
  /// From a request to stop until the attempt is ended by force.
  virtual Duration grace() const { return {}; }
  /// For a coroutine whose code runs on a thread of another loop: from `begins` to `ends` the calling thread runs it.
  /// `over`: all that it used there is told.
  enum class Turn : std::uint8_t { begins, ends, over };
  virtual void on_this_thread(Turn) {}
};

/// The arguments of one call, checked against the signature before user code runs.
class Arguments {
 public:
  Arguments(const jobs::Signature& signature, const ValueList& args, const ValueMap& kwargs)
      : signature_(signature), args_(args), kwargs_(kwargs) {}
  std::int64_t integer(std::string_view name, std::int64_t fallback = 0) const;
  std::string text(std::string_view name, std::string fallback = {}) const;
  Duration duration(std::string_view name, Duration fallback = {}) const;
  const ValueList& positional() const { return args_; }
  const ValueMap& named() const { return kwargs_; }
  const jobs::Signature& signature() const { return signature_; }
  /// Null when it was not given.
  const Value* find(std::string_view name) const { return jobs::argument(signature_, args_, kwargs_, name); }

 private:
  const jobs::Signature& signature_;
  const ValueList& args_;
  const ValueMap& kwargs_;
};

/// An error is the attempt's failure, with its text as the message; so is an exception.
using Plain = Status(TargetContext& context, const Arguments& arguments);
/// The context and the arguments outlive the coroutine.
using Coroutine = boost::asio::awaitable<Status, boost::asio::any_io_executor>;
using CoroutineFunction = Coroutine(TargetContext& context, const Arguments& arguments);

struct Target {
  std::string_view name;
  Plain* plain = nullptr;
  CoroutineFunction* coroutine = nullptr;
  const jobs::Signature* signature = nullptr;  // null: the catalogue's
  const rota_target* foreign = nullptr;        // of a plugin: in the place of the functions
};

/// Thrown by a function that finds, before it has begun, that it cannot be called so.
struct BadCall : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Functions of another language, in a worker that speaks it. Their names are taken apart and their arguments checked
/// there, when they are called: BadCall is thrown for what is wrong with them. Any thread.
class Language {
 public:
  virtual ~Language() = default;
  virtual Status run(std::string_view name, Mode mode, TargetContext& context, const Arguments& arguments) = 0;
  /// A coroutine on a loop of the language's own. `ended` is called once, on `loop` and after this has returned, with
  /// what run() would throw or return; an error that is returned here instead: it has not begun. A stop reaches it by
  /// the context, which outlives it.
  using Ended = std::function<void(std::exception_ptr thrown, const Status& result)>;
  virtual Status begin(std::string_view name, TargetContext& context, const Arguments& arguments,
                       const boost::asio::any_io_executor& loop, Ended ended) = 0;
  /// The calling thread has made calls, and is about to wait for the next one.
  virtual void rest() = 0;
  /// Its coroutines run on one thread of their own, whose slot this is. Before the first call.
  virtual void use_slot(lane::Blame slot) = 0;
};

struct TargetTable {
  TargetTable(std::span<const Target> table, Language* other = nullptr) : built_in(table), python(other) {}
  auto begin() const { return built_in.begin(); }
  auto end() const { return built_in.end(); }
  std::span<const Target> built_in;
  Language* python = nullptr;  // null in a worker without it
};

/// The functions behind jobs::catalogue().
TargetTable built_in_targets();

/// A target that may be called.
struct Callee {
  const Target* target = nullptr;
  const jobs::Signature* signature = nullptr;
  Language* language = nullptr;  // in the place of the target
  std::string name = {};         // there
  Mode mode = Mode::thread;      // there
  /// Runs it to its end, for thread and process mode.
  Status run(TargetContext& context, const Arguments& arguments) const;
  /// For async mode, where it is of no other language.
  Coroutine begin(TargetContext& context, const Arguments& arguments) const;
};
/// The target of this name that may be called with these arguments in this mode, or Code::invalid with a sentence for
/// people. One of a plugin ("/x/libsim.so:run_one") is looked for in that library, which is loaded if it was not yet:
/// code of the user's own may run. What was loaded stays. Any thread.
Result<Callee> resolve(const TargetTable& table, std::string_view name, Mode mode, const ValueList& args,
                       const ValueMap& kwargs);

}  // namespace rota::worker
